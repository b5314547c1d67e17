"""How many bytes of media may be kept: a refusal, and never a deletion."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

from storykeep.core.errors import QuotaReached
from storykeep.core.ports import Archive, Clock

log = logging.getLogger(__name__)

TRUSTED = 600
"""For so many seconds it is believed how much is kept: others import and erase meanwhile."""
DOUBTED = 10
"""As ``TRUSTED``, once it is so much that files are refused."""


class Quota:
    """Counts what is kept, and what is just being kept, against a limit."""

    def __init__(self, limit: int, archive: Archive, clock: Clock) -> None:
        """``limit`` is in bytes; 0: none, and nothing is counted."""
        self._limit = limit
        self._archive = archive
        self._clock = clock
        self._kept = 0
        self._pending = 0
        self._counted_at: float | None = None
        self._is_refusing = False

    async def check(self) -> None:
        """Return if there is room.  Raises QuotaReached, StorageError."""
        if not self._limit:
            return
        counted_at, now = self._counted_at, self._clock()
        most = DOUBTED if self._is_full() else TRUSTED
        # A clock that was set back says nothing of how long ago that was.
        if counted_at is None or not 0 <= now - counted_at <= most:
            self._kept, self._counted_at = await self._archive.kept_bytes(), now
        if self._is_full():
            self._refuse()

    def watch(self, size: int) -> None:
        """Raise QuotaReached once a file of which ``size`` bytes came can never fit."""
        if self._limit and self._kept + size > self._limit:
            self._refuse()

    @contextmanager
    def taken(self, size: int) -> Iterator[None]:
        """Take room for a whole file that is kept within.  Raises QuotaReached.

        Only whole files take room from each other: else two that come at once could each stand in
        the way of the other.
        """
        self.watch(self._pending + size)
        self._pending += size
        try:
            yield
            self._kept += size
            self._is_refusing = False
        finally:
            self._pending -= size

    def _refuse(self) -> NoReturn:
        """Raise, and say so in the log once until there is room again."""
        if not self._is_refusing:
            self._is_refusing = True
            log.warning("media_quota_reached", extra={"kept": self._kept, "quota": self._limit})
        raise QuotaReached

    def _is_full(self) -> bool:
        return self._kept + self._pending >= self._limit

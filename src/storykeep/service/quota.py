"""How many bytes of media may be kept: a refusal, and never a deletion."""

from storykeep.core.errors import QuotaReached
from storykeep.core.ports import Archive, Clock

TRUSTED = 600
"""For so many seconds it is believed how much is kept: others import and erase meanwhile."""
DOUBTED = 10
"""As ``TRUSTED``, once it is so much that files are refused."""


class Quota:
    """Counts what is kept and what is being written, against a limit."""

    def __init__(self, limit: int, archive: Archive, clock: Clock) -> None:
        """``limit`` is in bytes; 0: none, and nothing is counted."""
        self._limit = limit
        self._archive = archive
        self._clock = clock
        self._kept = 0
        self._pending = 0
        self._counted_at: float | None = None

    async def check(self) -> None:
        """Return if there is room.  Raises QuotaReached, StorageError."""
        if not self._limit:
            return
        counted_at, now = self._counted_at, self._clock()
        if counted_at is None or now - counted_at > (DOUBTED if self._is_full() else TRUSTED):
            self._kept, self._counted_at = await self._archive.kept_bytes(), now
        if self._is_full():
            raise QuotaReached

    def take(self, size: int) -> None:
        """Note bytes that are about to be written.  Raises QuotaReached, then they are not."""
        if self._limit and self._kept + self._pending + size > self._limit:
            raise QuotaReached
        self._pending += size

    def settle(self, size: int, *, is_kept: bool) -> None:
        """Note that bytes which were taken are kept now, or are gone."""
        self._pending -= size
        if is_kept:
            self._kept += size

    def _is_full(self) -> bool:
        return self._kept + self._pending >= self._limit

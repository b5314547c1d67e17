"""A live origin that is asked gently: the rules are in ``core.governor``, the patience is here."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

from msgspec import structs

from storykeep.core.asking import asked
from storykeep.core.errors import (
    Absent,
    SourceError,
    SourceLoginRequired,
    SourceThrottled,
    SourceUnavailable,
    SourceUnaware,
    StorageError,
    StorykeepError,
)
from storykeep.core.governor import Health, Pace, admit, refusal, rest_left, settle
from storykeep.core.ports import Clock
from storykeep.core.upstream import Origins, Upstream

log = logging.getLogger(__name__)

Sleep = Callable[[float], Awaitable[None]]
Random = Callable[[], float]
"""A number from 0 to 1."""


class Governed:
    """An Upstream in front of another, which it asks as ``pace`` allows.

    What is remembered of the origin lies in ``origins``, and is read anew for each question: the
    command line may close the breaker while the server runs.  A question that may not be asked
    raises SourceThrottled or SourceLoginRequired, with ``retry_after`` where that is known.
    """

    def __init__(
        self,
        upstream: Upstream,
        origins: Origins,
        pace: Pace,
        clock: Clock,
        sleep: Sleep,
        random: Random,
    ) -> None:
        """Nothing is asked yet."""
        self.name = upstream.name
        self.close = upstream.close
        self.pace = pace
        self._upstream = upstream
        self._origins = origins
        self._clock = clock
        self._sleep = sleep
        self._random = random
        self._turns = asyncio.Semaphore(pace.at_once)
        self._was_stopped = False

    user = asked(Upstream.user)
    user_by_pk = asked(Upstream.user_by_pk)
    reel = asked(Upstream.reel)
    reels = asked(Upstream.reels)
    story = asked(Upstream.story)
    highlights = asked(Upstream.highlights)
    highlight = asked(Upstream.highlight)
    check = asked(Upstream.check)

    async def _ask(self, question: str, *args: Any, **options: Any) -> Any:
        try:
            async with asyncio.timeout(self.pace.patience):
                await self._turns.acquire()
        except TimeoutError:
            wait = max(self.pace.spacing, self.pace.patience)
            raise SourceThrottled(f"{self.name} is busy.", retry_after=wait) from None
        try:
            await self._wait_for_turn()
            try:
                answer = await getattr(self._upstream, question)(*args, **options)
            except Absent as error:
                await self._settle(error)
                raise
            except SourceError as error:
                raise self._completed(error, await self._settle(error)) from error.__cause__
            await self._settle(None)
            return answer
        finally:
            self._turns.release()

    async def _wait_for_turn(self) -> None:
        """Return when the question may be asked; it counts from here on, whatever comes of it."""
        now, chance = self._clock(), self._random()
        try:
            health = await self._origins.health(self.name)
            self._tell(health)
            if error := refusal(health, self.pace, now, chance):
                raise error
            change = partial(admit, pace=self.pace, now=now, chance=chance)
            admitted = await self._origins.change(self.name, change)
        except StorageError as error:
            reason = f"{self.name} is not asked, because that could not be counted: {error}"
            raise SourceUnavailable(reason) from error
        if admitted.asked_at > now:
            await self._sleep(admitted.asked_at - now)

    async def _settle(self, error: StorykeepError | None) -> Health | None:
        settled = partial(settle, pace=self.pace, now=self._clock(), error=error)
        balance = getattr(self._upstream, "balance", None)  # only who sells its answers has one

        def change(health: Health) -> Health:
            left = health.balance if balance is None else balance
            return structs.replace(settled(health), balance=left)

        try:
            health = await self._origins.change(self.name, change)
        except StorageError:  # the next question will not be admitted either
            log.exception("health_lost", extra={"source": self.name})
            return None
        self._tell(health)
        return health

    def _completed(self, error: SourceError, health: Health | None) -> SourceError:
        """Log the error, and return it with what follows: a wait, or what the operator does."""
        if isinstance(error, SourceUnaware):
            return error
        log.warning(
            "source_failed",
            extra={"source": self.name, "exc_type": error.exc_type, "reason": str(error)},
        )
        if health is None:
            return error
        now = self._clock()
        if isinstance(error, SourceLoginRequired):
            return refusal(health, self.pace, now) or error
        error.retry_after = rest_left(health, now) or error.retry_after
        return error

    def _tell(self, health: Health) -> None:
        """Log that the breaker opened or was closed, once."""
        is_stopped = health.stopped_at is not None
        if is_stopped and not self._was_stopped:
            log.error("breaker_opened", extra={"source": self.name, "reason": health.error})
        elif self._was_stopped and not is_stopped:
            log.warning("breaker_closed", extra={"source": self.name})
        self._was_stopped = is_stopped

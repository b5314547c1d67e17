"""The background worker: keeps the files that are wanted, one try after another."""

import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit

from storykeep.core.errors import StorageError, StorykeepError
from storykeep.core.media import Wanted, WantedFiles
from storykeep.core.ports import Clock
from storykeep.core.retry import after, expire
from storykeep.core.sighting import Kind
from storykeep.service.keeper import Keeper

log = logging.getLogger(__name__)

LONGEST_SLEEP = 60.0
"""Another process may want files too, and wakes nobody here.  Seconds."""
AHEAD = 4
"""How many files are read for each that may be fetched, so that a busy host holds up no other."""

Sleep = Callable[[float], Awaitable[object]]
Chance = Callable[[], float]

Key = tuple[int, Kind, str]


class Worker:
    """Tries what is due, at most ``at_once`` files and ``per_host`` of one host at a time.

    What became of a try is in the queue before the next one: a restart goes on where it was.
    """

    def __init__(
        self,
        wanted: WantedFiles,
        keeper: Keeper,
        clock: Clock,
        sleep: Sleep,
        chance: Chance,
        *,
        at_once: int = 8,
        per_host: int = 4,
    ) -> None:
        """``chance`` draws from 0 to 1 how far tries are spread."""
        self._wanted = wanted
        self._keeper = keeper
        self._clock = clock
        self._sleep = sleep
        self._chance = chance
        self._at_once = at_once
        self._per_host = per_host
        self._busy: dict[Key, asyncio.Task[None]] = {}
        self._hosts = Counter[str]()
        self._news = asyncio.Event()
        self.given_up = 0
        """How many files were given up."""

    def wake(self) -> None:
        """Look at once whether something is due."""
        self._news.set()

    async def run(self) -> None:
        """Work until it is cancelled; then no try is under way any more."""
        try:
            while True:
                self._news.clear()
                try:
                    delay = await self._begin_tries()
                except StorageError:  # which is logged; the queue may be there again later
                    delay = LONGEST_SLEEP
                await self._pause(delay)
        finally:
            tasks = [*self._busy.values()]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _begin_tries(self) -> float:
        """Begin what may be tried now, and return for how long there is nothing else to do."""
        while True:
            free = self._at_once - len(self._busy)
            if free <= 0:
                return LONGEST_SLEEP
            # What is under way is still in the queue.
            due = await self._wanted.due(self._clock(), len(self._busy) + free * AHEAD)
            begun = sum(self._begin(wanted) for wanted in due)
            if not begun:
                break
        if due:  # whose turn comes when another is done
            return LONGEST_SLEEP
        next_at = await self._wanted.next_at()
        return LONGEST_SLEEP if next_at is None else min(next_at - self._clock(), LONGEST_SLEEP)

    def _begin(self, wanted: Wanted) -> bool:
        key, host = (wanted.story_pk, wanted.kind, wanted.variant), urlsplit(wanted.url).netloc
        is_full = len(self._busy) >= self._at_once or self._hosts[host] >= self._per_host
        if key in self._busy or is_full:
            return False
        self._hosts[host] += 1
        task = self._busy[key] = asyncio.create_task(self._try(wanted))
        task.add_done_callback(lambda _: self._end(key, host))
        return True

    def _end(self, key: Key, host: str) -> None:
        del self._busy[key]
        self._hosts -= Counter([host])  # which forgets a host without tries
        self._news.set()

    async def _try(self, wanted: Wanted) -> None:
        """Keep one file; whatever goes wrong with it is its own affair."""
        try:
            tried = await self._outcome(wanted)
            if tried is not None:
                self.given_up += tried.is_given_up
                await self._wanted.put(tried)
        except StorageError:  # which is logged; the file is still due
            await self._sleep(LONGEST_SLEEP)

    async def _outcome(self, wanted: Wanted) -> Wanted | None:
        """Try to keep the file; return how it stands in the queue, None once it is kept."""
        if expired := expire(wanted, self._clock()):
            return expired
        try:
            await self._keeper.keep(wanted)
        except Exception as error:  # the border of one work item: log, note, go on
            tried = after(wanted, error, self._clock(), self._chance())
            about = {"story": tried.story_pk, "kind": tried.kind, "reason": tried.reason}
            about["given_up"] = tried.is_given_up
            if not isinstance(error, StorykeepError):
                log.exception("file_not_kept", extra=about)
            elif not isinstance(error, StorageError):  # which whoever raised it has logged
                log.warning("file_not_kept", extra=about)
            return tried
        return None

    async def _pause(self, seconds: float) -> None:
        """Return when there is news, or after so many seconds."""
        nap = self._sleep(max(seconds, 0.0))
        waits = [asyncio.ensure_future(each) for each in (self._news.wait(), nap)]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()
            await asyncio.gather(*waits, return_exceptions=True)

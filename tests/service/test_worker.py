"""The worker: all that is wanted is kept, or given up with a reason, and nothing is tried in vain."""

import asyncio
import logging
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager

import pytest

from storykeep.core.errors import (
    InvalidValue,
    MediaNotFound,
    SourceDrift,
    SourceThrottled,
    SourceUnavailable,
    StorageError,
)
from storykeep.core.media import MediaFetcher, Wanted
from storykeep.core.retry import OWN_WAIT
from storykeep.service.keeper import Keeper
from storykeep.service.quota import Quota
from storykeep.service.worker import LONGEST_SLEEP, Worker
from storykeep.sources.demo import read_media
from storykeep.testing import HandClock, MemoryArchive, MemoryMedia, ScriptedFetcher
from tests.making import HOUR, T0, make_sighting, make_story
from tests.service.fetching import HeldFetcher

PHOTO = read_media("avatar_natgeo.jpg")
CDN = "https://scontent.cdninstagram.com/v"


def want(pk: int, host: str = "scontent.cdninstagram.com", expires_at: int | None = None) -> Wanted:
    return Wanted(
        story_pk=pk,
        kind="image",
        url=f"https://{host}/v/{pk}_n.jpg",
        expires_at=expires_at,
        next_at=T0,
    )


class Rig:
    """A worker whose sleep is over as soon as it is asked to wake up."""

    def __init__(self, fetcher: MediaFetcher, limit: int = 0) -> None:
        self.clock = HandClock(T0)
        self.archive, self.store = MemoryArchive(), MemoryMedia()
        self.wanted = self.archive.wanted
        self.keeper = Keeper(
            self.archive, self.store, fetcher, Quota(limit, self.archive, self.clock)
        )
        self.slept: list[float] = []
        self.idle = asyncio.Event()
        self._alarm = asyncio.Event()
        self.worker = Worker(
            self.wanted, self.keeper, self.clock, self.sleep, lambda: 0.0, at_once=4, per_host=2
        )

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.idle.set()
        await self._alarm.wait()

    async def record(self, *wanted: Wanted) -> None:
        stories = [make_story(each.story_pk) for each in wanted]
        await self.archive.record(make_sighting(*stories), wanted)

    @asynccontextmanager
    async def working(self) -> AsyncIterator[None]:
        work = asyncio.create_task(self.worker.run())
        try:
            yield
        finally:
            work.cancel()
            await asyncio.gather(work, return_exceptions=True)

    async def settle(self, seconds: float = 0) -> None:
        """Let time pass, and the worker work until there is nothing to do."""
        self.clock.turn(seconds)
        self._alarm.set()
        self._alarm.clear()
        self.worker.wake()
        while True:
            self.idle.clear()
            await self.idle.wait()
            if not self.worker._busy and not self.worker._news.is_set():
                return

    async def left(self) -> list[tuple[int, int, str, bool]]:
        """What is still wanted: pk, tries, reason, whether it is given up."""
        found = await self.wanted.list()
        return [(each.story_pk, each.tries, each.reason, each.is_given_up) for each in found]


async def test_all_that_is_wanted_is_kept_and_then_wanted_no_more() -> None:
    files = [want(pk, f"edge{pk % 3}.fbcdn.net") for pk in range(1, 51)]
    rig = Rig(ScriptedFetcher({each.url: PHOTO + bytes([each.story_pk]) for each in files}))
    await rig.record(*files)
    async with rig.working():
        await rig.settle()
    assert [] == await rig.left()
    assert [1] * 50 == [len(await rig.archive.files_of(pk)) for pk in range(1, 51)]


async def test_what_is_recorded_while_it_sleeps_wakes_it() -> None:
    rig = Rig(ScriptedFetcher({want(1).url: PHOTO}))
    async with rig.working():
        await rig.settle()
        assert LONGEST_SLEEP == rig.slept[-1]
        await rig.record(want(1))
        await rig.settle()
        assert [] == await rig.left()


async def test_only_so_many_at_once_and_of_one_host() -> None:
    """A busy host holds up no other."""
    fetcher = HeldFetcher(PHOTO)
    rig = Rig(fetcher)
    await rig.record(*(want(pk, "a.fbcdn.net") for pk in range(1, 6)), want(6, "b.fbcdn.net"))
    async with rig.working():
        await fetcher.until(3)
        assert ["a", "a", "b"] == sorted(url[8] for url in fetcher.asked)
        fetcher.release()
        await rig.settle()
    assert ([], 3) == (await rig.left(), fetcher.most)


@pytest.mark.parametrize(
    "error", [MediaNotFound("gone"), InvalidValue("nobody's"), SourceDrift("a page")]
)
async def test_what_is_in_vain_is_given_up_at_once(error: Exception) -> None:
    fetcher = ScriptedFetcher({want(1).url: error})
    rig = Rig(fetcher)
    await rig.record(want(1))
    async with rig.working():
        await rig.settle()
        await rig.settle(24 * HOUR)
    assert ([(1, 1, str(error), True)], 1) == (await rig.left(), rig.worker.given_up)
    assert 1 == len(fetcher.asked)


async def test_what_may_pass_is_tried_until_the_address_has_expired() -> None:
    """Each try waits for its turn, and the last word says why."""
    fetcher = ScriptedFetcher({want(1).url: SourceUnavailable("down")})
    rig = Rig(fetcher)
    await rig.record(want(1, expires_at=T0 + 200))
    async with rig.working():
        await rig.settle()
        assert 30 == rig.slept[-1]
        for seconds in (29, 1, 59, 1):
            await rig.settle(seconds)
        assert [(1, 3, "down", False)] == await rig.left()
        await rig.settle(HOUR)
    assert [(1, 3, "The address has expired. down", True)] == await rig.left()
    assert 3 == len(fetcher.asked)


async def test_a_file_given_up_is_wanted_anew_once_it_is_seen_with_a_newer_address() -> None:
    url = f"{CDN}/again_n.jpg"
    rig = Rig(ScriptedFetcher({url: PHOTO}))
    await rig.record(want(1, expires_at=T0 + 10))
    async with rig.working():
        await rig.settle()
        assert [True] == [each.is_given_up for each in await rig.wanted.list()]
        newer = Wanted(story_pk=1, kind="image", url=url, expires_at=T0 + HOUR, next_at=T0)
        await rig.archive.record(make_sighting(make_story(1), seen_at=T0 + 1), [newer])
        await rig.settle()
    assert [] == await rig.left()


async def test_who_asks_for_time_gets_it() -> None:
    rig = Rig(ScriptedFetcher({want(1).url: SourceThrottled("slowly", retry_after=600)}))
    await rig.record(want(1))
    async with rig.working():
        await rig.settle()
    assert T0 + 600 == await rig.wanted.next_at()


async def test_a_full_store_is_no_try_and_nothing_is_given_up() -> None:
    """Once there is room, all are kept."""
    rig = Rig(ScriptedFetcher({want(pk).url: PHOTO + bytes([pk]) for pk in (1, 2)}), limit=1)
    await rig.record(want(1), want(2))
    async with rig.working():
        await rig.settle()
        assert [(1, 0, False), (2, 0, False)] == [
            (pk, tries, is_given_up) for pk, tries, _, is_given_up in await rig.left()
        ]
        rig.keeper._quota._limit = 10**9
        await rig.settle(OWN_WAIT)
    assert [] == await rig.left()


class BrokenFetcher:
    """A bug."""

    async def fetch(self, url: str) -> AsyncGenerator[bytes, None]:
        yield PHOTO[:10]
        raise ZeroDivisionError(url)


async def test_a_bug_is_logged_and_holds_up_nobody(caplog: pytest.LogCaptureFixture) -> None:
    rig = Rig(BrokenFetcher())
    await rig.record(want(1), want(2))
    async with rig.working():
        await rig.settle()
    assert [(1, 1), (2, 1)] == [(pk, tries) for pk, tries, *_ in await rig.left()]
    assert 2 == sum(bool(line.exc_info) for line in caplog.records)


async def test_a_queue_that_cannot_be_read_is_read_again_later() -> None:
    rig = Rig(ScriptedFetcher({want(1).url: PHOTO}))
    await rig.record(want(1))
    due, calls = rig.wanted.due, []

    async def fail_once(now: float, limit: int):  # type: ignore[no-untyped-def] # noqa: ANN202
        calls.append(now)
        if len(calls) == 1:
            raise StorageError
        return await due(now, limit)

    rig.wanted.due = fail_once  # type: ignore[method-assign]
    async with rig.working():
        await rig.settle()
        await rig.settle()
    assert [] == await rig.left()


async def test_the_end_leaves_what_is_under_way_in_the_queue(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """As it was: a restart goes on there."""
    caplog.set_level(logging.INFO)
    fetcher = HeldFetcher(PHOTO)
    rig = Rig(fetcher)
    await rig.record(want(1))
    async with rig.working():
        await fetcher.until(1)
    await rig.keeper.close()
    assert ([(1, 0, "", False)], []) == (await rig.left(), caplog.records)

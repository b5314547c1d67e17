"""Whatever Instagram sends, memory and time are bounded, and answers are never mixed."""

import asyncio
import gzip
import tracemalloc

import pytest
from backports import zstd

from storykeep.core.errors import SourceDrift, SourceError, SourceThrottled, SourceTimeout
from storykeep.core.sighting import Sighting
from storykeep.sources.instagram.client import MAX_ANSWER
from storykeep.testing.instagram import Account, Answer, create_world
from tests.sources.instagram.rig import NO_TIME, WILD, asking

PEAK = 5 * MAX_ANSWER
ZEROS = bytes(4 * MAX_ANSWER)
BOMBS = {"gzip": gzip.compress(ZEROS), "zstd": zstd.compress(ZEROS)}
"""A few KB each that would become 64 MB."""


@pytest.mark.parametrize("kind", ["huge", *BOMBS])
async def test_memory_is_bounded(kind: str) -> None:
    """Also where an answer grows when it is unpacked."""
    async with asking() as rig:
        await rig.upstream.check()
        if kind in BOMBS:
            headers = {"Content-Type": "application/json", "Content-Encoding": kind}
            rig.fake.fail("feed/user/", Answer(200, BOMBS[kind], headers))
        else:
            rig.fake.fail("feed/user/", kind)
        tracemalloc.start()
        try:
            with pytest.raises(SourceDrift, match="did not end"):
                await rig.upstream.reel(WILD)
            assert tracemalloc.get_traced_memory()[1] < PEAK
        finally:
            tracemalloc.stop()


async def test_the_wait_for_ones_turn_is_bounded_too() -> None:
    """Who waits behind a question that hangs is told in time, and nothing is asked for him."""
    async with asking() as rig:
        await rig.upstream.check()
        rig.fake.fail("feed/user/", "hang")
        rig.upstream._time_limit = NO_TIME
        questions = (rig.upstream.reel(WILD + number) for number in range(5))
        answers = await asyncio.gather(*questions, return_exceptions=True)
        assert [SourceTimeout] * 5 == [type(answer) for answer in answers]
        assert rig.fake.count("feed/user/") <= 1


async def test_one_question_at_a_time() -> None:
    async with asking() as rig:
        rig.fake.fail("feed/user/", "hang", times=1)
        first = asyncio.create_task(rig.upstream.reel(WILD))
        await rig.fake.until("feed/user/")
        others = [asyncio.create_task(rig.upstream.user_by_pk(WILD)) for _ in range(5)]
        for _ in range(100):
            await asyncio.sleep(0)
        assert 0 == rig.fake.count("users/")
        rig.fake.release()
        assert WILD == (await first).user_pk
        assert [WILD] * 5 == [each.user_pk for each in await asyncio.gather(*others)]


async def test_a_question_that_is_given_up_disturbs_no_other() -> None:
    async with asking() as rig:
        rig.fake.fail("feed/user/", "hang", times=1)
        first = asyncio.create_task(rig.upstream.reel(WILD))
        await rig.fake.until("feed/user/")
        second = asyncio.create_task(rig.upstream.user_by_pk(WILD))
        first.cancel()
        assert "acme_wild" == (await second).user.username
        with pytest.raises(asyncio.CancelledError):
            await first


async def test_fifty_answers_and_errors_are_never_mixed() -> None:
    """One client of aiograpi, shared, told one caller what another was refused for."""
    world = create_world()
    pks = range(5_000_000_001, 5_000_000_051)
    for pk in pks:
        account = Account(pk, f"acme_{pk}")
        account.post(int(world.clock()) - 60)
        world.accounts.append(account)
    expected: dict[int, type] = dict.fromkeys(pks, Sighting)
    async with asking(world) as rig:
        for pk in pks[1::5]:
            rig.fake.fail(f"feed/user/{pk}/", "throttled")
            expected[pk] = SourceThrottled
        for pk in pks[2::5]:
            rig.fake.fail(f"feed/user/{pk}/", "html")
            expected[pk] = SourceDrift
        answers = await asyncio.gather(
            *(rig.upstream.reel(pk) for pk in pks), return_exceptions=True
        )
        assert [*expected.values()] == [type(answer) for answer in answers]
        for pk, answer in zip(pks, answers, strict=True):
            assert isinstance(answer, SourceError) or (
                isinstance(answer, Sighting) and f"acme_{pk}" == answer.user.username
            )
        assert len(pks) == len(rig.fake.requests)

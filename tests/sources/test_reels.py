"""Several accounts at once: each goes its own way through the sources."""

import asyncio
from collections.abc import Sequence

from storykeep.core.errors import SourcesExhausted, SourceTimeout, SourceUnaware, UserNotFound
from storykeep.core.ports import Account, Reel, ReelOrError, create_reel
from storykeep.core.sighting import Sighting
from storykeep.sources.archive import ArchiveSource, Fresh
from storykeep.sources.combine import Chain, Coalesced
from storykeep.sources.recorded import Recorded
from storykeep.testing import HandClock, MemoryArchive, ScriptedSource, ScriptedUpstream
from tests.making import ACME, RIVAL, T0, make_sighting, make_story, make_user

OTHER, GONE = 7, 8
REELS = {pk: create_reel(Account(pk, None, is_private=False), [b"{}"]) for pk in (1, 2, 3)}


def kinds(found: dict[int, ReelOrError]) -> dict[int, type]:
    return {pk: type(answer) for pk, answer in found.items()}


def seen(pk: int, *stories: int, **user: object) -> Sighting:
    owner = make_user(pk, f"acme_{pk}", **user)
    told = [make_story(story, T0 - 5, owner) for story in stories]
    return make_sighting(*told, user=owner, source="scripted")


async def test_each_account_ends_at_the_first_source_that_knows_it() -> None:
    """An answer and Absent are final; who cannot be told is asked for at the next source."""
    first = ScriptedSource(reels={1: REELS[1], 2: UserNotFound()})
    second = ScriptedSource(reels={2: REELS[2], 3: REELS[3], 4: SourceTimeout()})
    found = await Chain(first, second).reels([1, 2, 3, 4, 5])
    assert [1, 2, 3, 4, 5] == [*found]
    assert {1: Reel, 2: UserNotFound, 3: Reel, 4: SourceTimeout, 5: SourcesExhausted} == kinds(
        dict(found)
    )
    assert [3, 4, 5] == [pk for _, pk, _ in second.asked]


async def test_equal_batches_at_once_are_one() -> None:
    source = ScriptedSource(reels=REELS)
    coalesced = Coalesced(source)
    answers = await asyncio.gather(*(coalesced.reels([1, 2]) for _ in range(3)))
    assert [answers[0]] * 3 == answers
    assert 2 == len(source.asked)


class House:
    """``archive?fresh=60 scripted archive``."""

    def __init__(self, upstream: ScriptedUpstream) -> None:
        clock, archive = HandClock(T0), MemoryArchive()
        self.clock, self.archive, self.upstream = clock, archive, upstream
        self.source = Chain(
            Fresh(archive, clock, 60),
            Recorded(upstream, archive, clock),
            ArchiveSource(archive, clock, is_truth=False),
        )

    async def cost(self, pks: Sequence[int], *, is_forced: bool = False) -> list[object]:
        self.upstream.asked.clear()
        await self.source.reels(pks, is_forced=is_forced)
        return [*self.upstream.asked]


async def test_what_the_answer_says_or_was_told_just_now_is_not_asked() -> None:
    """What is seen is fresh for a minute; that an account is public for five."""
    house = House(
        ScriptedUpstream(
            reels={ACME: seen(ACME, 1), RIVAL: seen(RIVAL, 2, is_private=None)},
            accounts={
                RIVAL: make_sighting(user=make_user(RIVAL), envelope=None),
                OTHER: make_sighting(user=make_user(OTHER), envelope=None),
                GONE: UserNotFound(),
            },
        )
    )
    pks = [ACME, RIVAL, OTHER, GONE]
    asked = [("user_by_pk", pk) for pk in (RIVAL, OTHER, GONE)]
    assert [("reels", *pks), *asked] == await house.cost(pks)
    assert [("reels", GONE), asked[-1]] == await house.cost(pks)
    house.clock.turn(61)
    assert [("reels", *pks), asked[-1]] == await house.cost(pks)


async def test_who_forces_spares_the_question_about_those_with_stories() -> None:
    house = House(ScriptedUpstream(reels={RIVAL: seen(RIVAL, 2, is_private=None)}))
    assert [("reels", RIVAL)] == await house.cost([RIVAL], is_forced=True)


async def test_a_private_account_is_not_kept_as_empty() -> None:
    """Nobody saw its reel; that it is private is remembered."""
    closed = make_sighting(user=make_user(ACME, is_private=True), envelope=None)
    house = House(ScriptedUpstream(accounts={ACME: closed}))
    assert [("reels", ACME), ("user_by_pk", ACME)] == await house.cost([ACME])
    reel = await house.archive.reel(ACME, T0)
    assert reel is not None
    assert reel.provenance is not None
    assert (True, None) == (reel.account.is_private, reel.provenance.seen_at)
    house.clock.turn(61)
    assert [] == await house.cost([ACME])


async def test_an_origin_without_such_a_question_is_asked_one_by_one() -> None:
    upstream = ScriptedUpstream(reels={ACME: seen(ACME, 1)}, accounts={ACME: seen(ACME)})
    upstream.accounts[RIVAL] = SourceTimeout()

    async def none(user_pks: Sequence[int]) -> Sequence[Sighting]:
        raise SourceUnaware(f"{len(user_pks)}")

    upstream.reels = none  # type: ignore[method-assign]
    house = House(upstream)
    found = dict(await house.source.reels([ACME, RIVAL]))
    assert {ACME: Reel, RIVAL: SourceTimeout} == kinds(found)


async def test_the_past_is_not_asked_about() -> None:
    house = House(ScriptedUpstream(reels={ACME: seen(ACME, 1)}, accounts={ACME: seen(ACME)}))
    await house.source.reels([ACME])
    house.upstream.asked.clear()
    found = dict(await house.source.reels([ACME, RIVAL], T0))
    assert {ACME: Reel, RIVAL: SourcesExhausted} == kinds(found)
    assert [] == house.upstream.asked

"""The archive as a source: it answers from what was seen, and knows how much its silence means."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storykeep.core.errors import SourceUnaware, StoryNotFound, UserNotFound
from storykeep.core.links import CdnFile
from storykeep.core.model import decode_story
from storykeep.core.ports import StorySource
from storykeep.core.sighting import DAY, SeenFile
from storykeep.sources.archive import ArchiveSource
from storykeep.testing import HandClock, MemoryArchive
from tests.making import ACME, RIVAL, T0, make_seen, make_sighting, make_story, make_user


async def filled(clock: HandClock, *, is_truth: bool = True) -> StorySource:
    """An archive with one public account that has two stories, and a private one."""
    archive = MemoryArchive()
    files = (SeenFile("image", "n.jpg"),)
    stories = make_seen(make_story(1), files=files), make_story(2, T0 + DAY // 2)
    await archive.record(make_sighting(*stories))
    await archive.record(make_sighting(user=make_user(RIVAL, "rival", is_private=True)))
    return ArchiveSource(archive, clock, is_truth=is_truth)


async def pks(source: StorySource, at: int | None = None) -> list[int]:
    return [int(decode_story(wire).pk) for wire in (await source.user_stories(ACME, at)).stories]


async def test_now_is_what_the_clock_says() -> None:
    clock = HandClock(T0 + 0.9)
    source = await filled(clock)
    assert [1] == await pks(source)
    clock.turn(DAY // 2)
    assert [1, 2] == await pks(source)
    clock.turn(DAY // 2 - 0.95)
    assert [1, 2] == await pks(source), "the last second has not ended"
    clock.turn(0.1)
    assert [2] == await pks(source)
    clock.turn(-DAY)
    assert [1] == await pks(source)


@given(st.integers(T0 - DAY, T0 + 2 * DAY), st.integers(T0 - DAY, T0 + 2 * DAY))
async def test_a_moment_that_is_asked_about_does_not_hang_on_the_clock(now: int, at: int) -> None:
    expected = await pks(await filled(HandClock(at)))
    assert expected == await pks(await filled(HandClock(now)), at)


async def test_the_first_second_of_all_may_be_asked_about() -> None:
    """0 is a moment like any other, not a missing one."""
    assert [] == await pks(await filled(HandClock(T0)), 0)


@pytest.mark.parametrize("is_truth", [True, False])
async def test_what_was_seen_is_answered(is_truth: bool) -> None:
    source = await filled(HandClock(T0), is_truth=is_truth)
    assert ACME == (await source.user("acme")).pk
    assert 1 == (await source.story(1)).pk
    assert [1] == await pks(source)
    assert [(1, "image")] == [*await source.stories_named(CdnFile("n.jpg"))]


async def test_a_story_is_answered_long_after_it_left_the_reel() -> None:
    source = await filled(HandClock(T0 + 1000 * DAY))
    assert 1 == (await source.story(1)).pk
    assert [] == await pks(source)


async def test_beside_a_live_source_it_never_says_that_there_are_no_stories() -> None:
    """Nor that those which it has are as fresh as asked for."""
    clock = HandClock(T0)
    source = await filled(clock, is_truth=False)
    reel = await source.user_stories(ACME)
    assert reel.provenance is not None
    assert "stale" == reel.provenance.outcome
    clock.turn(1000 * DAY)
    assert 1 == (await source.story(1)).pk
    with pytest.raises(SourceUnaware):
        await source.user_stories(ACME)
    with pytest.raises(SourceUnaware):
        await source.user_stories(ACME, T0 - 1)
    assert [1] == await pks(source, T0)


@pytest.mark.parametrize("is_truth", [True, False])
async def test_whether_an_account_is_private_is_said_and_left_to_others(is_truth: bool) -> None:
    source = await filled(HandClock(T0), is_truth=is_truth)
    assert (await source.user("rival")).is_private
    assert (await source.user_stories(RIVAL)).account.is_private


async def test_alone_its_silence_is_the_truth() -> None:
    source = await filled(HandClock(T0))
    with pytest.raises(UserNotFound):
        await source.user("nobody")
    with pytest.raises(UserNotFound):
        await source.user_stories(99)
    with pytest.raises(StoryNotFound):
        await source.story(99)
    assert [] == [*await source.stories_named(CdnFile("other.jpg"))]


async def test_beside_a_live_source_its_silence_is_no_answer() -> None:
    source = await filled(HandClock(T0), is_truth=False)
    for question in (source.user("nobody"), source.user_stories(99), source.story(99)):
        with pytest.raises(SourceUnaware, match="The archive does not know"):
            await question
    assert [] == [*await source.stories_named(CdnFile("other.jpg"))]


async def test_a_profile_is_told_whether_private_or_not() -> None:
    source = await filled(HandClock(T0))
    expected = [make_user(), make_user(RIVAL, "rival", is_private=True)]
    assert expected == [(await source.profile(pk)).user for pk in (ACME, RIVAL)]
    with pytest.raises(UserNotFound):
        await source.profile(1)
    with pytest.raises(SourceUnaware):
        await (await filled(HandClock(T0), is_truth=False)).profile(1)

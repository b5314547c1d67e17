"""The archive: what was seen is kept, once, and what follows from it is the same in any order."""

import pytest

from storykeep.core.links import CdnFile
from storykeep.core.model import encode_story
from storykeep.core.ports import (
    Account,
    Archive,
    KeptStory,
    Recorded,
    Reel,
    create_reel,
)
from storykeep.core.sighting import DAY, MAX_LIFETIME, Provenance
from tests.making import ACME, HOUR, T0, make_seen, make_sighting, make_story
from tests.ports.adapters import pks

# --------------------------------------------------------------------------------------- recording


async def test_an_empty_archive_knows_nobody(archive: Archive) -> None:
    assert None is await archive.account("acme")
    assert None is await archive.account("")
    assert None is await archive.reel(ACME, T0)
    assert None is await archive.story(1)
    assert [] == [*await archive.files_of(1)]
    assert [] == [*await archive.files_named(CdnFile("n.jpg"))]
    assert [] == [*await archive.stories_named(CdnFile("n.jpg"))]
    assert not await archive.is_seen(ACME, not_by="demo")


async def test_what_was_seen_is_there(archive: Archive) -> None:
    story = make_story(1)
    assert Recorded(new=1, known=0) == await archive.record(make_sighting(story))
    account = Account(ACME, "acme", is_private=False)
    wire = encode_story(story)
    seen = Provenance("archive", T0, "archived")
    kept = KeptStory(1, account, T0, T0 + DAY, False, wire, seen)
    assert kept == await archive.story(1)
    assert account == await archive.account("acme")
    assert create_reel(account, [wire], seen) == await archive.reel(ACME, T0)


async def test_recording_twice_is_recording_once(archive: Archive) -> None:
    sighting = make_sighting(make_story(1), make_story(2))
    assert Recorded(new=2, known=0) == await archive.record(sighting)
    before = await archive.story(1), await archive.reel(ACME, T0)
    assert Recorded(new=0, known=2) == await archive.record(sighting)
    assert before == (await archive.story(1), await archive.reel(ACME, T0))


async def test_new_and_known_are_told_apart(archive: Archive) -> None:
    await archive.record(make_sighting(make_story(1)))
    later = make_sighting(make_story(1), make_story(2), seen_at=T0 + 1)
    assert Recorded(new=1, known=1) == await archive.record(later)


async def test_an_empty_reel_is_a_sighting(archive: Archive) -> None:
    """The account is known from then on, and that it has no stories."""
    assert Recorded(new=0, known=0) == await archive.record(make_sighting())
    account = Account(ACME, "acme", is_private=False)
    assert account == await archive.account("acme")
    seen = Provenance("archive", T0, "empty")
    assert Reel(account, (), b"[]", seen) == await archive.reel(ACME, T0)
    assert await archive.is_seen(ACME, not_by="demo")


async def test_absence_from_a_later_sighting_takes_nothing_away(archive: Archive) -> None:
    """Captures are cut: who is not there was perhaps not looked at."""
    await archive.record(make_sighting(make_story(1)))
    await archive.record(make_sighting(seen_at=T0 + HOUR))
    assert [1] == await pks(archive, T0 + 2 * HOUR)


async def test_when_it_was_seen_does_not_matter(archive: Archive) -> None:
    """A story that was seen a month later was in the reel on its day all the same."""
    await archive.record(make_sighting(make_story(1), seen_at=T0 + 30 * DAY))
    assert [1] == await pks(archive, T0 + HOUR)
    assert [] == await pks(archive, T0 + 30 * DAY)


async def test_the_largest_pk_has_room(archive: Archive) -> None:
    largest = 2**63 - 1
    await archive.record(make_sighting(make_story(largest)))
    assert [largest] == await pks(archive, T0)


# ---------------------------------------------------------------------------------- time and order


@pytest.mark.parametrize("life", [1, HOUR, DAY, 2 * DAY, MAX_LIFETIME])
async def test_a_story_is_in_the_reel_from_its_first_second_until_its_last(
    archive: Archive, life: int
) -> None:
    await archive.record(make_sighting(make_seen(make_story(1), expiring_at=T0 + life)))
    moments = [T0 - DAY, T0 - 1, T0, T0 + life - 1, T0 + life, T0 + life + DAY, T0 + 9 * DAY]
    expected = [[], [], [1], [1], [], [], []]
    assert expected == [await pks(archive, at) for at in moments]
    assert expected[::-1] == [await pks(archive, at) for at in reversed(moments)]


@pytest.mark.parametrize("life", [0, -1, -DAY])
async def test_a_story_that_ended_before_it_began_is_in_no_reel(
    archive: Archive, life: int
) -> None:
    await archive.record(make_sighting(make_seen(make_story(1), expiring_at=T0 + life)))
    assert [[]] * 4 == [await pks(archive, T0 + shift) for shift in (life - 1, life, 0, 1)]
    assert await archive.story(1) is not None


async def test_nobody_lives_longer_than_a_week(archive: Archive) -> None:
    """What a capture claims beyond that is not believed."""
    await archive.record(make_sighting(make_seen(make_story(1), expiring_at=T0 + 30 * DAY)))
    week = T0 + MAX_LIFETIME
    assert [[1], [1], []] == [await pks(archive, at) for at in (T0, week - 1, week)]


async def test_the_reel_begins_with_the_oldest(archive: Archive) -> None:
    """Whatever the order of the capture; of one second the smaller pk is first."""
    stories = [make_story(pk, T0 + late) for pk, late in ((5, 0), (1, 9), (4, 3), (3, 3), (2, -7))]
    await archive.record(make_sighting(*stories))
    assert [2, 5, 3, 4, 1] == await pks(archive, T0 + 10)


async def test_the_past_and_the_future_of_a_reel(archive: Archive) -> None:
    times = {1: T0, 2: T0 + 12 * HOUR, 3: T0 + 23 * HOUR, 4: T0 + 36 * HOUR}
    await archive.record(make_sighting(*(make_story(pk, at) for pk, at in times.items())))
    assert [1, 2, 3] == await pks(archive, T0 + 23 * HOUR)
    assert [2, 3] == await pks(archive, T0 + DAY)
    assert [2, 3] == await pks(archive, T0 + 36 * HOUR - 1)
    assert [3, 4] == await pks(archive, T0 + 36 * HOUR)
    assert [1] == await pks(archive, T0)
    assert [] == await pks(archive, T0 + 60 * HOUR)


# ----------------------------------------------------------------------------------- close friends


async def test_a_close_friends_story_is_in_no_reel(archive: Archive) -> None:
    hidden = make_seen(make_story(2), is_close_friends=True)
    await archive.record(make_sighting(make_story(1), hidden))
    assert [1] == await pks(archive, T0)
    story = await archive.story(2)
    assert story is not None
    assert story.is_close_friends


async def test_once_for_close_friends_always_for_close_friends(archive: Archive) -> None:
    await archive.record(make_sighting(make_story(1), make_story(2)))
    assert [1, 2] == await pks(archive, T0)
    hidden = make_seen(make_story(1), dialect="legacy", is_close_friends=True)
    await archive.record(make_sighting(hidden, seen_at=T0 - DAY))
    await archive.record(make_sighting(make_story(1), seen_at=T0 + 1))
    assert [2] == await pks(archive, T0)

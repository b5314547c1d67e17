"""What an account's own page told: the last word is kept, as it came."""

import itertools

import pytest

from storykeep.core.mentions import MASK, word_of_name, word_of_user
from storykeep.core.ports import Archive
from storykeep.core.sighting import Provenance
from storykeep.testing import MemoryArchive
from tests.making import ACME, RIVAL, T0, make_profile, make_sighting, make_story, make_user
from tests.ports.adapters import condemn

OLD, NEW = make_profile(follower_count=1), make_profile(follower_count=2)


async def raw_of(archive: Archive) -> bytes | None:
    profile = await archive.profile(ACME)
    assert profile is not None
    return profile.raw


@pytest.mark.parametrize("order", [*itertools.permutations(range(3))], ids=str)
async def test_the_latest_is_kept_whatever_came_first(
    archive: Archive, order: tuple[int, ...]
) -> None:
    """A later look at stories says nothing of the page; it is as old as it is."""
    looks = [
        make_sighting(seen_at=T0, profile=OLD),
        make_sighting(seen_at=T0 + 1, profile=NEW),
        make_sighting(make_story(1), seen_at=T0 + 2),
    ]
    for place in order:
        await archive.record(looks[place])
    profile = await archive.profile(ACME)
    assert profile is not None
    assert (NEW, Provenance("archive", T0 + 1, "archived")) == profile[1:]


async def test_of_one_moment_the_same_one_is_kept_in_either_order(
    archive: Archive,
) -> None:
    """And by every archive."""
    other = MemoryArchive()
    looks = [make_sighting(profile=each) for each in (OLD, NEW)]
    for shelf, order in ((archive, looks), (other, looks[::-1])):
        for look in order:
            await shelf.record(look)
    assert await raw_of(archive) in (OLD, NEW)
    assert await raw_of(archive) == await raw_of(other)


async def test_a_changed_profile_is_a_look_of_its_own_and_the_same_is_not(
    archive: Archive,
) -> None:
    for profile in (OLD, OLD, NEW, NEW):
        await archive.record(make_sighting(profile=profile))
    assert await raw_of(archive) in (OLD, NEW)
    await archive.record(make_sighting())  # which tells of no page
    assert await raw_of(archive) in (OLD, NEW)


async def test_without_one_an_account_was_told_when_its_privacy_was(archive: Archive) -> None:
    await archive.record(make_sighting(seen_at=T0))
    await archive.record(make_sighting(seen_at=T0 + 5, user=make_user(is_private=None)))
    profile = await archive.profile(ACME)
    assert profile is not None
    assert (None, Provenance("archive", T0, "archived")) == profile[1:]
    assert (True, False) == (profile.is_fresh(T0 + 9, 9), profile.is_fresh(T0 + 10, 9))


async def test_one_that_nothing_was_told_of_is_never_fresh(archive: Archive) -> None:
    await archive.record(make_sighting(user=make_user(is_private=None)))
    profile = await archive.profile(ACME)
    assert profile is not None
    assert not profile.is_fresh(T0, 9)


async def test_it_is_kept_without_the_erased_but_for_its_own_account(archive: Archive) -> None:
    words = {word_of_user(RIVAL): "mentions", word_of_name("rival"): "mentions"}
    await condemn(archive, words)  # type: ignore[arg-type]
    told = make_profile(biography="with @rival", best=[{"pk": RIVAL, "username": "rival"}])
    await archive.record(make_sighting(profile=told))
    assert make_profile(biography=f"with @{MASK}", best=[]) == await raw_of(archive)
    rivals = make_user(RIVAL, "rival")
    own = make_profile(rivals, biography="I am @rival")
    await archive.record(make_sighting(user=rivals, profile=own))
    profile = await archive.profile(RIVAL)
    assert profile is not None
    assert own == profile.raw

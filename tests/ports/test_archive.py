"""The archive: what was seen is kept, once, and what follows from it is the same in any order."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from msgspec import structs

from storykeep.core.errors import StorageError
from storykeep.core.model import StoryMention, decode_story, encode_story
from storykeep.core.ports import Account, Archive, KeptFile, KeptStory, MediaFile, Recorded, Reel
from storykeep.core.sighting import DAY, MAX_LIFETIME, Dialect, SeenFile
from tests.making import (
    ACME,
    HOUR,
    RIVAL,
    T0,
    make_seen,
    make_sighting,
    make_story,
    make_user,
)
from tests.ports.adapters import ARCHIVES, open_archive

RIVALS = make_user(RIVAL, "rival")
PHOTO, OTHER = MediaFile("aa" * 32, "image/jpeg", 5), MediaFile("bb" * 32, "image/jpeg", 6)
VIDEO = MediaFile("cc" * 32, "video/mp4", 7)


@pytest.fixture(params=ARCHIVES)
async def archive(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Archive]:
    async with open_archive(request.param, tmp_path) as opened:
        yield opened


async def pks(archive: Archive, at: int, user_pk: int = ACME) -> list[int]:
    """Return which stories are in the reel at that moment."""
    reel = await archive.reel(user_pk, at)
    assert reel is not None
    assert reel.body == b"[%b]" % b",".join(reel.stories)
    return [int(decode_story(wire).pk) for wire in reel.stories]


# --------------------------------------------------------------------------------------- recording


async def test_an_empty_archive_knows_nobody(archive: Archive) -> None:
    assert None is await archive.account("acme")
    assert None is await archive.account("")
    assert None is await archive.reel(ACME, T0)
    assert None is await archive.story(1)
    assert [] == [*await archive.files_of(1)]
    assert [] == [*await archive.files_named("n.jpg")]
    assert [] == [*await archive.stories_named("n.jpg")]
    assert not await archive.is_seen(ACME, not_by="demo")


async def test_what_was_seen_is_there(archive: Archive) -> None:
    story = make_story(1)
    assert Recorded(new=1, known=0) == await archive.record(make_sighting(story))
    account = Account(ACME, "acme", is_private=False)
    kept = KeptStory(1, account, T0, T0 + DAY, is_close_friends=False, wire=encode_story(story))
    wire = encode_story(story)
    assert kept == await archive.story(1)
    assert account == await archive.account("acme")
    assert Reel(account, (wire,), b"[%b]" % wire) == await archive.reel(ACME, T0)


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
    assert Reel(account, (), b"[]") == await archive.reel(ACME, T0)
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


# ---------------------------------------------------------------------------------------- accounts


@pytest.mark.parametrize("is_later_first", [False, True])
async def test_the_latest_word_on_privacy_holds(archive: Archive, is_later_first: bool) -> None:
    earlier = make_sighting(make_story(1), user=make_user(is_private=False), seen_at=T0)
    later = make_sighting(user=make_user(is_private=True), seen_at=T0 + 1)
    for sighting in (later, earlier) if is_later_first else (earlier, later):
        await archive.record(sighting)
    found = await archive.account("acme"), await archive.reel(ACME, T0), await archive.story(1)
    account, reel, story = found
    assert account is not None
    assert reel is not None
    assert story is not None
    assert [True, True, True] == [
        each.is_private for each in (account, reel.account, story.account)
    ]


async def test_an_account_may_open_again(archive: Archive) -> None:
    await archive.record(make_sighting(user=make_user(is_private=True), seen_at=T0))
    await archive.record(make_sighting(user=make_user(is_private=False), seen_at=T0 + 1))
    assert Account(ACME, "acme", is_private=False) == await archive.account("acme")


@pytest.mark.parametrize("first", [False, True])
async def test_of_two_words_of_one_second_the_private_one_holds(
    archive: Archive, first: bool
) -> None:
    for is_private in (first, not first):
        await archive.record(make_sighting(user=make_user(is_private=is_private)))
    assert Account(ACME, "acme", is_private=True) == await archive.account("acme")


async def test_silence_about_privacy_is_no_word(archive: Archive) -> None:
    await archive.record(make_sighting(user=make_user(is_private=None), seen_at=T0))
    assert Account(ACME, "acme", is_private=False) == await archive.account("acme")
    await archive.record(make_sighting(user=make_user(is_private=True), seen_at=T0 - DAY))
    await archive.record(make_sighting(user=make_user(is_private=None), seen_at=T0 + DAY))
    assert Account(ACME, "acme", is_private=True) == await archive.account("acme")


@pytest.mark.parametrize("is_later_first", [False, True])
async def test_an_account_is_found_by_all_the_names_it_had(
    archive: Archive, is_later_first: bool
) -> None:
    """And tells the latest of them."""
    earlier = make_sighting(user=make_user(username="old_name"), seen_at=T0)
    later = make_sighting(user=make_user(username="new_name"), seen_at=T0 + 1)
    for sighting in (later, earlier) if is_later_first else (earlier, later):
        await archive.record(sighting)
    account = Account(ACME, "new_name", is_private=False)
    assert [account, account] == [await archive.account(each) for each in ("old_name", "new_name")]


@pytest.mark.parametrize("is_later_first", [False, True])
async def test_a_name_belongs_to_who_had_it_last(archive: Archive, is_later_first: bool) -> None:
    earlier = make_sighting(user=make_user(ACME, "wanted"), seen_at=T0)
    later = make_sighting(user=make_user(RIVAL, "wanted"), seen_at=T0 + 1)
    for sighting in (later, earlier) if is_later_first else (earlier, later):
        await archive.record(sighting)
    assert Account(RIVAL, "wanted", is_private=False) == await archive.account("wanted")


async def test_names_are_compared_in_lower_case(archive: Archive) -> None:
    await archive.record(make_sighting(user=make_user(username="AcMe")))
    assert Account(ACME, "acme", is_private=False) == await archive.account("acme")


@pytest.mark.parametrize("username", [None, ""])
async def test_an_account_without_a_name_is_found_by_its_pk(
    archive: Archive, username: str | None
) -> None:
    await archive.record(make_sighting(make_story(1), user=make_user(username=username)))
    assert [1] == await pks(archive, T0)
    assert None is await archive.account("")
    reel = await archive.reel(ACME, T0)
    assert reel is not None
    assert None is reel.account.username


async def test_who_has_seen_an_account(archive: Archive) -> None:
    await archive.record(make_sighting(source="demo"))
    assert not await archive.is_seen(ACME, not_by="demo")
    assert await archive.is_seen(ACME, not_by="test")
    await archive.record(make_sighting(source="test"))
    assert await archive.is_seen(ACME, not_by="demo")
    assert not await archive.is_seen(RIVAL, not_by="demo")


# ------------------------------------------------------------------------------------ another's pk


async def test_a_story_of_somebody_else_is_refused_and_reported(archive: Archive) -> None:
    """The others of the sighting are kept, and recording it again refuses the same."""
    await archive.record(make_sighting(make_story(1)))
    claim = make_sighting(make_story(1, user=RIVALS), make_story(2, user=RIVALS), user=RIVALS)
    first, again = await archive.record(claim), await archive.record(claim)
    for recorded, new, known in ((first, 1, 0), (again, 0, 1)):
        (problem,) = recorded.problems
        assert (new, known) == (recorded.new, recorded.known)
        assert ("pk", "1") == (problem.field, problem.story_pk)
        assert str(ACME) in problem.reason
    assert [1] == await pks(archive, T0)
    assert [2] == await pks(archive, T0, RIVAL)
    story = await archive.story(1)
    assert story is not None
    assert ACME == story.account.pk


async def test_a_refused_story_leaves_no_file_names(archive: Archive) -> None:
    await archive.record(make_sighting(make_story(1)))
    files = (SeenFile("image", "n.jpg"),)
    claim = make_seen(make_story(1, user=RIVALS), files=files)
    await archive.record(make_sighting(claim, user=RIVALS))
    assert [] == [*await archive.stories_named("n.jpg")]


# ------------------------------------------------------------------------------------ many dialects


async def test_later_captures_fill_what_was_not_known(archive: Archive) -> None:
    mention = StoryMention(user=make_user(9, "mentioned"))
    poor = make_seen(make_story(1, thumbnail_url=None, mentions=[mention]), dialect="legacy")
    rich = make_seen(make_story(1, video_duration=None), dialect="v1")
    await archive.record(make_sighting(poor, seen_at=T0 + 5))
    await archive.record(make_sighting(rich, seen_at=T0))
    expected = structs.replace(rich.story, mentions=[mention], video_duration=0.0)
    story = await archive.story(1)
    assert story is not None
    assert expected == decode_story(story.wire)


@pytest.mark.parametrize("dialect", ["v1", "vendor", "xdt", "legacy"])
async def test_an_item_that_is_seen_again_is_as_new_as_its_latest_sighting(
    archive: Archive, dialect: Dialect
) -> None:
    """Else what is served would depend on which of its captures came first."""
    ours = make_seen(make_story(1, thumbnail_url="https://a.test/ours.jpg"), dialect=dialect)
    other = make_seen(make_story(1, thumbnail_url="https://a.test/other.jpg"), dialect=dialect)
    for seen, seen_at in ((ours, 1), (other, 2), (ours, 3)):
        await archive.record(make_sighting(seen, seen_at=T0 + seen_at))
    story = await archive.story(1)
    assert story is not None
    assert "https://a.test/ours.jpg" == decode_story(story.wire).thumbnail_url


# ------------------------------------------------------------------------------------------- files


def sort_key(kept: KeptFile) -> tuple[int, str]:
    return kept.story_pk, kept.file.sha256


async def test_a_kept_file_is_the_storys(archive: Archive) -> None:
    await archive.record(make_sighting(make_story(1)))
    photo = KeptFile(1, "image", PHOTO, "1.jpg")
    video = KeptFile(1, "video", VIDEO, "1.mp4")
    for kept in (photo, video, photo):
        await archive.keep_file(kept)
    assert [photo, video] == sorted(await archive.files_of(1), key=sort_key)
    assert [] == [*await archive.files_of(2)]


async def test_a_file_that_is_kept_again_under_another_name_keeps_its_first(
    archive: Archive,
) -> None:
    await archive.record(make_sighting(make_story(1)))
    first, second = (KeptFile(1, "image", PHOTO, name) for name in ("1.jpg", "2.jpg"))
    await archive.keep_file(first)
    await archive.keep_file(second)
    assert [first] == [*await archive.files_of(1)]


async def test_files_are_found_by_the_name_they_came_with_and_by_all_that_the_story_had(
    archive: Archive,
) -> None:
    """Of the right kind: a video's name does not mean its picture."""
    names = (SeenFile("image", "i_n.jpg"), SeenFile("image", "j_n.jpg"), SeenFile("video", "v.mp4"))
    await archive.record(make_sighting(make_seen(make_story(1), files=names)))
    photo = KeptFile(1, "image", PHOTO, "1.jpg")
    await archive.keep_file(photo)
    for name in ("i_n.jpg", "j_n.jpg", "1.jpg"):
        assert [photo] == [*await archive.files_named(name)]
    assert [] == [*await archive.files_named("v.mp4")]
    assert [(1, "video")] == [*await archive.stories_named("v.mp4")]
    assert [] == [*await archive.stories_named("1.jpg")]


async def test_a_name_may_be_several_stories(archive: Archive) -> None:
    names = (SeenFile("image", "n.jpg"),)
    both = [make_seen(make_story(pk), files=names) for pk in (1, 2)]
    await archive.record(make_sighting(*both))
    await archive.record(make_sighting(*both, seen_at=T0 + 1))
    kept = [KeptFile(1, "image", PHOTO, "n.jpg"), KeptFile(2, "image", OTHER, "2.jpg")]
    for file in kept:
        await archive.keep_file(file)
    assert [(1, "image"), (2, "image")] == sorted(await archive.stories_named("n.jpg"))
    assert kept == sorted(await archive.files_named("n.jpg"), key=sort_key)


async def test_a_file_of_no_known_story_is_refused(archive: Archive) -> None:
    with pytest.raises(StorageError):
        await archive.keep_file(KeptFile(1, "image", PHOTO, "n.jpg"))
    assert [] == [*await archive.files_named("n.jpg")]

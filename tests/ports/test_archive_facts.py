"""The archive: accounts and their names, stories that two claim, several dialects, files."""

import pytest
from msgspec import structs

from storykeep.core.errors import StorageError
from storykeep.core.links import CdnFile
from storykeep.core.media import KeptFile, MediaFile
from storykeep.core.model import StoryMention, decode_story
from storykeep.core.ports import Account, Archive
from storykeep.core.sighting import DAY, Dialect, SeenFile
from tests.making import ACME, RIVAL, T0, make_seen, make_sighting, make_story, make_user
from tests.ports.adapters import pks

RIVALS = make_user(RIVAL, "rival")
PHOTO, OTHER = MediaFile("aa" * 32, "image/jpeg", 5), MediaFile("bb" * 32, "image/jpeg", 6)
VIDEO = MediaFile("cc" * 32, "video/mp4", 7)


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


@pytest.mark.parametrize("is_later_first", [False, True])
async def test_a_profile_is_what_was_last_seen_and_before_that_where_it_is_silent(
    archive: Archive, is_later_first: bool
) -> None:
    picture = "https://scontent.cdninstagram.com/v/p.jpg"
    old = make_user(full_name="Old", profile_pic_url=picture, is_verified=True, is_private=True)
    new = make_user(username="New", full_name="New", is_private=None)
    sightings = [make_sighting(user=old, seen_at=T0), make_sighting(user=new, seen_at=T0 + 1)]
    for sighting in sightings[::-1] if is_later_first else sightings:
        await archive.record(sighting)
    expected = structs.replace(old, username="new", full_name="New")
    profile = await archive.profile(ACME)
    assert profile is not None
    assert expected == profile.user
    assert None is await archive.profile(RIVAL)


async def test_a_profile_says_nothing_that_nobody_said(archive: Archive) -> None:
    user = make_user(username=None, is_private=None)
    await archive.record(make_sighting(user=user))
    profile = await archive.profile(ACME)
    assert profile is not None
    assert (user, None) == profile[:2]


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
    assert [] == [*await archive.stories_named(CdnFile("n.jpg"))]


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


async def test_what_is_kept_is_counted_once_however_many_stories_share_it(archive: Archive) -> None:
    assert 0 == await archive.kept_bytes()
    await archive.record(make_sighting(make_story(1), make_story(2)))
    for kept in (
        KeptFile(1, "image", PHOTO, "1.jpg"),
        KeptFile(2, "image", PHOTO, "2.jpg"),
        KeptFile(2, "image", PHOTO, "2.jpg", "640x1136"),
        KeptFile(2, "video", VIDEO, "2.mp4"),
    ):
        await archive.keep_file(kept)
    assert PHOTO.size + VIDEO.size == await archive.kept_bytes()


async def test_files_of_many_stories_are_found_at_once(archive: Archive) -> None:
    """By the pks that were asked with; nothing is said of who has none, or is not known."""
    await archive.record(make_sighting(*(make_story(pk) for pk in (1, 2, 3, 2**63 - 1))))
    files = [
        KeptFile(1, "image", PHOTO, "1.jpg"),
        KeptFile(1, "video", VIDEO, "1.mp4"),
        KeptFile(2, "image", PHOTO, "2.jpg"),
        KeptFile(2**63 - 1, "image", PHOTO, "9.jpg"),
    ]
    for kept in files:
        await archive.keep_file(kept)
    found = await archive.files_of_stories([2**63 - 1, 1, 3, 77])
    assert {1: files[:2], 2**63 - 1: files[3:]} == {
        pk: sorted(kept, key=sort_key) for pk, kept in found.items()
    }
    assert {} == await archive.files_of_stories([])


async def test_the_stories_of_a_file_are_found_by_its_digest(archive: Archive) -> None:
    await archive.record(make_sighting(*(make_story(pk) for pk in (1, 2, 3))))
    files = [KeptFile(pk, "image", PHOTO, f"{pk}.jpg") for pk in (3, 1)]
    for kept in (*files, KeptFile(2, "image", VIDEO, "2.jpg")):
        await archive.keep_file(kept)
    assert files[::-1] == [*await archive.files_with_digest(PHOTO.sha256)]
    for other in ("", PHOTO.sha256[:-1], PHOTO.sha256.upper(), "%"):
        assert [] == [*await archive.files_with_digest(other)]


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
        assert [photo] == [*await archive.files_named(CdnFile(name))]
    assert [] == [*await archive.files_named(CdnFile("v.mp4"))]
    assert [(1, "video")] == [*await archive.stories_named(CdnFile("v.mp4"))]
    assert [] == [*await archive.stories_named(CdnFile("1.jpg"))]


KEYED = (SeenFile("image", "old_n.jpg", "MzE=.3-ccb7-5"), SeenFile("video", "v.mp4"))
MOVED = CdnFile("new_n.jpg", "MzE=.3-ccb7-5")
"""The same picture under a name that was never seen."""


async def test_where_its_name_leads_nowhere_a_file_is_found_by_its_cache_key(
    archive: Archive,
) -> None:
    """The story need not be the one that the key tells."""
    await archive.record(make_sighting(make_seen(make_story(1), files=KEYED)))
    assert [(1, "image")] == [*await archive.stories_named(MOVED)]
    assert [] == [*await archive.files_named(MOVED)]
    photo, video = KeptFile(1, "image", PHOTO, "1.jpg"), KeptFile(1, "video", OTHER, "1.mp4")
    for file in (photo, video):
        await archive.keep_file(file)
    assert [photo] == [*await archive.files_named(MOVED)]
    assert [] == [*await archive.files_named(CdnFile("new_n.jpg", "MzE=.2"))]


async def test_a_name_goes_before_a_cache_key(archive: Archive) -> None:
    other = (SeenFile("image", "new_n.jpg"),)
    both = [make_seen(make_story(pk), files=files) for pk, files in ((1, KEYED), (2, other))]
    await archive.record(make_sighting(*both))
    for pk in (1, 2):
        await archive.keep_file(KeptFile(pk, "image", PHOTO, f"{pk}.jpg"))
    assert [(2, "image")] == [*await archive.stories_named(MOVED)]
    assert [2] == [kept.story_pk for kept in await archive.files_named(MOVED)]


async def test_at_last_a_file_is_the_picture_of_the_story_that_its_cache_key_tells(
    archive: Archive,
) -> None:
    """So what was kept before cache keys were is found too."""
    assert [] == [*await archive.stories_named(MOVED)]
    await archive.record(make_sighting(make_story(31)))
    assert [(31, "image")] == [*await archive.stories_named(MOVED)]
    assert [] == [*await archive.files_named(MOVED)]
    await archive.keep_file(KeptFile(31, "video", OTHER, "31.mp4"))
    assert [] == [*await archive.files_named(MOVED)]
    await archive.keep_file(KeptFile(31, "image", PHOTO, "31.jpg"))
    assert [31] == [kept.story_pk for kept in await archive.files_named(MOVED)]


async def test_a_name_may_be_several_stories(archive: Archive) -> None:
    names = (SeenFile("image", "n.jpg"),)
    both = [make_seen(make_story(pk), files=names) for pk in (1, 2)]
    await archive.record(make_sighting(*both))
    await archive.record(make_sighting(*both, seen_at=T0 + 1))
    kept = [KeptFile(1, "image", PHOTO, "n.jpg"), KeptFile(2, "image", OTHER, "2.jpg")]
    for file in kept:
        await archive.keep_file(file)
    assert [(1, "image"), (2, "image")] == sorted(await archive.stories_named(CdnFile("n.jpg")))
    assert kept == sorted(await archive.files_named(CdnFile("n.jpg")), key=sort_key)


async def test_a_file_of_no_known_story_is_refused(archive: Archive) -> None:
    with pytest.raises(StorageError):
        await archive.keep_file(KeptFile(1, "image", PHOTO, "n.jpg"))
    assert [] == [*await archive.files_named(CdnFile("n.jpg"))]

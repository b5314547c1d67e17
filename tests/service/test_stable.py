"""Stable addresses in Stories: of kept files ours, of others the CDN's while it is good."""

from typing import Any

import pytest
from msgspec import json

from storykeep.core.errors import MediaNotFound, PrivateAccount, SignatureInvalid, StorageError
from storykeep.core.media import KeptFile, MediaFile
from storykeep.core.model import VIDEO, Story, decode_story, encode_story
from storykeep.core.sighting import Kind
from storykeep.core.signing import sign
from storykeep.service.stable import StableAddresses
from storykeep.testing import HandClock, MemoryArchive
from tests.making import ACME, RIVAL, T0, make_seen, make_sighting, make_story, make_user

SECRET = b"0123456789abcdef0123456789abcdef"
BASE = "https://stories.example"
CDN = "https://scontent.cdninstagram.com/v"
GOOD, DEAD = f"oe={T0 + 1:X}", f"oe={T0:x}"
PHOTO, CLIP, COVER = (MediaFile(f"{n:064x}", kind, 9) for n, kind in (
    (1, "image/jpeg"), (2, "video/mp4"), (3, "image/webp"),
))  # fmt: skip


class Rig:
    """An archive, and addresses of what it keeps."""

    def __init__(self) -> None:
        self.archive, self.clock = MemoryArchive(), HandClock(T0)
        self.stable = self.create()

    def create(self, good_for: int = 0) -> StableAddresses:
        return StableAddresses(self.archive, lambda: SECRET, self.clock, good_for)

    async def keep(self, pk: int, kind: Kind, file: MediaFile, name: str = "a.bin") -> None:
        await self.archive.keep_file(KeptFile(pk, kind, file, name))

    async def given(self, story: Story) -> Story:
        """The story as it is told with stable addresses; nothing but addresses may differ."""
        told = await self.stable.give(encode_story(story), BASE)
        before, after = json.decode(encode_story(story)), json.decode(told)
        assert [*before] == [*after]
        changed = {name for name in before if before[name] != after[name]}
        assert changed <= {"thumbnail_url", "video_url"}
        return decode_story(told)

    async def follow(self, address: str) -> str:
        """The digest of the file that an address leads to."""
        path, _, query = address.removeprefix(BASE).partition("?")
        _, found = await self.stable.follow(path, query.encode())
        return found.file.sha256


@pytest.fixture
def rig() -> Rig:
    return Rig()


def clip(pk: int = 1, **facts: Any) -> Story:
    addresses = {"thumbnail_url": f"{CDN}/cover.jpg?{GOOD}", "video_url": f"{CDN}/clip.mp4?{GOOD}"}
    return make_story(pk, **{"media_type": VIDEO, **addresses, **facts})


async def record(rig: Rig, *stories: Story) -> None:
    await rig.archive.record(make_sighting(*stories))


# ------------------------------------------------------------------------------------- given out


async def test_a_kept_file_has_an_address_of_ours(rig: Rig) -> None:
    story = make_story(1)
    await record(rig, story)
    await rig.keep(1, "image", PHOTO)
    told = await rig.given(story)
    assert BASE + sign(SECRET, PHOTO.sha256, "jpg") == told.thumbnail_url
    assert None is told.video_url


async def test_a_video_has_two_files(rig: Rig) -> None:
    """Each with the address that it can have."""
    await record(rig, clip())
    await rig.keep(1, "video", CLIP)
    told = await rig.given(clip())
    assert BASE + sign(SECRET, CLIP.sha256, "mp4") == told.video_url
    assert clip().thumbnail_url == told.thumbnail_url
    await rig.keep(1, "image", COVER)
    told = await rig.given(clip())
    assert BASE + sign(SECRET, COVER.sha256, "webp") == told.thumbnail_url


@pytest.mark.parametrize(
    ("url", "is_told"),
    [
        (f"{CDN}/a.jpg?x=1&{GOOD}&y=2", True),
        (f"{CDN}/a.jpg?{GOOD}", True),
        (f"{CDN}/a.jpg?{DEAD}", False),
        (f"{CDN}/a.jpg?x=1&{DEAD}", False),
        (f"{CDN}/a.jpg?oe=00000000", False),
        (f"{CDN}/a.jpg", True),
        (f"{CDN}/a.jpg?oe=tomorrow", True),
        (f"{CDN}/a.jpg?no{DEAD}", True),
        ("https://elsewhere.example/a.jpg", True),
        (None, False),
    ],
)
async def test_the_address_of_a_file_that_is_not_kept_is_told_while_it_is_good(
    url: str | None, is_told: bool, rig: Rig
) -> None:
    """And then none: a broken one helps nobody."""
    story = make_story(1, thumbnail_url=url)
    await record(rig, story)
    expected = url if is_told else None
    assert expected == (await rig.given(story)).thumbnail_url


async def test_a_video_of_which_no_picture_is_known_has_none(rig: Rig) -> None:
    story = clip(thumbnail_url=None, video_url=None)
    await record(rig, story)
    await rig.keep(1, "video", CLIP)
    told = await rig.given(story)
    assert None is told.thumbnail_url
    assert BASE + sign(SECRET, CLIP.sha256, "mp4") == told.video_url


async def test_a_photo_has_no_video_though_a_file_of_one_is_kept(rig: Rig) -> None:
    """Its type is the answer's, and a client would ask why it has one."""
    story = make_story(1)
    await record(rig, story)
    await rig.keep(1, "video", CLIP)
    assert None is (await rig.given(story)).video_url


async def test_of_several_files_it_is_the_one_that_the_story_shows(rig: Rig) -> None:
    """As in the downloads: of that name, else the largest."""
    small, large = MediaFile("4" * 64, "image/jpeg", 1), MediaFile("5" * 64, "image/jpeg", 99)
    story = make_story(1, thumbnail_url=f"{CDN}/small.jpg?{DEAD}")
    await record(rig, story)
    await rig.keep(1, "image", large, "large.jpg")
    await rig.keep(1, "image", small, "small.jpg")
    assert BASE + sign(SECRET, "4" * 64, "jpg") == (await rig.given(story)).thumbnail_url
    other = make_story(1, thumbnail_url=f"{CDN}/other.jpg?{DEAD}")
    assert BASE + sign(SECRET, "5" * 64, "jpg") == (await rig.given(other)).thumbnail_url


async def test_a_list_is_its_stories(rig: Rig) -> None:
    """In their order, each as alone."""
    stories = [make_story(3), clip(1), make_story(2)]
    await record(rig, *stories)
    await rig.keep(1, "video", CLIP)
    await rig.keep(2, "image", PHOTO)
    wires = [encode_story(story) for story in stories]
    alone = [await rig.stable.give(wire, BASE) for wire in wires]
    assert b"[%b]" % b",".join(alone) == await rig.stable.give(b"[%b]" % b",".join(wires), BASE)
    assert b"[]" == await rig.stable.give(b"[]", BASE)


async def test_other_addresses_stay(rig: Rig) -> None:
    """Of accounts, and where stickers lead to, although they are dead."""
    user = make_user(profile_pic_url=f"{CDN}/me.jpg?{DEAD}")
    story = make_story(1, user=user)
    await record(rig, story)
    await rig.keep(1, "image", PHOTO)
    assert f"{CDN}/me.jpg?{DEAD}" == (await rig.given(story)).user.profile_pic_url


async def test_addresses_that_end_are_the_same_for_a_while(rig: Rig) -> None:
    """So that a cache finds them again; each is good for an hour at least, for two at most."""
    rig.stable = rig.create(good_for=3600)
    story = make_story(1)
    await record(rig, story)
    await rig.keep(1, "image", PHOTO)
    ends = []
    for _ in range(121):
        url = (await rig.given(story)).thumbnail_url
        assert url is not None
        ends.append(int(url.rpartition("=")[2]))
        assert 3600 <= ends[-1] - rig.clock() < 7200
        assert PHOTO.sha256 == await rig.follow(url)
        rig.clock.turn(60)
    assert 3 == len(set(ends))


async def test_without_a_secret_there_is_no_address(rig: Rig) -> None:
    def fail() -> bytes:
        raise StorageError("the file is empty")

    stable = StableAddresses(rig.archive, fail, rig.clock)
    with pytest.raises(StorageError):
        await stable.give(encode_story(make_story(1)), BASE)
    with pytest.raises(StorageError):
        await stable.follow(f"/media/{'0' * 64}.jpg", b"sig=")


# -------------------------------------------------------------------------------------- followed


async def test_an_address_leads_to_its_file(rig: Rig) -> None:
    await record(rig, make_story(1))
    await rig.keep(1, "image", PHOTO)
    assert PHOTO.sha256 == await rig.follow(sign(SECRET, PHOTO.sha256, "jpg"))


async def test_a_signature_is_asked_for_before_the_archive_is(rig: Rig) -> None:
    """Nobody learns from a guess what there is."""
    rig.stable = StableAddresses(None, lambda: SECRET, rig.clock)  # type: ignore[arg-type]
    with pytest.raises(SignatureInvalid):
        await rig.follow(sign(SECRET[::-1], PHOTO.sha256, "jpg"))


@pytest.mark.parametrize("extension", ["png", "mp4"])
async def test_a_file_has_one_address(extension: str, rig: Rig) -> None:
    await record(rig, make_story(1))
    await rig.keep(1, "image", PHOTO)
    with pytest.raises(MediaNotFound):
        await rig.follow(sign(SECRET, PHOTO.sha256, extension))


async def test_a_file_that_no_story_has_any_more_is_not_there(rig: Rig) -> None:
    with pytest.raises(MediaNotFound):
        await rig.follow(sign(SECRET, PHOTO.sha256, "jpg"))


OPEN, HIDDEN, CLOSE = "open", "private", "close friends"


@pytest.mark.parametrize(
    ("stories", "error"),
    [
        ([OPEN], None),
        ([HIDDEN], PrivateAccount),
        ([CLOSE], MediaNotFound),
        ([CLOSE, HIDDEN], PrivateAccount),
        ([HIDDEN, CLOSE], PrivateAccount),
        ([HIDDEN, OPEN], None),
        ([CLOSE, HIDDEN, OPEN], None),
        ([OPEN, HIDDEN, CLOSE], None),
    ],
    ids=lambda value: "+".join(value) if isinstance(value, list) else None,
)
async def test_one_story_that_may_be_seen_opens_the_file(
    stories: list[str], error: type[Exception] | None, rig: Rig
) -> None:
    for pk, kind in enumerate(stories, 1):
        owner = make_user(RIVAL, "rival", is_private=True) if kind == HIDDEN else make_user(ACME)
        seen = make_seen(make_story(pk, user=owner), is_close_friends=kind == CLOSE)
        await rig.archive.record(make_sighting(seen, user=owner))
        await rig.keep(pk, "image", PHOTO)
    address = sign(SECRET, PHOTO.sha256, "jpg")
    if error is None:
        assert PHOTO.sha256 == await rig.follow(address)
    else:
        with pytest.raises(error):
            await rig.follow(address)

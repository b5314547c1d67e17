"""Downloads: kept bytes first, of stories one may see, and of names that mean one file."""

import pytest

from storykeep.core.errors import (
    InvalidValue,
    MediaNotFound,
    PrivateAccount,
    SourceDrift,
    SourceUnavailable,
    StorageError,
    StoryNotFound,
)
from storykeep.core.media import KeptFile, MediaFetcher, MediaFile
from storykeep.core.model import VIDEO
from storykeep.core.ports import StorySource
from storykeep.core.sighting import Kind, SeenFile
from storykeep.service.keeper import Keeper
from storykeep.service.media import Media
from storykeep.service.quota import Quota
from storykeep.service.stories import Stories
from storykeep.sources.archive import ArchiveSource
from storykeep.sources.demo import read_media
from storykeep.sources.unfetched import Unfetched
from storykeep.testing import HandClock, MemoryArchive, MemoryMedia, ScriptedFetcher
from tests.making import ACME, RIVAL, T0, make_seen, make_sighting, make_story, make_user

PHOTO_BYTES, OTHER_BYTES = read_media("avatar_natgeo.jpg"), read_media("avatar_empty.jpg")
VIDEO_BYTES = read_media("demo_video.mp4")
CDN = "https://scontent-lga3-1.cdninstagram.com/v"
PAGE = "https://www.instagram.com/stories/acme"
PHOTO, CLIP, OF_PRIVATE, CLOSE, TWIN = 1, 2, 3, 4, 5
FRESH = f"{CDN}/clip_n.mp4?oe=1"
"""The address of a video that is not kept yet."""


class Rig:
    """Stories of a public account and of a private one, seen with their files."""

    def __init__(self) -> None:
        self.archive, self.store = MemoryArchive(), MemoryMedia()
        self.fetcher = ScriptedFetcher({FRESH: VIDEO_BYTES})
        self.media = self.with_fetcher(self.fetcher)
        self.offline = self.with_fetcher(Unfetched())

    def with_fetcher(
        self, fetcher: MediaFetcher, live: StorySource | None = None, *domains: str
    ) -> Media:
        """Return the downloads, where files come by ``fetcher``."""
        source = ArchiveSource(self.archive, HandClock(T0), is_truth=True)
        keeper = Keeper(self.archive, self.store, fetcher, Quota(0, self.archive, HandClock(T0)))
        return Media(Stories(source), source, self.archive, self.store, keeper, live, domains)

    async def fill(self) -> None:
        private = make_user(RIVAL, "rival", is_private=True)
        clip = make_story(CLIP, media_type=VIDEO, video_url=FRESH)
        clip_files = (SeenFile("video", "clip_n.mp4"), SeenFile("image", "cover_n.jpg"))
        await self.archive.record(
            make_sighting(
                make_seen(make_story(PHOTO), files=(SeenFile("image", "photo_n.jpg"),)),
                make_seen(clip, files=clip_files),
                make_seen(
                    make_story(CLOSE),
                    files=(SeenFile("image", "close_n.jpg"),),
                    is_close_friends=True,
                ),
                make_seen(make_story(TWIN), files=(SeenFile("image", "twin_n.jpg"),)),
            )
        )
        hidden = make_seen(
            make_story(OF_PRIVATE, user=private), files=(SeenFile("image", "hidden_n.jpg"),)
        )
        await self.archive.record(make_sighting(hidden, user=private))

    async def keep(
        self,
        pk: int,
        content: bytes = PHOTO_BYTES,
        kind: Kind = "image",
        name: str = "kept.jpg",
        variant: str = "",
    ) -> MediaFile:
        file = self.store.save([content])
        await self.archive.keep_file(KeptFile(pk, kind, file, name, variant))
        return file


@pytest.fixture
async def rig() -> Rig:
    made = Rig()
    await made.fill()
    return made


async def read(media: Media, file: MediaFile) -> bytes:
    opened = await media.open(file)
    try:
        await opened.prepare(0, file.size)
        return opened.read(0, file.size)
    finally:
        opened.close()


# ------------------------------------------------------------------------------------- of a story


async def test_another_size_is_not_what_a_story_is_shown_with(rig: Rig) -> None:
    """However many bytes it has, and although the CDN gives all sizes one name."""
    await rig.keep(PHOTO, OTHER_BYTES, name="photo_n.jpg", variant="640x1136")
    with pytest.raises(MediaNotFound):
        await rig.media.by_id(str(PHOTO))
    shown = await rig.keep(PHOTO, PHOTO_BYTES, name="photo_n.jpg")
    assert shown == (await rig.media.by_id(str(PHOTO))).file
    for url in (f"{CDN}/photo_n.jpg?stp=dst-jpg_p640x640", f"{CDN}/photo_n.jpg?oe=1"):
        assert shown == (await rig.media.by_url(url)).file


async def test_a_photo_is_its_image_and_a_video_its_video(rig: Rig) -> None:
    """Also when the picture of the video is kept, and was kept first."""
    photo = await rig.keep(PHOTO)
    await rig.keep(CLIP, OTHER_BYTES)
    clip = await rig.keep(CLIP, VIDEO_BYTES, "video", "kept.mp4")
    assert photo == (await rig.media.by_id(str(PHOTO))).file
    assert clip == (await rig.media.by_id(f"{CLIP}_{ACME}")).file
    assert PHOTO_BYTES == await read(rig.media, photo)
    assert [] == rig.fetcher.asked


async def test_a_file_is_told_with_its_story(rig: Rig) -> None:
    await rig.keep(PHOTO)
    found = await rig.media.by_story_url(f"{PAGE}/{PHOTO}/")
    assert (PHOTO, T0, "acme") == (
        found.story.pk,
        found.story.taken_at,
        found.story.account.username,
    )


async def test_a_file_that_is_not_kept_is_fetched_whole_and_kept(rig: Rig) -> None:
    found = await rig.media.by_id(str(CLIP))
    assert VIDEO_BYTES == await read(rig.media, found.file)
    assert ("video/mp4", len(VIDEO_BYTES)) == (found.file.content_type, found.file.size)
    assert [FRESH] == rig.fetcher.asked


async def test_what_is_not_kept_and_cannot_be_fetched_is_not_found(rig: Rig) -> None:
    with pytest.raises(MediaNotFound, match="not kept"):
        await rig.offline.by_id(str(CLIP))
    with pytest.raises(MediaNotFound):
        await rig.media.by_id(str(PHOTO))


async def test_only_the_picture_of_a_video_is_no_video(rig: Rig) -> None:
    await rig.keep(CLIP, OTHER_BYTES)
    with pytest.raises(MediaNotFound):
        await rig.offline.by_id(str(CLIP))


async def test_what_the_fetcher_raises_is_what_the_caller_gets(rig: Rig) -> None:
    media = rig.with_fetcher(ScriptedFetcher({FRESH: SourceUnavailable()}))
    with pytest.raises(SourceUnavailable):
        await media.by_id(str(CLIP))


async def test_what_is_fetched_and_is_no_media_is_the_sources_fault(rig: Rig) -> None:
    """A page that says sorry is not a video; the caller asked for nothing wrong and pays nothing."""
    media = rig.with_fetcher(ScriptedFetcher({FRESH: b"<html>URL signature expired</html>"}))
    with pytest.raises(SourceDrift):
        await media.by_id(str(CLIP))


async def test_a_kept_file_that_is_lost_is_our_fault(rig: Rig) -> None:
    file = await rig.keep(PHOTO)
    lost = MediaFile("00" * 32, file.content_type, file.size)
    with pytest.raises(StorageError):
        await rig.media.open(lost)


@pytest.mark.parametrize(
    ("pk", "error"),
    [(OF_PRIVATE, PrivateAccount), (CLOSE, StoryNotFound), (99, StoryNotFound)],
    ids=["private", "close friends", "unknown"],
)
async def test_a_file_of_what_may_not_be_seen_is_not_told(
    rig: Rig, pk: int, error: type[Exception]
) -> None:
    """Although it is kept, and by whatever route, the address of the file included."""
    if pk != 99:
        await rig.keep(pk, name=f"{pk}.jpg")
    name = {OF_PRIVATE: "hidden_n.jpg", CLOSE: "close_n.jpg"}.get(pk, "unknown_n.jpg")
    for route in (rig.media.by_id(str(pk)), rig.media.by_story_url(f"{PAGE}/{pk}/")):
        with pytest.raises(error):
            await route
    expected = PrivateAccount if pk == OF_PRIVATE else MediaNotFound
    for address in (f"{CDN}/{name}", f"{CDN}/{pk}.jpg"):
        with pytest.raises(expected):
            await rig.media.by_url(address)
    assert [] == rig.fetcher.asked


# ------------------------------------------------------------------------------------ by an address


@pytest.mark.parametrize(
    "url",
    [
        f"{CDN}/photo_n.jpg",
        f"{CDN}/t51/photo_n.jpg?stp=dst-jpg&oe=00000001",
        "https://another-edge.fna.fbcdn.net/photo_n.jpg?_nc_ht=x",
        f"{CDN}/kept.jpg",
        f"{PAGE}/{PHOTO}/",
        f"https://m.instagram.com/stories/x/{PHOTO}?igsh=y",
    ],
)
async def test_a_kept_file_is_found_by_every_address_that_means_it(rig: Rig, url: str) -> None:
    """Of any edge, with any signature, also an expired one; and by the page of its story."""
    photo = await rig.keep(PHOTO)
    assert photo == (await rig.media.by_url(url)).file
    assert [] == rig.fetcher.asked


@pytest.mark.parametrize(
    "url",
    [
        "",
        "https://evil.test/photo_n.jpg",
        "https://cdninstagram.com.evil.test/photo_n.jpg",
        f"{CDN}/",
        "http://scontent.cdninstagram.com/photo_n.jpg",
        "https://www.instagram.com/acme/",
    ],
)
async def test_an_address_of_somebody_else_is_refused(rig: Rig, url: str) -> None:
    await rig.keep(PHOTO)
    with pytest.raises(InvalidValue):
        await rig.media.by_url(url)
    assert [] == rig.fetcher.asked


async def test_an_address_on_a_domain_of_the_operator_is_one_of_the_cdn(rig: Rig) -> None:
    photo = await rig.keep(PHOTO)
    media = rig.with_fetcher(rig.fetcher, None, "media.example.net")
    assert photo == (await media.by_url("https://a.media.example.net/v/kept.jpg?oe=1")).file
    with pytest.raises(InvalidValue):
        await media.by_url("https://media.example.net.evil.test/v/kept.jpg")


async def test_an_address_that_nobody_knows_is_not_found_and_not_fetched(rig: Rig) -> None:
    """We fetch what was seen in a story, and nothing else on demand."""
    fetcher = ScriptedFetcher({f"{CDN}/secret.jpg": PHOTO_BYTES})
    with pytest.raises(MediaNotFound):
        await rig.with_fetcher(fetcher).by_url(f"{CDN}/secret.jpg")
    assert [] == fetcher.asked


async def test_a_known_file_that_is_not_kept_yet_is_fetched(rig: Rig) -> None:
    found = await rig.media.by_url(FRESH)
    assert CLIP == found.story.pk
    assert VIDEO_BYTES == await read(rig.media, found.file)


@pytest.mark.parametrize("name", ["hidden_n.jpg", "close_n.jpg"])
async def test_a_known_file_of_what_may_not_be_seen_is_not_fetched(rig: Rig, name: str) -> None:
    fetcher = ScriptedFetcher({f"{CDN}/{name}": PHOTO_BYTES})
    with pytest.raises((PrivateAccount, MediaNotFound)):
        await rig.with_fetcher(fetcher).by_url(f"{CDN}/{name}")
    assert [] == fetcher.asked


async def test_a_name_that_means_two_files_is_refused_with_what_to_ask_instead(rig: Rig) -> None:
    for pk, content in ((PHOTO, PHOTO_BYTES), (TWIN, OTHER_BYTES)):
        await rig.keep(pk, content, name="same.jpg")
    with pytest.raises(MediaNotFound, match="ask by story id"):
        await rig.media.by_url(f"{CDN}/same.jpg")
    assert OTHER_BYTES == await read(rig.media, (await rig.media.by_id(str(TWIN))).file)


async def test_a_name_of_two_stories_with_one_file_is_that_file(rig: Rig) -> None:
    for pk in (PHOTO, TWIN):
        photo = await rig.keep(pk, name="same.jpg")
    assert photo == (await rig.media.by_url(f"{CDN}/same.jpg")).file


async def test_of_a_name_that_means_two_files_the_one_that_may_be_seen_is_served(rig: Rig) -> None:
    """What is hidden takes no part, so that it makes nothing ambiguous and tells nothing."""
    photo = await rig.keep(PHOTO, name="same.jpg")
    await rig.keep(OF_PRIVATE, OTHER_BYTES, name="same.jpg")
    await rig.keep(CLOSE, OTHER_BYTES, name="same.jpg")
    assert (photo, PHOTO) == (
        (found := await rig.media.by_url(f"{CDN}/same.jpg")).file,
        found.story.pk,
    )


async def test_a_hidden_twin_of_the_same_bytes_lends_no_name(rig: Rig) -> None:
    """The file is answered as the story's that may be seen, whichever came first."""
    for pk in (OF_PRIVATE, PHOTO, CLOSE):
        await rig.keep(pk, name="same.jpg")
    assert PHOTO == (await rig.media.by_url(f"{CDN}/same.jpg")).story.pk


async def test_another_size_is_found_by_a_name_of_its_own(rig: Rig) -> None:
    await rig.keep(PHOTO, PHOTO_BYTES, name="photo_n.jpg")
    small = await rig.keep(PHOTO, OTHER_BYTES, name="small_n.jpg", variant="640x1136")
    assert small == (await rig.media.by_url(f"{CDN}/small_n.jpg")).file


async def test_a_file_is_found_by_its_cache_key_where_its_name_is_another(rig: Rig) -> None:
    """The key begins with base 64 of the story's pk."""
    photo = await rig.keep(PHOTO)
    url = f"{CDN}/moved_n.jpg?oe=1&ig_cache_key=MQ%3D%3D.3-ccb7-5"
    assert photo == (await rig.media.by_url(url)).file
    with pytest.raises(MediaNotFound):
        await rig.media.by_url(f"{CDN}/moved_n.jpg?ig_cache_key=OTk%3D.3-ccb7-5")


async def test_a_cache_key_has_no_address_fetched(rig: Rig) -> None:
    """Anybody can write one behind the address of another file."""
    url = f"{CDN}/other_n.jpg?ig_cache_key=MQ%3D%3D.3-ccb7-5"
    fetcher = ScriptedFetcher({url: OTHER_BYTES})
    with pytest.raises(MediaNotFound):
        await rig.with_fetcher(fetcher).by_url(url)
    assert url not in fetcher.asked

"""Downloads of what is not kept: which addresses are asked, in which order, and whose turn it is."""

import pytest

from storykeep.core.errors import (
    InvalidValue,
    MediaNotFound,
    PrivateAccount,
    SourceThrottled,
    SourceUnavailable,
    SourceUnaware,
    StorageError,
    StoryNotFound,
)
from storykeep.core.media import KeptFile
from storykeep.core.model import VIDEO
from storykeep.core.ports import KeptStory
from storykeep.core.sighting import Provenance, SeenFile
from storykeep.service.keeper import Keeper
from storykeep.service.media import Media
from storykeep.service.quota import Quota
from storykeep.service.stories import Stories
from storykeep.sources.archive import ArchiveSource
from storykeep.sources.demo import read_media
from storykeep.testing import HandClock, MemoryArchive, MemoryMedia, ScriptedFetcher, ScriptedSource
from tests.making import ACME, T0, make_seen, make_sighting, make_story, make_user

BYTES = read_media("avatar_natgeo.jpg")
CLIP = read_media("demo_video.mp4")
CDN = "https://scontent.cdninstagram.com/v"
OWN = f"{CDN}/1_n.jpg?stp=dst-jpg&oe=1"
"""Where the story was last seen."""
LATER = "https://edge.fbcdn.net/1_n.jpg?stp=dst-jpg&oe=2"
SMALL = f"{CDN}/1_n.jpg?stp=dst-jpg_s640x640&oe=2"
FRESH = f"{CDN}/1_n.jpg?stp=dst-jpg&oe=3"
"""What a live source tells."""


def live_with(story: KeptStory | Exception) -> ScriptedSource:
    """A live source that knows one story, or says why not."""
    return ScriptedSource(stories={1: story})


class Rig:
    """One story of a picture, seen with its address, and what lies at the CDN."""

    def __init__(
        self,
        files: dict[str, bytes | Exception],
        live: ScriptedSource | None = None,
        source: ScriptedSource | None = None,
    ) -> None:
        """Stories come from ``source``, else from the archive."""
        self.archive, self.store = MemoryArchive(), MemoryMedia()
        self.fetcher = ScriptedFetcher(files)
        kept = ArchiveSource(self.archive, HandClock(T0), is_truth=True)
        quota = Quota(0, self.archive, HandClock(T0))
        keeper = Keeper(self.archive, self.store, self.fetcher, quota)
        told = source or kept
        self.media = Media(Stories(told), told, self.archive, self.store, keeper, live)

    async def fill(self) -> "Rig":
        files = (SeenFile("image", "1_n.jpg", "MQ==.3"), SeenFile("image", "old_n.jpg"))
        story = make_story(1, thumbnail_url=OWN)
        await self.archive.record(make_sighting(make_seen(story, files=files)))
        return self


async def told(url: str | None = FRESH, **facts: bool) -> KeptStory:
    """The story as a live source has it now."""
    archive = MemoryArchive()
    user = make_user(ACME, is_private=facts.pop("is_private", False))
    seen = make_seen(make_story(1, thumbnail_url=url, user=user), **facts)  # type: ignore[arg-type]
    await archive.record(make_sighting(seen, user=user))
    story = await archive.story(1)
    assert story is not None
    return story


async def test_the_storys_own_address_goes_before_the_callers() -> None:
    rig = await Rig({OWN: BYTES, LATER: BYTES}).fill()
    await rig.media.by_url(LATER)
    assert [OWN] == rig.fetcher.asked


async def test_the_callers_is_asked_when_the_storys_own_is_dead_and_it_is_the_same_file() -> None:
    rig = await Rig({LATER: BYTES}, live_with(await told())).fill()
    await rig.media.by_url(LATER)
    assert [OWN, LATER] == rig.fetcher.asked
    assert ["1_n.jpg"] == [kept.name for kept in await rig.archive.files_of(1)]


@pytest.mark.parametrize(
    "url", [SMALL, f"{CDN}/old_n.jpg?oe=2", f"{CDN}/else_n.jpg?oe=2&ig_cache_key=MQ%3D%3D.3"]
)
async def test_another_size_or_name_of_the_callers_is_never_asked(url: str) -> None:
    """It means the story's file all the same."""
    rig = await Rig({url: BYTES, FRESH: BYTES}, live_with(await told())).fill()
    assert 1 == (await rig.media.by_url(url)).story.pk
    assert [OWN, FRESH] == rig.fetcher.asked


async def test_a_live_source_is_asked_anew_once_and_only_when_all_else_is_dead() -> None:
    live = live_with(await told())
    rig = await Rig({FRESH: BYTES}, live).fill()
    for _ in range(2):
        await rig.media.by_id("1")
    assert ([OWN, FRESH], 1) == (rig.fetcher.asked, len(live.asked))


@pytest.mark.parametrize("error", [StoryNotFound(), SourceUnaware()])
async def test_what_nobody_knows_a_living_address_of_is_not_found(error: Exception) -> None:
    rig = await Rig({}, live_with(error)).fill()
    with pytest.raises(MediaNotFound):
        await rig.media.by_id("1")


@pytest.mark.parametrize("url", [OWN, None, FRESH])
async def test_a_source_that_tells_nothing_better_changes_nothing(url: str | None) -> None:
    """The same address, none, or one that is dead too."""
    live = live_with(await told(url))
    rig = await Rig({}, live).fill()
    with pytest.raises(MediaNotFound):
        await rig.media.by_id("1")
    assert 1 == len(live.asked)


async def test_who_told_the_story_a_moment_ago_is_not_asked_again() -> None:
    """Each question is one of few, and the answer would be the same."""
    just_told = (await told(OWN))._replace(provenance=Provenance("instagram", T0, "live"))
    live = live_with(just_told)
    rig = await Rig({}, live, live).fill()
    with pytest.raises(MediaNotFound):
        await rig.media.by_id("1")
    assert ([OWN], 1) == (rig.fetcher.asked, len(live.asked))


async def test_a_source_that_cannot_tell_is_no_final_answer() -> None:
    """A 404 would be, and would be charged."""
    rig = await Rig({}, live_with(SourceThrottled(retry_after=9))).fill()
    with pytest.raises(SourceThrottled):
        await rig.media.by_id("1")


async def test_an_account_that_turned_out_to_be_private_is_not_fetched_from() -> None:
    rig = await Rig({FRESH: BYTES}, live_with(await told(is_private=True))).fill()
    with pytest.raises(PrivateAccount):
        await rig.media.by_id("1")
    assert [OWN] == rig.fetcher.asked


async def test_a_story_that_turned_out_to_be_for_close_friends_is_not_fetched() -> None:
    rig = await Rig({FRESH: BYTES}, live_with(await told(is_close_friends=True))).fill()
    with pytest.raises(StoryNotFound):
        await rig.media.by_id("1")
    assert [OWN] == rig.fetcher.asked


async def test_an_address_that_may_not_be_asked_is_the_fault_of_who_sent_it() -> None:
    """The caller's is 400; the story's own is nobody's who asks, and free."""
    refused = InvalidValue("not public")
    rig = await Rig({OWN: refused}).fill()
    with pytest.raises(SourceUnavailable, match="not public"):
        await rig.media.by_id("1")
    rig = await Rig({LATER: refused}).fill()
    with pytest.raises(InvalidValue):
        await rig.media.by_url(LATER)


async def test_an_error_that_may_pass_ends_the_search() -> None:
    live = live_with(await told())
    rig = await Rig({OWN: SourceUnavailable("down")}, live).fill()
    with pytest.raises(SourceUnavailable):
        await rig.media.by_id("1")
    assert [] == live.asked


async def test_the_picture_of_a_video_is_fetched_by_its_address_as_a_picture() -> None:
    video, cover = f"{CDN}/2.mp4?oe=1", f"{CDN}/2_n.jpg?oe=1"
    rig = await Rig({video: CLIP, cover: BYTES}).fill()
    files = (SeenFile("video", "2.mp4"), SeenFile("image", "2_n.jpg"))
    story = make_story(2, media_type=VIDEO, video_url=video, thumbnail_url=cover)
    await rig.archive.record(make_sighting(make_seen(story, files=files)))
    assert ["image/jpeg", "video/mp4"] == [
        (await rig.media.by_url(cover)).file.content_type,
        (await rig.media.by_id("2")).file.content_type,
    ]
    assert [cover, video] == rig.fetcher.asked


async def test_what_the_store_lost_is_opened_again_or_is_our_fault() -> None:
    rig = await Rig({OWN: BYTES}).fill()
    lost = rig.store.save([BYTES])
    await rig.archive.keep_file(KeptFile(1, "image", lost, "imported.jpg"))
    rig.store.lose(lost)
    opened = await rig.media.open_found(await rig.media.by_id("1"))
    assert BYTES == opened.read(0, lost.size)
    rig = await Rig({}).fill()
    await rig.archive.keep_file(KeptFile(1, "image", lost, "imported.jpg"))
    with pytest.raises(StorageError):
        await rig.media.open_found(await rig.media.by_id("1"))

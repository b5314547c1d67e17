"""The demo at its edges: where slots meet, hostile file names, and who else may answer."""

from contextlib import suppress

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from storykeep.core.errors import InvalidValue, MediaNotFound, SourceUnaware
from storykeep.core.ids import MAX_PK
from storykeep.core.links import CdnFile, read_cdn_url
from storykeep.core.media import EXTENSIONS
from storykeep.core.model import Story, decode_story
from storykeep.sources import demo
from storykeep.sources.archive import ArchiveSource
from storykeep.sources.combine import Chain
from storykeep.sources.demo import SLOT, DemoFetcher, DemoSource
from storykeep.testing import HandClock, MemoryArchive, MemoryMedia

PUBLIC, PRIVATE, EMPTY = (demo.NATGEO, 4400000002), 4400000003, 4400000004
EVERYBODY = (*PUBLIC, PRIVATE, EMPTY)
BEGIN = 112_500 * SLOT
"""A slot begins here: 2021-05-05T16:00:00Z."""


def source_at(now: float) -> DemoSource:
    return DemoSource(MemoryArchive(), HandClock(now))


async def reel_at(now: float, user_pk: int = demo.NATGEO) -> list[Story]:
    reel = await source_at(now).user_stories(user_pk)
    return [decode_story(wire) for wire in reel.stories]


async def read(url: str) -> bytes:
    return b"".join([chunk async for chunk in DemoFetcher().fetch(url)])


# -------------------------------------------------------------------------------------------- time


async def test_a_story_begins_with_its_slot_and_the_oldest_goes() -> None:
    before, after = await reel_at(BEGIN - 0.001), await reel_at(BEGIN)
    assert before[1:] == after[:2]
    assert BEGIN == after[2].taken_at.timestamp()
    assert after == await reel_at(BEGIN + SLOT - 0.001)


async def test_a_story_of_a_slot_to_come_is_not_told() -> None:
    tomorrow = (await reel_at(BEGIN + 24 * 3600))[-1]
    with pytest.raises(SourceUnaware):
        await source_at(BEGIN).story(int(tomorrow.pk))
    assert () == await source_at(BEGIN).stories_named(CdnFile(f"demo_video_{tomorrow.pk}.mp4"))


@given(st.lists(st.integers(100_000, 10**6), min_size=2, max_size=2, unique=True))
async def test_no_two_stories_share_a_pk(slots: list[int]) -> None:
    pks = [story.pk for slot in slots for pk in PUBLIC for story in await reel_at(slot * SLOT, pk)]
    times = {slot - back for slot in slots for back in range(3)}
    assert 2 * len(times) == len(set(pks))


@pytest.mark.parametrize("pk", [0, 1, 2**23, MAX_PK, demo.KEPT_PK, demo.NATGEO])
async def test_any_other_pk_is_nobodys(pk: int) -> None:
    with pytest.raises(SourceUnaware):
        await source_at(BEGIN).story(pk)


async def test_a_neighbouring_pk_is_nobodys() -> None:
    for story in await reel_at(BEGIN):
        for pk in (int(story.pk) - 1, int(story.pk) + 1):
            with pytest.raises(SourceUnaware):
                await source_at(BEGIN).story(pk)


async def test_a_listed_story_is_that_which_is_found_by_id() -> None:
    for user_pk in PUBLIC:
        for story in await reel_at(BEGIN, user_pk):
            kept = await source_at(BEGIN).story(int(story.pk))
            assert story == decode_story(kept.wire)
            assert kept.is_active(BEGIN)
            assert (user_pk, False) == (kept.account.pk, kept.account.is_private)


# ------------------------------------------------------------------------------------------- files


async def test_every_address_of_every_story_leads_to_a_picture_or_video() -> None:
    store = MemoryMedia()
    for user_pk in PUBLIC:
        for story in await reel_at(BEGIN, user_pk):
            for url in filter(None, (story.thumbnail_url, story.video_url)):
                file = store.save([await read(url)])
                assert file.content_type in EXTENSIONS
                assert read_cdn_url(url).name.endswith(f".{file.extension}")
                ((pk, kind),) = await source_at(BEGIN).stories_named(read_cdn_url(url))
                expected = (story.pk, "video" if url == story.video_url else "image")
                assert expected == (str(pk), kind)


NAMES = (
    *("", ".", "demo_", "demo_.jpg", "demo__1.jpg", "demo_video_.mp4", "demo_video_x.mp4"),
    *(f"demo_video_{'9' * 19}.mp4", f"demo_video_{'9' * 40}.mp4", f"demo_video_{'9' * 5000}.mp4"),
    *("demo_video_1.exe", "demo_video_٣.mp4", "demo_video_-1.mp4", "../demo_kept_1.jpg"),
    *(
        "demo_kept_1/../../demo.py",
        "demo_nothing_1.jpg",
        "avatar_natgeo.jpg",
        "avatar_natgeo_1.jpg",
    ),
    *("demo_video_1.mp4\n", "demo_video_1.mp4\x00.jpg", "DEMO_VIDEO_1.MP4"),
)


@pytest.mark.parametrize("name", NAMES, ids=range(len(NAMES)))
async def test_a_strange_name_is_nobodys(name: str) -> None:
    assert () == await source_at(BEGIN).stories_named(CdnFile(name))


async def test_a_storys_name_with_another_scene_or_kind_is_nobodys() -> None:
    story = next(story for story in await reel_at(BEGIN) if story.video_url is None)
    stem, _, _ = read_cdn_url(story.thumbnail_url or "").name.rpartition(".")
    assert () == await source_at(BEGIN).stories_named(CdnFile(f"{stem}.mp4"))
    assert () == await source_at(BEGIN).stories_named(CdnFile(f"demo_kept_{story.pk}.jpg"))


@given(st.text(max_size=40))
@example("demo_aurora_1.mp4")
@example("demo_ocean_1.mp4")
async def test_whatever_is_asked_for_is_a_file_or_not_found(tail: str) -> None:
    """Also a name whose scene there is, but not as a video."""
    assert len(await source_at(BEGIN).stories_named(CdnFile(tail))) <= 1
    for url in (f"{demo._CDN}{tail}", f"https://scontent.cdninstagram.com/{tail}"):
        with suppress(MediaNotFound, InvalidValue):
            assert b"" != await read(url)


# ------------------------------------------------------------------------------- beside the archive


@pytest.mark.parametrize("user_pk", EVERYBODY)
async def test_an_account_is_found_by_its_name_and_by_its_pk(user_pk: int) -> None:
    source = source_at(BEGIN)
    account = (await source.user_stories(user_pk)).account
    assert account.username is not None
    assert account == await source.user(account.username)
    assert (user_pk == PRIVATE) == account.is_private


@pytest.mark.parametrize("user_pk", [PRIVATE, EMPTY])
async def test_some_have_nothing_to_show(user_pk: int) -> None:
    assert [] == await reel_at(BEGIN, user_pk)


@pytest.mark.parametrize("user_pk", EVERYBODY)
async def test_its_own_sightings_name_the_same_accounts(user_pk: int) -> None:
    """So that the past, which the archive answers, has the same privacy and names."""
    archive = MemoryArchive()
    for sighting in demo.kept_sightings():
        await archive.record(sighting)
    reel = await archive.reel(user_pk, int(BEGIN))
    assert reel is not None
    assert (await source_at(BEGIN).user_stories(user_pk)).account == reel.account


async def test_in_front_of_the_archive_it_shows_now_and_the_archive_the_past() -> None:
    """The examples of the documentation: the kept story by id, and the reel of its day."""
    archive, clock = MemoryArchive(), HandClock(BEGIN + 10**9)
    for sighting in demo.kept_sightings():
        await archive.record(sighting)
    chain = Chain(DemoSource(archive, clock), ArchiveSource(archive, clock, is_truth=True))
    kept = await chain.story(demo.KEPT_PK)
    assert 3 == len((await chain.user_stories(demo.NATGEO)).stories)
    past = await chain.user_stories(demo.NATGEO, kept.taken_at)
    assert (kept.wire,) == past.stories
    name = read_cdn_url(decode_story(kept.wire).thumbnail_url or "").name
    assert [(demo.KEPT_PK, "image")] == [*await chain.stories_named(CdnFile(name))]

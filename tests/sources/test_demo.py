"""The demo: always something to show, never in the way of real data."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storykeep.core.errors import MediaNotFound, SourceUnaware
from storykeep.core.links import CdnFile
from storykeep.core.model import VIDEO, Story, UserShort, decode_story
from storykeep.core.sighting import Sighting
from storykeep.sources import demo
from storykeep.sources.demo import DemoFetcher, DemoSource
from storykeep.testing import HandClock, MemoryArchive

PUBLIC = (demo.NATGEO, 4400000002)
MOMENTS = st.integers(1_700_000_000, 4_000_000_000)


async def reel_at(now: float, user_pk: int = demo.NATGEO) -> list[Story]:
    reel = await DemoSource(MemoryArchive(), HandClock(now)).user_stories(user_pk)
    return [decode_story(wire) for wire in reel.stories]


@given(now=MOMENTS, user_pk=st.sampled_from(PUBLIC))
async def test_three_stories_are_active_whenever_one_asks(now: int, user_pk: int) -> None:
    """Oldest first, each taken within the last half day."""
    taken = [story.taken_at.timestamp() for story in await reel_at(now, user_pk)]
    assert 3 == len(taken)
    assert sorted(taken) == taken
    assert all(now - 12 * 3600 < moment <= now for moment in taken)


@given(now=MOMENTS)
async def test_the_reel_shows_what_the_documentation_shows(now: int) -> None:
    """A video with a mention and a sponsor, and a photo with a link sticker, among three."""
    reel = await reel_at(now)
    (sponsored,) = [story for story in reel if story.sponsor_tags]
    (linked,) = [story for story in reel if story.stickers]
    assert VIDEO == sponsored.media_type
    assert "prada" == sponsored.mentions[0].user.username
    assert linked.stickers[0].story_link is not None


@given(now=MOMENTS, later=st.integers(0, 10**9))
async def test_a_story_keeps_its_pk_for_ever(now: int, later: int) -> None:
    """What was listed once is found by id at any later time, with the same bytes."""
    archive = MemoryArchive()
    reel = await DemoSource(archive, HandClock(now)).user_stories(demo.NATGEO)
    source = DemoSource(archive, HandClock(now + later))
    for wire in reel.stories:
        assert wire == (await source.story(int(decode_story(wire).pk))).wire


async def test_a_file_is_found_by_its_address() -> None:
    """Both by the story's pk in its name and as bytes at the fetcher."""
    source = DemoSource(MemoryArchive(), HandClock())
    for story in await reel_at(HandClock()()):
        url = story.video_url or story.thumbnail_url or ""
        kind = "video" if story.video_url else "image"
        assert ((int(story.pk), kind),) == await source.stories_named(
            CdnFile(url.rpartition("/")[2])
        )
        assert b"" != b"".join([chunk async for chunk in DemoFetcher().fetch(url)])


async def test_other_addresses_are_not_fetched() -> None:
    with pytest.raises(MediaNotFound):
        [_ async for _ in DemoFetcher().fetch("https://x.cdninstagram.com/demo_kept_1.jpg")]


async def test_it_says_nothing_of_the_past_nor_of_others() -> None:
    source = DemoSource(MemoryArchive(), HandClock())
    for question in (
        source.user_stories(demo.NATGEO, 1_775_660_400),
        source.user_stories(1),
        source.user("nobody"),
        source.story(demo.KEPT_PK),
    ):
        with pytest.raises(SourceUnaware):
            await question


async def test_it_steps_aside_for_real_data() -> None:
    """Its own sightings in the archive do not count as real."""
    archive = MemoryArchive()
    source = DemoSource(archive, HandClock())
    for sighting in demo.kept_sightings():
        await archive.record(sighting)
    assert 3 == len((await source.user_stories(demo.NATGEO)).stories)
    real = UserShort(pk=str(demo.NATGEO), username="natgeo", is_private=False)
    await archive.record(Sighting(user=real, seen_at=1_775_660_400, source="captures"))
    with pytest.raises(SourceUnaware):
        await source.user_stories(demo.NATGEO)


async def test_the_private_and_the_empty_account() -> None:
    source = DemoSource(MemoryArchive(), HandClock())
    assert (await source.user("demo_private")).is_private
    assert b"[]" == (await source.user_stories(4400000004)).body

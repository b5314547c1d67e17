"""A reel that nobody kept raw is made of what is known, and can be read again."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs
from msgspec.json import decode, encode

from storykeep.core.extract import read_capture
from storykeep.core.model import (
    Hashtag,
    Location,
    Story,
    StoryHashtag,
    StoryLink,
    StoryLocation,
    StoryMedia,
    StoryMention,
    StorySticker,
    StoryStickerLink,
    UserShort,
    decode_stories,
    encode_story,
)
from storykeep.core.raw import RawItem, build_answer, rebuild_item
from storykeep.core.safe_int import spell_big_numbers
from storykeep.core.sighting import DAY, SeenStory
from storykeep.sources.demo import DemoSource
from storykeep.testing import MemoryArchive
from tests.making import T0, make_story, make_user
from tests.payloads.loading import CAPTURES, payload

SEEN = {
    f"{seen.dialect} {seen.pk}": seen
    for name in CAPTURES
    if "empty" not in name
    for sighting in read_capture(payload(name), source="test", seen_at=T0).sightings
    for seen in sighting.stories
}


def read_back(stories: list[Story]) -> list[SeenStory]:
    answer = decode(encode(build_answer(stories, {}, None)))
    capture = read_capture(answer, source="test", seen_at=T0)
    assert () == capture.problems
    (sighting,) = capture.sightings
    return [*sighting.stories]


@pytest.mark.parametrize("seen", SEEN.values(), ids=SEEN)
def test_a_story_of_any_dialect_is_rebuilt_so_that_it_is_read_alike(seen: SeenStory) -> None:
    (again,) = read_back([seen.story])
    assert encode_story(seen.story) == encode_story(again.story)
    assert "v1" == again.dialect


@pytest.mark.parametrize("user_pk", [787132, 4400000002])
async def test_what_the_demo_shows_is_rebuilt_so_that_it_is_read_alike(user_pk: int) -> None:
    reel = await DemoSource(MemoryArchive(), lambda: float(T0)).user_stories(user_pk)
    stories = decode_stories(reel.body)
    assert stories == [seen.story for seen in read_back(stories)]


numbers = st.floats(0, 1) | st.none()
pks = st.integers(1, 2**63 - 1).map(str)
texts = st.text(st.characters(codec="utf-8"), min_size=1, max_size=9)
places = dict.fromkeys(("x", "y", "width", "height"), numbers)
sides = {name: st.floats(0, 1) for name in places}
users = st.builds(
    lambda pk, **facts: UserShort(pk=pk, id=pk, **facts),
    pks,
    username=texts,
    full_name=st.none() | st.text(max_size=9),
    profile_pic_url=st.sampled_from([None, "https://a.test/p.jpg"]),
    is_private=st.none() | st.booleans(),
    is_verified=st.none() | st.booleans(),
)
drawn = st.fixed_dictionaries(
    {
        "sponsor_tags": st.lists(users, max_size=2),
        "mentions": st.lists(
            st.builds(StoryMention, user=users | st.just(UserShort(pk="", username="a")), **places),
            max_size=2,
        ),
        "links": st.lists(st.builds(StoryLink, webUri=st.just("https://a.test/")), max_size=2),
        "hashtags": st.lists(
            st.builds(StoryHashtag, hashtag=st.builds(Hashtag, name=texts), **places), max_size=2
        ),
        "locations": st.lists(
            st.builds(
                StoryLocation,
                location=st.builds(
                    Location, name=texts, pk=st.integers(1, 9), external_id=st.none() | pks
                ),
                **places,
            ),
            max_size=2,
        ),
        "stickers": st.lists(
            st.builds(
                StorySticker,
                story_link=st.none()
                | st.builds(StoryStickerLink, url=st.sampled_from([None, "https://a.test"])),
                **sides,
            ),
            max_size=2,
        ),
        "medias": st.lists(st.builds(StoryMedia, media_pk=pks, media_code=st.none()), max_size=2),
        "product_type": st.none() | texts,
        "media_type": st.just(1),
    }
)
films = st.fixed_dictionaries(
    {
        "media_type": st.just(2),
        "video_url": st.sampled_from([None, "https://a.test/v.mp4"]),
        "video_duration": st.none() | st.floats(0, 60),
    }
)


@given(pks, drawn, st.just({}) | films)
def test_whatever_is_known_of_a_story_is_in_its_rebuilt_item(
    pk: str, facts: dict[str, Any], film: dict[str, Any]
) -> None:
    story = make_story(int(pk), user=make_user(), **(facts | film))
    (again,) = read_back([story])
    assert story == again.story


def test_the_expiry_that_is_known_is_told() -> None:
    assert T0 + 9 == rebuild_item(make_story(7), T0 + 9)["expiring_at"]
    assert T0 + 86_400 == rebuild_item(make_story(7))["expiring_at"]


def test_only_what_a_reader_may_lose_becomes_a_text() -> None:
    """Whole numbers beyond 2^53 - 1, wherever they are."""
    told = spell_big_numbers(
        {"a": [2**53 - 1, 2**53, -(2**53)], "b": {"c": 2**63}, "d": [True, None, 1e300, "7"]}
    )
    assert {
        "a": [2**53 - 1, "9007199254740992", "-9007199254740992"],
        "b": {"c": "9223372036854775808"},
        "d": [True, None, 1e300, "7"],
    } == told


def test_the_web_pages_of_today_are_told_as_they_are() -> None:
    """In the dialect that they speak; older ones are not."""
    for dialect, expected in (("xdt", {"their": "own"}), ("legacy", rebuild_item(make_story(7)))):
        kept = RawItem(7, dialect, b'{"their":"own"}', T0, "a", T0 + DAY, False)  # type: ignore[arg-type]
        answer = decode(encode(build_answer([make_story(7)], {7: kept}, None)))
        assert [expected] == answer["reel"]["items"]


def test_without_stories_there_is_no_reel() -> None:
    assert {"reel": None, "status": "ok"} == build_answer([], {}, None)


def test_a_story_that_has_another_owner_by_now_does_not_change_that_of_its_item() -> None:
    story = structs.replace(make_story(7), user=make_user(5))
    assert "5" == str(rebuild_item(story)["user"]["pk"])

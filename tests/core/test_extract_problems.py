"""What cannot be read is reported with its place, and nothing beside it is lost."""

from copy import deepcopy
from math import inf, nan
from typing import Any

import pytest
from msgspec import json

from storykeep.core.ids import MAX_PK
from tests.payloads.loading import payload
from tests.payloads.reading import capture

ALL_STICKERS = "constructed_v1_user_story_all_stickers.json"


def sticker(key: str, **changes: Any) -> dict[str, Any]:
    """An item with three stickers of one kind, the middle one changed."""
    for item in payload(ALL_STICKERS)["reel"]["items"]:
        if item.get(key):
            (one,) = item[key]
            return {**item, key: [one, {**one, **changes}, deepcopy(one)]}
    raise AssertionError(key)


@pytest.mark.parametrize(
    ("key", "changes", "field"),
    [
        ("story_hashtags", {"hashtag": None}, "story_hashtags[1].hashtag"),
        ("story_hashtags", {"hashtag": {"id": "1"}}, "story_hashtags[1].hashtag.name"),
        ("story_hashtags", {"hashtag": {"name": []}}, "story_hashtags[1].hashtag.name"),
        ("story_locations", {"location": 5}, "story_locations[1].location"),
        ("story_locations", {"location": {}}, "story_locations[1].location"),
        ("reel_mentions", {"user": None}, "reel_mentions[1].user"),
        ("reel_mentions", {"user": {}}, "reel_mentions[1].user"),
        ("story_feed_media", {"media_id": None, "media_code": ""}, "story_feed_media[1].media_id"),
        ("story_cta", {"links": [{"webUri": "  "}]}, "story_cta[1].links[0].webUri"),
        ("story_cta", {"links": [{}]}, "story_cta[1].links[0].webUri"),
    ],
)
def test_one_bad_sticker(key: str, changes: dict[str, Any], field: str) -> None:
    """A sticker that says nothing is reported and left out; its neighbours and the story stay."""
    item = sticker(key, **changes)
    read = capture(item)
    assert [(field, str(item["pk"]))] == [
        (problem.field, problem.story_pk) for problem in read.problems
    ]
    ((seen,),) = (sighting.stories for sighting in read.sightings)
    story = seen.story
    lists = (story.mentions, story.links, story.hashtags, story.locations, story.medias)
    assert 2 == max(len(entries) for entries in lists)


@pytest.mark.parametrize(
    ("key", "changes", "fields"),
    [
        ("story_hashtags", {"x": nan}, ["story_hashtags[1].x"]),
        ("story_hashtags", {"x": "left"}, ["story_hashtags[1].x"]),
        ("story_locations", {"y": inf, "width": "nan"}, [f"story_locations[1].{k}" for k in ("y", "width")]),
        ("story_link_stickers", {"x": None}, ["story_link_stickers[1].x"]),
        ("story_link_stickers", {"y": nan}, ["story_link_stickers[1].y"]),
        ("story_link_stickers", {"story_link": {"url": "javascript:1"}}, ["story_link_stickers[1].story_link.url"]),
        ("story_feed_media", {"media_id": None, "media_code": "~"}, ["story_feed_media[1].media_code"]),
        ("story_feed_media", {"is_pinned": "perhaps"}, ["story_feed_media[1].is_pinned"]),
    ],
)  # fmt: skip
def test_sticker_with_a_fault(key: str, changes: dict[str, Any], fields: list[str]) -> None:
    """A fault beside the point is reported, and the sticker stays with nothing in its place."""
    read = capture(sticker(key, **changes))
    assert fields == [problem.field for problem in read.problems]
    ((seen,),) = (sighting.stories for sighting in read.sightings)
    story = seen.story
    lists = (story.hashtags, story.locations, story.stickers, story.medias)
    assert 3 == max(len(entries) for entries in lists)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"pk": 0}, "reel.items[1].pk"),
        ({"pk": -5}, "reel.items[1].pk"),
        ({"pk": MAX_PK + 1}, "reel.items[1].pk"),
        ({"pk": "12a"}, "reel.items[1].pk"),
        ({"pk": 3.87e18}, "reel.items[1].pk"),
        ({"pk": True}, "reel.items[1].pk"),
        ({"pk": None, "id": None}, "reel.items[1].pk"),
        ({"taken_at": None}, "taken_at"),
        ({"taken_at": 1775658675000}, "taken_at"),
        ({"taken_at": 0}, "taken_at"),
        ({"taken_at": nan}, "taken_at"),
        ({"taken_at": "yesterday"}, "taken_at"),
    ],
)
def test_one_bad_item(changes: dict[str, Any], field: str) -> None:
    """An item without a usable number or time is reported and left out; the others stay."""
    document = payload(ALL_STICKERS)
    document["reel"]["items"][1] |= changes
    read = capture(document)
    assert [field] == [problem.field for problem in read.problems]
    assert [16] == [len(sighting.stories) for sighting in read.sightings]


def test_item_of_nobody() -> None:
    """An item whose owner nobody names is reported and left out."""
    item = payload("constructed_v1_item_photo_plain.json") | {"id": None, "user": {"pk": "x"}}
    read = capture(item)
    assert ["user.pk", "user"] == [problem.field for problem in read.problems]
    assert () == read.sightings


def test_what_json_cannot_hold_is_mended() -> None:
    """Broken surrogates and bottomless depths are replaced in the kept raw item, and told."""
    item = payload("constructed_v1_item_photo_hashtag.json")
    item["story_hashtags"][0]["hashtag"]["name"] = "wild\ud800"
    for _ in range(100_000):
        item["caption"] = [item["caption"]]
    item["fbid"] = 10**400
    read = capture(item)
    assert ["held what JSON cannot: it was mended"] == [p.reason for p in read.problems]
    ((seen,),) = (sighting.stories for sighting in read.sightings)
    assert ["wild\ufffd"] == [sticker.hashtag.name for sticker in seen.story.hashtags]
    raw = json.decode(seen.raw)
    assert list(item) == list(raw)
    assert item["user"] == raw["user"]


def test_big_numbers_are_kept() -> None:
    """A number above 64 bits is no reason to change the raw item."""
    item = payload("constructed_v1_item_photo_plain.json") | {"fbid": 2**80}
    ((seen,),) = (sighting.stories for sighting in capture(item).sightings)
    assert 2**80 == json.decode(seen.raw)["fbid"]

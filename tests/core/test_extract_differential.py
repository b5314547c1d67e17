"""Our Story beside the one that aiograpi, which the vendor's answers are made with, extracts."""

import json
from copy import deepcopy
from datetime import datetime
from typing import Any

import pytest
from aiograpi.extractors import extract_story_v1

from storykeep.core.extract import read_capture
from storykeep.core.model import encode_story
from tests.payloads.loading import CONSTRUCTED_ITEMS, payload, shared

ROTATED = ("mentions", "hashtags", "locations")
IDS = ("media_pk", "user_id")


def ours(item: Any) -> Any:
    ((sighting,), problems) = read_capture(item, source="test", seen_at=0)
    assert () == problems
    return json.loads(encode_story(sighting.stories[0].story))


def theirs(item: Any) -> Any:
    return extract_story_v1(deepcopy(item)).model_dump(mode="json")


def project(value: Any, model: Any) -> Any:
    """Keep of ``value`` the fields that ``model`` has: the library knows more."""
    if isinstance(value, dict) and isinstance(model, dict):
        return {key: project(entry, model[key]) for key, entry in value.items() if key in model}
    if isinstance(value, list) and isinstance(model, list) and len(value) == len(model):
        return [project(entry, example) for entry, example in zip(value, model, strict=True)]
    return value


def allow(story: Any) -> Any:
    """Take the known differences out of a Story of either side (ruling 10)."""
    story["taken_at"] = datetime.fromisoformat(story["taken_at"])
    addresses = [sticker["story_link"]["url"] for sticker in story["stickers"]]
    # Links come from story_cta alone, not from link stickers.
    story["links"] = [link for link in story["links"] if link["webUri"] not in addresses]
    for key in ROTATED:
        for sticker in story[key]:
            sticker.pop("rotation", None)
    for sticker in story["locations"]:
        sticker["location"].pop("external_id")
        sticker["location"].pop("external_id_source")
    for sticker in story["hashtags"]:
        sticker["hashtag"].pop("allow_following", None)  # the library's object lacks it
    for media in story["medias"]:
        media |= {key: str(media[key]) for key in IDS if media[key] is not None}
    for user in (story["user"], *story["sponsor_tags"], *(m["user"] for m in story["mentions"])):
        user.pop("id", None)  # the vendor's own repetition of pk
    return story


def assert_same(item: Any) -> None:
    mapped = allow(ours(item))
    assert project(allow(theirs(item)), mapped) == mapped


@pytest.mark.parametrize("name", CONSTRUCTED_ITEMS)
def test_constructed(name: str) -> None:
    """Both map a constructed item to the same Story; the library does not read Bloks stickers."""
    item = payload(name)
    item.pop("story_bloks_stickers", None)
    assert_same(item)


@pytest.mark.parametrize("index", [0, 1, 2])
def test_captured(index: int) -> None:
    """And a captured one."""
    assert_same(shared("real_ig_v1_user_story_natgeo_2026-04.json")["reel"]["items"][index])


@pytest.mark.parametrize(
    "changes",
    [
        dict.fromkeys(("reel_mentions",)),
        dict.fromkeys(("story_locations",)),
        dict.fromkeys(("story_hashtags",)),
        dict.fromkeys(("story_link_stickers",)),
        dict.fromkeys(("sponsor_tags",)),
        dict.fromkeys(("story_cta",)),
        dict.fromkeys(("image_versions2",)),
        dict.fromkeys(("user",)),
        {"image_versions2": {"candidates": []}},
        {"video_versions": [{"type": 101, "url": "https://scontent.cdninstagram.com/a.mp4"}]},
        {"story_feed_media": [{"media_code": "CZ1c1CyqnqJ"}]},
        {"story_link_stickers": [{"story_link": {"url": "https://example.org/"}}]},
    ],
)
def test_what_the_library_fails_on(changes: dict[str, Any]) -> None:
    """One null loses the library's whole list; ours keeps the story."""
    item = payload("constructed_v1_item_video_plain.json") | changes
    with pytest.raises(Exception, match=r"."):
        theirs(item)
    (sighting,) = read_capture(item, source="test", seen_at=0).sightings
    assert [item["pk"]] == [seen.pk for seen in sighting.stories]

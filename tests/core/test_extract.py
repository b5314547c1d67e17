"""Raw items become the Stories that the vendor would answer."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from msgspec import json

from storykeep.core.sighting import SeenFile
from tests.payloads.loading import CONSTRUCTED_ITEMS, payload, shared
from tests.payloads.reading import ACME, CDN, LISTS, capture, only, ordered, wire

PHOTO_URL = f"{CDN}/v/t51.71878-15/acme_1080_n.jpg?stp=dst-jpg_e15&oe=69DC0000"
EXPECTED_STICKERS = payload("expected_stickers.json")
"""Name of the constructed item -> its lists that are not empty."""


def without_signature(text: str) -> Any:
    """Keep of an address what two fetches agree on."""
    if not text.startswith("https://"):
        return text
    parts = urlsplit(text)
    return parts.path, parse_qs(parts.query).get("ig_cache_key")


def test_golden_pair() -> None:
    """What Instagram sent becomes what the vendor answered for it: keys, order, values."""
    raw = shared("real_ig_v1_user_story_natgeo_2026-04.json")
    answered = shared("real_hikerapi_v1_user_stories_natgeo_2026-04.json")
    read = capture(raw)
    assert () == read.problems
    (sighting,) = read.sightings
    mapped = [wire(seen.story) for seen in sighting.stories]
    assert ordered(answered, without_signature) == ordered(mapped, without_signature)
    assert (787132, 1775659002) == (sighting.user_pk, sighting.seen_at)


@pytest.mark.parametrize("name", CONSTRUCTED_ITEMS)
def test_constructed_item(name: str) -> None:
    """Every sticker that a Story has a place for arrives there, and nothing else does."""
    item = payload(name)
    story = wire(only(item).story)
    stickers = EXPECTED_STICKERS.get(
        name.removeprefix("constructed_v1_item_").removesuffix(".json"), {}
    )
    is_video = "_video_" in name
    expected = {
        "pk": str(item["pk"]),
        "id": item["id"],
        "code": item["code"],
        "taken_at": f"2026-04-08T14:20:{item['taken_at'] - 1775658000:02}Z",
        "media_type": 2 if is_video else 1,
        "product_type": "story",
        "thumbnail_url": PHOTO_URL,
        "user": ACME,
        "video_url": f"{CDN}/o1/v/t2/f2/m78/AQacme720.mp4?oe=69D80000" if is_video else None,
        "video_duration": 14.966 if is_video else 0.0,
    }
    expected |= {key: stickers.get(key, []) for key in LISTS}
    assert list(expected.items()) == list(story.items())


@pytest.mark.parametrize(
    "name", ["constructed_v1_user_story_all_stickers.json", "constructed_v1_reels_media.json"]
)
def test_constructed_reel(name: str) -> None:
    """A reel is its items, in order, one sighting of their owner."""
    read = capture(payload(name))
    items = [only(payload(item)) for item in CONSTRUCTED_ITEMS]
    (sighting,) = read.sightings
    assert () == read.problems
    assert sorted(items, key=lambda seen: seen.pk) == list(sighting.stories)
    assert ACME == wire(sighting.stories[0].story)["user"]


def test_raw_is_the_item() -> None:
    """The captured item is kept as it came, so that a better mapper can read it again."""
    item = payload("constructed_v1_item_photo_poll.json")
    assert item == json.decode(only(item).raw)


def test_files_of_an_item() -> None:
    """Every rendition's file is known once, images before videos."""
    seen = only(payload("constructed_v1_item_video_plain.json"))
    expected = (
        SeenFile("image", "acme_1080_n.jpg"),
        SeenFile("image", "acme_640_n.jpg"),
        SeenFile("video", "AQacme720.mp4"),
        SeenFile("video", "AQacme360.mp4"),
    )
    assert expected == seen.files


def test_files_lie_on_the_cdn() -> None:
    """An address of another host is shown as captured, but is nobody's file."""
    item = payload("constructed_v1_item_photo_plain.json")
    item["image_versions2"]["candidates"] = [
        {"url": "https://example.org/acme_1080_n.jpg", "width": 1080, "height": 1920}
    ]
    seen = only(item)
    assert () == seen.files
    assert "https://example.org/acme_1080_n.jpg" == seen.story.thumbnail_url


@pytest.mark.parametrize(
    ("sizes", "image", "video"),
    [
        ([(640, 1136), (1080, 1920)], 1, 1),
        ([(1080, 1920), (640, 1136)], 0, 0),
        ([(1080, 1920), (1920, 1080), (1, 1)], 0, 1),
        ([(None, None), (None, None)], 0, 1),
        ([("640", "1136"), (320, 640)], 0, 0),
        ([(None, 1920), (1, 1)], 1, 1),
    ],
)
def test_largest_rendition(sizes: list[tuple[Any, Any]], image: int, video: int) -> None:
    """The largest by area is shown: among equals the first image and the last video."""
    renditions = [
        {"url": f"{CDN}/{index}.x", "width": width, "height": height}
        for index, (width, height) in enumerate(sizes)
    ]
    item = payload("constructed_v1_item_video_plain.json")
    item |= {"image_versions2": {"candidates": renditions}, "video_versions": renditions}
    story = only(item).story
    assert (f"{CDN}/{image}.x", f"{CDN}/{video}.x") == (story.thumbnail_url, story.video_url)


@pytest.mark.parametrize(
    ("changes", "key", "expected"),
    [
        ({"media_type": None}, "media_type", 2),
        ({"media_type": None, "video_versions": []}, "media_type", 1),
        ({"media_type": 1}, "video_url", None),
        ({"media_type": 1}, "video_duration", 0.0),
        ({"video_duration": None}, "video_duration", None),
        ({"product_type": None}, "product_type", None),
        ({"code": None}, "code", "DW382BgC2SG"),
        ({"code": "DW382BgC2SGabcdefghijklmnopqrstuvwxyz012"}, "code", "DW382BgC2SG"),
        ({"image_versions2": None}, "thumbnail_url", None),
        ({"image_versions2": {"candidates": []}}, "thumbnail_url", None),
        ({"pk": "3870830000002000006"}, "pk", "3870830000002000006"),
        ({"pk": None}, "pk", "3870830000002000006"),
        ({"taken_at": "1775658002"}, "taken_at", "2026-04-08T14:20:02Z"),
        (dict.fromkeys(("reel_mentions", "sponsor_tags", "story_cta")), "mentions", []),
    ],
)
def test_gaps_of_an_item(changes: dict[str, Any], key: str, expected: object) -> None:
    """What is null is filled by rule, without a complaint."""
    item = payload("constructed_v1_item_video_plain.json") | changes
    assert expected == wire(only(item).story)[key]


def test_product_type_of_an_old_item() -> None:
    """An item that does not say what it is was found among stories."""
    item = payload("constructed_v1_item_photo_plain.json")
    del item["product_type"]
    assert "story" == only(item).story.product_type


def test_bloks_mention_seen_twice() -> None:
    """A mention that is also a Bloks sticker counts once, known by its pk or its name."""
    item = payload("constructed_v1_item_photo_bloks_mention_only.json")
    (sticker,) = item["story_bloks_stickers"]
    item["reel_mentions"] = [{"user": {"username": "prada"}}]
    item["story_bloks_stickers"] = [sticker, sticker]
    assert ["prada"] == [mention.user.username for mention in only(item).story.mentions]


@pytest.mark.parametrize(
    ("name", "audience", "expected"),
    [
        ("constructed_v1_item_photo_close_friends.json", "besties", True),
        ("constructed_v1_item_photo_plain.json", "close_friends", True),
        ("constructed_v1_item_photo_plain.json", "MediaAudience.BESTIES", True),
        ("constructed_v1_item_photo_plain.json", "MediaAudience.DEFAULT", False),
        ("constructed_v1_item_photo_plain.json", None, False),
    ],
)
def test_close_friends(name: str, audience: str | None, *, expected: bool) -> None:
    """What only close friends may see is known as such."""
    assert expected is only(payload(name) | {"audience": audience}).is_close_friends


def test_unreadable_audience_is_not_public() -> None:
    """Where the audience cannot be read, the story is not shown to everybody."""
    item = payload("constructed_v1_item_photo_plain.json") | {"audience": {"new": "kind"}}
    read = capture(item)
    assert ["audience"] == [problem.field for problem in read.problems]
    assert read.sightings[0].stories[0].is_close_friends


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (1775744402, 1775744402),
        (1775658002 + 48 * 3600, 1775658002 + 48 * 3600),
        (None, 1775744402),
        (1775658002, 1775744402),
        (1775658002 + 8 * 86400, 1775744402),
        (0, 1775744402),
    ],
)
def test_expiry(said: int | None, expected: int) -> None:
    """The capture's word counts where it can be true; else a story lives for a day."""
    item = payload("constructed_v1_item_video_plain.json") | {"expiring_at": said}
    assert expected == only(item).expiring_at

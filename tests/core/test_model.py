"""The Story on the wire: every key, in order, nulls and defaults included."""

import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Struct

from storykeep.core import model
from storykeep.core.model import Story, decode_story, encode_story
from tests.making import T0, make_story, make_user
from tests.payloads.loading import payload

POSITION = "x y width height"
KEYS = {
    "Story": "pk id code taken_at media_type product_type thumbnail_url user video_url"
    " video_duration sponsor_tags mentions links hashtags locations stickers medias",
    "UserShort": "pk id username full_name profile_pic_url profile_pic_url_hd is_private"
    " is_verified",
    "StoryMention": f"user {POSITION}",
    "StoryHashtag": f"hashtag {POSITION}",
    "Hashtag": "id name media_count allow_following profile_pic_url",
    "StoryLocation": f"location {POSITION}",
    "Location": "pk name phone website category hours address city zip lng lat external_id"
    " external_id_source",
    "StoryLink": "webUri x y z width height rotation",
    "StorySticker": "id type x y z width height rotation story_link extra",
    "StoryStickerLink": "url link_title link_type display_url",
    "StoryMedia": "x y z width height rotation is_pinned is_hidden is_sticker is_fb_sticker"
    " media_pk user_id product_type media_code",
    "Balance": "requests rate currency amount",
    "FileDescription": "url content_type size sha256 filename media_type taken_at",
}
"""Section 4 of the contract."""

BARE: dict[str, dict[str, Any]] = {
    "UserShort": {"pk": "1"},
    "StoryMention": {"user": {"pk": "1"}},
    "StoryHashtag": {"hashtag": {"name": "x"}},
    "Hashtag": {"name": "x"},
    "StoryLocation": {"location": {"name": "x"}},
    "Location": {"name": "x"},
    "StoryLink": {"webUri": "x"},
    "StorySticker": {"x": 0.5, "y": 0.5, "width": 0.1, "height": 0.1},
    "StoryStickerLink": {},
    "StoryMedia": {"media_pk": "1"},
}
"""The least that each object is made of."""

DEFAULTS: dict[str, dict[str, Any]] = {
    "UserShort": {"full_name": ""},
    "Location": dict.fromkeys(["phone", "website", "category", "address", "city", "zip"], "")
    | {"hours": {}},
    "StoryLink": {"x": 0.5126011, "y": 0.5168225, "z": 0.0, "width": 0.50998676}
    | {"height": 0.25875, "rotation": 0.0},
    "StorySticker": {"type": "gif", "z": 1000005, "rotation": 0.0, "extra": {}},
    "StoryMedia": {"x": 0.5, "y": 0.4997396, "z": 0, "width": 0.8}
    | {"height": 0.60572916, "rotation": 0.0},
}
"""What is not null where nothing is known."""


def kind_of(name: str) -> type[Struct]:
    kind: type[Struct] = getattr(model, name)
    return kind


@pytest.mark.parametrize("name", KEYS)
def test_the_keys_are_those_of_the_contract_in_its_order(name: str) -> None:
    assert KEYS[name].split() == [
        field.encode_name for field in msgspec.structs.fields(kind_of(name))
    ]


@pytest.mark.parametrize("name", BARE)
def test_what_is_not_known_is_null_or_the_vendors_default(name: str) -> None:
    given = BARE[name]
    encoded = json.loads(msgspec.json.encode(msgspec.convert(given, kind_of(name))))
    expected = {**dict.fromkeys(KEYS[name].split()), **DEFAULTS.get(name, {})}
    compared = {key: value for key, value in encoded.items() if key not in given}
    assert {key: value for key, value in expected.items() if key not in given} == compared
    assert [*expected] == [*encoded]


def test_a_bare_story_has_all_its_keys() -> None:
    story = Story(
        pk="1",
        id="1_2",
        code="B",
        taken_at=datetime(2026, 4, 8, 14, 31, 15, tzinfo=UTC),
        user=make_user(),
        mentions=[],
        links=[],
        hashtags=[],
        locations=[],
        stickers=[],
    )
    encoded = json.loads(encode_story(story))
    assert KEYS["Story"] == " ".join(encoded)
    lists = [name for name, value in encoded.items() if value == []]
    assert "sponsor_tags mentions links hashtags locations stickers medias" == " ".join(lists)
    assert (0.0, "") == (encoded["video_duration"], encoded["product_type"])
    assert "2026-04-08T14:31:15Z" == encoded["taken_at"]


def test_the_bytes_of_a_float_say_that_it_is_one() -> None:
    """A photo's duration is 0.0, as the vendor answers it."""
    assert b'"video_duration":0.0,' in encode_story(make_story(1))


def test_a_time_without_a_zone_is_refused() -> None:
    wire = encode_story(make_story(1)).replace(b"Z", b"")
    with pytest.raises(msgspec.ValidationError):
        decode_story(wire)


@pytest.mark.parametrize("hours", [0, 2, -5.5])
def test_a_time_of_any_zone_is_the_same_moment(hours: float) -> None:
    zone = timezone(timedelta(hours=hours))
    story = make_story(1, taken_at=T0)
    moved = msgspec.structs.replace(story, taken_at=story.taken_at.astimezone(zone))
    assert story.taken_at == decode_story(encode_story(moved)).taken_at


def test_what_the_vendor_answers_is_what_we_would() -> None:
    """A vendor's Story is read and written again: every key, its order, every value."""
    for answer in payload("vendor_user_stories.json"):
        again = json.loads(encode_story(decode_story(json.dumps(answer).encode())))
        assert {**answer, "taken_at": again["taken_at"]} == again
        assert [*answer] == [*again]


TEXTS = st.text(max_size=30)
FLOATS = st.floats(allow_nan=False, allow_infinity=False)


@given(TEXTS, FLOATS, st.none() | TEXTS, st.integers(0, 4_000_000_000))
def test_a_story_comes_back_from_its_bytes(
    text: str, number: float, maybe: str | None, time: int
) -> None:
    place: dict[str, Any] = {"x": number, "y": number, "width": number, "height": number}
    user = make_user(username=maybe, full_name=text)
    story = make_story(
        7,
        taken_at=time,
        user=user,
        thumbnail_url=maybe,
        video_duration=number,
        mentions=[model.StoryMention(user=user, **place)],
        hashtags=[model.StoryHashtag(hashtag=model.Hashtag(name=text), **place)],
        locations=[model.StoryLocation(location=model.Location(name=text, lat=number))],
        stickers=[model.StorySticker(story_link=model.StoryStickerLink(url=text), **place)],
        links=[model.StoryLink(webUri=text)],
        medias=[model.StoryMedia(media_pk=text)],
    )
    wire = encode_story(story)
    assert story == decode_story(wire)
    assert wire == encode_story(decode_story(wire))

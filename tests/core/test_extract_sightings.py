"""What a capture proves of an account: whose stories, of when, and whether that was all."""

import json
from typing import Any

import pytest

from storykeep.core.extract import read_live
from storykeep.core.sighting import Problem
from tests.payloads.loading import payload
from tests.payloads.reading import capture, look

ITEM = payload("constructed_v1_item_photo_plain.json")
OTHER = payload("constructed_v1_item_video_plain.json")
REEL = payload("constructed_v1_user_story_all_stickers.json")["reel"] | {"items": [ITEM, OTHER]}
XDT = payload("xdt_reels_media.json")


def test_envelope() -> None:
    """The envelope is the answer around the reel and the reel around its items."""
    bare = {key: value for key, value in REEL.items() if key != "items"}
    answer = {"broadcast": None, "status": "ok"}
    envelope = look({"reel": REEL, **answer}).envelope
    assert envelope is not None
    assert {"answer": answer, "reel": bare, "dialect": "v1"} == json.loads(envelope)


def test_envelope_of_a_web_page_hides_the_viewer() -> None:
    """Whose session looked at the page is not kept."""
    envelope = look(XDT).envelope
    assert envelope is not None
    assert b"4400000009" not in envelope


def test_several_reels() -> None:
    """Each account of an answer has its own sighting, in order."""
    reels = [REEL, {"id": 4400000002, "reel_type": "user_reel", "items": []}]
    read = capture({"reels_media": reels, "status": "ok"})
    assert [4400000001, 4400000002] == [sighting.user_pk for sighting in read.sightings]
    assert [True, True] == [sighting.envelope is not None for sighting in read.sightings]


def test_list_of_several_owners() -> None:
    """Items of several accounts are sorted by account."""
    stranger = OTHER | {"user": {"pk": 5, "username": "other"}}
    read = capture([ITEM, stranger, OTHER | {"pk": 3870830000003000009}])
    assert [(4400000001, 2), (5, 1)] == [
        (sighting.user_pk, len(sighting.stories)) for sighting in read.sightings
    ]


def test_guest_in_a_reel() -> None:
    """An item of another account does not become the reel's owner's."""
    guest = OTHER | {"user": {"pk": 5, "username": "guest"}}
    owner, other = capture({"reel": REEL | {"items": [ITEM, guest]}}).sightings
    assert (4400000001, 5) == (owner.user_pk, other.user_pk)
    assert ["3870830000002000006_5"] == [seen.story.id for seen in other.stories]
    assert (True, None) == (owner.envelope is not None, other.envelope)


@pytest.mark.parametrize(
    ("of_reel", "of_item", "expected"),
    [
        ({"pk": 1, "username": "reel"}, {"pk": 1, "username": "item"}, "reel"),
        ({"pk": 1, "username": None}, {"pk": 1, "username": "item"}, "item"),
        ({"pk": 1, "username": "reel"}, None, "reel"),
        (None, {"pk": 1, "username": "item"}, "item"),
        ({"username": "reel"}, {"pk": 1}, "reel"),
        (None, None, None),
    ],
)
def test_owner(of_reel: Any, of_item: Any, expected: str | None) -> None:
    """What the reel says of its owner goes before what its items say, field by field."""
    item = ITEM | {"user": of_item, "id": f"{ITEM['pk']}_1"}
    reel = {"reel_type": "user_reel", "id": 1, "user": of_reel, "items": [item]}
    sighting = look({"reel": reel})
    (seen,) = sighting.stories
    assert ("1", expected) == (sighting.user.pk, sighting.user.username)
    assert sighting.user == seen.story.user
    assert f"{ITEM['pk']}_1" == seen.story.id


@pytest.mark.parametrize(
    ("latest", "expected"),
    [
        (1775658002, 1775658002),
        (1775658002 + 3600, 1775658002 + 3600),
        (1775658002 + 86401, 1775658002),
        (1775658001, 1775658002),
        (None, 1775658002),
        ("soon", 1775658002),
    ],
)
def test_moment_of_a_sighting(latest: object, expected: int) -> None:
    """A capture is as old as its newest story; the reel's own word goes a day beyond."""
    assert expected == look({"reel": REEL | {"latest_reel_media": latest}}).seen_at


def test_reel_without_items_is_not_empty() -> None:
    """A reel that does not list its stories proves nothing of them, but names its owner."""
    read = capture({"reel": REEL | {"items": None}})
    assert ["reel.items"] == [problem.field for problem in read.problems]
    assert [((), None)] == [(sighting.stories, sighting.envelope) for sighting in read.sightings]


def test_unreadable_items_are_no_empty_reel() -> None:
    """When none of its items can be read, a reel is not taken for an empty one."""
    read = capture({"reel": REEL | {"items": [ITEM | {"taken_at": None}]}})
    assert [Problem("taken_at", "missing: the item is left out", str(ITEM["pk"]))] == list(
        read.problems
    )
    assert [((), None)] == [(sighting.stories, sighting.envelope) for sighting in read.sightings]


def test_story_listed_twice() -> None:
    """A story that is listed twice is one story, and its double a Problem."""
    read = capture({"reel": REEL | {"items": [ITEM, OTHER, ITEM]}})
    assert [Problem("reel.items[2]", "the same story again", str(ITEM["pk"]))] == list(
        read.problems
    )
    assert [2] == [len(sighting.stories) for sighting in read.sightings]


def test_stranger_in_a_list() -> None:
    """What in a list of stories is none is reported with its place."""
    read = capture([ITEM, {"a": 1}, ITEM | {"product_type": "feed", "is_reel_media": False}])
    assert [Problem("[1]", "not a story"), Problem("[2]", "not a story")] == list(read.problems)


def test_a_live_answer_was_seen_at_its_moment() -> None:
    """Whatever its stories say, and exactly."""
    seen = read_live({"reel": REEL}, source="live", now=1_900_000_000).sightings
    assert [(each.seen_at, each.is_moment_exact) for each in seen] == [(1_900_000_000, True)]

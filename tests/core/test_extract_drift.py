"""Live answers tell which of their keys are new and which are gone; captures do not."""

from typing import Any

import pytest

from storykeep.core.extract import read_capture, read_live
from storykeep.core.extract.drift import MAX_FIELDS, MAX_NAME, OTHER, field_of, find_drift
from storykeep.core.sighting import Problem
from tests.payloads.loading import CAPTURES, payload, shared
from tests.payloads.reading import ACME, NOW, capture

PLAIN = payload("constructed_v1_item_photo_plain.json")


def drift_of(*items: dict[str, Any]) -> list[Problem]:
    document = {"reel": {"id": ACME["pk"], "user": ACME, "items": [*items]}}
    return [*read_live(document, source="test", now=NOW).problems]


@pytest.mark.parametrize("name", CAPTURES)
def test_what_is_known_is_no_drift(name: str) -> None:
    live = read_live(payload(name), source="test", now=NOW)
    assert capture(payload(name)).problems == live.problems


@pytest.mark.parametrize(
    "name",
    [
        "real_ig_v1_user_story_natgeo_2026-04.json",
        "real_xdt_live_reel_reshared_clip_2026-09.json",
        "real_gql_query_hash_photo_mention_2022.json",
        "real_hikerapi_v1_user_stories_natgeo_2026-04.json",
    ],
)
def test_what_was_really_answered_is_known(name: str) -> None:
    live = read_live(shared(name), source="test", now=NOW).problems
    assert [] == [each for each in live if each.reason.endswith("key")]


def test_a_new_key_and_a_missing_one_are_told_once_for_all_items() -> None:
    items = [{**PLAIN, "pk": pk, "id": f"{pk}_1", "story_hologram": {}} for pk in (1, 2, 3)]
    for item in items:
        del item["fbid"]  # not every item has that one
        del item["code"]
    told = {Problem("story_hologram", "unknown key", times=3)}
    assert told | {Problem("code", "missing key", times=3)} == {*drift_of(*items)}


def test_an_import_is_read_as_before() -> None:
    document = {"reel": {"user": ACME, "items": [{**PLAIN, "story_hologram": {}}]}}
    assert () == read_capture(document, source="test", seen_at=NOW).problems


def test_who_answers_cannot_fill_the_memory_with_names() -> None:
    hostile = {f"{number}{'x' * 5000}": 1 for number in range(5000)}
    found = find_drift([("v1", {**PLAIN, **hostile})])
    assert MAX_FIELDS + 1 == len(found)
    assert max(len(each.field) for each in found) == MAX_NAME
    assert 5000 == sum(each.times for each in found)
    assert OTHER in {each.field for each in found}


@pytest.mark.parametrize(
    ("problem", "expected"),
    [
        (Problem("story_hashtags[1].hashtag.name", "missing"),
         "story_hashtags[].hashtag.name: missing"),
        (Problem("reels['4400000001']", "not a reel"), "reels[]: not a reel"),
        (Problem("a\x1b[31m\ud800", "unknown key"), "a?[31m?: unknown key"),
    ],
)  # fmt: skip
def test_a_field_is_counted_by_where_and_why_and_not_in_which_item(
    problem: Problem, expected: str
) -> None:
    assert expected == field_of(problem, {})


def test_beyond_so_many_fields_the_others_are_one() -> None:
    known = {str(number): 1 for number in range(MAX_FIELDS)}
    assert "5" == field_of(Problem("5", ""), known)
    assert OTHER == field_of(Problem("new", ""), known)

"""A hostile document costs little: what is kept of its problems is bounded, and all are counted."""

from typing import Any

import pytest
from msgspec import json

from storykeep.core.extract import read_capture
from storykeep.core.extract.problems import MAX_KEPT, MAX_UNREADABLE, Problems
from storykeep.core.extract.shapes import MAX_REELS
from storykeep.core.mentions import cut_mentions
from storykeep.core.safe_int import spell_big_numbers
from storykeep.core.sighting import Problem
from tests.payloads.loading import payload
from tests.payloads.reading import ACME, capture

PLAIN = payload("constructed_v1_item_photo_plain.json")


def count(problems: tuple[Problem, ...]) -> int:
    return sum(problem.times for problem in problems)


def reel(*items: Any) -> dict[str, Any]:
    return {"reel": {"id": ACME["pk"], "user": ACME, "items": [*items]}, "status": "ok"}


def test_the_first_problems_are_kept_and_all_are_counted() -> None:
    problems = Problems()
    problems.extend(Problem(str(number), "broken") for number in range(MAX_KEPT + 5))
    problems.append(Problem("x", "broken", times=10))
    told = problems.told()
    assert [str(number) for number in range(MAX_KEPT)] == [each.field for each in told[:-1]]
    assert 15 == told[-1].times
    assert MAX_KEPT + 15 == count(told)


def test_few_problems_are_told_as_they_are() -> None:
    problems = Problems()
    problems.append(Problem("pk", "missing"))
    assert (Problem("pk", "missing"),) == problems.told()


@pytest.mark.parametrize("junk", [1, None, {}, []])
def test_what_follows_on_too_much_junk_is_counted_and_not_read(junk: Any) -> None:
    before = reel(PLAIN, *[junk] * (MAX_UNREADABLE - 1), {**PLAIN, "pk": 7, "id": "7_1"})
    after = reel(PLAIN, *[junk] * MAX_UNREADABLE, {**PLAIN, "pk": 7, "id": "7_1"})
    (seen,), (cut,) = capture(before).sightings, capture(after).sightings
    assert [2, 1] == [len(seen.stories), len(cut.stories)]
    assert count(capture(after).problems) > count(capture(before).problems) >= MAX_UNREADABLE - 1
    assert len(capture(after).problems) <= MAX_KEPT + 1


def test_every_part_that_is_left_out_is_in_the_count() -> None:
    many = MAX_UNREADABLE + 1234
    assert many == count(capture(reel(PLAIN, *[1] * many)).problems)
    assert many == count(capture([PLAIN, *[1] * many]).problems)
    reels = {"reels_media": [reel(PLAIN)["reel"], *[1] * (MAX_REELS + 99)], "status": "ok"}
    assert MAX_REELS + 99 == count(capture(reels).problems)


def test_a_sticker_list_beyond_measure_is_cut_and_said() -> None:
    mention = {"user": ACME, "x": 0.5, "y": 0.5, "width": 0.1, "height": 0.1}
    read = capture(reel({**PLAIN, "reel_mentions": [mention] * 1001}))
    ((story,),) = (sighting.stories for sighting in read.sightings)
    assert 1000 == len(story.story.mentions)
    assert ["reel_mentions"] == [problem.field for problem in read.problems]


def test_good_stories_between_bad_ones_are_all_there() -> None:
    good = [{**PLAIN, "pk": number, "id": f"{number}_1"} for number in range(1, 3001)]
    items = [item for story in good for item in (story, {})]
    read = read_capture(reel(*items), source="test", seen_at=1_800_000_000)
    ((sighting),) = read.sightings
    assert 3000 == len(sighting.stories)


@pytest.mark.parametrize("depth", [65, 500, 900, 940])
def test_what_lies_too_deep_is_cut_and_said(depth: int) -> None:
    """Where it is kept; so whoever goes through it later, erasing too, comes to its end."""
    deep: Any = "@someone"
    for _ in range(depth):
        deep = {"a": deep}
    read = capture(reel(PLAIN | {"deep": deep}))
    (sighting,) = read.sightings
    assert ["held what JSON cannot: it was mended"] == [each.reason for each in read.problems]
    raw = sighting.stories[0].raw
    assert b"@someone" not in raw
    cut_mentions(json.decode(raw), lambda _: "account")
    spell_big_numbers(json.decode(raw))


def test_brackets_in_a_text_are_not_deep() -> None:
    item = PLAIN | {"caption": "[{" * 100 + "]"}
    read = capture(reel(item))
    assert () == read.problems
    assert item == json.decode(read.sightings[0].stories[0].raw)

"""Captured answers become sightings; what is none is reported and left out."""

import json
import os
from typing import Any

import pytest

from storykeep.core.sighting import Problem
from storykeep.importers import document
from tests.importers.rig import OWNER, PK, Rig, left_out, make_item, make_reel, stories
from tests.payloads.loading import CAPTURES, HERE, INSTAGRAM_ERRORS, payload, shared

BROKEN = {
    "empty": (b"", "empty"),
    "blank": (b" \n\n", "neither a JSON object or list nor a picture or video"),
    "text": (b"hello", "neither a JSON object or list nor a picture or video"),
    "scalar": (b"null", "neither a JSON object or list nor a picture or video"),
    "truncated": (json.dumps(make_reel(0)).encode()[:2000], "broken JSON: cut short"),
    "truncated, indented": (
        json.dumps(make_reel(0), indent=1).encode()[:2000],
        "broken JSON: cut short",
    ),
    "deep": (b"[" * 100_000, "JSON nested too deeply"),
    "deep and closed": (b'{"a":' * 100_000 + b"1" + b"}" * 100_000, "JSON nested too deeply"),
    "foreign": (b'{"hello": "world"}', "JSON, but none of the known shapes"),
    "foreign lines": (b'{"a": 1}\n{"a": 2}\n', "line 1: JSON, but none of the known shapes"),
}


@pytest.mark.parametrize("name", CAPTURES)
async def test_every_capture_is_counted_once_and_then_known(rig: Rig, name: str) -> None:
    """Each kind of capture is imported or left out with a reason; again, it changes nothing."""
    rig.write(name, payload(name))
    first, again = await rig.run(), await rig.run()
    assert (first.captures, first.skipped_count) in {(1, 0), (0, 1)}
    assert (first.found, first.found, 0) == stories(first)
    assert (first.found, 0, first.found) == stories(again)


async def test_a_whole_folder(rig: Rig) -> None:
    """All payloads of a folder are imported in one run, errors of Instagram left out."""
    report = await rig.run(HERE)
    met = sum(path.is_file() for path in HERE.rglob("*"))
    assert met == report.captures + report.skipped_count
    assert {*INSTAGRAM_ERRORS, "loading.py"} <= set(left_out(report))


async def test_the_golden_capture(rig: Rig) -> None:
    """The three stories of the golden pair are found in either of its files."""
    names = (
        "real_ig_v1_user_story_natgeo_2026-04.json",
        "real_hikerapi_v1_user_stories_natgeo_2026-04.json",
    )
    for name in names:
        rig.write(name, shared(name))
    assert (6, 3, 3) == stories(await rig.run())


@pytest.mark.parametrize(("content", "reason"), BROKEN.values(), ids=BROKEN)
async def test_what_is_no_capture_is_left_out(rig: Rig, content: bytes, reason: str) -> None:
    """Broken, hostile and foreign files are left out; those beside them are read."""
    rig.write("b.json", content)
    rig.write("c.json", make_reel(1))
    report = await rig.run()
    assert {"b.json": reason} == left_out(report)
    assert (1, 1, 0) == stories(report)


ENCODINGS = ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32")


@pytest.mark.parametrize("indent", [None, 1])
@pytest.mark.parametrize("encoding", ENCODINGS)
async def test_every_encoding_of_json_is_read(rig: Rig, encoding: str, indent: int | None) -> None:
    """What JSON may be written in is read, on one line or on many."""
    text = json.dumps(make_reel(0, 1), indent=indent, ensure_ascii=False)
    rig.write("a.json", text.encode(encoding))
    assert (2, 2, 0) == stories(await rig.run())


@pytest.mark.parametrize("odd", ["NaN", "-Infinity", "1e999", "9" * 400, '"\\ud800"', '"\\u0000"'])
async def test_odd_values_cost_nothing_but_themselves(rig: Rig, odd: str) -> None:
    """Values that JSON only nearly allows do not lose the story they stand in."""
    text = json.dumps({**make_item(), "odd": "HERE"}).replace('"HERE"', odd)
    rig.write("a.json", text.encode())
    assert (1, 1, 0) == stories(await rig.run())


async def test_json_lines(rig: Rig) -> None:
    """Each line is a document; a bad one is told with its number, the others are read."""
    lines: list[Any] = [make_reel(0), make_item(1), {"hello": "world"}, make_reel(2, 3)]
    content = b"\r\n".join(json.dumps(line).encode() for line in lines)
    rig.write("a.data", content + b"\n\n  \n" + content[:500])
    report = await rig.run()
    assert (4, 4, 0) == stories(report)
    assert (1, 0) == (report.captures, report.skipped_count)
    assert [
        Problem("line 3", "JSON, but none of the known shapes"),
        Problem("line 7", "broken JSON: cut short"),
    ] == [trouble.problem for trouble in report.problems]


async def test_a_problem_in_a_line_says_which(rig: Rig) -> None:
    """What could not be read in a line is told with the line, the story and the field."""
    broken = {**make_item(1), "reel_mentions": "none"}
    rig.write("a.jsonl", "\n".join(map(json.dumps, (make_item(0), broken))).encode())
    problem = (await rig.run()).problems[0].problem
    assert Problem("line 2: reel_mentions", "not a list", str(PK + 1)) == problem


async def test_too_large_a_document_is_left_out(rig: Rig) -> None:
    """A document above 64 MiB is left out, whole or as a line."""
    whole = rig.write("a.json", b"{\n")
    with whole.open("r+b") as file:
        file.truncate(document.MAX_BYTES + 1)
    assert {"a.json": "larger than 64 MiB: split it, or write JSON Lines"} == left_out(
        await rig.run()
    )


async def test_too_long_a_line_is_left_out(rig: Rig) -> None:
    """A line above 64 MiB is left out, those around it are read."""
    path = rig.write("a.jsonl", make_item(0))
    with path.open("r+b") as file:
        file.seek(0, os.SEEK_END)
        file.write(b"\n[")
        file.seek(document.MAX_BYTES + 10, os.SEEK_CUR)
        file.write(b"]\n" + json.dumps(make_item(1)).encode())
    report = await rig.run()
    assert (2, 2, 0) == stories(report)
    problem = Problem("line 2", "larger than 64 MiB: split it, or write JSON Lines")
    assert [problem] == [trouble.problem for trouble in report.problems]


async def test_too_many_parts_are_left_out(rig: Rig) -> None:
    """A document that would fill the memory many times over is not decoded."""
    rig.write("a.json", b"[" + b"{}," * document.MAX_PARTS + b"{}]")
    reasons = left_out(await rig.run())
    assert {"a.json": "more than 4,000,000 parts: split it, or write JSON Lines"} == reasons


async def test_an_item_that_cannot_be_read_does_not_lose_the_others(rig: Rig) -> None:
    """The file is imported, and what is wrong in it told with field and reason."""
    reel = make_reel(0, 1)
    del reel["reel"]["items"][1]["taken_at"]
    rig.write("a.json", reel)
    report = await rig.run()
    assert (1, 1, 0) == stories(report)
    assert [str(PK + 1)] == [trouble.problem.story_pk for trouble in report.problems]


async def test_a_file_of_problems_only_is_left_out_for_the_first(rig: Rig) -> None:
    """Nothing is told twice: the first problem is the reason, the others stay problems."""
    reel = make_reel(0, 1)
    for item in reel["reel"]["items"]:
        del item["taken_at"]
    reel["reel"] = {"items": reel["reel"]["items"], "reel_type": "highlight_reel"}
    rig.write("a.json", reel)
    report = await rig.run()
    assert {"a.json": "taken_at: missing: the item is left out"} == left_out(report)
    assert (0, 1) == (report.captures, report.problem_count)


async def test_an_empty_reel_was_seen_when_its_file_was_written(rig: Rig) -> None:
    """An empty reel proves no moment but that of its file, and makes its account known."""
    rig.write("a.json", {**make_reel(0), "reel": {**make_reel(0)["reel"], "items": []}})
    report = await rig.run()
    assert (1, 0) == (report.captures, report.found)
    assert await rig.archive.reel(OWNER, 0) is not None


async def test_of_countless_problems_a_thousand_are_listed_and_all_are_counted(rig: Rig) -> None:
    document = make_reel(0)
    document["reel"]["items"] += [1] * 20_000
    rig.write("1.json", document)
    report = await rig.run()
    assert (1, 1, 0) == stories(report)
    assert 20_000 == report.problem_count
    assert 1_001 == len(report.problems)

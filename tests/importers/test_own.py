"""A record of an export is as little believed as anything else that lies in a file."""

import hashlib
import json
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from storykeep.core.media import KeptFile
from storykeep.importers import own
from tests.exporters.rig import Shelf, open_shelf
from tests.importers.rig import JPEG, PK, Rig, left_out
from tests.making import ACME, RIVAL, T0, make_sighting, make_story, make_user

Lines = list[dict[str, Any]]


@pytest.fixture
async def out(tmp_path: Path) -> Path:
    """An export of one story, of which one file is kept."""
    async with open_shelf(tmp_path / "first") as shelf:
        await shelf.record(make_sighting(make_story(PK)))
        await shelf.archive.keep_file(KeptFile(PK, "image", shelf.media.save([JPEG]), "a.jpg"))
        await shelf.export(tmp_path / "out")
    return tmp_path / "out"


@pytest.fixture
async def shelf(tmp_path: Path) -> AsyncIterator[Shelf]:
    async with open_shelf(tmp_path / "second") as opened:
        yield opened


def rewrite(out: Path, change: Callable[[Lines], object]) -> None:
    path = out / f"storykeep/{ACME}.jsonl"
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    change(lines)
    path.write_text("".join(json.dumps(line, separators=(",", ":")) + "\n" for line in lines))


def line_of(lines: Lines, kind: str) -> dict[str, Any]:
    return next(line for line in lines if line["line"] == kind)


def sealed(change: Callable[[dict[str, Any]], object]) -> Callable[[Lines], object]:
    """Change the capture, and make its digest right again, as a liar would."""

    def both(lines: Lines) -> None:
        capture = line_of(lines, "capture")
        change(capture)
        reading, item = (
            json.dumps(capture[key], separators=(",", ":")).encode() for key in ("reading", "item")
        )
        digest = hashlib.sha256(hashlib.sha256(item).digest()[:16] + reading).hexdigest()[:32]
        capture["digest"] = line_of(lines, "sighting")["stories"][0][2] = digest

    return both


def of_rival(capture: dict[str, Any]) -> None:
    capture["reading"][3]["user"] |= {"pk": str(RIVAL), "id": str(RIVAL)}
    capture["reading"][3]["id"] = f"{PK}_{RIVAL}"


def set_in(kind: str, key: str, value: object) -> Callable[[Lines], object]:
    return lambda lines: line_of(lines, kind).__setitem__(key, value)


def set_in_story(key: str, value: object) -> Callable[[Lines], object]:
    return sealed(lambda capture: capture["reading"][3].__setitem__(key, value))


LIES: dict[str, Callable[[Lines], object]] = {
    "another item": set_in("capture", "item", {"pk": 1}),
    "another reading": lambda lines: line_of(lines, "capture")["reading"].__setitem__(2, True),
    "another digest": set_in("capture", "digest", "0" * 32),
    "no digest": set_in("capture", "digest", "../../x"),
    "another story": sealed(lambda capture: capture.__setitem__("pk", PK + 1)),
    "a story of another account": sealed(of_rival),
    "a script for an address": set_in_story("thumbnail_url", "javascript:alert(1)"),
    "a file for an address": set_in_story("video_url", "file:///etc/passwd"),
    "a story of the far future": set_in_story("taken_at", "2999-01-01T00:00:00Z"),
    "a story that never was": sealed(lambda capture: capture["reading"].__setitem__(1, T0 - 1)),
    "a story without mentions": sealed(lambda capture: capture["reading"][3].pop("mentions")),
    "a sighting of another account": set_in("sighting", "account", RIVAL),
    "a sighting of the far future": set_in("sighting", "seen_at", 2**40),
    "a sighting by an escape sequence": set_in("sighting", "source", "\x1b[2J"),
    "a sighting without digest": set_in("sighting", "digest", ""),
    "an envelope that is none": set_in("sighting", "envelope", 7),
    "one story twice": lambda lines: line_of(lines, "sighting")["stories"].extend(
        line_of(lines, "sighting")["stories"]
    ),
    "a place that is none": lambda lines: line_of(lines, "sighting")["stories"][0].__setitem__(
        0, -1
    ),
    "a huge place": lambda lines: line_of(lines, "sighting")["stories"][0].__setitem__(0, 2**63),
    "an account without number": set_in("account", "pk", 0),
    "an account beyond all numbers": set_in("account", "pk", 2**63),
    "an account of the far future": set_in("account", "privacy_seen_at", 2**40),
    "an endless name": set_in("account", "full_name", "x" * 5000),
    "a name that is none": set_in("account", "names", [["", T0, T0]]),
    "a picture that is a script": set_in("account", "profile_pic_url", "javascript:alert(1)"),
    "no account": lambda lines: lines.remove(line_of(lines, "account")),
    "no capture": lambda lines: lines.remove(line_of(lines, "capture")),
    "an unknown line": lambda lines: lines.insert(1, {"line": "shell", "run": "id"}),
    "no line": lambda lines: lines.insert(1, {}),
}


@pytest.mark.parametrize("lie", LIES)
async def test_a_lie_is_told_and_not_believed(lie: str, out: Path, shelf: Shelf) -> None:
    """Nothing raises, the rest is read, and what was not believed is not in the archive."""
    rewrite(out, LIES[lie])
    report = await shelf.take(out)
    assert report.problem_count > 0
    story = await shelf.archive.story(PK)
    if "line" not in lie:
        assert story is None
    assert await shelf.archive.profile(RIVAL) is None


async def test_another_accounts_story_is_not_taken_over(out: Path, shelf: Shelf) -> None:
    """An archive that knows whose it is refuses it, as it does from a capture."""
    rival = make_user(RIVAL, "rival")
    await shelf.record(make_sighting(make_story(PK, user=rival), user=rival))
    report = await shelf.take(out)
    [trouble] = report.problems
    assert f"story of account {RIVAL}" in trouble.problem.reason
    assert "the archive knows no such story of this account" in left_out(report).values()
    assert [] == [*await shelf.archive.files_of(PK)]


FILES: dict[str, Callable[[dict[str, Any]], object]] = {
    "up": lambda line: line.__setitem__("path", "../secret.jpg"),
    "an absolute path": lambda line: line.__setitem__("path", "/etc/passwd"),
    "a device": lambda line: line.__setitem__("path", "c:secret.jpg"),
    "a zero byte": lambda line: line.__setitem__("path", "a\0b"),
    "a file that is not there": lambda line: line.__setitem__("path", "acme/no.jpg"),
    "a link": lambda line: line.__setitem__("path", "acme/link.jpg"),
    "a folder that is a link": lambda line: line.__setitem__("path", "link/secret.jpg"),
    "another digest": lambda line: line["kept"]["file"].__setitem__("sha256", "0" * 64),
    "another kind": lambda line: line["kept"].__setitem__("kind", "video"),
    "another story": lambda line: line["kept"].__setitem__("story_pk", PK + 1),
    "no name": lambda line: line["kept"].__setitem__("name", ""),
}


@pytest.mark.parametrize("lie", FILES)
async def test_a_file_that_is_not_what_it_is_said_to_be_is_left_out(
    lie: str, out: Path, shelf: Shelf
) -> None:
    """None is kept for the story; and nothing outside the export is opened."""
    (out.parent / "secret.jpg").write_bytes(JPEG + b"secret")
    (out / "acme/link.jpg").symlink_to(out.parent / "secret.jpg")
    (out / "link").symlink_to(out.parent)
    rewrite(out, lambda lines: FILES[lie](line_of(lines, "file")))
    report = await shelf.take(out)
    assert report.problem_count + report.skipped_count > 0
    assert [] == [*await shelf.archive.files_of(PK)]
    assert JPEG + b"secret" not in shelf.contents().values()


async def test_a_changed_file_is_left_out(out: Path, shelf: Shelf) -> None:
    [path] = (out / "acme").glob("*.jpg")
    path.write_bytes(JPEG + b"x")
    report = await shelf.take(out)
    reason = "It is not the file that was exported: its digest is another."
    assert {path.name: reason} == left_out(report)
    assert ({}, []) == (shelf.contents(), [*await shelf.archive.files_of(PK)])


async def test_a_record_of_a_newer_version_is_left_out(out: Path, shelf: Shelf) -> None:
    rewrite(out, set_in("storykeep", "version", 2))
    report = await shelf.take(out / "storykeep")
    assert {f"{ACME}.jsonl": "a record of version 2: update storykeep"} == left_out(report)


async def test_a_line_beyond_measure_is_told_and_the_rest_is_read(
    out: Path, shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(own, "MAX_LINE", 5_000)
    rewrite(out, lambda lines: lines.insert(1, {"line": "x" * 20_000}))
    report = await shelf.take(out)
    assert ("line 2", "larger than 0 MiB") == report.problems[0].problem[:2]
    assert await shelf.archive.story(PK) is not None


async def test_captures_beyond_measure_are_told(
    out: Path, shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(own, "MAX_PENDING", 10)
    report = await shelf.take(out)
    assert "its captures are larger than 0 MiB" == report.problems[0].problem.reason
    assert await shelf.archive.story(PK) is None


async def test_a_sidecar_leads_nowhere(out: Path, shelf: Shelf) -> None:
    """The record that it names is compared with those that were read, and never opened."""
    [sidecar] = (out / "acme").glob("*.json")
    told = json.loads(sidecar.read_bytes())
    told["storykeep"]["record"] = "../../../etc/passwd"
    sidecar.write_text(json.dumps(told))
    report = await shelf.take(out)
    assert ([], 2, 1) == (report.problems, report.found, report.new)


async def test_an_archive_that_takes_no_copies_says_so(out: Path, tmp_path: Path) -> None:
    rig = Rig(tmp_path / "rig")
    report = await rig.run(out)
    assert "This archive takes no copies of another one." == report.problems[0].problem.reason

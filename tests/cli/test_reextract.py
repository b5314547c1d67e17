"""Reading kept captures anew by the command line."""

import json
from pathlib import Path

import pytest
from msgspec import structs

from storykeep.cli.output import MAX_LISTED
from storykeep.cli.reextract import Report
from storykeep.storage.reextract import Change, Step, Unreadable
from tests.payloads.loading import HERE
from tests.server import run


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("reextract") / "data"
    run("import", str(HERE / "constructed_v1_reels_media.json"), data=folder)
    return folder


@pytest.mark.parametrize("options", [(), ("--dry-run",)])
def test_nothing_changes_where_the_mapper_has_not(data: Path, options: tuple[str, ...]) -> None:
    done = run("reextract", *options, data=data)
    word = "would change" if options else "changed"
    assert f"17 stories, 17 captures: 0 {word}.\n" == done.stdout
    assert "" == done.stderr


def test_a_program_gets_one_document(data: Path) -> None:
    report = json.loads(run("reextract", "--dry-run", "--json", data=data).stdout)
    assert {
        "is_dry_run": True,
        "stories": 17,
        "captures": 17,
        "changed": 0,
        "fields": {},
        "changes": [],
        "unreadable_count": 0,
        "unreadable": [],
    } == report


def test_a_report_lists_so_many_and_counts_all() -> None:
    report = Report(is_dry_run=False)
    changes = [Change(pk, ("links", "user")) for pk in range(MAX_LISTED - 1)]
    step = Step(1, 5, 7, changes, [Unreadable(1, "missing")] * 3)
    report.add(step)
    report.add(structs.replace(step, changes=changes[:3]))
    assert (MAX_LISTED, MAX_LISTED + 2) == (len(report.changes), report.changed)
    assert {"links": MAX_LISTED + 2, "user": MAX_LISTED + 2} == report.fields
    assert (10, 14, 6, 6) == (
        report.stories, report.captures, report.unreadable_count, len(report.unreadable)
    )  # fmt: skip

"""The queue of files by the command line: what is wanted, what was given up, and trying again."""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from msgspec import structs

from storykeep.app import Shelves, open_shelves
from storykeep.cli import cli
from storykeep.cli.media import MAX_WANTED
from storykeep.core.media import Wanted
from storykeep.settings import Settings
from tests.making import make_sighting, make_story

NOW = int(time.time())
HOUR = 3600


def wanted(pk: int, expires_at: int | None = NOW + HOUR, **facts: Any) -> Wanted:
    return Wanted(
        story_pk=pk,
        kind="image",
        url=f"https://scontent.cdninstagram.com/{pk}_n.jpg?oe={expires_at or 0:X}",
        expires_at=expires_at,
        next_at=NOW - HOUR,
        **facts,
    )


def given_up(pk: int, **facts: Any) -> Wanted:
    return structs.replace(
        wanted(pk, **facts), tries=7, reason="it was busy \x1b[2J", is_given_up=True
    )


class Rig:
    """A command line over a data folder."""

    def __init__(self, data: Path) -> None:
        self._data = data

    def on_shelves(self, work: Callable[[Shelves], Awaitable[None]]) -> None:
        async def run() -> None:
            shelves = open_shelves(Settings(data=self._data))
            try:
                await work(shelves)
            finally:
                shelves.close()

        asyncio.run(run())

    def want(self, *files: Wanted) -> None:
        async def work(shelves: Shelves) -> None:
            stories = [make_story(each.story_pk) for each in files]
            await shelves.archive.record(make_sighting(*stories), files)
            for each in files:
                await shelves.wanted.put(each)

        self.on_shelves(work)

    def run(self, *words: str) -> Result:
        result = CliRunner().invoke(cli, ["--data", str(self._data), "media", *words])
        assert 0 == result.exit_code, result.output
        return result

    def listed(self, *words: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = json.loads(self.run("list", "--json", *words).stdout)
        return found


@pytest.fixture
def rig(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Rig:
    # In this process the log belongs to the tests.
    monkeypatch.setattr("storykeep.cli.configure_logs", lambda: None)
    return Rig(tmp_path)


def test_nothing_is_wanted_of_an_empty_archive(rig: Rig) -> None:
    assert [] == rig.listed()
    assert 1 == len(rig.run("list").stdout.splitlines())


def test_a_file_is_listed_with_all_that_is_known(rig: Rig) -> None:
    rig.want(
        wanted(1),
        structs.replace(wanted(2, None), tries=2, next_at=NOW + HOUR, reason="no answer"),
        given_up(3),
    )
    due, waiting, lost = rig.listed()
    assert {
        "pk": "1",
        "kind": "image",
        "variant": "",
        "state": "due",
        "tries": 0,
        "reason": None,
    } == {name: due[name] for name in ("pk", "kind", "variant", "state", "tries", "reason")}
    assert f"oe={NOW + HOUR:X}" in due["url"]
    assert ("waiting", 2, "no answer", None) == (
        waiting["state"], waiting["tries"], waiting["reason"], waiting["expires_at"],
    )  # fmt: skip
    assert due["due_at"] < due["expires_at"] == waiting["due_at"]
    assert ("given up", None, 7) == (lost["state"], lost["due_at"], lost["tries"])
    assert [lost] == rig.listed("--given-up")


def test_people_see_a_table_that_no_reason_can_steer(rig: Rig) -> None:
    rig.want(wanted(1), given_up(2))
    _, first, second = rig.run("list").stdout.splitlines()
    assert ["1", "image", "due"] == first.split()[:3]
    assert "given up" in second
    assert "it was busy \N{REPLACEMENT CHARACTER}[2J" in second
    assert "https" not in second


def test_of_many_people_see_some_and_programs_all(rig: Rig) -> None:
    rig.want(*(wanted(pk) for pk in range(1, MAX_WANTED + 4)))
    result = rig.run("list")
    assert MAX_WANTED + 1 == len(result.stdout.splitlines())
    assert "and 3 more: --json tells them\n" == result.stderr
    assert MAX_WANTED + 3 == len(rig.listed())


def test_what_was_given_up_is_tried_again_where_its_address_is_good(rig: Rig) -> None:
    rig.want(wanted(1), given_up(2), given_up(3, expires_at=NOW - 1), given_up(4, expires_at=None))
    result = rig.run("retry")
    assert "2 given up are tried again.\n1 have an address that expired: " in result.stderr
    assert ["due", "due", "given up", "due"] == [each["state"] for each in rig.listed()]
    assert [0, 0, 7, 0] == [each["tries"] for each in rig.listed()]
    assert "0 given up are tried again.\n" in rig.run("retry").stderr

"""The sources by the command line: what is composed, how it fares, and closing a breaker."""

import asyncio
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from storykeep.app import open_shelves
from storykeep.cli import cli, sources
from storykeep.composition import Composition
from storykeep.core.errors import SourceLoginRequired, SourceThrottled
from storykeep.core.governor import Health, Pace, admit, settle
from storykeep.core.ports import Archive, Clock
from storykeep.core.sighting import Problem
from storykeep.core.upstream import Origins
from storykeep.settings import Settings
from storykeep.sources.archive import ArchiveSource
from storykeep.sources.governed import Governed
from storykeep.testing import ScriptedUpstream

WORD = "instagram?session=main"
PACE = Pace(hour=100, day=600)


async def no_sleep(_: float) -> None:
    """Let no time pass."""


class Rig:
    """A command line over a data folder, where instagram is a script."""

    def __init__(self, data: Path) -> None:
        self.settings = Settings(data=data, sources=f"archive?fresh=60 {WORD} archive")
        self.upstream = ScriptedUpstream("instagram")

    def compose(
        self, settings: Settings, archive: Archive, origins: Origins, clock: Clock
    ) -> Composition:
        assert settings.sources == self.settings.sources
        governed = Governed(self.upstream, origins, PACE, clock, no_sleep, lambda: 0.0)
        return Composition(ArchiveSource(archive, clock, is_truth=False), {WORD: governed})

    def run(self, *arguments: str) -> Result:
        environment = {
            "STORYKEEP_DATA": str(self.settings.data), "STORYKEEP_SOURCES": self.settings.sources
        }  # fmt: skip
        return CliRunner(env=environment).invoke(cli, ["sources", *arguments])

    def change(self, change: Callable[[Health], Health], problems: list[Problem]) -> None:
        """Do as a server did that ran before."""

        async def work() -> None:
            shelves = open_shelves(self.settings)
            shelves.origins.add("instagram", problems)
            await asyncio.sleep(0)
            await shelves.origins.change("instagram", change)
            shelves.close()

        asyncio.run(work())


@pytest.fixture
def rig(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Rig:
    made = Rig(tmp_path / "data")
    monkeypatch.setattr(sources, "compose", made.compose)
    # In this process the log belongs to the tests.
    monkeypatch.setattr("storykeep.cli.configure_logs", lambda: None)
    return made


def stopped(health: Health) -> Health:
    now = time.time()
    return settle(admit(health, PACE, now, 0.0), PACE, now, SourceLoginRequired("Log in anew."))


def test_the_composition_is_shown_in_its_order(rig: Rig) -> None:
    records = json.loads(rig.run("--json").stdout)
    assert ["archive?fresh=60", WORD, "archive"] == [each["source"] for each in records]
    assert ["here", "ready", "here"] == [each["state"] for each in records]
    assert ("0 of 100", "0 of 600") == (records[1]["hour"], records[1]["day"])


def test_a_stopped_source_says_why(rig: Rig) -> None:
    rig.change(stopped, [])
    (_, record, _) = json.loads(rig.run("--json").stdout)
    assert ("stopped", "Log in anew.", None) == tuple(
        record[name] for name in ("state", "last_error", "again")
    )
    assert ("1 of 100", {"SourceLoginRequired": 1}) == (record["hour"], record["results"])
    table = rig.run().stdout.splitlines()
    assert ["source", "state", "hour", "day", "balance", "again", "last_error"] == table[0].split()
    assert "stopped" in table[2]
    assert "Log in anew." in table[2]


def test_a_resting_source_says_until_when(rig: Rig) -> None:
    def throttled(health: Health) -> Health:
        return settle(health, PACE, time.time(), SourceThrottled("Slow down."))

    rig.change(throttled, [])
    (_, record, _) = json.loads(rig.run("--json").stdout)
    assert "waiting" == record["state"]
    assert record["again"] > record["last_error_at"]


def test_what_was_not_understood_is_listed(rig: Rig) -> None:
    new = Problem("story_hologram", "unknown key", times=3)
    rig.change(lambda health: health, [new])
    (_, record, _) = json.loads(rig.run("--json").stdout)
    (drift,) = record["drift"]
    assert {"not_understood": "story_hologram: unknown key", "times": 3} == {
        name: drift[name] for name in ("not_understood", "times")
    }
    assert "story_hologram: unknown key" in rig.run().stdout


def test_a_check_asks_and_says_what_came(rig: Rig) -> None:
    done = rig.run("check", "--json")
    assert (0, [("check",)]) == (done.exit_code, rig.upstream.asked)
    expected = {"source": "instagram", "answers": True, "error": None, "retry_after": None}
    assert [expected] == json.loads(done.stdout)


def test_a_check_that_is_not_answered_fails_and_opens_the_breaker(rig: Rig) -> None:
    rig.upstream.trouble = SourceLoginRequired("Log in anew.")
    done = rig.run("check", "--json")
    (record,) = json.loads(done.stdout)
    assert (1, False) == (done.exit_code, record["answers"])
    assert "Log in anew. Once settled: storykeep sources reset" in record["error"]
    rig.upstream.trouble = None
    again: dict[str, Any] = json.loads(rig.run("check", "--json").stdout)[0]
    assert "storykeep sources reset instagram" in again["error"]
    assert 1 == len(rig.upstream.asked)


def test_a_reset_source_is_asked_again(rig: Rig) -> None:
    rig.change(stopped, [])
    done = rig.run("reset", "instagram")
    assert done.exit_code == 0
    assert done.stderr.startswith("instagram may be asked again. It was stopped at 20")
    assert json.loads(rig.run("check", "--json").stdout)[0]["answers"]


def test_only_a_live_source_can_be_reset(rig: Rig) -> None:
    done = rig.run("reset", "archive")
    assert (1, "Error: There is no live source 'archive', only instagram.\n") == (
        done.exit_code,
        done.stderr,
    )

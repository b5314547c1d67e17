"""``storykeep export`` as people and programs run it."""

import json
import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.cli.test_import import Shell as ImportShell
from tests.cli.test_import import on_terminal, small_files
from tests.e2e.test_disk import small_disk
from tests.exporters.rig import files_in
from tests.importers.rig import JPEG, OWNER, PK, make_item, make_reel

MANY = 400
"""Stories that take long enough to be interrupted."""


class Shell(ImportShell):
    """As of an import, with the folder of an export."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.out = folder / "out"

    def exporting(self, *arguments: object) -> list[str]:
        words = ["--data", self.data, "export", *(arguments or ["--all", self.out])]
        return [sys.executable, "-m", "storykeep", *map(str, words)]

    def export(self, *arguments: object, **options: Any) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            self.exporting(*arguments), capture_output=True, text=True, check=False, **options
        )

    def fill(self, count: int) -> None:
        lines = "\n".join(json.dumps(make_item(number)) for number in range(count))
        self.write("a.jsonl", lines.encode())
        for number in range(count):
            self.write(f"{PK + number}.jpg", JPEG + b"%d" % number)
        assert self.run().returncode == 0


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    return Shell(tmp_path)


def test_the_report_for_people(shell: Shell) -> None:
    shell.write("a.json", make_reel(0, 1))
    shell.write(f"{PK}.jpg", JPEG)
    shell.run()
    expected = """\
Accounts 1, seen 1 times
Stories  2, of 1 no file is kept
Files    1, 1 new, 0 known
"""
    done = shell.export()
    assert (0, expected, "") == (done.returncode, done.stdout, done.stderr)


def test_the_report_for_programs(shell: Shell) -> None:
    """And again: every file is known."""
    shell.fill(3)
    first = {
        "accounts": 1,
        "sightings": 3,
        "stories": 3,
        "without_files": 0,
        "files": {"new": 3, "known": 0, "bytes_new": 3 * (len(JPEG) + 1)},
        "problem_count": 0,
        "problems": [],
        "stopped": None,
    }
    assert first == json.loads(shell.export("--json", "--all", shell.out).stdout)
    files = {"new": 0, "known": 3, "bytes_new": 0}
    assert first | {"files": files} == json.loads(shell.export("--json", "--all", shell.out).stdout)


@pytest.mark.parametrize("user", ["acme_wild", "@ACME_wild", str(OWNER)])
def test_an_account_is_named_or_numbered(user: str, shell: Shell) -> None:
    shell.fill(1)
    assert 0 == shell.export(user, shell.out).returncode
    assert (shell.out / f"storykeep/{OWNER}.jsonl").exists()


def test_who_is_not_known_is_told_and_nothing_is_made(shell: Shell) -> None:
    shell.fill(1)
    for user in ("nobody", "17", "9" * 30, "no name"):
        done = shell.export(user, shell.out)
        assert (1, "", False) == (done.returncode, done.stdout, shell.out.exists())


@pytest.mark.parametrize(
    "words", [[], ["acme"], ["--all", "acme", "out"], ["--all", "--name", "{user}", "out"]]
)
def test_wrong_usage(words: list[str], shell: Shell, tmp_path: Path) -> None:
    done = subprocess.run(
        shell.exporting()[:-2] + words, cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert (2, "", False) == (done.returncode, done.stdout, (tmp_path / "out").exists())


def test_the_data_folder_is_no_place_for_an_export(shell: Shell) -> None:
    shell.fill(1)
    for folder in (shell.data, shell.data / "out"):
        assert 2 == shell.export("--all", folder).returncode


def test_nothing_to_export(shell: Shell) -> None:
    assert 4 == shell.export().returncode


def test_a_lost_file_is_told_with_3(shell: Shell) -> None:
    shell.fill(2)
    lost = next((shell.data / "media").rglob("*.jpg"))
    lost.unlink()
    done = shell.export()
    assert (3, True) == (done.returncode, "Not exported" in done.stdout)
    told = done.stdout.splitlines()[-1]
    assert re.match(r"  story (\d+), \1.jpg: The media store is out of order: ", told)


def interrupt(shell: Shell, number: int) -> subprocess.CompletedProcess[str]:
    """Run, and send the signal once some files are there."""
    with subprocess.Popen(
        shell.exporting("--json", "--all", shell.out),
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    ) as running:  # fmt: skip
        while len([*shell.out.glob("acme_wild/*")]) < 40:
            assert running.poll() is None
        running.send_signal(number)
        out, err = running.communicate()
    return subprocess.CompletedProcess(running.args, running.returncode, out, err)


def test_killed_half_way_the_next_run_does_the_rest(shell: Shell, tmp_path: Path) -> None:
    """What was there stays the very same file; in the end it is as if nothing had been."""
    shell.fill(MANY)
    assert -signal.SIGKILL == interrupt(shell, signal.SIGKILL).returncode
    assert not (shell.out / f"storykeep/{OWNER}.jsonl").exists()
    written = {path: path.stat().st_ino for path in shell.out.glob("acme_wild/*.jpg")}
    assert 0 < len(written) < MANY
    assert all(path.read_bytes()[: len(JPEG)] == JPEG for path in written)
    report = json.loads(shell.export("--json", "--all", shell.out).stdout)
    assert (len(written), MANY - len(written)) == (report["files"]["known"], report["files"]["new"])
    assert written == {path: path.stat().st_ino for path in written}
    shell.export("--all", tmp_path / "at once")
    assert files_in(tmp_path / "at once") == files_in(shell.out)


def test_interrupted_it_says_what_was_done(shell: Shell) -> None:
    shell.fill(MANY)
    done = interrupt(shell, signal.SIGINT)
    reason = "Interrupted: what the report counts is there."
    assert (130, f"{reason} Run it again to finish the rest.\n") == (done.returncode, done.stderr)
    assert json.loads(done.stdout)["files"]["new"] < MANY


def test_a_full_disk_stops_it_with_5_and_leaves_nothing_half(shell: Shell, tmp_path: Path) -> None:
    """With more room the rest follows."""
    shell.fill(600)
    with small_disk(tmp_path / "disk") as disk:
        done = shell.export("--json", "--all", disk / "out")
        report = json.loads(done.stdout)
        assert (5, True) == (done.returncode, "No space left on device" in report["stopped"])
        assert report["stopped"] in done.stderr
        contents = [path.read_bytes() for path in disk.rglob("*.jpg")]
        assert {len(JPEG) + size for size in (1, 2, 3)} >= {*map(len, contents)}
        assert [] == [*disk.rglob("unfinished*")]


def test_a_file_that_may_not_grow_stops_it_with_5(shell: Shell) -> None:
    """As a full disk, where none can be mounted."""
    shell.fill(1)
    big = shell.write(f"{PK}.jpg", JPEG + bytes(600_000))
    assert 0 == shell.run(big).returncode
    done = shell.export("--json", "--all", shell.out, preexec_fn=small_files)
    assert 5 == done.returncode
    assert "File too large" in json.loads(done.stdout)["stopped"]
    assert 0 == shell.export().returncode


def test_an_export_moves_to_another_server(shell: Shell, tmp_path: Path) -> None:
    """Imported there it answers the same, and its own export is the same, byte for byte."""
    shell.fill(20)
    shell.export()
    there = Shell(tmp_path / "there")
    code, report = there.read(shell.out)
    assert (0, 20, 20) == (code, report["new"], report["files"]["media_new"])
    there.export()
    assert files_in(shell.out) == files_in(there.out)


def test_a_bar_is_shown_on_a_terminal(shell: Shell) -> None:
    shell.fill(200)
    shown, out = on_terminal(shell.exporting("--json", "--all", shell.out))
    assert 200 == json.loads(out)["stories"]
    assert b"200/200" in shown


def test_the_help_has_an_example_and_the_exit_codes(shell: Shell) -> None:
    text = shell.export("--help").stdout
    assert "Example: storykeep export" in text
    for code in (0, 1, 2, 3, 4, 5, 130):
        assert f"\n    {code} " in text

"""``storykeep import`` as people and programs run it."""

import json
import os
import pty
import resource
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import apsw
import pytest

from tests.importers.exporting import NEW, ROOT, make_export, write_zip
from tests.importers.rig import JPEG, PK, make_item, make_reel

MANY = 2_000
"""Stories that take long enough to be interrupted."""
SOME = 500


class Shell:
    """A folder with captures and one with the archive, and the command."""

    def __init__(self, folder: Path) -> None:
        self.captures = folder / "captures"
        self.data = folder / "data"
        self.captures.mkdir(parents=True)

    def write(self, name: str, content: object) -> Path:
        path = self.captures / name
        path.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
        return path

    def command(self, *arguments: object) -> list[str]:
        words = ["--data", self.data, "import", *(arguments or [self.captures])]
        return [sys.executable, "-m", "storykeep", *map(str, words)]

    def run(self, *arguments: object, **options: Any) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            self.command(*arguments), capture_output=True, text=True, check=False, **options
        )

    def read(self, *arguments: object) -> tuple[int, dict[str, Any]]:
        """Run with --json: the exit code and the report."""
        done = self.run("--json", *(arguments or [self.captures]))
        return done.returncode, json.loads(done.stdout)

    def stories(self) -> int:
        """Return how many stories are in the archive now, also while the command runs."""
        try:
            archive = apsw.Connection(str(self.data / "archive.db"), apsw.SQLITE_OPEN_READONLY)
            count: Any = archive.execute("SELECT count(*) FROM story").fetchall()[0][0]
        except apsw.Error:
            return 0
        archive.close()
        return int(count)

    def interrupt(self, number: int) -> subprocess.CompletedProcess[str]:
        """Run with --json, and send the signal once some stories are in the archive."""
        with subprocess.Popen(
            self.command("--json", self.captures),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as running:
            before = self.stories()
            while self.stories() < before + 20:
                assert running.poll() is None
            running.send_signal(number)
            out, err = running.communicate()
        return subprocess.CompletedProcess(running.args, running.returncode, out, err)


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    return Shell(tmp_path)


def write_stories(shell: Shell, count: int) -> None:
    lines = [json.dumps(make_item(number)) for number in range(count)]
    for part in range(10):
        shell.write(f"{part}.jsonl", "\n".join(lines[part::10]).encode())


def test_the_report_for_people(shell: Shell) -> None:
    """Counts, then what was left out and what could not be read, on standard output."""
    reel = make_reel(0, 1)
    reel["reel"]["items"][1]["reel_mentions"] = "none"
    shell.write("a.json", reel)
    shell.write(f"{PK}.jpg", JPEG)
    shell.write("notes.txt", b"notes")
    done = shell.run()
    expected = f"""\
Stories  2 found, 2 new, 0 known
Media    1 found, 1 new, 0 known
Files    2 imported, 1 left out

Left out
  {shell.captures}/notes.txt: neither a JSON object or list nor a picture or video

Could not be read
  {shell.captures}/a.json, story {PK + 1}, reel_mentions: not a list
"""
    assert (3, expected, "") == (done.returncode, done.stdout, done.stderr)


def test_the_report_for_programs(shell: Shell) -> None:
    """One JSON document, and again: everything is known."""
    shell.write("a.json", make_reel(0, 1))
    shell.write(f"{PK}.jpg", JPEG)
    files = {"met": 2, "captures": 1, "media_new": 1, "media_known": 0, "skipped": 0}
    nothing = {"skipped": [], "problem_count": 0, "problems": [], "stopped": None}
    first = {"found": 2, "new": 2, "known": 0, "files": files, **nothing}
    assert (0, first) == shell.read()
    files = {**files, "media_new": 0, "media_known": 1}
    assert (0, {"found": 2, "new": 0, "known": 2, "files": files, **nothing}) == shell.read()


def test_a_long_list_is_cut_for_people_only(shell: Shell) -> None:
    """People are shown the first reasons and told how many more there are."""
    for number in range(25):
        shell.write(f"{number:02}.txt", b"notes")
    done = shell.run()
    assert "  and 5 more: --json tells them" == done.stdout.splitlines()[-1]
    code, report = shell.read()
    assert (4, 25) == (code, len(report["skipped"]))


def test_nothing_to_import(shell: Shell) -> None:
    """An empty folder is exit code 4, and a report all the same."""
    code, report = shell.read()
    assert (4, 0) == (code, report["files"]["met"])


@pytest.mark.parametrize("arguments", [[], ["--json"], ["nowhere"], ["--colour", "."]])
def test_wrong_usage(shell: Shell, arguments: list[str]) -> None:
    """What is missing or mistyped is told before anything begins."""
    words = [*shell.command(), *arguments]
    words.remove(str(shell.captures))
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert (2, "", False) == (done.returncode, done.stdout, shell.data.exists())


def test_the_help_has_an_example_and_the_exit_codes(shell: Shell) -> None:
    """What a script must know stands in --help."""
    text = shell.run("--help").stdout
    assert "Example: storykeep import" in text
    for code in (0, 2, 3, 4, 5, 130):
        assert f"\n    {code} " in text


def test_a_data_folder_below_what_is_imported(shell: Shell) -> None:
    """The archive is not taken for something to import, not even when this run makes it."""
    shell.data = shell.captures / "b" / "data"
    shell.data.parent.mkdir()
    shell.write("a.json", make_reel(0))
    own = {"path": str(shell.data), "reason": "storykeep's own folder: left alone"}
    assert shell.read()[1]["skipped"] in ([], [own])  # it may come late enough to be no hindrance
    assert [own] == shell.read()[1]["skipped"]


def test_killed_half_way_the_next_run_does_the_rest(shell: Shell) -> None:
    """After kill -9 what was recorded is kept; running again records the rest, once."""
    write_stories(shell, MANY)
    killed = shell.interrupt(signal.SIGKILL)
    kept = shell.stories()
    assert (-signal.SIGKILL, "") == (killed.returncode, killed.stdout)
    assert 20 <= kept < MANY
    code, report = shell.read()
    assert (0, MANY, MANY - kept) == (code, report["found"], report["new"])
    assert MANY == shell.stories()


def test_interrupted_it_says_what_was_done(shell: Shell) -> None:
    """Ctrl-C ends it with 130 and a report that agrees with the archive."""
    write_stories(shell, MANY)
    done = shell.interrupt(signal.SIGINT)
    reason = "Interrupted: what the report counts is kept."
    assert (130, f"{reason} Run it again to finish the rest.\n") == (done.returncode, done.stderr)
    report = json.loads(done.stdout)
    assert (reason, shell.stories()) == (report["stopped"], report["new"])
    assert shell.stories() < MANY


def small_files() -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (500_000, 500_000))


def test_a_full_disk_stops_it_with_5(shell: Shell) -> None:
    """The reason is told; what was recorded is kept, and with more room the rest follows."""
    write_stories(shell, SOME)
    done = shell.run("--json", shell.captures, preexec_fn=small_files)
    report = json.loads(done.stdout)
    assert (5, shell.stories()) == (done.returncode, report["new"])
    assert report["stopped"].startswith(("Stopped: disk I/O error. ", "Stopped: database or disk"))
    assert done.stderr.endswith(f"{report['stopped']} Run it again to finish the rest.\n")
    code, report = shell.read()
    assert (0, SOME) == (code, report["found"])
    assert SOME == shell.stories()


def test_a_broken_media_folder_stops_it_with_5(shell: Shell) -> None:
    """Also when only the media store refuses, after all stories were recorded."""
    shell.write("a.json", make_reel(0))
    shell.write(f"{PK}.jpg", JPEG)
    shell.data.mkdir()
    (shell.data / "media").write_bytes(b"in the way")
    code, report = shell.read()
    assert (5, 1, 0) == (code, report["new"], report["files"]["media_new"])


def on_terminal(command: list[str], **environment: str) -> tuple[bytes, bytes]:
    """Run ``command`` with standard error on a terminal: what it wrote there, and elsewhere."""
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=theirs,
        env={**os.environ, "TERM": "xterm", "COLUMNS": "80", **environment},
    ) as running:
        os.close(theirs)
        shown = b"".join(iter(lambda: read_terminal(ours), b""))
        out = running.communicate()[0]
    os.close(ours)
    return shown, out


def read_terminal(descriptor: int) -> bytes:
    try:
        return os.read(descriptor, 65536)
    except OSError:  # how a terminal of Linux says that nobody is there any more
        return b""


def test_a_bar_is_shown_on_a_terminal(shell: Shell) -> None:
    """Standard error has the bar when it is a terminal; standard output stays clean."""
    write_stories(shell, SOME)
    shown, out = on_terminal(shell.command("--json", shell.captures))
    assert SOME == json.loads(out)["new"]
    assert b"100%" in shown
    assert b"\x1b[3" in shown


def test_no_color_is_respected(shell: Shell) -> None:
    """With NO_COLOR the bar has no colours."""
    shell.write("a.json", make_reel(0))
    shown, _ = on_terminal(shell.command(), NO_COLOR="1")
    assert b"%" in shown
    assert b"\x1b[3" not in shown


def test_nothing_that_lies_among_the_captures_is_run(shell: Shell) -> None:
    """Python puts the working folder first on its path unless it is told not to."""
    shell.write("msgspec.py", b"open('was_run', 'w').close()")
    shell.write("reel.json", make_reel(0))
    script = Path(sys.executable).with_name("storykeep")
    words = [str(script), *shell.command(".")[3:]]
    done = subprocess.run(words, cwd=shell.captures, capture_output=True, text=True, check=False)
    assert "1 new" in done.stdout
    assert not (shell.captures / "was_run").exists()


def test_a_killed_import_of_an_export_is_finished_by_the_next(shell: Shell) -> None:
    """The second run keeps what is left, and the third changes nothing."""
    names = [f"{number}.jpg" for number in range(MANY)]
    write_zip(shell.captures / "a.zip", make_export(NEW, *names), ROOT)
    assert -signal.SIGKILL == shell.interrupt(signal.SIGKILL).returncode
    assert shell.stories() < MANY
    for is_again in (False, True):
        code, report = shell.read()
        assert (0, MANY, MANY) == (code, report["found"], sum(media_of(report)))
        assert not is_again or report["new"] == report["files"]["media_new"] == 0
    assert (MANY, MANY) == (shell.stories(), len([*(shell.data / "media").rglob("*.jpg")]))


def media_of(report: dict[str, Any]) -> tuple[int, int]:
    return report["files"]["media_new"], report["files"]["media_known"]


def test_whose_an_export_is_can_be_told(shell: Shell) -> None:
    """And must be a name that an account can have."""
    write_zip(shell.captures / "a.zip", make_export(NEW, "a.jpg"))
    code, report = shell.read()
    assert (4, 1) == (code, len(report["skipped"]))
    assert "name the account with --username" in report["skipped"][0]["reason"]
    code, report = shell.read("--username", "acme", shell.captures)
    assert (0, 1) == (code, report["new"])
    assert 1 == shell.run("--username", "no name", shell.captures).returncode

"""Importing a data export of many files: how fast, in how much memory, and killed on the way."""

import json
import os
import pty
import random
import re
import signal
import subprocess
import threading
import time
import zipfile
from pathlib import Path

from msgspec import Struct, field

from bench.folders import storykeep
from bench.machine import SERVING, Unavailable, on_core
from bench.outcome import Outcome, Verdict, create_table
from bench.process import Peak, own_environment
from bench.session import Session

STORIES, FEW = 20_000, 1_000
SIZE = 100_000
"""Bytes of a picture."""
LIST = "your_instagram_activity/media/stories.json"
OWNER = "personal_information/personal_information/personal_information.json"
FIRST = 1_600_000_000
APART = 5_000
"""Seconds from one story to the next."""
MEGABYTE = 10**6

EXIF = b"\xff\xe1\0\x16Exif\0\0MM\0*\0\0\0\x08\0\0\0\0\0\0"
HEAD = bytes.fromhex("ffd8ffe000104a46494600010100000100010000")
SCAN = bytes.fromhex("ffda0008010100003f00")


class Pass(Struct):
    """One run of ``storykeep import``, on one core."""

    seconds: float = 0
    peak: int = 0
    shown: list[tuple[float, int]] = field(default_factory=list)
    """Moments, and what the bar said then, in percent."""
    report: dict[str, object] = field(default_factory=dict)

    @property
    def untruth(self) -> float:
        """How far the bar was at most from the share of the time, in points."""
        begun, total = self.shown[0][0], self.shown[-1][0] - self.shown[0][0]
        return max(abs(said - 100 * (at - begun) / total) for at, said in self.shown)


def run(session: Session) -> Outcome:
    """Import an export in one pass; then again, killed at a third and at two thirds."""
    stories = FEW if session.is_quick else STORIES
    with session.folder() as folder:
        export = folder / "export.zip"
        _write(export, stories)
        whole = _import(export, folder / "whole")
        _expect(whole, "media_new", stories)
        _remove(folder / "whole")
        for share in (1, 2):
            _import(export, folder / "data", until=stories * share // 3)
        last = _import(export, folder / "data")
        kept = len([*(folder / "data" / "media").rglob("*.jpg")])
        if kept != stories or last.report.get("found") != stories:
            raise Unavailable(f"After two kills {kept} of {stories} files are kept")
        _expect(_import(export, folder / "data"), "media_known", stories)
    columns = ("seconds", "files/s", "private memory, MB", "bar off by, points")
    rows = [
        (name, one.seconds, stories / one.seconds, one.peak / MEGABYTE, one.untruth)
        for name, one in (("in one pass", whole), ("the third pass", last))
    ]
    title = f"Export of {stories:,} pictures of {SIZE // 1000} KB"
    return Outcome(
        [create_table(title, ("", *columns), rows)],
        [
            Verdict("Export: files a second", stories / whole.seconds, 300, is_least=True),
            Verdict("Export: private memory", whole.peak / MEGABYTE, 200, " MB"),
            Verdict("Export: the bar is off by", whole.untruth, 15, " points"),
        ],
    )


def _write(path: Path, stories: int) -> None:
    """Write a zip of an export whose pictures all differ."""
    noise = random.Random(stories)
    entries = []
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(stories):
            uri = f"media/stories/{number // 100:06}/{17_000_000_000_000_000 + number}.jpg"
            told = {"photo_metadata": {"exif_data": [{"latitude": 1.5, "device_id": "x" * 40}]}}
            moment = FIRST + number * APART
            entries.append({"uri": uri, "creation_timestamp": moment, "media_metadata": told})
            scan = noise.randbytes(SIZE - 60).replace(b"\xff", b"\xfe")
            archive.writestr(uri, HEAD + EXIF + SCAN + scan + b"\xff\xd9", zipfile.ZIP_STORED)
        profile = {"string_map_data": {"Username": {"value": "bench"}}}
        archive.writestr(OWNER, json.dumps({"profile_user": [profile]}))
        archive.writestr(LIST, json.dumps({"ig_stories": entries}))


def _import(export: Path, data: Path, until: int = 0) -> Pass:
    """Run an import; kill it once ``until`` files are kept."""
    ours, theirs = pty.openpty()
    done = Pass()
    begun = time.perf_counter()
    with on_core(SERVING):
        process = subprocess.Popen(
            [*storykeep(data), "import", str(export), "--json"],
            stdout=subprocess.PIPE,
            stderr=theirs,
            env={**own_environment(), "TERM": "xterm", "COLUMNS": "80"},
        )
    os.close(theirs)
    bar = threading.Thread(target=_watch, args=(ours, done))
    bar.start()
    with Peak(process.pid) as peak:
        while until and process.poll() is None:
            if len([*(data / "media").rglob("*.jpg")]) >= until:
                process.send_signal(signal.SIGKILL)
            time.sleep(0.2)
        output = process.communicate()[0]
    done.seconds, done.peak = time.perf_counter() - begun, peak.bytes
    bar.join()
    os.close(ours)
    if until:
        return done
    if process.returncode:
        raise Unavailable(f"storykeep import ended with {process.returncode}")
    done.report = json.loads(output)
    return done


def _watch(terminal: int, done: Pass) -> None:
    while True:
        try:
            text = os.read(terminal, 65536)
        except OSError:  # how a terminal of Linux says that nobody is there any more
            return
        done.shown += [(time.perf_counter(), int(said)) for said in re.findall(rb"([0-9]+)%", text)]


def _expect(one: Pass, count: str, stories: int) -> None:
    files = one.report["files"]
    if not isinstance(files, dict) or files[count] != stories:
        raise Unavailable(f"storykeep import of {stories} files reports {str(one.report)[:500]}")


def _remove(data: Path) -> None:
    for path in sorted(data.rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()

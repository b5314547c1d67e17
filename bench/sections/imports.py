"""Importing raw items into a fresh archive: how fast, and in how much memory."""

import json
import resource
import subprocess
import time
from pathlib import Path

from msgspec import Struct

from bench.folders import storykeep
from bench.machine import Unavailable
from bench.outcome import Outcome, Verdict, create_table
from bench.process import Peak, own_environment
from bench.session import Session
from bench.stories import DAY, RAW, capture

ITEMS = 10
"""Raw items a file: a reel."""
GROWTH = 4
MEGABYTE = 10**6


class Import(Struct, frozen=True):
    """One run of ``storykeep import``."""

    items: int
    seconds: float
    cpu: float
    """Seconds of CPU."""
    peak: int

    @property
    def rate(self) -> float:
        """Items a second, the start of the program counted."""
        return self.items / self.seconds


def run(session: Session) -> Outcome:
    """Import N files, then as many times over, each into an empty folder."""
    files = 50 if session.is_quick else 250
    runs = []
    for number in (files, files * GROWTH):
        with session.folder() as folder:
            source = folder / "captures"
            source.mkdir()
            _write(source, number)
            runs.append(_import(source, folder / "data", number * ITEMS))
    rows = [
        (
            f"{one.items:,}", one.seconds, one.rate, one.cpu / one.items * 1e6,
            one.peak / MEGABYTE,
        )
        for one in runs
    ]  # fmt: skip
    columns = ("seconds", "items/s", "CPU µs an item", "private memory, MB")
    return Outcome(
        [create_table(f"Import of raw items of {RAW // 1000} KB", ("items", *columns), rows)],
        [
            Verdict("Import: raw items a second", runs[1].rate, 2_000, is_least=True),
            Verdict(
                f"Import: memory for {GROWTH} times the items", runs[1].peak / runs[0].peak, 1, "×"
            ),
        ],
    )


def _write(folder: Path, files: int) -> None:
    taken_at = int(time.time()) - 30 * DAY
    for number in range(files):
        (folder / f"{number}.json").write_bytes(capture(number, ITEMS, taken_at))


def _import(source: Path, data: Path, items: int) -> Import:
    begun, used = time.perf_counter(), _cpu_of_children()
    process = subprocess.Popen(
        [*storykeep(data), "import", str(source), "--json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=own_environment(),
    )
    with Peak(process.pid) as peak:
        output, complaint = process.communicate()
    seconds = time.perf_counter() - begun
    if process.returncode:
        raise Unavailable(f"storykeep import failed: {complaint[-500:]}")
    report = json.loads(output)
    if report.get("new") != items:
        raise Unavailable(f"storykeep import of {items} items reports {output[:500]}")
    return Import(items, seconds, _cpu_of_children() - used, peak.bytes)


def _cpu_of_children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime

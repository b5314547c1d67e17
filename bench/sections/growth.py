"""Reads do not grow with the archive: in process, the cache off, random ids."""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from statistics import median

from bench.folders import Shape, fill_archive
from bench.outcome import Outcome, Verdict, create_table
from bench.session import Session
from bench.stories import SMALL
from storykeep.storage.archive import SqlArchive
from storykeep.storage.sqlite import SqliteDatabase

STORIES_EACH = 100
READS = 200
"""Reads a batch: a batch is timed, and the median batch counts."""


def run(session: Session) -> Outcome:
    """Measure a small archive and a large one in turn."""
    sizes = (10_000, 100_000 if session.is_quick else 1_000_000)
    with session.folder() as folder:
        archives = []
        for size in sizes:
            own = folder / str(size)
            own.mkdir()
            shape = Shape(
                accounts=size // STORIES_EACH, stories_each=STORIES_EACH, bytes_each=SMALL
            )
            fill_archive(own, shape)
            archives.append((own, shape))
        batches = 20 if session.is_quick else 100
        small, large = asyncio.run(_measure(archives, batches))
    rows = [(what, micros, large[what], large[what] / micros) for what, micros in small.items()]
    columns = ("read", *(f"{size:,} stories, µs" for size in sizes), "×")
    verdicts = [Verdict(f"Read {what}: {sizes[1]:,} stories to {sizes[0]:,}", ratio, 1.5, "×")
                for what, *_, ratio in rows]  # fmt: skip
    return Outcome([create_table("Reads by size of the archive", columns, rows)], verdicts)


async def _measure(archives: list[tuple[Path, Shape]], batches: int) -> list[dict[str, float]]:
    """Return the median microseconds of each kind of read for each archive."""
    chosen = random.Random(1)
    databases = [SqliteDatabase(folder / "archive.db", "archive") for folder, _ in archives]
    times: list[dict[str, list[float]]] = [{"by id": [], "by user": []} for _ in archives]
    now = int(time.time())
    for _ in range(batches):
        for database, (_, shape), found in zip(databases, archives, times, strict=True):
            archive = SqlArchive(database)
            pks = chosen.choices(shape.pks, k=READS)
            accounts = chosen.choices(shape.account_pks, k=READS)
            found["by id"].append(await _time(archive.story, [(pk,) for pk in pks]))
            found["by user"].append(await _time(archive.reel, [(pk, now) for pk in accounts]))
    for database in databases:
        database.close()
    return [{what: median(batch) for what, batch in found.items()} for found in times]


async def _time(read: Callable[..., Awaitable[object]], asked: list[tuple[int, ...]]) -> float:
    """Return the CPU microseconds of one read."""
    begun = time.process_time()
    for values in asked:
        await read(*values)
    return (time.process_time() - begun) / len(asked) * 1e6

"""Cost does not grow with the archive: the whole endpoint, and the read alone, at random.

A large archive fits into no cache, so that each of its rows is a page to fetch: about 4 µs that a
small archive saves.  The read alone shows that bare; a request, which is what a caller waits and
a server pays for, has the target.
"""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from statistics import median
from typing import NamedTuple

from bench.folders import Shape, create_key, fill_archive, storykeep, write_paths
from bench.load import Summary, Target, in_turn
from bench.outcome import Outcome, Verdict, create_table
from bench.process import Server, free_port
from bench.session import Session
from bench.stories import SMALL
from storykeep.storage.archive import SqlArchive
from storykeep.storage.sqlite import SqliteDatabase

STORIES_EACH = 100
READS = 200
"""Reads a batch: a batch is timed, and the median batch counts."""
PATHS = 50_000
"""So many different rows are asked for that no cache holds them."""
KINDS = {"by id": "/v1/story/by/id", "by user": "/v1/user/stories"}


class Filled(NamedTuple):
    """An archive, and a key to it."""

    folder: Path
    shape: Shape
    headers: dict[str, str]


def run(session: Session) -> Outcome:
    """Measure a small archive and a large one in turn."""
    sizes = (10_000, 100_000 if session.is_quick else 1_000_000)
    with session.folder() as folder:
        archives = [_fill(folder / str(size), size) for size in sizes]
        reads = asyncio.run(_read(archives, 20 if session.is_quick else 100))
        requests = _ask(archives, session)
    small, large = f"{sizes[0]:,} stories, µs", f"{sizes[1]:,} stories, µs"
    tables, verdicts = [], []
    for title, (few, many) in (("Requests", requests), ("The read alone", reads)):
        rows = [(what, few[what], many[what], many[what] / few[what]) for what in KINDS]
        tables.append(
            create_table(f"{title} by size of the archive", ("", small, large, "×"), rows)
        )
        if title == "Requests":
            verdicts = [
                Verdict(f"Request {what}: {sizes[1]:,} stories to {sizes[0]:,}", ratio, 1.5, "×")
                for what, *_, ratio in rows
            ]
    return Outcome(tables, verdicts)


def _fill(folder: Path, size: int) -> Filled:
    folder.mkdir()
    shape = Shape(accounts=size // STORIES_EACH, stories_each=STORIES_EACH, bytes_each=SMALL)
    fill_archive(folder, shape)
    return Filled(folder, shape, create_key(folder))


def _ask(archives: list[Filled], session: Session) -> list[dict[str, float]]:
    """Return the CPU microseconds of each kind of request for each archive."""
    servers, targets = [], {path: list[Target]() for path in KINDS.values()}
    for folder, shape, headers in archives:
        port = free_port()
        command = [*storykeep(folder), "serve", "--port", str(port)]
        off = {"STORYKEEP_REEL_CACHE": "0"}
        server = Server(folder.name, command, port=port, environment=off, headers=headers)
        servers.append(server)
        reels, stories = write_paths(folder, shape, reels_most=PATHS, stories_most=PATHS)
        for path, paths in (("/v1/user/stories", reels), ("/v1/story/by/id", stories)):
            targets[path].append(Target(server, path, paths))
    with servers[0], servers[1]:
        for server, (_, shape, _) in zip(servers, archives, strict=True):
            server.wait(f"/v1/story/by/id?id={shape.pks[0]}")
        found: dict[str, dict[str, Summary]] = {
            what: in_turn(targets[path], session.pace) for what, path in KINDS.items()
        }
    return [{what: found[what][server.name].micros for what in KINDS} for server in servers]


async def _read(archives: list[Filled], batches: int) -> list[dict[str, float]]:
    """Return the median microseconds of each kind of read for each archive."""
    chosen = random.Random(1)
    databases = [SqliteDatabase(folder / "archive.db", "archive") for folder, *_ in archives]
    times: list[dict[str, list[float]]] = [{"by id": [], "by user": []} for _ in archives]
    now = int(time.time())
    for _ in range(batches):
        for database, (_, shape, _), found in zip(databases, archives, times, strict=True):
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

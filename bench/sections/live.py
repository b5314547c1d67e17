"""Live sources: what the whole chain costs, how much it takes in, and an origin that hangs."""

import asyncio
import json
import shutil
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from bench.folders import Shape, create_key, fill_archive, storykeep, write_paths
from bench.load import Target, ask, in_turn
from bench.outcome import Outcome, Verdict, create_table
from bench.process import Server, free_port
from bench.session import Session
from bench.stories import FIRST_ACCOUNT, REAL, capture
from storykeep.core.extract import read_live
from storykeep.storage.archive import SqlArchive
from storykeep.storage.sqlite import SqliteDatabase

SHAPE = Shape(accounts=500, stories_each=5, bytes_each=REAL)
REELS = "/v1/user/stories"
ALONE, CHAINED = "archive", "archive?fresh=86400 hiker archive"
AT_ONCE = 64
"""Upstream answers that are recorded at once; callers that an origin keeps waiting."""
STORIES = 3


def run(session: Session) -> Outcome:
    """Measure the three."""
    with session.folder() as folder, _hanging() as port:
        headers, paths = _prepare(folder)
        servers = [_server(folder, name, port, headers) for name in (ALONE, CHAINED)]
        with servers[0], servers[1]:
            for server in servers:
                server.wait(f"{REELS}?user_id={SHAPE.account_pks[0]}")
            targets = [Target(server, REELS, paths) for server in servers]
            found = in_turn(targets, session.pace)
            calm = ask(targets[1], session.pace.seconds, 8)
            with _kept_waiting(servers[1]):
                beside = ask(targets[1], session.pace.seconds, 8)
    rate = asyncio.run(_record(session))
    rows = [(name, one.rate, one.micros, one.p50, one.p99) for name, one in found.items()]
    columns = ("requests/s", "CPU µs", "p50 ms", "p99 ms")
    more = found[CHAINED].micros / found[ALONE].micros
    return Outcome(
        [create_table("/v1/user/stories by composition, cache off", ("", *columns), rows)],
        [
            Verdict("An archive hit through the chain, to the archive alone", more, 1.15, "×"),
            Verdict(
                f"p99 beside {AT_ONCE} callers whom an origin keeps waiting, to without",
                beside.p99 / calm.p99, 3, "×",
            ),
            Verdict("Upstream answers a second, mapped and recorded", rate, 500, is_least=True),
        ],
    )  # fmt: skip


def _prepare(folder: Path) -> tuple[dict[str, str], Path]:
    first, second = folder / "alone", folder / "chained"
    first.mkdir()
    fill_archive(first, SHAPE)
    headers = create_key(first)
    shutil.copytree(first, second)
    (folder / "hiker.key").write_text("a key that nobody looks at")
    return headers, write_paths(folder, SHAPE)[0]


def _server(folder: Path, name: str, upstream: int, headers: dict[str, str]) -> Server:
    port = free_port()
    own = folder / ("alone" if name == ALONE else "chained")
    live = f"hiker://127.0.0.1:{upstream}?key_file={folder}/hiker.key&tls=off&timeout=20"
    environment = {
        "STORYKEEP_REEL_CACHE": "0",
        "STORYKEEP_SOURCES": name.replace("hiker", live),
    }
    command = [*storykeep(own), "serve", "--port", str(port)]
    return Server(name, command, port=port, environment=environment, headers=headers)


@contextmanager
def _hanging() -> Iterator[int]:
    """An origin that takes every connection and never says a word; its port."""
    with socket.create_server(("127.0.0.1", 0), backlog=512) as listener:
        yield listener.getsockname()[1]


@contextmanager
def _kept_waiting(server: Server) -> Iterator[None]:
    """Callers who ask about accounts that only the hanging origin could know."""

    def wait(account: int) -> None:
        with suppress(OSError):
            server.get(f"{REELS}?user_id={account}")

    threads = [
        threading.Thread(target=wait, args=(FIRST_ACCOUNT - 1 - number,), daemon=True)
        for number in range(AT_ONCE)
    ]
    for thread in threads:
        thread.start()
    time.sleep(0.2)  # until they have asked
    yield


async def _record(session: Session) -> float:
    """Return how many answers of three stories each are mapped and recorded a second."""
    count = 300 if session.is_quick else 3_000
    now = int(time.time())
    answers = [capture(number, STORIES, now - 60) for number in range(count)]
    with session.folder() as folder:
        database = SqliteDatabase(folder / "archive.db", "archive")
        archive = SqlArchive(database)
        begun = time.perf_counter()
        for first in range(0, count, AT_ONCE):
            heard = [
                read_live(json.loads(answer), source="bench", now=now).sightings[0]
                for answer in answers[first : first + AT_ONCE]
            ]
            await asyncio.gather(*map(archive.record, heard))
        seconds = time.perf_counter() - begun
        database.close()
    return count / seconds

"""The whole endpoint beside bare ASGI and FastAPI.

Key, rate limit, parameters, rows, durable charge, every header of the contract, metrics and
the access log, which is written to /dev/null.  Ratios are of CPU a request.
"""

import shutil
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from rich.table import Table

from bench.folders import Shape, create_key, fill_archive, storykeep, write_paths
from bench.load import Summary, Target, in_turn
from bench.machine import Unavailable
from bench.outcome import Outcome, Verdict, create_table
from bench.process import Server, free_port, uvicorn
from bench.session import Session
from bench.stories import REAL, SMALL
from storykeep.core.model import decode_story

SQLITE, CACHE = "storykeep, rows from SQLite", "storykeep, hot cache of reels"
BARE, SAME, NAIVE = "bare ASGI, ready-made bytes", "FastAPI, same core", "FastAPI, naive"
SHAPES = {
    "4 KB": Shape(accounts=2_000, stories_each=5, bytes_each=REAL),
    "1.2 KB": Shape(accounts=2_000, stories_each=5, bytes_each=SMALL),
}


def run(session: Session) -> Outcome:
    """Measure both endpoints with stories of both sizes."""
    outcome = Outcome([], [])
    for size in ["4 KB"] if session.is_quick else SHAPES:
        with session.folder() as folder:
            _measure(session, folder, size, outcome)
    return outcome


def _measure(session: Session, folder: Path, size: str, outcome: Outcome) -> None:
    shape = SHAPES[size]
    headers = _prepare(folder, shape)
    reels, stories = write_paths(folder, shape)
    with _running(folder, shape, headers) as servers:
        for endpoint, path, paths, names in (
            (f"/v1/user/stories, 3 × {size}", "/v1/user/stories", reels, [*servers]),
            (
                f"/v1/story/by/id, {size}",
                "/v1/story/by/id",
                stories,
                [name for name in servers if name != CACHE],
            ),
        ):
            targets = [Target(servers[name], path, paths) for name in names]
            found = in_turn(targets, session.pace)
            outcome.tables.append(_table(endpoint, found))
            outcome.verdicts.extend(_verdicts(endpoint, found))


def _prepare(folder: Path, shape: Shape) -> dict[str, str]:
    """Fill one data folder for each server, all with the same key; return its headers."""
    first = folder / "sqlite"
    first.mkdir()
    fill_archive(first, shape)
    headers = create_key(first)
    for other in ("cache", "same_core"):
        shutil.copytree(first, folder / other)
    with sqlite3.connect(folder / "naive.db") as db:
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("CREATE TABLE keys (id INTEGER PRIMARY KEY, secret TEXT UNIQUE, balance INT)")
        db.execute("INSERT INTO keys VALUES (1, ?, 1000000000)", (headers["x-access-key"],))
        db.execute("ATTACH ? AS archive", (str(first / "archive.db"),))
        db.execute(
            "CREATE TABLE stories (pk INTEGER PRIMARY KEY, user_id INT, taken_at INT,"
            " expires_at INT, data TEXT)"
        )
        db.execute(
            "INSERT INTO stories SELECT pk, account_pk, taken_at, expiring_at,"
            " CAST(wire AS TEXT) FROM archive.story"
        )
        db.execute("CREATE INDEX stories_of_user ON stories (user_id, expires_at)")
    db.close()
    return headers


@contextmanager
def _running(folder: Path, shape: Shape, headers: dict[str, str]) -> Iterator[dict[str, Server]]:
    """All servers at once; they have answered the same document."""
    reel, story = (
        f"/v1/user/stories?user_id={shape.account_pks[0]}",
        f"/v1/story/by/id?id={shape.pks[0]}",
    )
    servers: dict[str, Server] = {}
    with ExitStack() as stack:

        def serve(name: str, command: Sequence[str], port: int, **environment: str) -> None:
            server = Server(name, command, port=port, environment=environment, headers=headers)
            servers[name] = stack.enter_context(server)

        for name, own, cache in ((SQLITE, "sqlite", "0"), (CACHE, "cache", None)):
            port = free_port()
            setting = {"STORYKEEP_REEL_CACHE": cache} if cache else {}
            command = [*storykeep(folder / own), "serve", "--port", str(port)]
            serve(name, command, port, **setting)
        (folder / "reel.json").write_bytes(servers[SQLITE].wait(reel))
        (folder / "story.json").write_bytes(servers[SQLITE].wait(story))
        for name, app, place in (
            (BARE, "bare", folder),
            (SAME, "same_core", folder / "same_core"),
            (NAIVE, "naive", folder),
        ):
            port = free_port()
            serve(name, uvicorn(f"bench.peers.{app}:app", port), port, BENCH_FOLDER=str(place))
        wanted = decode_story(servers[SQLITE].wait(story))
        for name, server in servers.items():
            if decode_story(server.wait(story)) != wanted:
                raise Unavailable(f"{name} answers another document: the bench is broken.")
            server.wait(reel)
        yield servers


def _table(endpoint: str, found: dict[str, Summary]) -> Table:
    bare = found[BARE]
    rows = [
        (
            name, one.rate, one.micros, bare.micros / one.micros, one.rate / bare.rate,
            one.p50, one.p99,
        )
        for name, one in sorted(found.items(), key=lambda item: item[1].micros)
    ]  # fmt: skip
    columns = ("requests/s", "CPU µs", "of bare by CPU", "by requests/s", "p50 ms", "p99 ms")
    return create_table(f"{endpoint}, 64 connections", ("", *columns), rows)


def _verdicts(endpoint: str, found: dict[str, Summary]) -> list[Verdict]:
    bare = found[BARE]
    verdicts = []
    for name, least in ((SQLITE, 0.33), (CACHE, 0.48)):
        if name in found:
            how = name.partition(", ")[2]
            share = bare.micros / found[name].micros
            verdicts += [
                Verdict(f"{endpoint}, {how}: of bare ASGI", share, least, is_least=True),
                Verdict(f"{endpoint}, {how}: p99 to bare's", found[name].p99 / bare.p99, 4, "×"),
            ]
    ours = found[SQLITE].micros
    for name, least in ((NAIVE, 10), (SAME, 3)):
        times = found[name].micros / ours
        verdicts.append(Verdict(f"{endpoint}: {name}", times, least, "×", is_least=True))
    return verdicts

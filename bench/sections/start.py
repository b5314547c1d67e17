"""From spawning the process to its first answers, and what it holds in memory."""

import time
from pathlib import Path
from statistics import median

from bench.folders import Shape, create_key, fill_archive, storykeep, write_paths
from bench.load import Target, ask
from bench.outcome import Outcome, Verdict, create_table
from bench.process import Peak, Server, free_port
from bench.session import Session
from bench.stories import REAL

SHAPE = Shape(accounts=2_000, stories_each=5, bytes_each=REAL)
MEGABYTE = 10**6


def run(session: Session) -> Outcome:
    """Start a few times, then load the last one."""
    starts = 2 if session.is_quick else 5
    with session.folder() as folder:
        fill_archive(folder, SHAPE)
        headers = create_key(folder)
        reels, stories = write_paths(folder, SHAPE)
        times = [_start(folder, headers) for _ in range(starts)]
        server = _serve(folder, headers)
        with server:
            server.wait("/livez")
            time.sleep(1)
            idle = server.memory()
            with Peak(server.process.pid) as peak:
                for path, paths in (("/v1/user/stories", reels), ("/v1/story/by/id", stories)):
                    ask(Target(server, path, paths), session.pace.seconds)
    live, keyed = (median(figure) for figure in zip(*times, strict=True))
    rows = [
        ("start to /livez, s", live),
        ("start to a story, s", keyed),
        ("private memory, idle, MB", idle / MEGABYTE),
        ("private memory, under load, MB", peak.bytes / MEGABYTE),
    ]
    targets = (1, 1, 70, 110)
    return Outcome(
        [create_table(f"Start and memory, median of {starts} starts", ("", ""), rows)],
        [
            Verdict(what[0].upper() + what.rpartition(", ")[0][1:], number, target, f" {unit}")
            for (what, number), target in zip(rows, targets, strict=True)
            for unit in [what.rpartition(", ")[2]]
        ],
    )


def _serve(folder: Path, headers: dict[str, str]) -> Server:
    port = free_port()
    command = [*storykeep(folder), "serve", "--port", str(port)]
    return Server("storykeep", command, port=port, headers=headers)


def _start(folder: Path, headers: dict[str, str]) -> tuple[float, float]:
    """Return the seconds to the first answer of each kind."""
    begun = time.perf_counter()
    with _serve(folder, headers) as server:
        server.wait("/livez")
        live = time.perf_counter() - begun
        server.wait(f"/v1/story/by/id?id={SHAPE.pks[0]}")
        return live, time.perf_counter() - begun

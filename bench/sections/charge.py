"""What a durable charge adds: the same server with a ledger that writes nothing."""

import shutil

from bench.folders import Shape, create_key, fill_archive, write_paths
from bench.load import Pace, Target, in_turn
from bench.outcome import Outcome, Verdict, create_table
from bench.process import Server, free_port, uvicorn
from bench.session import Session
from bench.stories import REAL


def run(session: Session) -> Outcome:
    """Measure both ledgers under ``/v1/story/by/id``."""
    shape = Shape(accounts=500, stories_each=5, bytes_each=REAL)
    pace = session.pace if session.is_quick else Pace(seconds=1, rounds=12)
    with session.folder() as folder:
        first, second = folder / "durable", folder / "free"
        first.mkdir()
        fill_archive(first, shape)
        headers = create_key(first)
        shutil.copytree(first, second)
        _, paths = write_paths(folder, shape)
        servers = []
        for own in (first, second):
            port = free_port()
            command = [*uvicorn(f"bench.peers.free_charge:{own.name}", port), "--factory"]
            environment = {"BENCH_FOLDER": str(own)}
            servers.append(
                Server(own.name, command, port=port, environment=environment, headers=headers)
            )
        with servers[0], servers[1]:
            for server in servers:
                server.wait(f"/v1/story/by/id?id={shape.pks[0]}")
            targets = [Target(server, "/v1/story/by/id", paths) for server in servers]
            found = in_turn(targets, pace)
    rows = [(name, one.rate, one.micros, one.p50, one.p99) for name, one in found.items()]
    columns = ("requests/s", "CPU µs", "p50 ms", "p99 ms")
    return Outcome(
        [create_table("/v1/story/by/id by ledger", ("ledger", *columns), rows)],
        [
            Verdict(
                "A durable charge adds", found["durable"].micros - found["free"].micros, 10, " µs"
            )
        ],
    )

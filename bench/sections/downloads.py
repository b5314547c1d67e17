"""Downloads: CPU a file beside nginx and FileResponse, small requests meanwhile, memory."""

import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from rich.table import Table

from bench.folders import Shape, create_key, fill_archive, keep_file, storykeep
from bench.load import Pace, Summary, Target, ask, finish, in_turn, start
from bench.machine import require
from bench.outcome import Outcome, Verdict, create_table
from bench.process import Peak, Server, free_port, uvicorn
from bench.session import Session
from bench.stories import REAL

OURS, NGINX, STARLETTE = "storykeep", "nginx, sendfile", "Starlette FileResponse"
MEGABYTE = 10**6
FILE, LARGE, PHOTO = 10 * MEGABYTE, 20 * MEGABYTE, 300_000
SHAPE = Shape(accounts=10, stories_each=5, bytes_each=REAL)
SMALL_PATH = f"/v1/story/by/id?id={SHAPE.pks[2]}"
FILE_PATH, LARGE_PATH, PHOTO_PATH = (
    f"/v1/story/download?id={SHAPE.pks[number]}" for number in (0, 1, 3)
)

NGINX_CONFIGURATION = """
daemon off; master_process off; worker_processes 1; pid {folder}/nginx.pid;
error_log stderr error;
events {{ worker_connections 1024; }}
http {{
    access_log off; sendfile on; tcp_nopush on; keepalive_requests 1000000;
    open_file_cache max=10; default_type video/mp4;
    client_body_temp_path {folder}; proxy_temp_path {folder}; fastcgi_temp_path {folder};
    uwsgi_temp_path {folder}; scgi_temp_path {folder};
    server {{
        listen 127.0.0.1:{port};
        location = /file {{ alias {folder}/file.mp4; }}
        location = /photo {{ alias {folder}/photo.mp4; }}
    }}
}}
"""


def run(session: Session) -> Outcome:
    """Measure the three, then ours alone."""
    with session.folder() as folder, _running(folder) as servers:
        # In a second FileResponse may finish none of 64 files.
        pace = Pace(seconds=3, rounds=1 if session.is_quick else 3)
        files = in_turn([Target(servers[name], path) for name, path in _paths().items()], pace)
        photos = in_turn(
            [Target(servers[OURS], PHOTO_PATH), Target(servers[NGINX], "/photo")], pace
        )
        beside = _ask_beside(servers[OURS], session)
        grown = _grow(servers[OURS], session)
    others = ("small requests' p99 beside 32 downloads", "private memory, 64 downloads of 20 MB")
    return Outcome(
        [_table("10 MB", FILE, files), _table("300 KB", PHOTO, photos)],
        [
            Verdict(
                "Download of 10 MB: bytes a CPU second, of nginx's",
                files[NGINX].megabyte / files[OURS].megabyte, 0.45, is_least=True,
            ),
            Verdict(f"Downloads: {others[0]}", beside, 10, " ms"),
            Verdict(f"Downloads: growth of {others[1]}", grown / MEGABYTE, 32, " MB"),
        ],
    )  # fmt: skip


def _paths() -> dict[str, str]:
    return {OURS: FILE_PATH, NGINX: "/file", STARLETTE: "/file"}


def _table(what: str, size: int, found: dict[str, Summary]) -> Table:
    nginx = found[NGINX].megabyte
    rows = [
        (
            name,
            one.rate * size / MEGABYTE,
            one.megabyte * size / MEGABYTE / 1000,
            nginx / one.megabyte,
        )
        for name, one in sorted(found.items(), key=lambda item: item[1].megabyte)
    ]
    columns = ("MB/s", "CPU ms a file", "bytes a CPU second, of nginx's")
    return create_table(f"Downloads of {what}, 64 connections", ("", *columns), rows)


@contextmanager
def _running(folder: Path) -> Iterator[dict[str, Server]]:
    """All three with the same 10 MB."""
    own = folder / "data"
    own.mkdir()
    fill_archive(own, SHAPE)
    headers = create_key(own)
    file = keep_file(own, SHAPE.pks[0], FILE)
    keep_file(own, SHAPE.pks[1], LARGE)
    (folder / "file.mp4").hardlink_to(file)
    (folder / "photo.mp4").hardlink_to(keep_file(own, SHAPE.pks[3], PHOTO))
    ports = [free_port() for _ in range(3)]
    (folder / "nginx.conf").write_text(NGINX_CONFIGURATION.format(folder=folder, port=ports[1]))
    commands = {
        OURS: [*storykeep(own), "serve", "--port", str(ports[0])],
        NGINX: [require("nginx", "nginx-light"), "-c", str(folder / "nginx.conf")],
        STARLETTE: uvicorn("bench.peers.file_response:app", ports[2]),
    }
    with ExitStack() as stack:
        servers = {
            name: stack.enter_context(
                Server(
                    name,
                    command,
                    port=port,
                    environment={"BENCH_FOLDER": str(folder)},
                    headers=headers if name == OURS else None,
                )
            )
            for (name, command), port in zip(commands.items(), ports, strict=True)
        }
        for name, server in servers.items():
            server.wait(FILE_PATH if name == OURS else "/file")
        yield servers


def _ask_beside(server: Server, session: Session) -> float:
    """Return the p99 in ms of small requests while 32 downloads run all the time."""
    seconds = 2 if session.is_quick else 6
    downloads = start(Target(server, FILE_PATH), seconds + 2, 32)
    time.sleep(1)
    small = ask(Target(server, SMALL_PATH), seconds, 1)
    finish(downloads, Target(server, FILE_PATH))
    return small.p99


def _grow(server: Server, session: Session) -> int:
    """Return by how many private bytes 64 downloads grow the server: quick and stalled ones."""
    ask(Target(server, SMALL_PATH), 1)
    before = server.memory()
    with Peak(server.process.pid) as peak:
        ask(Target(server, LARGE_PATH), 1 if session.is_quick else 3)
        readers = [_stalled(server) for _ in range(64)]
        time.sleep(1)
        for reader in readers:
            reader.close()
    return peak.bytes - before


def _stalled(server: Server) -> socket.socket:
    """Return a client that asks and does not read."""
    reader = socket.create_connection(("127.0.0.1", server.port))
    lines = [f"GET {LARGE_PATH} HTTP/1.1", "host: localhost"]
    lines += [f"{name}: {value}" for name, value in server.headers.items()]
    reader.sendall("\r\n".join([*lines, "", ""]).encode())
    return reader

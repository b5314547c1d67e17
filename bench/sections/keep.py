"""Keeping: how fast files that are wanted come from a CDN into the store, and in what memory.

The CDN is nginx on the asking core.  All of keeping is measured: the queue, the guard, HTTP, the
digest, the draft that is synced and renamed, and the archive; TLS alone is not.
"""

import asyncio
import random
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import NamedTuple

from bench.folders import Shape, fill_archive
from bench.machine import ASKING, SERVING, Unavailable, on_core, require
from bench.outcome import Outcome, Verdict, create_table
from bench.process import Peak, free_port, own_environment, private_memory, python
from bench.session import Session
from bench.stories import SMALL
from storykeep.core.media import Wanted
from storykeep.sources.demo import read_media
from storykeep.storage.sqlite import SqliteDatabase
from storykeep.storage.wanted import want

FILES, SIZE = 1000, 300_000
MEGABYTE = 10**6
HOSTS = 4
"""The CDN has many, and of each only a few files are fetched at once."""

CONFIGURATION = """
daemon off; master_process off; worker_processes 1; pid {folder}/nginx.pid;
error_log stderr error;
events {{ worker_connections 1024; }}
http {{
    access_log off; sendfile on; tcp_nopush on; keepalive_requests 1000000;
    types {{ image/jpeg jpg; }}
    client_body_temp_path {folder}; proxy_temp_path {folder}; fastcgi_temp_path {folder};
    uwsgi_temp_path {folder}; scgi_temp_path {folder};
    server {{ listen 127.0.0.1:{port}; root {folder}; }}
}}
"""


class Kept(NamedTuple):
    """What keeping all of them took."""

    files: int
    seconds: float
    cpu: float
    """Seconds."""
    grown: int
    """Private bytes, at most."""


def run(session: Session) -> Outcome:
    """Keep a thousand files, some times over."""
    with session.folder() as folder, _cdn(folder) as origin:
        rounds = 1 if session.is_quick else 3
        found = [_keep(folder / f"data{number}", origin) for number in range(rounds)]
    rate = median(kept.files / kept.seconds for kept in found)
    cpu = median(kept.cpu / kept.files * 1000 for kept in found)
    grown = max(kept.grown for kept in found) / MEGABYTE
    columns = ("files/s", "files a CPU second", "CPU ms a file", "MB/s", "MB more memory")
    row = ("storykeep", rate, 1000 / cpu, cpu, rate * SIZE / MEGABYTE, grown)
    return Outcome(
        [create_table(f"Keeping {FILES:,} files of 300 KB, one core", ("", *columns), [row])],
        [
            Verdict("Files of 300 KB kept a second, on one core", rate, 150, is_least=True),
            Verdict(f"Keeping: growth of private memory over {FILES:,} files", grown, 32, " MB"),
        ],
    )


def _keep(folder: Path, origin: str) -> Kept:
    """Let a process of its own keep all files."""
    _want(folder)
    with on_core(SERVING):
        process = subprocess.Popen(
            python("-m", "bench.peers.keeping", str(folder), origin),
            env=own_environment(), text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )  # fmt: skip
    try:
        _hear(process)
        before = private_memory(process.pid)
        with Peak(process.pid) as peak:
            _tell(process)
            files, seconds, cpu = _hear(process).split()
        _tell(process)
    finally:
        process.communicate()
    if int(files) != FILES:
        raise Unavailable(f"of {FILES} files {files} were kept")
    return Kept(int(files), float(seconds), float(cpu), peak.bytes - before)


def _tell(process: "subprocess.Popen[str]") -> None:
    assert process.stdin is not None
    process.stdin.write("\n")
    process.stdin.flush()


def _hear(process: "subprocess.Popen[str]") -> str:
    assert process.stdout is not None
    line = process.stdout.readline()
    if not line:
        raise Unavailable("the process that keeps files ended before it began")
    return line


def _want(folder: Path) -> None:
    """Fill an archive, and queue a file of each story."""
    folder.mkdir()
    shape = Shape(accounts=100, stories_each=FILES // 100, bytes_each=SMALL)
    fill_archive(folder, shape)
    wanted = [
        Wanted(
            story_pk=pk,
            kind="image",
            url=f"https://scontent-{number % HOSTS}.cdninstagram.com/{number}.jpg",
        )
        for number, pk in enumerate(shape.pks)
    ]
    database = SqliteDatabase(folder / "archive.db", "archive")
    asyncio.run(database.write(lambda db: want(db, wanted)))
    database.close()


@contextmanager
def _cdn(folder: Path) -> Iterator[str]:
    """Serve as many files, all of them different."""
    head, noise = read_media("demo_kept.jpg")[:1000], random.Random(1)
    for number in range(FILES):
        (folder / f"{number}.jpg").write_bytes(head + noise.randbytes(SIZE - len(head)))
    port = free_port()
    configuration = folder / "nginx.conf"
    configuration.write_text(CONFIGURATION.format(folder=folder, port=port))
    with on_core(ASKING):
        process = subprocess.Popen([require("nginx", "nginx-light"), "-c", str(configuration)])
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait()

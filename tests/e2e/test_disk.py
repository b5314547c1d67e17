"""A disk that is full, or one that cannot be written: 503, a log line, and nothing lost."""

import json
import os
import resource
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.server import Server, create_key, serving

STORY = "/v1/story/by/id?id=3776832898280228145"
ROOM = 4 * 1024 * 1024


@contextmanager
def small_disk(folder: Path) -> Iterator[Path]:
    """Mount a disk of a few pages; skip where that is not allowed."""
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={ROOM}", "tmpfs", str(folder)]
    if os.geteuid() != 0 or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("mounting a small disk is not allowed here")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def assert_refused_then_served(
    server: Server,
    *,
    break_it: Callable[[], object],
    mend_it: Callable[[], object],
    reason: str,
) -> None:
    """503 while it is broken, told in the log; afterwards all is as if nothing had been."""
    with server.client(create_key(server.data)) as client:
        assert client.get(STORY).status_code == 200
        before = client.get("/sys/balance").json()["requests"]
        break_it()
        answer = client.get(STORY)
        while answer.status_code == 200:  # what room there was is used up first
            before -= 1
            answer = client.get(STORY)
        assert (answer.status_code, answer.json()["exc_type"]) == (503, "StorageError")
        assert client.get("/livez").status_code == 200
        mend_it()
        assert client.get("/sys/balance").json()["requests"] == before
        served = client.get(STORY)
        assert (served.status_code, served.headers["x-quota-remaining"]) == (200, str(before - 1))
    assert server.stop() == 0
    told = [json.loads(line) for line in server.complaints().splitlines()]
    failed = [line for line in told if line.get("level") == "error"]
    assert {(line["event"], line["file"]) for line in failed} == {("storage_failed", "ledger.db")}
    assert {line["reason"] for line in failed} == {reason}


def test_a_full_disk_is_503_until_there_is_room(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk") as disk, serving(disk / "data") as server:
        filler = disk / "filler"

        def fill() -> None:
            with filler.open("wb", buffering=0) as file:
                for size in (65536, 4096, 1):
                    try:
                        while True:
                            file.write(bytes(size))
                    except OSError:
                        continue

        assert_refused_then_served(
            server,
            break_it=fill,
            mend_it=filler.unlink,
            reason="FullError: database or disk is full",
        )


def test_a_file_that_may_not_grow_is_503_until_it_may(tmp_path: Path) -> None:
    """As a full disk or a quota, where no disk can be mounted."""
    with serving(tmp_path / "data") as server:
        _, most = resource.getrlimit(resource.RLIMIT_FSIZE)

        def limit(size: int) -> None:
            resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, (size, most))

        assert_refused_then_served(
            server,
            break_it=lambda: limit(0),
            mend_it=lambda: limit(most),
            reason="IOError: disk I/O error",
        )


def test_databases_that_may_only_be_read_are_503_until_they_may_be_written(tmp_path: Path) -> None:
    """The server starts and says so; nothing is given away that cannot be charged."""
    with small_disk(tmp_path / "disk") as disk:
        with serving(disk / "data") as server:
            key = server.key
            assert server.stop() == 0
        remount(disk, "ro")
        with serving(disk / "data", demo=False) as server, server.client(key) as client:
            answer = client.get(STORY)
            assert (answer.status_code, answer.json()["exc_type"]) == (503, "StorageError")
            assert client.get("/readyz").status_code == 503
            remount(disk, "rw")
            assert client.get(STORY).status_code == 200
            assert client.get("/readyz").status_code == 200
            assert server.stop() == 0
            told = server.complaints()
        assert "Warning: The storage is out of order" in told
        assert '"reason":"CantOpenError: unable to open database file"' in told


@pytest.mark.parametrize("database", ["ledger.db", "archive.db"])
def test_a_server_starts_on_a_database_that_is_none_and_serves_once_it_is_mended(
    database: str, tmp_path: Path
) -> None:
    data = tmp_path / "data"
    with serving(data) as server:
        key = server.key
        assert server.stop() == 0
    kept = (data / database).read_bytes()
    (data / database).write_bytes(b"no database" * 1000)
    with serving(data, demo=False) as server, server.client(key) as client:
        answer = client.get(STORY)
        assert (answer.status_code, answer.json()["exc_type"]) == (503, "StorageError")
        (data / database).write_bytes(kept)
        answer = client.get(STORY)
        assert (answer.status_code, answer.headers["x-quota-remaining"]) == (200, "9999")
        assert server.stop() == 0
        assert f'"file":"{database}"' in server.complaints()
        assert '"reason":"NotADBError: file is not a database"' in server.complaints()


def remount(disk: Path, mode: str) -> None:
    subprocess.run(["mount", "-o", f"remount,{mode}", str(disk)], check=True)

"""A server that is asked to stop finishes what it has begun."""

import signal
import socket
from contextlib import closing
from pathlib import Path

import apsw
import pytest

from storykeep.app import open_shelves
from storykeep.core.media import KeptFile
from storykeep.settings import Settings
from storykeep.sources.demo import KEPT_PK
from tests.server import Server, serving

SIZE = 24 * 1024 * 1024
"""More than the kernel holds for both ends of a connection."""


def is_refused(server: Server) -> bool:
    host, port = server.url.removeprefix("http://").split(":")
    try:
        socket.create_connection((host, int(port))).close()
    except (ConnectionRefusedError, ConnectionResetError):  # the latter in the moment of closing
        return True
    return False


def keep_large_file(data: Path) -> None:
    """Put a large video into the store, as that of the kept story."""
    shelves = open_shelves(Settings(data=data))
    file = shelves.media.save([b"\0\0\0\x18ftypmp42", bytes(SIZE - 12)])
    with closing(apsw.Connection(str(data / "archive.db"))) as archive:
        archive.execute("DELETE FROM kept_file WHERE story_pk = ?", (KEPT_PK,))
        kept = KeptFile(KEPT_PK, "image", file, "large.mp4")
        values = (kept.story_pk, kept.kind, file.sha256, file.content_type, file.size, kept.name)
        archive.execute("INSERT INTO kept_file VALUES (?, ?, '', ?, ?, ?, ?)", values)
    shelves.close()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_running_download_is_finished(number: signal.Signals, tmp_path: Path) -> None:
    """Every byte of it arrives, nobody new is let in, and the exit code is 0."""
    with serving(tmp_path / "data") as server:
        keep_large_file(server.data)
        with (
            server.client(server.key) as client,
            client.stream("GET", f"/v1/story/download?id={KEPT_PK}") as answer,
        ):
            assert answer.headers["content-length"] == str(SIZE)
            pieces = answer.iter_raw()
            received = len(next(pieces))
            server.process.send_signal(number)
            while not is_refused(server):
                pass
            received += sum(len(piece) for piece in pieces)
        assert received == SIZE
        assert server.process.wait(40) == 0


def test_downloads_that_nobody_takes_any_more_hold_up_nothing(tmp_path: Path) -> None:
    """Neither those whose readers hung up, nor the end of the server."""
    with serving(tmp_path / "data") as server:
        keep_large_file(server.data)
        for _ in range(5):
            with (
                server.client(server.key) as client,
                client.stream("GET", f"/v1/story/download?id={KEPT_PK}") as answer,
            ):
                assert answer.status_code == 200
                assert next(answer.iter_raw())
        assert server.stop() == 0


def test_a_request_that_waits_for_its_charge_is_answered(tmp_path: Path) -> None:
    """The ledger is busy when the signal comes; the answer still leaves, and is paid for."""
    path = "/v1/user/stories"
    with serving(tmp_path / "data") as server, server.client(server.key) as client:
        host, port = server.url.removeprefix("http://").split(":")
        ask = f"GET {path}?user_id=787132 HTTP/1.1\r\nhost: x\r\nx-access-key: {server.key}\r\n\r\n"
        with (
            closing(apsw.Connection(str(server.data / "ledger.db"))) as ledger,
            socket.create_connection((host, int(port))) as plug,
            plug.makefile("rb") as answer,
        ):
            ledger.execute("BEGIN IMMEDIATE")
            plug.sendall(ask.encode())
            assert client.get("/livez").status_code == 200  # so the one before it has begun
            server.process.send_signal(signal.SIGTERM)
            while not is_refused(server):
                pass
            ledger.execute("ROLLBACK")
            assert answer.readline() == b"HTTP/1.1 200 OK\r\n"
            assert server.process.wait(40) == 0
            assert answer.read().endswith(b"}]")
            charged = ledger.execute("SELECT units FROM entry WHERE reason = ?", (path,)).get
            assert charged == -2

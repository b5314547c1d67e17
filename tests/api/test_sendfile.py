"""Files over real connections: uvicorn's own protocol and ours, two event loops, and TLS."""

import os
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from http.client import HTTPMessage, parse_headers
from pathlib import Path
from queue import SimpleQueue
from types import SimpleNamespace
from typing import Any, NamedTuple, Self

import pytest
import trustme
import uvicorn

from storykeep.api import sendfile
from storykeep.api.direct import DirectProtocol
from storykeep.api.download import Parcel, plan, send_file
from storykeep.api.exchange import Exchange, Request
from storykeep.core.media import MediaFile
from storykeep.storage.media import FolderMedia
from tests.byteranges import read_parts

PATIENCE = 30
"""Seconds after which something that should happen does not."""

CONTENT = b"\xff\xd8\xff" + os.urandom(8_000_000)


class Files:
    """An application that serves one file, as ASGI and the short way, and counts the ends."""

    def __init__(self, root: Path) -> None:
        self.store = FolderMedia(root)
        self.file: MediaFile = self.store.save([CONTENT])
        self.path = next(root.glob("??/*"))
        self.ended: SimpleQueue[Exchange] = SimpleQueue()

    @property
    def api(self) -> Self:
        return self

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Serve it through ASGI."""
        if scope["type"] == "http":
            headers = dict(scope["headers"])
            exchange = self.begin(Request(scope["method"], scope["path"], b"", headers))
            try:
                await send_file(receive, send, await self.answer(exchange))
            finally:
                self.end(exchange)

    def direct_path(self, path: bytes) -> str:
        return path.decode()

    def begin(self, request: Request) -> Exchange:
        return Exchange(request, "1", 0)

    async def answer(self, exchange: Exchange) -> Parcel:
        """Answer; the path ``/download/cut`` makes the file shorter after it was opened."""
        headers = exchange.headers.items()
        planned = plan(exchange.method, headers, self.file, 0, "file.jpg")
        opened = await self.store.open(self.file)
        if exchange.path == "/download/cut":
            os.truncate(self.path, 5_000_000)
        return Parcel(planned, opened)

    def end(self, exchange: Exchange) -> None:
        self.ended.put(exchange)

    def open_descriptors(self) -> int:
        """How often the file is open in this process now."""
        links = Path("/proc/self/fd").iterdir()
        return sum(os.path.realpath(link) == str(self.path) for link in links)


class Answer(NamedTuple):
    """What came back; the body may be shorter than promised."""

    status: int
    headers: HTTPMessage
    body: bytes


class Line:
    """A client's connection, on which requests may be sent before answers are read."""

    def __init__(self, port: int, trust: ssl.SSLContext | None) -> None:
        plain = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)
        self.socket = trust.wrap_socket(plain, server_hostname="localhost") if trust else plain
        self._stream = self.socket.makefile("rb")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stream.close()
        self.socket.close()

    def ask(self, *headers: str, method: str = "GET", path: str = "/download") -> None:
        lines = [f"{method} {path} HTTP/1.1", "host: localhost", *headers, "", ""]
        self.socket.sendall("\r\n".join(lines).encode())

    def read(self, method: str = "GET") -> Answer:
        status = int(self._stream.readline().split()[1])
        headers = parse_headers(self._stream)
        length = 0 if method == "HEAD" else int(headers["content-length"])
        return Answer(status, headers, self._stream.read(length))

    def is_at_its_end(self) -> bool:
        return self._stream.read(1) == b""


class Running(NamedTuple):
    """A server and how to reach it."""

    files: Files
    port: int
    trust: ssl.SSLContext | None

    def connect(self) -> Line:
        return Line(self.port, self.trust)


PLAIN, OURS, SLOW, TLS = "uvicorn's", "ours", "ours on asyncio", "ours with TLS"


@pytest.fixture(params=[PLAIN, OURS, SLOW, TLS])
def running(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Running]:
    files = Files(tmp_path / "media")
    options: dict[str, Any] = {"http": "httptools" if request.param == PLAIN else DirectProtocol}
    trust = None
    if request.param == TLS:
        authority = trustme.CA()
        leaf = tmp_path / "leaf.pem"
        pair = authority.issue_cert("localhost").private_key_and_cert_chain_pem
        pair.write_to_path(leaf)
        options["ssl_certfile"] = options["ssl_keyfile"] = leaf
        trust = ssl.create_default_context()
        authority.configure_trust(trust)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = uvicorn.Server(
            uvicorn.Config(
                files,
                loop="asyncio" if request.param == SLOW else "uvloop",
                ws="none",
                lifespan="off",
                log_config=None,
                timeout_graceful_shutdown=5,
                **options,
            )
        )
        thread = threading.Thread(target=server.run, args=([listener],), daemon=True)
        thread.start()
        try:
            yield Running(files, listener.getsockname()[1], trust)
        finally:
            server.should_exit = True
            # uvloop was seen to wait in its own close for ever: a run must not.
            thread.join(20)


def test_the_bytes_arrive(
    running: Running, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Over and over on one connection; with our protocol and without TLS the kernel copies."""
    copied: list[int] = []

    def copy(out: int, file: int, offset: int, count: int) -> int:
        copied.append(os.sendfile(out, file, offset, count))
        return copied[-1]

    monkeypatch.setattr(sendfile, "os", SimpleNamespace(sendfile=copy, pread=os.pread))
    with running.connect() as line:
        for _ in range(3):
            line.ask()
            assert CONTENT == line.read().body
    is_copied = request.node.callspec.params["running"] in (OURS, SLOW)
    assert is_copied == (sum(copied) > 2 * len(CONTENT))


def test_several_parts_arrive_in_one_body(running: Running) -> None:
    with running.connect() as line:
        for _ in range(2):
            line.ask("range: bytes=10-2000009, 3000000-6999999")
            answer = line.read()
            assert answer.status == 206
            parts = read_parts(answer.headers["content-type"], answer.body)
            assert [CONTENT[10:2_000_010], CONTENT[3_000_000:7_000_000]] == [
                part.body for part in parts
            ]


def test_head_has_no_body(running: Running) -> None:
    with running.connect() as line:
        line.ask(method="HEAD")
        line.ask()
        assert line.read("HEAD").headers["content-length"] == str(len(CONTENT))
        assert CONTENT == line.read().body


def test_pieces_are_the_whole(running: Running) -> None:
    size = 1_234_567
    with running.connect() as line:
        firsts = range(0, len(CONTENT), size)
        for first in firsts:
            line.ask(f"range: bytes={first}-{first + size - 1}")
        pieces = [line.read() for _ in firsts]
    assert {piece.status for piece in pieces} == {206}
    assert CONTENT == b"".join(piece.body for piece in pieces)


def test_requests_that_come_at_once_are_answered_in_turn(running: Running) -> None:
    """A copy must not overtake what the connection has still to send."""
    asked = ["x: y", "range: bytes=10-2000009", "range: bytes=99999999-", "x: y"]
    with running.connect() as line:
        for header in asked:
            line.ask(header)
        answers = [line.read() for _ in asked]
    assert [answer.status for answer in answers] == [200, 206, 416, 200]
    assert [answer.body for answer in answers] == [CONTENT, CONTENT[10:2_000_010], b"", CONTENT]


def test_the_last_answer_closes_the_connection(running: Running) -> None:
    with running.connect() as line:
        line.ask("connection: close")
        assert CONTENT == line.read().body
        assert line.is_at_its_end()


def test_a_client_that_hangs_up_leaves_nothing_open(
    running: Running, caplog: pytest.LogCaptureFixture
) -> None:
    """And nothing in the log: it is not a fault."""
    for number in range(6):
        with running.connect() as line:
            line.ask()
            assert line.socket.recv(1000)
            if number % 2:  # with a reset, not a farewell
                line.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        running.files.ended.get(timeout=PATIENCE)
    assert running.files.open_descriptors() == 0
    assert [record.getMessage() for record in caplog.records if record.levelname == "ERROR"] == []


def test_clients_that_stall_hold_up_nobody(running: Running) -> None:
    with ExitStack() as stack:
        stalled = [stack.enter_context(running.connect()) for _ in range(8)]
        for line in stalled:
            line.ask()
        with running.connect() as line:
            line.ask()
            assert CONTENT == line.read().body
        for line in stalled:
            assert CONTENT == line.read().body


def test_half_a_file_is_not_passed_for_the_whole(running: Running) -> None:
    """A file that got shorter meanwhile ends the connection before the promised length."""
    with running.connect() as line:
        line.ask(path="/download/cut")
        answer = line.read()
        assert len(answer.body) < int(answer.headers["content-length"])
    running.files.ended.get(timeout=PATIENCE)
    assert running.files.open_descriptors() == 0

"""Files over real connections: uvicorn's own protocol and ours, two event loops, and TLS."""

import http.client
import os
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from queue import SimpleQueue
from typing import Any, NamedTuple

import pytest
import trustme
import uvicorn

from storykeep.api.download import ZERO_COPY, plan, send_file
from storykeep.api.sendfile import SendfileProtocol
from storykeep.core.ports import MediaFile
from storykeep.storage.media import FolderMedia

CONTENT = b"\xff\xd8\xff" + os.urandom(8_000_000)


class Files:
    """An application that serves one file, and says how each download ended."""

    def __init__(self, root: Path) -> None:
        self.store = FolderMedia(root)
        self.file: MediaFile = self.store.save([CONTENT])
        self.path = next(root.glob("??/*"))
        self.ended: SimpleQueue[str] = SimpleQueue()
        self.kinds: set[str] = set()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Serve it; the path ``/cut`` makes it shorter after it was opened."""
        if scope["type"] != "http":
            return

        async def watched(message: Any) -> None:
            self.kinds.add(message["type"])
            await send(message)

        zero_copy = ZERO_COPY in scope.get("extensions", ())
        answer = plan(scope["method"], scope["headers"], self.file, 0, "file.jpg")
        opened = await self.store.open(self.file)
        if scope["path"] == "/cut":
            os.truncate(self.path, 5_000_000)
        end = "broken off"
        try:
            await send_file(receive, watched, answer, opened, [], zero_copy=zero_copy)
            end = "sent"
        finally:
            opened.close()
            self.ended.put(end)

    def open_descriptors(self) -> int:
        """How often the file is open in this process now."""
        links = Path("/proc/self/fd").iterdir()
        return sum(os.path.realpath(link) == str(self.path) for link in links)


class Running(NamedTuple):
    """A server and how to reach it."""

    files: Files
    port: int
    tls: ssl.SSLContext | None

    def connect(self) -> socket.socket:
        plain = socket.create_connection(("127.0.0.1", self.port))
        if self.tls is None:
            return plain
        return self.tls.wrap_socket(plain, server_hostname="localhost")

    def ask(self, *requests: str) -> socket.socket:
        """Send requests as they stand, at once."""
        line = self.connect()
        line.sendall("".join(f"{request}\r\n\r\n" for request in requests).encode())
        return line


def read_answer(line: socket.socket, method: str = "GET") -> http.client.HTTPResponse:
    answer = http.client.HTTPResponse(line, method=method)
    answer.begin()
    return answer


GET = "GET / HTTP/1.1\r\nhost: localhost"
PLAIN, OURS, SLOW, TLS = "uvicorn's", "ours", "ours on asyncio", "ours with TLS"


@pytest.fixture(params=[PLAIN, OURS, SLOW, TLS])
def running(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Running]:
    files = Files(tmp_path / "media")
    options: dict[str, Any] = {"http": "httptools" if request.param == PLAIN else SendfileProtocol}
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
        thread = threading.Thread(target=server.run, args=([listener],))
        thread.start()
        try:
            yield Running(files, listener.getsockname()[1], trust)
        finally:
            server.should_exit = True
            thread.join()


def test_the_bytes_arrive(running: Running, request: pytest.FixtureRequest) -> None:
    """Over and over on one connection; without TLS and with our protocol the kernel copies."""
    with running.connect() as line:
        for _ in range(3):
            line.sendall(f"{GET}\r\n\r\n".encode())
            assert read_answer(line).read() == CONTENT
    is_copied = any(name in request.node.name for name in (f"[{OURS}]", f"[{SLOW}]"))
    assert is_copied == (ZERO_COPY in running.files.kinds)


def test_head_has_no_body(running: Running) -> None:
    with running.ask(GET.replace("GET", "HEAD"), GET) as line:
        head = read_answer(line, "HEAD")
        assert head.headers["content-length"] == str(len(CONTENT))
        assert read_answer(line).read() == CONTENT


def test_pieces_are_the_whole(running: Running) -> None:
    size = 1_234_567
    pieces = []
    with running.connect() as line:
        for first in range(0, len(CONTENT), size):
            line.sendall(f"{GET}\r\nrange: bytes={first}-{first + size - 1}\r\n\r\n".encode())
            answer = read_answer(line)
            assert answer.status == 206
            pieces.append(answer.read())
    assert b"".join(pieces) == CONTENT


def test_requests_that_come_at_once_are_answered_in_turn(running: Running) -> None:
    """A copy must not overtake what the connection has still to send."""
    part = f"{GET}\r\nrange: bytes=10-2000009"
    beyond = f"{GET}\r\nrange: bytes=99999999-"
    with running.ask(GET, part, beyond, part, GET) as line:
        stream = line.makefile("rb")
        bodies = []
        for _ in range(5):
            head = stream.readline()
            length = 0
            while (header := stream.readline()) != b"\r\n":
                if header.lower().startswith(b"content-length:"):
                    length = int(header.split(b":")[1])
            bodies.append((head.split()[1], stream.read(length)))
    piece = (b"206", CONTENT[10:2_000_010])
    assert bodies == [(b"200", CONTENT), piece, (b"416", b""), piece, (b"200", CONTENT)]


def test_the_last_answer_closes_the_connection(running: Running) -> None:
    with running.ask(f"{GET}\r\nconnection: close") as line:
        answer = read_answer(line)
        assert answer.read() == CONTENT
        assert line.recv(1) == b""


def test_a_client_that_hangs_up_leaves_nothing_open(
    running: Running, caplog: pytest.LogCaptureFixture
) -> None:
    """And nothing in the log: it is not a fault."""
    for number in range(6):
        line = running.ask(GET)
        assert line.recv(1000)
        if number % 2:  # with a reset, not a farewell
            line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        line.close()
        assert running.files.ended.get(timeout=30) == "sent"
    assert running.files.open_descriptors() == 0
    assert [record.getMessage() for record in caplog.records if record.levelname == "ERROR"] == []


def test_a_client_that_stalls_holds_up_nobody(running: Running) -> None:
    stalled = [running.ask(GET) for _ in range(8)]
    with running.ask(GET) as line:
        assert read_answer(line).read() == CONTENT
    for line in stalled:
        with closing(line):
            assert read_answer(line).read() == CONTENT


def test_half_a_file_is_not_passed_for_the_whole(running: Running) -> None:
    """A file that got shorter meanwhile ends the connection before the promised length."""
    with running.ask(GET.replace("/ ", "/cut ")) as line, pytest.raises(http.client.IncompleteRead):
        read_answer(line).read()
    assert running.files.ended.get(timeout=30) == "broken off"
    assert running.files.open_descriptors() == 0

"""A server on loopback that answers what a test wrote down, byte for byte."""

import socket
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from threading import Event, Thread
from typing import Any, NamedTuple


class Asked(NamedTuple):
    """A request that arrived."""

    path: str
    headers: dict[str, str]


class Said(NamedTuple):
    """What the server does with one request."""

    answer: bytes | Callable[[Asked], bytes]
    then: str = "keep"
    """keep the connection, close it, reset it, or stall: say nothing more until the test ends."""


class Script:
    """What will be said, and what was asked."""

    def __init__(self, said: Sequence[Said]) -> None:
        self._said = iter(said)
        self.asked: list[Asked] = []
        self.connections = 0
        self.over = Event()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.listener.getsockname()[1]}"

    def serve(self) -> None:
        """Attend to each connection beside the others, so that a stalling one stops nobody."""
        attending = []
        with suppress(OSError):  # closed: the test is over
            while True:
                connection, _ = self.listener.accept()
                self.connections += 1
                attending.append(Thread(target=self._attend, args=(connection,)))
                attending[-1].start()
        for thread in attending:
            thread.join(30)

    def _attend(self, connection: socket.socket) -> None:
        with connection, suppress(ConnectionError):
            self._talk(connection)

    def _talk(self, connection: socket.socket) -> None:
        while head := read_head(connection):
            first, *lines = head.decode("latin-1").split("\r\n")
            pairs = (line.partition(": ") for line in lines if line)
            asked = Asked(first.split()[1], {name.lower(): value for name, _, value in pairs})
            self.asked.append(asked)
            said = next(self._said)
            answer = said.answer
            connection.sendall(answer(asked) if callable(answer) else answer)
            if said.then == "stall":
                self.over.wait(30)
            if said.then == "reset":
                linger = b"\x01\x00\x00\x00\x00\x00\x00\x00"
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            if said.then != "keep":
                return


def read_head(connection: socket.socket) -> bytes:
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        piece = connection.recv(65536)
        if not piece:
            return b""
        head += piece
    return head


@contextmanager
def scripted(*said: Said) -> Iterator[Script]:
    """Run a server that says these things, one a request, in this order."""
    script = Script(said)
    thread = Thread(target=script.serve)
    thread.start()
    try:
        yield script
    finally:
        script.over.set()
        script.listener.shutdown(socket.SHUT_RDWR)
        script.listener.close()
        thread.join(30)


def http(status: int, body: bytes = b"", *, length: Any = None, **headers: str) -> bytes:
    """An answer; ``length`` may claim more than there is.  Names are written with _ for -."""
    told = {"content-type": "application/json", "content-length": str(length or len(body))}
    told |= {name.replace("_", "-"): value for name, value in headers.items()}
    lines = [f"HTTP/1.1 {status} Said", *(f"{name}: {value}" for name, value in told.items())]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body

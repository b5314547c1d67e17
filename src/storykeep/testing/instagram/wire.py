"""As much HTTP/1.1 as clients need, written by hand so that it can also be broken on purpose."""

import socket
import ssl
import struct
from asyncio import IncompleteReadError, StreamReader, StreamWriter
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, urlsplit

from msgspec import json

Body = bytes | AsyncIterator[bytes]

Handler = Callable[..., Any]
"""Takes the world, a request and the groups of its path; returns an Answer, or what it says."""

Routes = Mapping[str, Handler]
"""Who answers which paths: the first pattern that fits."""


class Request(NamedTuple):
    """One request, as the log keeps it."""

    method: str
    host: str
    """Whom the client meant to ask, e.g. ``i.instagram.com``."""
    path: str
    query: dict[str, str]
    form: dict[str, str]
    """The fields of a form in the body."""
    headers: dict[str, str]
    """Names in lower case."""

    @property
    def place(self) -> str:
        """Host and path, which failures and counts go by."""
        return self.host + self.path


@dataclass(frozen=True)
class Answer:
    """What is sent back."""

    status: int = 200
    body: Body = b""
    headers: dict[str, str] = field(default_factory=dict)
    sent: int | None = None
    """The connection breaks after so many bytes of the body; at once when negative."""


def json_answer(content: Any, status: int = 200, **headers: str) -> Answer:
    """Return ``content`` as JSON; in names of headers ``_`` stands for ``-``."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    kind = {"Content-Type": "application/json; charset=utf-8"}
    return Answer(status, json.encode(content), kind | named)


async def converse(
    reader: StreamReader,
    writer: StreamWriter,
    answer: Callable[[Request], Answer],
    tls: Callable[[], ssl.SSLContext],
) -> None:
    """Answer the requests of one connection until it ends; CONNECT turns it into TLS."""
    is_open = True
    try:
        while is_open:
            request = await _read(reader)
            if request.method == "CONNECT":
                writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
                await writer.start_tls(tls())
            else:
                is_open = await _write(writer, answer(request), request.method)
    except (ConnectionError, IncompleteReadError, ssl.SSLError):
        pass  # a client that leaves, however rudely, is nobody's error
    finally:
        writer.close()


async def _read(reader: StreamReader) -> Request:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    first, *lines = head.split("\r\n")
    method, target, _ = first.split(" ")
    headers = {
        name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)
    }
    body = await reader.readexactly(int(headers.get("content-length", 0)))
    parts = urlsplit(target)
    kind = headers.get("content-type", "")
    form = body.decode() if kind.startswith("application/x-www-form-urlencoded") else ""
    return Request(
        method,
        headers.get("host", "").partition(":")[0],
        parts.path,
        dict(parse_qsl(parts.query, keep_blank_values=True)),
        dict(parse_qsl(form, keep_blank_values=True)),
        headers,
    )


async def _write(writer: StreamWriter, answer: Answer, method: str) -> bool:
    """Send ``answer`` and tell whether the connection is still good."""
    if answer.sent is not None and answer.sent < 0:
        linger = struct.pack("ii", 1, 0)  # for no time: closing is a reset then
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        writer.transport.abort()
        return False
    body = answer.body
    length = (
        {"Content-Length": str(len(body))}
        if isinstance(body, bytes)
        else {"Transfer-Encoding": "chunked"}
    )
    writer.write(_head(answer.status, length | answer.headers))
    if method == "HEAD":
        pass
    elif isinstance(body, bytes):
        writer.write(body[: answer.sent])
    else:
        async for piece in body:
            writer.write(b"%x\r\n%b\r\n" % (len(piece), piece))
            await writer.drain()
        writer.write(b"0\r\n\r\n")
    await writer.drain()
    return answer.sent is None


def _head(status: int, headers: Mapping[str, str]) -> bytes:
    lines = [f"HTTP/1.1 {status} {HTTPStatus(status).phrase}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode("latin-1")

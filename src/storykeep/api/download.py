"""A media file as an HTTP answer (RFC 9110): conditions, one range, and bytes in small steps.

The two halves are apart because the caller charges between them: ``plan`` decides from the
request's headers alone, ``send_file`` sends what was decided.
"""

import asyncio
import base64
import re
from collections.abc import Iterable
from datetime import UTC
from email.utils import formatdate, parsedate_to_datetime
from typing import NamedTuple

from storykeep.api.asgi import Headers, Message, Receive, Send
from storykeep.core.media import MediaFile, OpenFile

ZERO_COPY = "http.response.zerocopysend"
"""The ASGI extension of servers that copy from a file to the client by themselves."""

PIECE = 1 << 16
"""Bytes of a step that pass through our memory."""

STRIDE = 1 << 18
"""Bytes of a step that the server copies."""

LONG = 1 << 20
"""From so many bytes on it pays to watch whether the client is still there."""

# What the tag stands for never changes; who may see it does.
_ASK_AGAIN = b"private, no-cache"

_CONDITIONS = frozenset({b"range", b"if-range", b"if-none-match", b"if-modified-since"})
_TAG = re.compile(rb'"[^"]*"')
_RANGE = re.compile(rb"bytes=[ \t,]*(\d{0,40})-(\d{0,40})[ \t,]*", re.IGNORECASE)
_UNSAFE = re.compile(r"[^A-Za-z0-9._-]")


class Plan(NamedTuple):
    """How a request for a file will be answered; nothing was read or sent yet."""

    status: int
    headers: Headers
    part: range
    """Which bytes of the file are the body; none for HEAD, 304 and 416."""


class Parcel(NamedTuple):
    """An open file and how it is sent; who sends it closes it."""

    plan: Plan
    file: OpenFile


def file_stem(username: str | None, story_pk: int | str) -> str:
    """Return ``{username}_{pk}`` in characters that mean the same everywhere."""
    return _UNSAFE.sub("_", f"{username}_{story_pk}" if username else f"{story_pk}")


def file_name(username: str | None, story_pk: int, file: MediaFile) -> str:
    """Return ``{username}_{pk}.{ext}``."""
    return f"{file_stem(username, story_pk)}.{file.extension}"


def plan(
    method: str,
    headers: Iterable[tuple[bytes, bytes]],
    file: MediaFile,
    taken_at: int,
    name: str,
    caching: bytes = _ASK_AGAIN,
) -> Plan:
    """Decide about a GET or HEAD with these request headers: 200, 206, 304 or 416.

    Several ranges, malformed ones and those of another version are answered with the whole.
    ``caching`` is the Cache-Control of the answer.
    """
    asked = _read_conditions(headers)
    etag = b'"%b"' % file.sha256.encode()
    modified = formatdate(taken_at, usegmt=True).encode()
    always = [
        (b"etag", etag),
        (b"last-modified", modified),
        (b"cache-control", caching),
    ]
    if _is_known(asked, etag, taken_at):
        return Plan(304, always, range(0))
    part = None
    if method == "GET" and asked.get(b"if-range", etag) in (etag, modified):
        part = _read_range(asked.get(b"range", b""), file.size)
    if part is not None and not part:
        limits = (b"content-range", b"bytes */%d" % file.size)
        return Plan(416, [*always, limits, (b"content-length", b"0")], part)
    answer = [*always, *_describe(file, name)]
    if part is None:
        answer.append((b"content-length", b"%d" % file.size))
        return Plan(200, answer, range(file.size if method == "GET" else 0))
    answer.append((b"content-length", b"%d" % len(part)))
    answer.append((b"content-range", b"bytes %d-%d/%d" % (part[0], part[-1], file.size)))
    return Plan(206, answer, part)


async def send_file(
    receive: Receive, send: Send, parcel: Parcel, *, zero_copy: bool = False
) -> None:
    """Send the planned answer as fast as the client takes it; no more once the client is gone.

    ``zero_copy`` says that the server offers that extension.
    """
    planned, opened = parcel
    try:
        start = {"status": planned.status, "headers": planned.headers}
        await send({"type": "http.response.start", **start})
        if planned.part:
            await _send_part(receive, send, planned.part, opened, zero_copy=zero_copy)
        else:
            await send({"type": "http.response.body", "body": b""})
    finally:
        opened.close()


async def _send_part(
    receive: Receive, send: Send, part: range, opened: OpenFile, *, zero_copy: bool
) -> None:
    is_copied = zero_copy and opened.fileno() is not None
    size = STRIDE if is_copied else PIECE
    watch = asyncio.create_task(_disconnect(receive)) if len(part) > LONG else None
    try:
        for step in (part[at : at + size] for at in range(0, len(part), size)):
            if watch is not None and watch.done():
                return
            await opened.prepare(step.start, len(step))
            message = _copy(opened, step) if is_copied else _read(opened, step)
            message["more_body"] = step.stop < part.stop
            await send(message)
            await asyncio.sleep(0)  # else a client as fast as we are has the loop for itself
    finally:
        if watch is not None:
            watch.cancel()


def _copy(opened: OpenFile, step: range) -> Message:
    return {"type": ZERO_COPY, "file": opened, "offset": step.start, "count": len(step)}


def _read(opened: OpenFile, step: range) -> Message:
    return {"type": "http.response.body", "body": opened.read(step.start, len(step))}


async def _disconnect(receive: Receive) -> None:
    """Return when the client is gone."""
    while (await receive())["type"] != "http.disconnect":
        pass


def _read_conditions(headers: Iterable[tuple[bytes, bytes]]) -> dict[bytes, bytes]:
    """Return the conditional headers, a repeated one as the list that it means."""
    asked: dict[bytes, bytes] = {}
    for name, value in headers:
        if name in _CONDITIONS:
            asked[name] = b"%b, %b" % (asked[name], value) if name in asked else value
    return asked


def _is_known(asked: dict[bytes, bytes], etag: bytes, taken_at: int) -> bool:
    """Whether the client has these bytes already.  Tags, where there are any, decide alone."""
    tags = asked.get(b"if-none-match")
    if tags is not None:
        return tags.strip() == b"*" or etag in _TAG.findall(tags)
    since = asked.get(b"if-modified-since")
    if since is None:
        return False
    try:
        moment = parsedate_to_datetime(since.decode("latin-1"))
    except ValueError:
        return False
    # A date without a zone is the oldest of the three forms; all of them mean UTC.
    return moment.replace(tzinfo=moment.tzinfo or UTC).timestamp() >= taken_at


def _read_range(value: bytes, size: int) -> range | None:
    """Return the part that is asked for, empty when it lies outside; None to send the whole."""
    match = _RANGE.fullmatch(value)
    if match is None:
        return None
    first, last = match.groups()
    if not first:
        return range(max(0, size - int(last)), size) if last else None
    if last and int(last) < int(first):
        return None
    return range(size)[int(first) : int(last) + 1 if last else None]


def _describe(file: MediaFile, name: str) -> Headers:
    digest = base64.b64encode(bytes.fromhex(file.sha256))
    return [
        (b"content-type", file.content_type.encode()),
        (b"content-disposition", b'inline; filename="%b"' % name.encode()),
        (b"accept-ranges", b"bytes"),
        (b"repr-digest", b"sha-256=:%b:" % digest),
        (b"x-content-type-options", b"nosniff"),
    ]

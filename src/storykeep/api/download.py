"""A media file as an HTTP answer (RFC 9110): conditions, ranges, and bytes in small steps.

The two halves are apart because the caller charges between them: ``plan`` decides from the
request's headers alone, ``send_file`` sends what was decided.
"""

import asyncio
import base64
import re
from collections.abc import Iterable
from datetime import UTC
from email.utils import formatdate, parsedate_to_datetime
from functools import lru_cache
from typing import NamedTuple

from storykeep.api.asgi import Headers, Receive, Send
from storykeep.api.ranges import Body, cut, join, read_ranges, tell
from storykeep.core.media import MediaFile, OpenFile

PIECE = 1 << 16
"""Bytes of a step that pass through our memory."""

LONG = 1 << 20
"""From so many bytes on it pays to watch whether the client is still there."""

# What the tag stands for never changes; who may see it does.
_ASK_AGAIN = b"private, no-cache"

_CONDITIONS = frozenset(
    {b"range", b"if-range", b"if-match", b"if-none-match"}
    | {b"if-modified-since", b"if-unmodified-since"}
)
_TAG = re.compile(rb'(?:W/)?"[^"]*"')
_UNSAFE = re.compile(r"[^A-Za-z0-9._-]")


class Plan(NamedTuple):
    """How a request for a file will be answered; nothing was read or sent yet."""

    status: int
    headers: Headers
    body: Body
    """Empty for HEAD, 304, 412 and 416."""

    @property
    def is_free(self) -> bool:
        """Whether the caller gets nothing of what was asked for."""
        return self.status in (412, 416)


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
    """Decide about a GET or HEAD with these request headers: 200, 206, 304, 412 or 416.

    ``caching`` is the Cache-Control of the answer.
    """
    asked = _read_conditions(headers)
    etag = b'"%b"' % file.sha256.encode()
    always = [
        (b"etag", etag),
        (b"last-modified", _write_date(taken_at)),
        (b"cache-control", caching),
    ]
    if _is_another(asked, etag, taken_at):
        return Plan(412, [*always, (b"content-length", b"0")], ())
    if _is_known(asked, etag, taken_at):
        return Plan(304, always, ())
    parts = None
    if method == "GET" and b"range" in asked and _is_same(asked.get(b"if-range"), etag, taken_at):
        parts = read_ranges(asked[b"range"], file.size)
    if parts is not None and not parts:
        limits = (b"content-range", b"bytes */%d" % file.size)
        return Plan(416, [*always, limits, (b"content-length", b"0")], ())
    content_type = file.content_type.encode()
    body: Body = parts or [range(file.size)]
    if parts and len(parts) > 1:
        content_type, body = join(file, parts)
    elif parts:
        always.append((b"content-range", tell(parts[0], file.size)))
    length = (b"content-length", b"%d" % sum(map(len, body)))
    answer = [*always, (b"content-type", content_type), *_describe(file, name), length]
    return Plan(206 if parts else 200, answer, body if method == "GET" else ())


async def send_file(receive: Receive, send: Send, parcel: Parcel) -> None:
    """Send the planned answer as fast as the client takes it; no more once the client is gone."""
    planned, opened = parcel
    is_long = sum(map(len, planned.body)) > LONG
    watch = asyncio.create_task(_disconnect(receive)) if is_long else None
    try:
        start = {"status": planned.status, "headers": planned.headers}
        await send({"type": "http.response.start", **start})
        for piece in cut(planned.body, PIECE):
            if watch is not None and watch.done():
                return
            body = await read(opened, piece) if isinstance(piece, range) else piece
            await send({"type": "http.response.body", "body": body, "more_body": True})
            await asyncio.sleep(0)  # else a client as fast as we are has the loop for itself
        await send({"type": "http.response.body", "body": b""})
    finally:
        if watch is not None:
            watch.cancel()
        opened.close()


async def read(opened: OpenFile, part: range) -> bytes:
    """Return a small part without waiting for the disk.  Raises StorageError."""
    await opened.prepare(part.start, len(part))
    return opened.read(part.start, len(part))


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


def _is_another(asked: dict[bytes, bytes], etag: bytes, taken_at: int) -> bool:
    """Whether the client wants another version than this one.  Tags decide alone."""
    tags = asked.get(b"if-match")
    if tags is not None:
        return tags.strip() != b"*" and etag not in _TAG.findall(tags)
    since = _read_date(asked.get(b"if-unmodified-since"))
    return since is not None and since < taken_at


def _is_known(asked: dict[bytes, bytes], etag: bytes, taken_at: int) -> bool:
    """Whether the client has these bytes already.  Tags, where there are any, decide alone."""
    tags = asked.get(b"if-none-match")
    if tags is not None:
        return tags.strip() == b"*" or not {etag, b"W/" + etag}.isdisjoint(_TAG.findall(tags))
    since = _read_date(asked.get(b"if-modified-since"))
    return since is not None and since >= taken_at


def _is_same(validator: bytes | None, etag: bytes, taken_at: int) -> bool:
    """Whether an If-Range, if there is one, means this version: its strong tag or its date."""
    return validator in (None, etag) or _read_date(validator) == taken_at


@lru_cache(maxsize=1024)
def _write_date(moment: int) -> bytes:
    return formatdate(moment, usegmt=True).encode()


def _read_date(value: bytes | None) -> float | None:
    """Return an HTTP date, of any of the three forms, in Unix seconds."""
    if value is None:
        return None
    try:
        moment = parsedate_to_datetime(value.decode("latin-1"))
    except (ValueError, OverflowError):  # the latter for numbers that no date has
        return None
    # A date without a zone is the oldest of the three forms; all of them mean UTC.
    return moment.replace(tzinfo=moment.tzinfo or UTC).timestamp()


def _describe(file: MediaFile, name: str) -> Headers:
    digest = base64.b64encode(bytes.fromhex(file.sha256))
    return [
        (b"content-disposition", b'inline; filename="%b"' % name.encode()),
        (b"accept-ranges", b"bytes"),
        (b"repr-digest", b"sha-256=:%b:" % digest),
        (b"x-content-type-options", b"nosniff"),
    ]

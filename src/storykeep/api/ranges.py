"""Parts of a file: what a Range header asks for, and several parts as one body.

A Range is read as nginx reads it, so that a client that works there works here.
"""

import re
from collections.abc import Iterator, Sequence

from storykeep.core.media import MediaFile

Body = Sequence[bytes | range]
"""What is sent in turn: bytes as they are, and ranges of the file."""

MAX_RANGES = 64
"""More are answered with the whole: they take more to describe than to send."""

MAX_NUMBER = (1 << 63) - 1

_UNIT = b"bytes="
_RANGE = re.compile(rb" *(?:(\d{1,40}) *- *(\d{0,40})|-(\d{1,40})) *")


def read_ranges(value: bytes, size: int) -> Sequence[range] | None:
    """Return the parts that a Range asks for; None to send the whole.

    Empty when none of them can be sent: they lie outside, or one of them makes no sense.
    """
    if len(value) <= len(_UNIT) or value[: len(_UNIT)].lower() != _UNIT:
        return None
    *asked, rest = [*value[len(_UNIT) :].split(b",", MAX_RANGES), b""][: MAX_RANGES + 1]
    parts = []
    for one in asked:
        match = _RANGE.fullmatch(one)
        if match is None or any(int(digits or 0) > MAX_NUMBER for digits in match.groups()):
            return ()
        parts.append(_cut_out(range(size), *match.groups()))
    if rest or sum(map(len, parts)) > size:
        return None
    return [part for part in parts if part]


def _cut_out(whole: range, first: bytes | None, last: bytes | None, suffix: bytes | None) -> range:
    if suffix:
        return whole[max(0, len(whole) - int(suffix)) :]
    return whole[int(first or 0) : int(last) + 1 if last else None]


def join(file: MediaFile, parts: Sequence[range]) -> tuple[bytes, Body]:
    """Return the content type and the body of an answer of several parts (RFC 9110, 14.6)."""
    # What stands between the parts must not occur in them: no file holds its own digest.
    boundary = file.sha256.encode()
    body: list[bytes | range] = []
    for part in parts:
        head = b"\r\n--%b\r\ncontent-type: %b\r\ncontent-range: %b\r\n\r\n"
        body += (head % (boundary, file.content_type.encode(), tell(part, file.size)), part)
    body.append(b"\r\n--%b--\r\n" % boundary)
    return b"multipart/byteranges; boundary=%b" % boundary, body


def tell(part: range, size: int) -> bytes:
    """Return the Content-Range of a part."""
    return b"bytes %d-%d/%d" % (part.start, part.stop - 1, size)


def cut(body: Body, most: int) -> Iterator[bytes | range]:
    """Yield the body in pieces: of the file at most ``most`` bytes at once."""
    for piece in body:
        if isinstance(piece, range):
            yield from (piece[at : at + most] for at in range(0, len(piece), most))
        else:
            yield piece

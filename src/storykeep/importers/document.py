"""One JSON document, bounded before it is decoded."""

import json
import re
from collections.abc import Iterator
from io import BufferedReader
from typing import Any

import msgspec

MAX_BYTES = 64 * 1024 * 1024
"""Of one document: a file, or a line of JSON Lines."""
MAX_PARTS = 4_000_000
"""Of one document.  Real ones of that size have about a million; as many empty objects as fit
into it would fill gigabytes of memory."""

_OPENING = re.compile(rb"(?:\xef\xbb\xbf|\xff\xfe|\xfe\xff)?[\x00\s]*[\[{]")
"""How JSON objects and lists begin, in UTF-8, 16 or 32."""


class BrokenError(ValueError):
    """Not JSON, or beyond measure; the message is for the report."""


def opens_document(head: bytes) -> bool:
    """Tell whether ``head`` opens a JSON object or list."""
    return _OPENING.match(head) is not None


def check(data: bytes) -> None:
    """Raise BrokenError for what is beyond measure."""
    if len(data) > MAX_BYTES:
        raise BrokenError(f"larger than {MAX_BYTES >> 20} MiB: split it, or write JSON Lines")
    if len(data) > MAX_PARTS and sum(map(data.count, (b"{", b"[", b","))) > MAX_PARTS:
        raise BrokenError(f"more than {MAX_PARTS:,} parts: split it, or write JSON Lines")


def decode(data: bytes) -> Any:
    """Return what ``data`` holds.  Raises BrokenError."""
    check(data)
    try:
        return msgspec.json.decode(data)
    except (msgspec.DecodeError, RecursionError, UnicodeError) as error:
        is_cut_short = "truncated" in str(error)
    try:
        # Slower, but it knows NaN, numbers beyond measure, lone surrogates, UTF-16 and BOMs.
        return json.loads(data)
    except RecursionError:
        raise BrokenError("JSON nested too deeply") from None
    except ValueError as error:
        reason = "cut short" if is_cut_short else str(error)
        raise BrokenError(f"broken JSON: {reason}") from error


def read_lines(stream: BufferedReader, most: int) -> Iterator[bytes]:
    """Go through the lines; one of more than ``most`` bytes is cut, a byte beyond them."""
    while line := stream.readline(most + 1):
        yield line
        while len(line) > most and not line.endswith(b"\n"):
            line = stream.readline(most + 1)

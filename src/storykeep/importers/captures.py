"""Captured answers: Instagram's JSON in its dialects and the vendor's, one a file or a line."""

import json
import re
from collections.abc import Iterator
from functools import partial
from io import BufferedReader
from typing import Any

import msgspec

from storykeep.core.extract import NotACapture, read_capture
from storykeep.core.sighting import Problem
from storykeep.importers.port import File, Finding, Skipped

SOURCE = "captures"
"""The source of the sightings: the same whichever file they come from."""

MAX_BYTES = 64 * 1024 * 1024
"""Of one document: a file, or a line of JSON Lines."""
MAX_PARTS = 4_000_000
"""Of one document.  Real ones of that size have about a million; as many empty objects as fit
into it would fill gigabytes of memory."""

_OPENING = re.compile(rb"(?:\xef\xbb\xbf|\xff\xfe|\xfe\xff)?[\x00\s]*[\[{]")
"""How JSON objects and lists begin, in UTF-8, 16 or 32."""


class Captures:
    """JSON documents and JSON Lines."""

    def claims(self, file: File, head: bytes) -> bool:  # noqa: ARG002 - its name does not matter
        """Tell whether ``head`` opens a JSON object or list."""
        return _OPENING.match(head) is not None

    def read(self, file: File, stream: BufferedReader) -> Iterator[Finding]:
        """Go through the sightings and problems of one document, or of one a line.

        Where the first line is a document by itself and others follow, each line is one, and
        only one is in memory at a time.
        """
        try:
            document = _decode_first(stream)
            if not stream.peek(1):
                yield from _read_document(document, file.modified_at)
                return
        except (NotACapture, _BrokenError) as error:
            yield Skipped(file.path, str(error))
            return
        del document
        stream.seek(0)
        yield from _read_lines(stream, file.modified_at)


class _BrokenError(ValueError):
    """Not JSON, or beyond measure; the message is for the report."""


def _read_document(document: object, seen_at: int) -> Iterator[Finding]:
    capture = read_capture(document, source=SOURCE, seen_at=seen_at)
    yield from capture.sightings
    yield from capture.problems


def _read_lines(stream: BufferedReader, seen_at: int) -> Iterator[Finding]:
    """Read a document a line; blank lines do not matter."""
    for number, line in enumerate(iter(partial(stream.readline, MAX_BYTES + 1), b""), start=1):
        where = f"line {number}"
        try:
            for finding in () if line.isspace() else _read_document(_decode(line), seen_at):
                if isinstance(finding, Problem):
                    yield finding._replace(field=f"{where}: {finding.field}")
                else:
                    yield finding
        except (NotACapture, _BrokenError) as error:
            yield Problem(where, str(error))
        rest = line
        while len(rest) > MAX_BYTES and not rest.endswith(b"\n"):
            rest = stream.readline(MAX_BYTES + 1)  # of a line that is too long


def _decode_first(stream: BufferedReader) -> Any:
    """Decode the first line where it is a document by itself, else all that there is."""
    data = stream.readline(MAX_BYTES + 1)
    try:
        return _decode(data)
    except _BrokenError:
        rest = stream.read(MAX_BYTES + 1 - len(data))
        if not rest:
            raise
    return _decode(data + rest)


def _decode(data: bytes) -> Any:
    if len(data) > MAX_BYTES:
        raise _BrokenError(f"larger than {MAX_BYTES >> 20} MiB: split it, or write JSON Lines")
    if len(data) > MAX_PARTS and sum(map(data.count, (b"{", b"[", b","))) > MAX_PARTS:
        raise _BrokenError(f"more than {MAX_PARTS:,} parts: split it, or write JSON Lines")
    try:
        return msgspec.json.decode(data)
    except (msgspec.DecodeError, RecursionError, UnicodeError) as error:
        is_cut_short = "truncated" in str(error)
    try:
        # Slower, but it knows NaN, numbers beyond measure, lone surrogates, UTF-16 and BOMs.
        return json.loads(data)
    except RecursionError:
        raise _BrokenError("JSON nested too deeply") from None
    except ValueError as error:
        reason = "cut short" if is_cut_short else str(error)
        raise _BrokenError(f"broken JSON: {reason}") from error

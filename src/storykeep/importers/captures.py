"""Captured answers: Instagram's JSON in its dialects and the vendor's, one a file or a line."""

from collections.abc import Iterator
from io import BufferedReader
from typing import Any

from storykeep.core.extract import NotACapture, read_capture
from storykeep.core.sighting import Problem
from storykeep.importers.document import MAX_BYTES, BrokenError, decode, opens_document, read_lines
from storykeep.importers.port import File, Finding

SOURCE = "captures"
"""The source of the sightings: the same whichever file they come from."""

claims = opens_document


def read(file: File, stream: BufferedReader) -> Iterator[Finding]:
    """Go through the sightings and problems of one document, or of one a line.

    Where the first line is a document by itself and others follow, each line is one, and
    only one is in memory at a time.
    """
    document = _decode_first(stream)
    if not stream.peek(1):
        yield from _read_document(document, file.modified_at)
        return
    del document
    stream.seek(0)
    yield from _read_lines(stream, file.modified_at)


def _read_document(document: object, seen_at: int) -> Iterator[Finding]:
    capture = read_capture(document, source=SOURCE, seen_at=seen_at)
    yield from capture.sightings
    yield from capture.problems


def _read_lines(stream: BufferedReader, seen_at: int) -> Iterator[Finding]:
    """Read a document a line; blank lines do not matter."""
    for number, line in enumerate(read_lines(stream, MAX_BYTES), start=1):
        where = f"line {number}"
        try:
            for finding in () if line.isspace() else _read_document(decode(line), seen_at):
                if isinstance(finding, Problem):
                    yield finding._replace(field=f"{where}: {finding.field}")
                else:
                    yield finding
        except (NotACapture, BrokenError) as error:
            yield Problem(where, str(error))


def _decode_first(stream: BufferedReader) -> Any:
    """Decode the first line where it is a document by itself, else all that there is."""
    data = stream.readline(MAX_BYTES + 1)
    try:
        return decode(data)
    except BrokenError:
        rest = stream.read(MAX_BYTES + 1 - len(data))
        if not rest:
            raise
    return decode(data + rest)

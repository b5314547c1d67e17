"""What lies in files: every one is looked at once, and each importer reads its own.

Pictures and videos come last, for only then it is known whose they are.  Neither the list of
files nor what they hold is ever in memory as a whole.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from io import BufferedReader
from pathlib import Path
from tempfile import SpooledTemporaryFile
from typing import NamedTuple

from storykeep.core.sighting import Problem, Sighting
from storykeep.importers.captures import Captures
from storykeep.importers.files import is_media, look_at, walk
from storykeep.importers.port import HEAD, File, Finding, Importer, Skipped, unreadable

IMPORTERS: tuple[Importer, ...] = (Captures(),)
"""All formats; the first that claims a file reads it."""

_SPOOL_BYTES = 1 << 20
_NEITHER = "neither a JSON object or list nor a picture or video"


class Read(NamedTuple):
    """A step: what was found in the file at ``path``, and how many bytes of it are done."""

    path: Path
    finding: Finding | File | None
    """A File is a picture or video whose story is to be found by its name."""
    done: int = 0


def read_files(
    paths: Iterable[Path], own_folder: Path, importers: Sequence[Importer] = IMPORTERS
) -> Iterator[Read]:
    """Go through the files at ``paths`` and below, but not into ``own_folder``.

    A file is Skipped, or it is a picture or video, or it has at least one sighting.
    """
    with SpooledTemporaryFile(_SPOOL_BYTES) as media:
        for found in walk(paths, own_folder):
            if isinstance(found, Skipped):
                yield Read(found.path, found)
                continue
            for step in _look_into(found, importers):
                if isinstance(step.finding, File):
                    media.write(json.dumps(str(step.path)).encode() + b"\n")
                else:
                    yield step
        media.seek(0)
        for line in media:
            path = Path(json.loads(line))
            yield Read(path, look_at(path) or Skipped(path, "no longer a file"))


def _look_into(file: File, importers: Sequence[Importer]) -> Iterator[Read]:
    try:
        with file.open() as stream:
            head = stream.peek(HEAD)[:HEAD]
            claims = (importer for importer in importers if importer.claims(file, head))
            if importer := next(claims, None):
                yield from _read(file, stream, importer)
            elif is_media(head):
                yield Read(file.path, file)
            else:
                yield Read(file.path, Skipped(file.path, _NEITHER if head else "empty"), file.size)
    except OSError as error:
        yield Read(file.path, unreadable(file.path, error), file.size)


def _read(file: File, stream: BufferedReader, importer: Importer) -> Iterator[Read]:
    """Go through what ``importer`` finds; without a sighting the file is left out."""
    is_told, done = False, 0
    first: Problem | None = None  # held back: it may be the reason to leave the file out
    for finding in _findings(file, stream, importer):
        if isinstance(finding, Problem) and first is None and not is_told:
            first = finding
            continue
        is_told = is_told or isinstance(finding, Sighting | Skipped)
        position = stream.tell()
        yield Read(file.path, finding, position - done)
        done = position
    last: Finding | None = first
    if not is_told:
        why = filter(None, (first.field, first.reason)) if first else ["nothing in it"]
        last = Skipped(file.path, ": ".join(why))
    yield Read(file.path, last, max(0, file.size - done))


def _findings(file: File, stream: BufferedReader, importer: Importer) -> Iterator[Finding]:
    try:
        yield from importer.read(file, stream)
    except OSError as error:
        yield Problem("", unreadable(file.path, error).reason)

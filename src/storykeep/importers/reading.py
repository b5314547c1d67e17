"""What lies in files: every one is looked at once, and each importer reads its own.

Pictures and videos come last, for only then it is known whose they are.  Neither the list of
files nor what they hold is ever in memory as a whole.
"""

from collections.abc import Iterable, Iterator, Sequence
from io import BufferedReader
from pathlib import Path
from typing import NamedTuple

from storykeep.core.sighting import Problem, Sighting
from storykeep.importers.captures import Captures
from storykeep.importers.files import DiskFile, Spool, look_at, unreadable, walk
from storykeep.importers.media import is_media
from storykeep.importers.port import HEAD, Finding, Importer, Skipped

IMPORTERS: tuple[Importer, ...] = (Captures(),)
"""All formats; the first that claims a file reads it."""

_NEITHER = "neither a JSON object or list nor a picture or video"


class Read(NamedTuple):
    """A step: what was found in the file at ``path``, and how many bytes of it are done."""

    path: Path
    finding: Finding | DiskFile | None
    """A DiskFile is a picture or video whose story is to be found by its name."""
    done: int = 0


def read_files(
    paths: Iterable[Path], own_folder: Path, importers: Sequence[Importer] = IMPORTERS
) -> Iterator[Read]:
    """Go through the files at ``paths`` and below, but not into ``own_folder``.

    A file is Skipped, or it is a picture or video, or it has at least one sighting.
    """
    media = Spool()
    try:
        for found in walk(paths, own_folder):
            if isinstance(found, Skipped):
                yield Read(found.path, found)
            else:
                yield from _look_into(found, importers, media)
        for path in media:
            file = look_at(path)
            gone = Skipped(path, "no longer a file")
            yield Read(path, file if isinstance(file, DiskFile) else gone)
    finally:
        media.close()


def _look_into(file: DiskFile, importers: Sequence[Importer], media: Spool) -> Iterator[Read]:
    try:
        with file.open() as stream:
            head = stream.peek(HEAD)[:HEAD]
            claims = (importer for importer in importers if importer.claims(file, head))
            importer = next(claims, None)
            if importer is not None:
                yield from _read(file, stream, importer)
            elif is_media(head):
                media.add(file.path)
            else:
                reason = _NEITHER if head else "empty"
                yield Read(file.path, Skipped(file.path, reason), file.size)
    except OSError as error:
        yield Read(file.path, unreadable(file.path, error), file.size)


def _read(file: DiskFile, stream: BufferedReader, importer: Importer) -> Iterator[Read]:
    """Go through what ``importer`` finds; without a sighting the file is left out."""
    has_sighting, is_skipped, done = False, False, 0
    first: Problem | None = None  # held back: it may be the reason to leave the file out
    for finding in _findings(file, stream, importer):
        if isinstance(finding, Problem) and first is None and not has_sighting:
            first = finding
            continue
        has_sighting = has_sighting or isinstance(finding, Sighting)
        is_skipped = is_skipped or isinstance(finding, Skipped)
        position = stream.tell()
        yield Read(file.path, finding, position - done)
        done = position
    rest = max(0, file.size - done)
    if has_sighting or is_skipped:
        yield Read(file.path, first, rest)
    else:
        yield Read(file.path, Skipped(file.path, _why(first)), rest)


def _findings(file: DiskFile, stream: BufferedReader, importer: Importer) -> Iterator[Finding]:
    try:
        yield from importer.read(file, stream)
    except OSError as error:
        yield Problem("", unreadable(file.path, error).reason)


def _why(problem: Problem | None) -> str:
    if problem is None:
        return "nothing in it"
    return ": ".join(filter(None, (problem.field, problem.reason)))

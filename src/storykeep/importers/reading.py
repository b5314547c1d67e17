"""What lies in files: every one is looked at once, and each importer reads its own.

Pictures and videos come last, for only then it is known whose they are.  Neither the list of
files nor what they hold is ever in memory as a whole.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from io import BufferedReader
from pathlib import Path
from tempfile import SpooledTemporaryFile

from storykeep.core.extract import NotACapture
from storykeep.core.sighting import Problem, Sighting
from storykeep.importers import captures, gallery_dl, instaloader
from storykeep.importers.document import BrokenError
from storykeep.importers.exports import Exports
from storykeep.importers.files import look_at, media_kind, walk
from storykeep.importers.own import Own
from storykeep.importers.port import (
    BUFFER,
    HEAD,
    File,
    Finding,
    Importer,
    MediaFound,
    Read,
    Skipped,
    unreadable,
)

IMPORTERS: tuple[Importer, ...] = (instaloader, gallery_dl, captures)
"""All formats of which a file can be read by itself; the first that claims one reads it.

Exports, Instagram's and storykeep's own, are read when all their parts are known, and go before
these.
"""

_NEITHER = "neither a JSON object or list nor a picture or video"


def read_files(
    paths: Iterable[Path],
    own_folder: Path,
    importers: Sequence[Importer] = IMPORTERS,
    *,
    username: str | None = None,
) -> Iterator[Read]:
    """Go through the files at ``paths`` and below, but not into ``own_folder``.

    A file is Skipped, or it is a picture or video, or it is read to its end.  Data exports are
    of the account ``username``, if that is given.
    """
    exports = Exports(username)
    with SpooledTemporaryFile(BUFFER) as media:
        taken: set[int] = set()  # hashes of paths: there may be very many
        for step in _read_all(paths, own_folder, importers, exports):
            if isinstance(step.finding, File):
                media.write(json.dumps(str(step.path)).encode() + b"\n")
                continue
            if isinstance(step.finding, MediaFound):
                taken.add(hash(step.finding.file.path))
            elif isinstance(step.finding, Skipped):
                taken.add(hash(step.finding.path))
            yield step
        media.seek(0)
        for line in media:
            path = Path(json.loads(line))
            if hash(path) not in taken:
                yield Read(path, look_at(path) or Skipped(path, "no longer a file"))


def _read_all(
    paths: Iterable[Path], own_folder: Path, importers: Sequence[Importer], exports: Exports
) -> Iterator[Read]:
    with closing(Own()) as own:
        for found in walk(paths, own_folder):
            if isinstance(found, Skipped):
                yield Read(found.path, found)
            else:
                yield from _look_into(found, importers, (own, exports))
        yield from exports.read()
        yield from own.read()
        for sidecar, is_needless in own.sidecars():
            if is_needless:
                yield Read(sidecar.path, None, sidecar.size)
            else:
                yield from _look_into(sidecar, importers)


def _look_into(
    file: File, importers: Sequence[Importer], collectors: Sequence[Own | Exports] = ()
) -> Iterator[Read]:
    try:
        with file.open() as stream:
            head = stream.peek(HEAD)[:HEAD]
            if any(collector.take(file, head) for collector in collectors):
                return
            if importer := next((each for each in importers if each.claims(head)), None):
                yield from _read(file, stream, importer)
            elif media_kind(head):
                yield Read(file.path, file)
            else:
                yield Read(file.path, Skipped(file.path, _NEITHER if head else "empty"), file.size)
    except OSError as error:
        yield Read(file.path, unreadable(file.path, error), file.size)


def _read(file: File, stream: BufferedReader, importer: Importer) -> Iterator[Read]:
    """Go through what ``importer`` finds; without a sighting the file is left out."""
    is_read, done = False, 0
    first: Problem | None = None  # held back: it may be the reason to leave the file out
    left_out: Skipped | None = None
    for finding in _findings(file, stream, importer):
        if isinstance(finding, Skipped) and finding.path == file.path:
            left_out = finding
        elif isinstance(finding, Problem) and first is None and not is_read:
            first = finding
        else:
            is_read = is_read or isinstance(finding, Sighting)
            position = stream.tell()
            yield Read(file.path, finding, position - done)
            done = position
    if is_read and first:
        yield Read(file.path, first)
    if not is_read and left_out is None:
        why = filter(None, (first.field, first.reason)) if first else ["nothing in it"]
        left_out = Skipped(file.path, ": ".join(why))
    yield Read(file.path, None if is_read else left_out, max(0, file.size - done))


def _findings(file: File, stream: BufferedReader, importer: Importer) -> Iterator[Finding]:
    try:
        yield from importer.read(file, stream)
    except (BrokenError, NotACapture) as error:
        yield Skipped(file.path, str(error))
    except OSError as error:
        yield Problem("", unreadable(file.path, error).reason)

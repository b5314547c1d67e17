"""One import: every file is looked at once, what it holds is recorded, media come last.

Media wait until all captures are in the archive, for only then it is known whose they are.
Neither the list of files nor what they hold is ever in memory as a whole.
"""

from collections.abc import Iterator, Sequence
from io import BufferedReader
from pathlib import Path
from typing import Protocol

from storykeep.core.ports import Archive, MediaStore
from storykeep.core.sighting import Problem, Sighting
from storykeep.importers.captures import Captures
from storykeep.importers.files import DiskFile, Spool, files_beside, look_at, unreadable, walk
from storykeep.importers.media import CHUNK, MediaShelf, find_story, is_media
from storykeep.importers.port import HEAD, Finding, Importer, MediaFound, Skipped
from storykeep.importers.report import Report
from storykeep.importers.window import Window

IMPORTERS: tuple[Importer, ...] = (Captures(),)
"""All formats; the first that claims a file reads it."""

_NEITHER = "neither a JSON object or list nor a picture or video"


class Progress(Protocol):
    """Whoever wants to know how far an import is."""

    def expect(self, size: int) -> None:
        """Hear that there are so many bytes more to read."""
        ...

    def advance(self, size: int) -> None:
        """Hear that so many bytes more are done."""
        ...


async def run_import(
    paths: Sequence[Path],
    archive: Archive,
    store: MediaStore,
    report: Report,
    progress: Progress,
    *,
    own_folder: Path,
    importers: Sequence[Importer] = IMPORTERS,
) -> None:
    """Import what lies at ``paths`` and below, telling ``report`` as it goes.

    Media beside a file that was named are taken too, where they belong to its stories.
    ``own_folder``, where archive and store live, is left alone.  ``progress`` hears of
    what is done, and of more to do only where ``measure`` does not count it.  Raises
    StorageError; what was reported by then is kept, and running again does the rest.
    """
    run = _Run(importers, frozenset(paths), archive, MediaShelf(archive, store), report, progress)
    try:
        for found in walk(paths, own_folder):
            await run.meet(found)
        await run.take_media()
    finally:
        await run.close()


class _Run:
    """What an import remembers while it goes."""

    def __init__(
        self,
        importers: Sequence[Importer],
        named: frozenset[Path],
        archive: Archive,
        shelf: MediaShelf,
        report: Report,
        progress: Progress,
    ) -> None:
        self._importers = importers
        self._named = named
        self._archive = archive
        self._shelf = shelf
        self._report = report
        self._progress = progress
        self._beside: dict[Path, set[int]] = {}  # folders of named captures: their stories
        self._media = Spool()
        self._window = Window()

    async def meet(self, found: DiskFile | Skipped) -> None:
        """Read a file; one of media is only set aside."""
        if isinstance(found, Skipped):
            self._skip(found)
            return
        try:
            with found.open() as stream:
                head = stream.peek(HEAD)[:HEAD]
                claims = (each for each in self._importers if each.claims(found, head))
                importer = next(claims, None)
                if importer is not None:
                    await self._read(found, stream, importer)
                elif is_media(head):
                    self._media.add(found.path)
                else:
                    self._skip(Skipped(found.path, _NEITHER if head else "empty"), found.size)
        except OSError as error:
            self._skip(unreadable(found.path, error), found.size)

    async def take_media(self) -> None:
        """Take the files set aside, then those beside the captures that were named."""
        await self._window.drain()
        for path in self._media:
            file = look_at(path)
            if isinstance(file, DiskFile):
                await self._take(file)
            else:
                self._skip(Skipped(path, "no longer a file"))
        for folder, pks in self._beside.items():
            await self._take_beside(folder, pks)
        await self._window.drain()

    async def close(self) -> None:
        """Wait for what is under way."""
        await self._window.close()
        self._media.close()

    async def _read(self, file: DiskFile, stream: BufferedReader, importer: Importer) -> None:
        """Record what ``importer`` finds in ``file``, and count the file once."""
        has_sighting, is_skipped, done = False, False, 0
        first: Problem | None = None  # held back: it may be the reason to leave the file out
        for finding in _findings(importer, file, stream):
            match finding:
                case Sighting():
                    size = sum(len(seen.raw) for seen in finding.stories)
                    work = self._record(file, finding, is_first=not has_sighting)
                    await self._window.add(work, size)
                    has_sighting = True
                case MediaFound():
                    await self._window.add(self._keep(finding), CHUNK)
                case Skipped():
                    is_skipped = True
                    self._skip(finding)
                case Problem() if first is None and not has_sighting:
                    first = finding
                case Problem():
                    self._report.add_problem(file.path, finding)
            position = stream.tell()
            self._progress.advance(position - done)
            done = position
        self._progress.advance(max(0, file.size - done))
        if has_sighting or is_skipped:
            if first is not None:
                self._report.add_problem(file.path, first)
        else:
            self._skip(Skipped(file.path, _why(first)))

    async def _record(self, file: DiskFile, sighting: Sighting, *, is_first: bool) -> None:
        recorded = await self._archive.record(sighting)
        self._report.captures += is_first
        self._report.add_recorded(file.path, recorded)
        if file.path in self._named:
            pks = self._beside.setdefault(file.path.parent, set())
            pks.update(seen.pk for seen in sighting.stories)

    async def _take(self, file: DiskFile) -> None:
        found = await find_story(self._archive, file)
        if isinstance(found, MediaFound):
            await self._window.add(self._keep(found), CHUNK)
        else:
            self._skip(found, file.size)

    async def _take_beside(self, folder: Path, pks: set[int]) -> None:
        for file in files_beside(folder):
            found = await find_story(self._archive, file) if file.path not in self._named else None
            if isinstance(found, MediaFound) and found.story_pk in pks and _holds_media(file):
                self._progress.expect(file.size)
                await self._window.add(self._keep(found), CHUNK)

    async def _keep(self, found: MediaFound) -> None:
        kept = await self._shelf.keep(found)
        if isinstance(kept, Skipped):
            self._skip(kept, found.file.size)
        else:
            self._report.add_media(is_new=kept)
            self._progress.advance(found.file.size)

    def _skip(self, skipped: Skipped, size: int = 0) -> None:
        self._report.add_skipped(skipped)
        self._progress.advance(size)


def _findings(importer: Importer, file: DiskFile, stream: BufferedReader) -> Iterator[Finding]:
    try:
        yield from importer.read(file, stream)
    except OSError as error:
        yield Problem("", unreadable(file.path, error).reason)


def _why(problem: Problem | None) -> str:
    """Say why a file without a sighting was left out."""
    if problem is None:
        return "nothing in it"
    return ": ".join(filter(None, (problem.field, problem.reason)))


def _holds_media(file: DiskFile) -> bool:
    try:
        with file.open() as stream:
            return is_media(stream.peek(HEAD)[:HEAD])
    except OSError:
        return True  # whoever takes it will say what is wrong with it

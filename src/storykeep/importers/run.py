"""One import: what is read is recorded, media are taken, and all of it is counted."""

from collections.abc import AsyncIterator, Iterable
from pathlib import Path
from typing import Protocol

from storykeep.core.ports import Archive, MediaStore
from storykeep.core.sighting import Problem, Sighting
from storykeep.importers.files import DiskFile, files_beside
from storykeep.importers.media import CHUNK, MediaShelf, find_story, holds_media
from storykeep.importers.port import MediaFound, Skipped
from storykeep.importers.reading import Read
from storykeep.importers.report import Report
from storykeep.importers.window import Window


class Progress(Protocol):
    """Whoever wants to know how far an import is."""

    def expect(self, size: int) -> None:
        """Hear that there are so many bytes more to read."""
        ...

    def advance(self, size: int) -> None:
        """Hear that so many bytes more are done."""
        ...


async def run_import(
    reading: AsyncIterator[Read],
    named: Iterable[Path],
    archive: Archive,
    store: MediaStore,
    report: Report,
    progress: Progress,
) -> None:
    """Import what ``reading`` yields, telling ``report`` as it goes.

    Media beside a capture that is among the ``named`` paths are taken too, where they belong
    to its stories; ``progress`` is told to expect those, and no others.  Raises StorageError;
    what was reported by then is kept, and running again does the rest.
    """
    run = _Run(frozenset(named), archive, MediaShelf(archive, store), report, progress)
    try:
        async for step in reading:
            await run.take(step)
        await run.take_beside()
    finally:
        await run.close()


class _Run:
    """What an import remembers while it goes."""

    def __init__(
        self,
        named: frozenset[Path],
        archive: Archive,
        shelf: MediaShelf,
        report: Report,
        progress: Progress,
    ) -> None:
        self._named = named
        self._archive = archive
        self._shelf = shelf
        self._report = report
        self._progress = progress
        self._beside: dict[Path, set[int]] = {}  # folders of named captures: their stories
        self._latest: Path | None = None  # the latest file with a sighting
        self._window = Window()

    async def take(self, step: Read) -> None:
        """Begin to keep what was found."""
        self._progress.advance(step.done)
        match step.finding:
            case Sighting() as sighting:
                size = sum(len(seen.raw) for seen in sighting.stories)
                is_first, self._latest = step.path != self._latest, step.path
                work = self._record(step.path, sighting, is_first=is_first)
                await self._window.add(work, size)
            case Problem() as problem:
                self._report.add_problem(step.path, problem)
            case Skipped() as skipped:
                self._report.add_skipped(skipped)
            case MediaFound() as found:
                await self._window.add(self._keep(found), CHUNK)
            case DiskFile() as file:
                await self._take_media(file)

    async def take_beside(self) -> None:
        """Take the media beside the captures that were named."""
        await self._window.drain()
        for folder, pks in self._beside.items():
            for file in files_beside(folder):
                if file.path in self._named:
                    continue
                found = await find_story(self._archive, file)
                if isinstance(found, MediaFound) and found.story_pk in pks and holds_media(file):
                    self._progress.expect(file.size)
                    await self._window.add(self._keep(found), CHUNK)
        await self._window.drain()

    async def close(self) -> None:
        """Wait for what is under way."""
        await self._window.close()

    async def _record(self, path: Path, sighting: Sighting, *, is_first: bool) -> None:
        recorded = await self._archive.record(sighting)
        self._report.captures += is_first
        self._report.add_recorded(path, recorded)
        if path in self._named:
            pks = self._beside.setdefault(path.parent, set())
            pks.update(seen.pk for seen in sighting.stories)

    async def _take_media(self, file: DiskFile) -> None:
        if self._latest is not None:  # its story may be on its way
            await self._window.drain()
            self._latest = None
        found = await find_story(self._archive, file)
        if isinstance(found, MediaFound):
            await self._window.add(self._keep(found), CHUNK)
        else:
            self._report.add_skipped(found)
            self._progress.advance(file.size)

    async def _keep(self, found: MediaFound) -> None:
        kept = await self._shelf.keep(found)
        if isinstance(kept, Skipped):
            self._report.add_skipped(kept)
        else:
            self._report.add_media(is_new=kept)
        self._progress.advance(found.file.size)

"""An archive that is exported into a folder, and an empty one that the folder is imported into."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any

from storykeep.core.ports import Archive
from storykeep.core.sighting import DAY, Sighting
from storykeep.core.wanted import choose_nothing
from storykeep.exporters.folder import ExportFolder
from storykeep.exporters.names import DEFAULT, read_template
from storykeep.exporters.report import Report
from storykeep.exporters.run import Export
from storykeep.importers.reading import read_files
from storykeep.importers.report import Report as ImportReport
from storykeep.importers.run import Import
from storykeep.storage.archive import SqlArchive
from storykeep.testing import MemoryMedia
from tests.exporters.dump import Tables, dump
from tests.ports.adapters import open_database


class Shelf:
    """An archive and its media."""

    def __init__(self, archive: SqlArchive, folder: Path) -> None:
        self.archive = archive
        self.folder = folder
        self.media = MemoryMedia()

    async def take(self, *paths: Path) -> ImportReport:
        report = ImportReport()
        reading = _slowly(read_files(paths, self.folder))
        into = Import(
            frozenset(paths),
            self.archive,
            self.media,
            report,
            lambda _: None,
            lambda _: None,
            choose_nothing,
            self.archive.restore,
        )
        await into.run(reading)
        return report

    async def record(self, *sightings: Sighting) -> None:
        for sighting in sightings:
            await self.archive.record(sighting)

    async def export(self, folder: Path, *pks: int, name: str = DEFAULT) -> Report:
        report = Report()

        async def accounts() -> AsyncIterator[int]:
            for pk in pks:
                yield pk

        with closing(ExportFolder(folder)) as into:
            export = Export(self.archive, self.media, into, read_template(name), report)
            await export.run(accounts() if pks else self.archive.records())
        return report

    async def tables(self) -> Tables:
        return await dump(self.archive._database)  # type: ignore[arg-type]

    def contents(self) -> dict[Any, bytes]:
        return dict(self.media._contents)


@asynccontextmanager
async def open_shelf(folder: Path) -> AsyncIterator[Shelf]:
    folder.mkdir(parents=True, exist_ok=True)
    async with open_database(folder / "archive.db", "archive") as database:
        yield Shelf(SqlArchive(database), folder)


async def assert_comes_back(shelf: Shelf, folder: Path, name: str = DEFAULT) -> None:
    """Exported and imported into nothing, it is the same archive; again, nothing changes."""
    exported = await shelf.export(folder / "out", name=name)
    assert exported.problem_count == 0
    async with open_shelf(folder / "second") as second:
        for is_again in (False, True):
            report = await second.take(folder / "out")
            assert [] == [*report.problems, *report.skipped], (report.problems, report.skipped)
            assert not is_again or report.new == report.media_new == 0
            assert await shelf.tables() == await second.tables()
        assert shelf.contents() == second.contents()
        tables = await shelf.tables()
        pks = [row[0] for row in tables["story"]]
        for question in [each async for each in questions(shelf.archive, pks)]:
            assert question in [each async for each in questions(second.archive, pks)]
        for pk, *_ in tables["account"]:
            assert await shelf.archive.highlights(pk) == await second.archive.highlights(pk)
        for pk, *_ in tables["highlight"]:
            assert await shelf.archive.highlight(pk) == await second.archive.highlight(pk)
        await second.export(folder / "again", name=name)
    assert files_in(folder / "out") == files_in(folder / "again")


async def questions(archive: Archive, pks: list[int]) -> AsyncIterator[tuple[object, ...]]:
    """Go through what is answered about stories and, at each moment that matters, reels."""
    for pk in pks:
        story = await archive.story(pk)
        assert story is not None
        yield pk, story, sorted(await archive.files_of(pk), key=repr)
        yield pk, await archive.profile(story.account.pk)
        for edge in (story.taken_at, story.expiring_at, story.taken_at + DAY):
            for at in (edge - 1, edge, edge + 1):
                yield pk, at, await archive.reel(story.account.pk, at)


def files_in(folder: Path) -> dict[str, tuple[bytes, int]]:
    """Return the bytes and times of all files; of a record its time does not matter."""
    return {
        str(path.relative_to(folder)): (
            path.read_bytes(),
            0 if path.suffix == ".jsonl" else int(path.stat().st_mtime),
        )
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


async def _slowly(reading: Iterator[Any]) -> AsyncIterator[Any]:
    for step in reading:
        yield step

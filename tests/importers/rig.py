"""An import from a folder into memory, and the captures and media it is fed with."""

import json
from collections.abc import AsyncIterator, Iterator, Sequence
from pathlib import Path
from typing import Any

from storykeep.core.errors import InvalidValue
from storykeep.core.ports import Archive, Recorded
from storykeep.core.wanted import Chooser, choose_nothing
from storykeep.importers.port import Importer, Read
from storykeep.importers.reading import IMPORTERS, read_files
from storykeep.importers.report import Report
from storykeep.importers.run import Import
from storykeep.testing import MemoryArchive, MemoryMedia
from tests.payloads.loading import payload

PK = 3870830000001000003
"""The first of the stories made here; the others follow it."""
OWNER = 4400000001

JPEG = bytes.fromhex("ffd8ffe000104a46494600010100000100010000ffd9")
PNG = bytes.fromhex("89504e470d0a1a0a0000000d49484452")
MP4 = b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom" + bytes(64)


def make_item(number: int = 0) -> dict[str, Any]:
    """Return a raw item with its own pk and file names."""
    text = json.dumps(payload("constructed_v1_item_photo_plain.json"))
    text = text.replace(str(PK), str(PK + number)).replace("/acme_", f"/acme{number}_")
    return dict(json.loads(text))


def make_reel(*numbers: int) -> dict[str, Any]:
    """Return an answer with a story for each of ``numbers``."""
    items = [make_item(number) for number in numbers]
    reel = {"id": OWNER, "user": items[0]["user"], "reel_type": "user_reel", "items": items}
    return {"reel": reel, "status": "ok"}


class CountingProgress:
    """What is heard of an import, added up."""

    def __init__(self) -> None:
        self.expected = self.done = 0

    def expect(self, size: int) -> None:
        self.expected += size

    def advance(self, size: int) -> None:
        self.done += size


class Rig:
    """An archive and a media store in memory beside a folder."""

    def __init__(self, folder: Path, importers: Sequence[Importer] = IMPORTERS) -> None:
        self.folder = folder
        self.own_folder = folder / "own"
        self.archive: Archive = MemoryArchive()
        self.store = MemoryMedia()
        self.progress = CountingProgress()
        self.choose: Chooser = choose_nothing
        self._importers = importers

    def write(self, name: str, content: object) -> Path:
        """Write bytes as they are and anything else as JSON; return where."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
        return path

    async def run(self, *paths: Path, username: str | None = None) -> Report:
        """Import ``paths``, by default the whole folder."""
        report = Report()
        paths = paths or (self.folder,)
        reading = _slowly(read_files(paths, self.own_folder, self._importers, username=username))
        named = frozenset(paths)
        progress = (self.progress.advance, self.progress.expect)
        into = Import(named, self.archive, self.store, report, *progress, self.choose, _refuse)
        await into.run(reading)
        return report

    async def kept(self, number: int = 0) -> list[tuple[str, str]]:
        """Return kind and name of the files kept for a story, sorted."""
        return sorted((kept.kind, kept.name) for kept in await self.archive.files_of(PK + number))


async def _refuse(_copy: object) -> Recorded:
    raise InvalidValue("This archive takes no copies of another one.")


async def _slowly(reading: Iterator[Read]) -> AsyncIterator[Read]:
    for step in reading:
        yield step


def left_out(report: Report) -> dict[str, str]:
    """Return the reasons of what was left out, by file name."""
    return {skipped.path.name: skipped.reason for skipped in report.skipped}


def stories(report: Report) -> tuple[int, int, int]:
    """Return how many stories were found, new and known."""
    return report.found, report.new, report.known

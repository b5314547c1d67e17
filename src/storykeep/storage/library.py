"""What the archive knows of the media store: which files, and the stories that share them."""

from collections.abc import AsyncIterator, Collection, Sequence
from functools import partial

from msgspec import Struct, json

from storykeep.core.media import MediaFile
from storykeep.storage.database import Connection, Row
from storykeep.storage.sqlite import SqliteDatabase

PAGE = 500
"""Digests of one query."""


class Share(Struct, frozen=True):
    """Some files and how much they are."""

    files: int = 0
    size: int = 0
    """Bytes; a file that several stories share counts once."""

    def __add__(self, other: "Share") -> "Share":
        """Return both together."""
        return Share(self.files + other.files, self.size + other.size)


class LibraryStats(Struct, frozen=True, kw_only=True):
    """How much is kept for how many stories."""

    all: Share
    by_type: dict[str, Share]
    by_stories: dict[int, Share]
    """By how many stories share a file."""
    stories: int
    stories_with_file: int


class Library:
    """The kept files of the archive, by content.  Raises StorageError."""

    def __init__(self, database: SqliteDatabase) -> None:
        self._database = database

    async def files(self) -> AsyncIterator[MediaFile]:
        """Every file that is kept for some story, once, in the order of their digests."""
        last = ""
        while rows := await self._database.read(partial(_read_after, last)):
            for row in rows:
                yield MediaFile(*row)
            last = rows[-1][0]

    async def unknown(self, files: Collection[MediaFile]) -> Sequence[MediaFile]:
        """Those of ``files`` that no story has."""
        digests = json.encode([file.sha256 for file in files]).decode()
        rows = await self._database.read(lambda db: db.rows("library_by_digest", digests))
        known = {(sha256, content_type) for sha256, content_type in rows}
        return [file for file in files if (file.sha256, file.content_type) not in known]

    async def stories_of(self, file: MediaFile) -> Sequence[int]:
        """The pks of the stories that have the file."""
        rows = await self._database.read(lambda db: db.rows("library_stories", file.sha256))
        return [pk for (pk,) in rows]

    async def stats(self) -> LibraryStats:
        """Count, and measure."""
        return await self._database.read(_read_stats)


def _read_after(sha256: str, db: Connection) -> Sequence[Row]:
    return db.rows("library_after", sha256, PAGE)


def _read_stats(db: Connection) -> LibraryStats:
    by_type: dict[str, Share] = {}
    by_stories: dict[int, Share] = {}
    everything = Share()
    for content_type, stories, files, size in db.rows("library_shares"):
        share = Share(files, size)
        by_type[content_type] = by_type.get(content_type, Share()) + share
        by_stories[stories] = by_stories.get(stories, Share()) + share
        everything += share
    ((stories, with_file),) = db.rows("library_coverage")
    return LibraryStats(
        all=everything,
        by_type=dict(sorted(by_type.items())),
        by_stories=dict(sorted(by_stories.items())),
        stories=stories,
        stories_with_file=with_file,
    )

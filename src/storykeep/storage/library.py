"""The media store as the archive knows it, and as it is: what one has and the other does not."""

import hashlib
from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import closing
from typing import Literal

from msgspec import Struct, json

from storykeep.core.media import FileCorrupt, FileMissing, MediaFile, MediaStore
from storykeep.storage.database import Connection, Database, method_of

PAGE = 500
"""Digests of one query."""

PIECE = 1 << 20
"""Bytes that are hashed at once."""


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


def _read_stats(db: Connection) -> LibraryStats:
    """Count, and measure."""
    by_type: dict[str, Share] = {}
    by_stories: dict[int, Share] = {}
    for content_type, stories, files, size in db.rows("library_shares"):
        share = Share(files, size)
        by_type[content_type] = by_type.get(content_type, Share()) + share
        by_stories[stories] = by_stories.get(stories, Share()) + share
    ((stories, with_file),) = db.rows("library_coverage")
    return LibraryStats(
        all=sum(by_type.values(), Share()),
        by_type=dict(sorted(by_type.items())),
        by_stories=dict(sorted(by_stories.items())),
        stories=stories,
        stories_with_file=with_file,
    )


class Library:
    """The kept files of the archive, by content.  Raises StorageError."""

    def __init__(self, database: Database) -> None:
        self._database = database

    stats = method_of(_read_stats)
    _read_after = method_of(lambda db, sha256: db.rows("library_after", sha256, PAGE))

    async def files(self) -> AsyncIterator[MediaFile]:
        """Every file that is kept for some story, once, in the order of their digests."""
        last = ""
        while rows := await self._read_after(last):
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


class Checked(Struct, frozen=True):
    """A kept file that was looked at."""

    file: MediaFile
    problem: Literal["missing", "corrupt"] | None


async def check_files(library: Library, store: MediaStore) -> AsyncIterator[Checked]:
    """Read every file that is kept for a story, and compare it with its digest.

    Raises StorageError when the store or the archive cannot be read.
    """
    async for file in library.files():
        problem = await _check(file, store)
        # One that went with its story meanwhile is missed by nobody.
        if problem is None or not await library.unknown([file]):
            yield Checked(file, problem)


async def find_orphans(
    library: Library, store: MediaStore, before: float
) -> AsyncIterator[Sequence[MediaFile]]:
    """Find the files that no story has and that were not kept since ``before``, in pages.

    Raises StorageError.
    """
    page: list[MediaFile] = []
    async for file in store.walk(before=before):
        page.append(file)
        if len(page) == PAGE:
            yield await library.unknown(page)
            page.clear()
    yield await library.unknown(page)


async def remove_orphans(
    library: Library, store: MediaStore, before: float, *, is_dry_run: bool = False
) -> AsyncIterator[MediaFile]:
    """Remove the files that no story has, unless they were kept (again) since ``before``.

    ``before`` is a while ago, SPARED seconds or more, for a file is kept before the archive
    notes it.  If ``is_dry_run``, they are only found.

    Raises StorageError.
    """
    async for page in find_orphans(library, store, before):
        for file in page:
            if is_dry_run or await store.delete(file, before=before):
                yield file


async def _check(file: MediaFile, store: MediaStore) -> Literal["missing", "corrupt"] | None:
    try:
        with closing(await store.open(file)) as opened:
            digest = hashlib.sha256()
            for offset in range(0, file.size, PIECE):
                size = min(PIECE, file.size - offset)
                await opened.prepare(offset, size)
                digest.update(opened.read(offset, size))
    except FileMissing:
        return "missing"
    except FileCorrupt:
        return "corrupt"
    return None if digest.hexdigest() == file.sha256 else "corrupt"

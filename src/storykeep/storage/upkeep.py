"""The media store and the archive compared: what one has and the other does not."""

import hashlib
from collections.abc import AsyncIterator, Sequence
from typing import Literal

from msgspec import Struct

from storykeep.core.media import FileCorrupt, FileMissing, MediaFile, MediaStore
from storykeep.storage.library import PAGE, Library

PIECE = 1 << 20
"""Bytes that are hashed at once."""


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
        opened = await store.open(file)
        try:
            digest = hashlib.sha256()
            for offset in range(0, file.size, PIECE):
                size = min(PIECE, file.size - offset)
                await opened.prepare(offset, size)
                digest.update(opened.read(offset, size))
        finally:
            opened.close()
    except FileMissing:
        return "missing"
    except FileCorrupt:
        return "corrupt"
    return None if digest.hexdigest() == file.sha256 else "corrupt"

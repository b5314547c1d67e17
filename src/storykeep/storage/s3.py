"""Media files in a bucket of S3, or of a server that speaks like it, under the names of a folder.

Bytes gather in a draft on the disk here, because only then their digest, the object's name, is
known.  An object appears whole or not at all.  Answers are streamed through: nobody is sent to
the bucket.
"""

import mmap
import time
from collections.abc import AsyncIterator, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import obstore
from obstore.exceptions import AlreadyExistsError
from obstore.store import S3Store

from storykeep.core.media import SPARED, FileCorrupt, MediaFile
from storykeep.core.ports import Clock
from storykeep.storage.bucket import Bucket, S3Keys, broken, open_store, troubles
from storykeep.storage.drafts import Drafts, LocalDraft
from storykeep.storage.naming import file_named, name_of

if TYPE_CHECKING:
    from obstore import ObjectMeta

PART = 8 << 20
"""Bytes that are put in one request, with a condition that S3 checks; a larger file is put in
parts of so many, PARTS_AT_ONCE of them in memory."""
PARTS_AT_ONCE = 2

FIRST_READ, MOST_READ = 512 << 10, 2 << 20
"""How many bytes an open file fetches at once, and holds in memory: twice as many each time."""


class S3Media:
    """A MediaStore in a bucket, which must be there; it is first asked when it is first used."""

    def __init__(
        self, bucket: Bucket, keys: S3Keys, drafts: Path, clock: Clock = time.time
    ) -> None:
        """Files gather in the folder ``drafts``."""
        self._store = open_store(bucket, keys)
        self._drafts = Drafts(drafts, self._keep)
        self._clock = clock

    def begin(self) -> LocalDraft:
        """Begin a file on the disk here."""
        return self._drafts.begin()

    def save(self, chunks: Iterable[bytes]) -> MediaFile:
        """Keep the bytes, once; when this returns the bucket has them."""
        return self._drafts.save(chunks)

    async def open(self, file: MediaFile) -> "RemoteFile":
        """Open a kept file."""
        name = name_of(file)
        with troubles(name):
            found = await obstore.head_async(self._store, name)
        if found["size"] != file.size:
            raise broken(f"{name} is not the file of {file.size} bytes it was", FileCorrupt)
        return RemoteFile(file, self._store)

    async def walk(self, *, before: float | None = None) -> AsyncIterator[MediaFile]:
        """Every file, in pages of a thousand."""
        async for found in self._objects():
            file = file_named(found["path"], found["size"])
            if file is not None and (before is None or _is_older(found, before)):
                yield file

    async def strangers(self) -> AsyncIterator[str]:
        """What somebody else put under the prefix."""
        async for found in self._objects():
            if file_named(found["path"], found["size"]) is None:
                yield found["path"]

    async def delete(self, file: MediaFile, *, before: float | None = None) -> bool:
        """Remove a file, with ``before`` unless it was kept (again) since.

        One request lies between looking and removing, for S3 removes without conditions.
        """
        name = name_of(file)
        with troubles(name):
            try:
                found = await obstore.head_async(self._store, name)
            except FileNotFoundError:
                return False
            if before is not None and not _is_older(found, before):
                return False
            await obstore.delete_async(self._store, name)
        return True

    async def _objects(self) -> AsyncIterator["ObjectMeta"]:
        pages = aiter(obstore.list(self._store, chunk_size=1000))
        while True:
            with troubles():
                page = await anext(pages, None)
            if page is None:
                return
            for found in page:
                yield found

    def _keep(self, draft: LocalDraft) -> MediaFile:
        file = draft.describe()
        name = name_of(file)
        with troubles(name):
            is_new = file.size <= PART and self._create(name, file, draft)
            if not (is_new or self._is_there(name, file.size)):
                self._write(name, file, draft)
        return file

    def _create(self, name: str, file: MediaFile, draft: LocalDraft) -> bool:
        """Put the file unless there is one of that name; say whether it was put."""
        with mmap.mmap(draft.descriptor, 0, access=mmap.ACCESS_READ) as content:
            try:
                obstore.put(
                    self._store,
                    name,
                    content,
                    mode="create",
                    use_multipart=False,
                    attributes={"Content-Type": file.content_type},
                )
            except AlreadyExistsError:
                return False
        return True

    def _is_there(self, name: str, size: int) -> bool:
        """Whether the file is there, whole, and will be spared until the archive notes it."""
        try:
            found = obstore.head(self._store, name)
        except FileNotFoundError:
            return False
        return found["size"] == size and not _is_older(found, self._clock() - SPARED / 2)

    def _write(self, name: str, file: MediaFile, draft: LocalDraft) -> None:
        """Put the file over whatever is there: in parts, which are aborted when one fails."""
        obstore.put(
            self._store,
            name,
            draft.path,
            use_multipart=file.size > PART,
            chunk_size=PART,
            max_concurrency=PARTS_AT_ONCE,
            attributes={"Content-Type": file.content_type},
        )


class RemoteFile:
    """A file of the bucket, open for reading: some of it is in memory, the next comes when asked.

    Nothing is held open between two reads, so a slow client costs the bucket nothing.
    """

    def __init__(self, file: MediaFile, store: S3Store) -> None:
        self.file = file
        self._store = store
        self._name = name_of(file)
        self._ahead = FIRST_READ
        self._held = memoryview(b"")
        self._begins_at = 0

    def fileno(self) -> None:
        """There is no descriptor: the bytes go through ``read``."""

    async def prepare(self, offset: int, size: int) -> None:
        """Return once these bytes are here, and some that follow."""
        if self._holds(offset, size):
            return
        length = max(size, min(self._ahead, self.file.size - offset))
        self._ahead = min(2 * self._ahead, MOST_READ)
        with troubles(self._name):
            got = await obstore.get_range_async(
                self._store, self._name, start=offset, length=length
            )
        self._hold(offset, memoryview(got), length)

    def read(self, offset: int, size: int) -> bytes:
        """Return these bytes; those that were not prepared are waited for."""
        if not self._holds(offset, size):
            with troubles(self._name):
                got = obstore.get_range(self._store, self._name, start=offset, length=size)
            self._hold(offset, memoryview(got), size)
        at = offset - self._begins_at
        return bytes(self._held[at : at + size])

    def close(self) -> None:
        """Forget what is in memory; a second time does nothing."""
        self._held = memoryview(b"")

    def _holds(self, offset: int, size: int) -> bool:
        end = self._begins_at + len(self._held)
        return self._begins_at <= offset and offset + size <= end

    def _hold(self, offset: int, got: memoryview, length: int) -> None:
        if len(got) != length:
            raise broken(f"{self._name} became shorter while it was read", FileCorrupt)
        self._begins_at, self._held = offset, got


def _is_older(found: "ObjectMeta", moment: float) -> bool:
    return found["last_modified"].timestamp() < moment

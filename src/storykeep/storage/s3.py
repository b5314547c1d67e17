"""Media files in a bucket of S3, or of a server that speaks like it, under the names of a folder.

Bytes gather in a draft on the disk here, because only then their digest, the object's name, is
known.  An object appears whole or not at all.  Answers are streamed through: nobody is sent to
the bucket.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeVar, TypeVarTuple

import obstore
from obstore.exceptions import AlreadyExistsError
from obstore.store import S3Store

from storykeep.core.media import SPARED, FileCorrupt, MediaFile
from storykeep.core.ports import Clock
from storykeep.storage.bucket import Bucket, S3Keys, broken, open_store, troubles
from storykeep.storage.drafts import DraftedMedia, Entry, LocalDraft
from storykeep.storage.naming import file_named, name_of

if TYPE_CHECKING:
    from obstore import ObjectMeta

T = TypeVar("T")
P = TypeVarTuple("P")

REQUESTS_AT_ONCE = 16
"""Beyond those for keeping a file, which its keeper's own thread makes."""

PART = 8 << 20
"""Bytes that are put in one request, with a condition that S3 checks; a larger file is put in
parts of so many, PARTS_AT_ONCE of them in memory."""
PARTS_AT_ONCE = 2

FIRST_READ, MOST_READ = 256 << 10, 1 << 20
"""How many bytes an open file fetches at once, and holds in memory: twice as many each time."""


class S3Media(DraftedMedia):
    """A MediaStore in a bucket, which must be there; it is first asked when it is first used."""

    def __init__(
        self, bucket: Bucket, keys: S3Keys, drafts: Path, clock: Clock = time.time
    ) -> None:
        super().__init__(drafts)
        self._store = open_store(bucket, keys)
        # Threads of ours: obstore's own would outlive the interpreter, and abort it.
        self._pool = ThreadPoolExecutor(REQUESTS_AT_ONCE, "s3")
        self._clock = clock

    async def open(self, file: MediaFile) -> "RemoteFile":
        """Open a kept file."""
        name = name_of(file)
        found = await self._ask(self._head, name)
        if found["size"] != file.size:
            raise broken(f"{name} is not the file of {file.size} bytes it was", FileCorrupt)
        return RemoteFile(file, self._store, self._pool)

    async def delete(self, file: MediaFile, *, before: float | None = None) -> bool:
        """Remove a file, with ``before`` unless it was kept (again) since.

        One request lies between looking and removing, for S3 removes without conditions.
        """
        return await self._ask(self._delete, name_of(file), before)

    async def _ask(self, question: Callable[[*P], T], *about: *P) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._pool, question, *about)

    async def _entries(self) -> AsyncIterator[Entry]:
        """Go through the objects under the prefix, in pages of a thousand."""
        pages = obstore.list(self._store, chunk_size=1000)
        while page := await self._ask(_next_page, pages):
            for found in page:
                name, moment = found["path"], found["last_modified"].timestamp()
                yield Entry(name, file_named(name, found["size"]), moment)

    def _head(self, name: str) -> "ObjectMeta":
        with troubles(name):
            return obstore.head(self._store, name)

    def _delete(self, name: str, before: float | None) -> bool:
        with troubles(name):
            found = self._find(name)
            is_spared = found is None or (before is not None and not _is_older(found, before))
            if not is_spared:
                obstore.delete(self._store, name)
        return not is_spared

    def _keep(self, draft: LocalDraft) -> MediaFile:
        file = draft.describe()
        name = name_of(file)
        with troubles(name):
            if file.size <= PART:
                with suppress(AlreadyExistsError):
                    self._put(name, file, draft, "create")
                    return file
            if not self._is_there(name, file.size):
                self._put(name, file, draft, "overwrite")
        return file

    def _is_there(self, name: str, size: int) -> bool:
        """Whether the file is there, whole, and will be spared until the archive notes it."""
        found, moment = self._find(name), self._clock() - SPARED / 2
        return found is not None and found["size"] == size and not _is_older(found, moment)

    def _find(self, name: str) -> "ObjectMeta | None":
        try:
            return obstore.head(self._store, name)
        except FileNotFoundError:
            return None

    def _put(
        self, name: str, file: MediaFile, draft: LocalDraft, mode: Literal["create", "overwrite"]
    ) -> None:
        """Put the file; one that goes in parts is taken back when a part fails."""
        obstore.put(
            self._store,
            name,
            draft.path,
            mode=mode,
            use_multipart=file.size > PART,
            chunk_size=PART,
            max_concurrency=PARTS_AT_ONCE,
            attributes={"Content-Type": file.content_type},
        )


class RemoteFile:
    """A file of the bucket, open for reading: some of it is in memory, the next comes when asked.

    Nothing is held open between two reads, so a slow client costs the bucket nothing.
    """

    def __init__(self, file: MediaFile, store: S3Store, pool: Executor) -> None:
        """Ask ``store`` in a thread of ``pool``."""
        self.file = file
        self._store = store
        self._pool = pool
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
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(self._pool, self._fetch, offset, length)

    def read(self, offset: int, size: int) -> bytes:
        """Return these bytes; those that were not prepared are waited for."""
        if not self._holds(offset, size):
            self._fetch(offset, size)
        at = offset - self._begins_at
        return bytes(self._held[at : at + size])

    def close(self) -> None:
        """Forget what is in memory; a second time does nothing."""
        self._held = memoryview(b"")

    def _holds(self, offset: int, size: int) -> bool:
        end = self._begins_at + len(self._held)
        return self._begins_at <= offset and offset + size <= end

    def _fetch(self, offset: int, length: int) -> None:
        self._held = memoryview(b"")  # so that there is never more than one piece in memory
        with troubles(self._name):
            got = obstore.get_range(self._store, self._name, start=offset, length=length)
        if len(got) != length:
            raise broken(f"{self._name} became shorter while it was read", FileCorrupt)
        self._begins_at, self._held = offset, memoryview(got)


def _next_page(pages: Iterator[Sequence["ObjectMeta"]]) -> Sequence["ObjectMeta"]:
    with troubles():
        return next(pages, ())


def _is_older(found: "ObjectMeta", moment: float) -> bool:
    return found["last_modified"].timestamp() < moment

"""Media files in memory."""

import hashlib
import time
from collections.abc import AsyncIterator, Iterable

import filetype

from storykeep.core.errors import InvalidValue
from storykeep.core.media import EXTENSIONS, FileCorrupt, FileMissing, MediaFile
from storykeep.core.ports import Clock


class MemoryMedia:
    """A MediaStore that forgets everything at the end."""

    def __init__(self, clock: Clock = time.time) -> None:
        self._clock = clock
        self._contents: dict[MediaFile, bytes] = {}
        self._kept_at: dict[MediaFile, float] = {}

    def begin(self) -> "MemoryDraft":
        """Begin a file."""
        return MemoryDraft(self)

    def save(self, chunks: Iterable[bytes]) -> MediaFile:
        """Keep the bytes.  Raises InvalidValue for what is no picture or video."""
        content = b"".join(chunks)
        file = _describe(content)
        self._contents[file], self._kept_at[file] = content, self._clock()
        return file

    async def open(self, file: MediaFile) -> "MemoryFile":
        """Open a kept file.  Raises FileMissing when it was not saved, or was lost."""
        if file in self._contents:
            return MemoryFile(file, self._contents[file])
        for other in self._contents:
            if (other.sha256, other.content_type) == (file.sha256, file.content_type):
                raise FileCorrupt(f"{file.sha256} has {other.size} bytes.")
        raise FileMissing(f"{file.sha256} is not here.")

    async def walk(self, *, before: float | None = None) -> AsyncIterator[MediaFile]:
        """Every file that was not kept since ``before``."""
        for file in list(self._contents):
            if before is None or self._kept_at[file] < before:
                yield file

    async def strangers(self) -> AsyncIterator[str]:
        """None: nobody else can lay anything here."""
        for name in list[str]():
            yield name

    async def delete(self, file: MediaFile, *, before: float | None = None) -> bool:
        """Remove a file, unless it was kept since ``before``."""
        if file not in self._contents or (before is not None and self._kept_at[file] >= before):
            return False
        del self._contents[file]
        return True

    def lose(self, file: MediaFile) -> None:
        """Forget a file, as a broken disk does."""
        del self._contents[file]


class MemoryDraft:
    """A file in the making."""

    def __init__(self, store: MemoryMedia) -> None:
        self._store = store
        self._chunks: list[bytes] = []

    def write(self, chunk: bytes) -> None:
        """Add bytes."""
        self._chunks.append(chunk)

    def describe(self) -> MediaFile:
        """Say what was written so far.  Raises InvalidValue."""
        return _describe(b"".join(self._chunks))

    def keep(self) -> MediaFile:
        """Make it a file of the store.  Raises InvalidValue."""
        return self._store.save(self._chunks)

    def drop(self) -> None:
        """Forget it."""
        self._chunks.clear()


class MemoryFile:
    """An OpenFile that knows whether it was closed."""

    def __init__(self, file: MediaFile, content: bytes) -> None:
        self.file = file
        self.is_closed = False
        self._content = content

    def fileno(self) -> None:
        """There is no descriptor: the bytes go through ``read``."""

    async def prepare(self, offset: int, size: int) -> None:
        """Nothing to wait for."""

    def read(self, offset: int, size: int) -> bytes:
        """Return these bytes; StorageError when there are not so many."""
        found = self._content[offset : offset + size]
        if len(found) < size:
            raise FileCorrupt(f"{self.file.sha256} has no {size} bytes at {offset}.")
        return found

    def close(self) -> None:
        """Remember it."""
        self.is_closed = True


def _describe(content: bytes) -> MediaFile:
    content_type: str | None = filetype.guess_mime(content)
    if content_type is None or content_type not in EXTENSIONS:
        raise InvalidValue(f"Not a picture or video: it is {content_type or 'unknown'}.")
    return MediaFile(hashlib.sha256(content).hexdigest(), content_type, len(content))

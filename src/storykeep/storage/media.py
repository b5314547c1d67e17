"""Media files in one folder, each under the digest of its bytes: ``ab/<sha256>.<ext>``.

A file appears under that name only when all of it is on the disk, and is never written again.
"""

import asyncio
import hashlib
import logging
import os
import re
import stat
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import filetype

from storykeep.core.errors import InvalidValue, StorageError
from storykeep.core.media import MediaFile

log = logging.getLogger(__name__)

TYPES = frozenset(
    {
        "image/avif",
        "image/gif",
        "image/heic",
        "image/jpeg",
        "image/png",
        "image/webp",
        "video/mp4",
        "video/quicktime",
        "video/webm",
    }
)
"""What is kept: pictures and videos, and nothing that a browser would run."""

_ALSO = {"image/apng": "image/png", "video/x-m4v": "video/mp4"}
"""Dialects of a kept type."""

HEAD = 8192
"""How many bytes tell the type."""

ABANDONED = 86_400
"""A draft that nobody wrote to for so many seconds was left by a crash."""

READ_AHEAD = 1 << 20
"""How many bytes are prepared at once."""

# A symbolic link may lead anywhere, and a pipe in a file's place would hang the server.
_FLAGS = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK
_NOWAIT: int | None = getattr(os, "RWF_NOWAIT", None)
_ONE_BYTE = bytearray(1)
_DIGEST = re.compile(r"[0-9a-f]{64}", re.ASCII)


class FolderMedia:
    """A MediaStore in a folder, which is made when the first file arrives.

    Drafts that a crash left are swept away.  A folder that is out of order is noticed when it
    is used, so that a server starts and can say what is wrong.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._drafts = root / "drafts"  # in the same file system: a rename moves no bytes
        self._sweep(before=time.time() - ABANDONED)

    def begin(self) -> "FolderDraft":
        """Begin a file beside the others."""
        with _complaints():
            _make(self._root)
            _make(self._drafts)
            return FolderDraft(self._drafts, self._keep)

    def save(self, chunks: Iterable[bytes]) -> MediaFile:
        """Keep the bytes, once; when this returns they outlast a power cut."""
        draft = self.begin()
        try:
            for chunk in chunks:
                draft.write(chunk)
            return draft.keep()
        finally:
            draft.drop()

    async def open(self, file: MediaFile) -> "StoredFile":
        """Open a kept file, here and now: a thread would cost more than the call."""
        path = self._path(file)
        with _complaints():
            descriptor = os.open(path, _FLAGS)
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode) or found.st_size != file.size:
            os.close(descriptor)
            raise _broken(f"{path} is not the file of {file.size} bytes that was kept")
        return StoredFile(file, descriptor)

    def _keep(self, draft: "FolderDraft") -> MediaFile:
        """Give the draft its name, unless a file has it already."""
        file = draft.describe()
        path = self._path(file)
        with _complaints():
            _make(path.parent)
            if not _is_whole(path, file.size):
                draft.publish(path)
            # Also when it was there: whoever wrote it may have died before this line.
            _sync(path.parent)
        return file

    def _path(self, file: MediaFile) -> Path:
        """Where a file is; only a digest and a known type become a path."""
        if _DIGEST.fullmatch(file.sha256) is None or file.content_type not in TYPES:
            raise _broken(f"{file.sha256!r} of {file.content_type!r} is no address of a file")
        return self._root / file.sha256[:2] / f"{file.sha256}.{file.extension}"

    def _sweep(self, before: float) -> None:
        try:
            for draft in self._drafts.iterdir():
                if draft.lstat().st_mtime < before:
                    draft.unlink()
        except FileNotFoundError:
            pass  # nothing was kept yet, or another process sweeps too
        except OSError as error:
            log.warning("media_not_swept", extra={"reason": str(error)})


class StoredFile:
    """A file of the folder, open for reading."""

    def __init__(self, file: MediaFile, descriptor: int) -> None:
        """Take over ``descriptor``."""
        self.file = file
        self._descriptor = descriptor
        self._is_open = True
        self._prepared = range(0)

    def fileno(self) -> int:
        """Return the descriptor, for the kernel to copy from."""
        return self._descriptor

    async def prepare(self, offset: int, size: int) -> None:
        """Return once the page cache has these bytes; a thread waits for the disk."""
        if offset in self._prepared and offset + size - 1 in self._prepared:
            return
        end = min(offset + max(size, READ_AHEAD), self.file.size)
        # Both ends stand for all: what lies between comes, and goes, with them.
        if not (self._is_cached(offset) and self._is_cached(end - 1)):
            await asyncio.to_thread(self.read, offset, end - offset)
        self._prepared = range(offset, end)

    def read(self, offset: int, size: int) -> bytes:
        """Return these bytes; StorageError when the file does not have them any more."""
        with _complaints():
            found = os.pread(self._descriptor, size, offset)
        if len(found) < size:
            raise _broken(f"{self.file.sha256} became shorter while it was read")
        return found

    def close(self) -> None:
        """Give the file back; a second time does nothing."""
        if self._is_open:
            self._is_open = False
            os.close(self._descriptor)

    def _is_cached(self, offset: int) -> bool:
        """Whether the byte is in the page cache; False also where nobody can tell."""
        if _NOWAIT is None:
            return False
        try:
            os.preadv(self._descriptor, [_ONE_BYTE], offset, _NOWAIT)
        except OSError:  # it would wait, or the file system does not know the flag
            return False
        return True


class FolderDraft:
    """A file in the making: private, and gone when it is dropped."""

    def __init__(self, folder: Path, keep: Callable[["FolderDraft"], MediaFile]) -> None:
        self._keep = keep
        self._is_open = True
        self._descriptor, name = tempfile.mkstemp(dir=folder)  # mode 0600
        self._path = Path(name)
        self._digest = hashlib.sha256()
        self._size = 0

    def write(self, chunk: bytes) -> None:
        """Add bytes."""
        with _complaints():
            rest = memoryview(chunk)
            while rest:
                rest = rest[os.write(self._descriptor, rest) :]
        self._digest.update(chunk)
        self._size += len(chunk)

    def keep(self) -> MediaFile:
        """Make it a file of the store.  Raises InvalidValue, StorageError."""
        return self._keep(self)

    def describe(self) -> MediaFile:
        """Say what was written; InvalidValue when that is no picture or video."""
        with _complaints():
            head = os.pread(self._descriptor, HEAD, 0)
        return MediaFile(self._digest.hexdigest(), read_type(head), self._size)

    def publish(self, path: Path) -> None:
        """Give it a name, all of it being on the disk."""
        os.fsync(self._descriptor)
        self._path.replace(path)

    def drop(self) -> None:
        """Remove it, unless it was published; a second time does nothing."""
        if self._is_open:
            self._is_open = False
            with suppress(OSError):
                self._path.unlink()
            os.close(self._descriptor)


def read_type(head: bytes) -> str:
    """Return the type of a file that begins with ``head``.

    Raises InvalidValue, which says what it is instead, when it is not kept.
    """
    if not head:
        raise InvalidValue("An empty file is no picture or video.")
    found: str | None = filetype.guess_mime(head)
    content_type = _ALSO.get(found or "", found)
    if content_type in TYPES:
        return content_type
    raise InvalidValue(
        "Not a picture or video that is kept: "
        + (f"it is {found}." if found else f"it begins with {head[:24]!r}.")
    )


def _is_whole(path: Path, size: int) -> bool:
    try:
        found = path.lstat()
    except FileNotFoundError:
        return False
    return stat.S_ISREG(found.st_mode) and found.st_size == size


def _make(folder: Path) -> None:
    """Make a folder that nobody else can read, and its name durable, unless it is there."""
    if not folder.is_dir():
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        _sync(folder.parent)


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def _complaints() -> Iterator[None]:
    """Make what the operating system says ours."""
    try:
        yield
    except OSError as error:
        raise _broken(str(error)) from error


def _broken(reason: str) -> StorageError:
    log.error("media_failed", extra={"reason": reason})
    return StorageError(f"The media folder is out of order: {reason}")

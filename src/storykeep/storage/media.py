"""Media files in one folder, each under the digest of its bytes: ``ab/<sha256>.<ext>``.

A file appears under that name only when all of it is on the disk, and is never written again.
"""

import asyncio
import errno
import os
import re
import stat
from collections.abc import AsyncIterator
from pathlib import Path

from storykeep.core.errors import StorageError
from storykeep.core.media import FileCorrupt, FileMissing, MediaFile
from storykeep.storage.disk import broken, complaints, make_folder, opened_folder
from storykeep.storage.drafts import DraftedMedia, Entry, LocalDraft
from storykeep.storage.naming import file_named, name_of

READ_AHEAD = 1 << 20
"""How many bytes are prepared at once."""

DRAFTS = "drafts"
"""The folder of drafts, beside the others: in the same file system a rename moves no bytes."""

# A symbolic link may lead anywhere, and a pipe in a file's place would hang the server.
_FLAGS = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK
_OF_ONE_FILE = {errno.ENOENT: FileMissing, errno.ELOOP: FileCorrupt, errno.EIO: FileCorrupt}
"""It is gone, a link lies there, or the disk has lost the bytes: others may be well."""
_NOWAIT: int | None = getattr(os, "RWF_NOWAIT", None)
_ONE_BYTE = bytearray(1)
_SHELF = re.compile(r"[0-9a-f]{2}", re.ASCII)


class FolderMedia(DraftedMedia):
    """A MediaStore in a folder, which is made when the first file arrives.

    A folder that is out of order is noticed when it is used, so that a server starts and can say
    what is wrong.  Who keeps a file shares a lock on its shelf with others who do, and who
    deletes has it alone: none is deleted that was kept again a moment ago.
    """

    def __init__(self, root: Path) -> None:
        super().__init__(root / DRAFTS)
        self._root = root
        self._folder = str(root)

    async def open(self, file: MediaFile) -> "StoredFile":
        """Open a kept file, here and now: a thread would cost more than the call."""
        path = f"{self._folder}/{name_of(file)}"  # many times faster than a Path
        try:
            descriptor = os.open(path, _FLAGS)
        except OSError as error:
            raise _unread(error) from error
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode) or found.st_size != file.size:
            os.close(descriptor)
            reason = f"{path} is not the file of {file.size} bytes that was kept"
            raise broken(reason, FileCorrupt)
        return StoredFile(file, descriptor)

    async def delete(self, file: MediaFile, *, before: float | None = None) -> bool:
        """Remove a file, with ``before`` unless it was kept (again) since."""
        return await asyncio.to_thread(self._delete, self._path(file), before)

    def _keep(self, draft: LocalDraft) -> MediaFile:
        """Give the draft its name, unless a file has it already."""
        file = draft.describe()
        path = self._path(file)
        with complaints():
            make_folder(path.parent)
            with opened_folder(path.parent, "shared") as shelf:
                if _is_whole(path, file.size):
                    _touch(path)
                else:
                    draft.publish(path)
                # Also when it was there: whoever wrote it may have died before this line.
                os.fsync(shelf)
        return file

    def _delete(self, path: Path, before: float | None) -> bool:
        with complaints():
            try:
                with opened_folder(path.parent, "alone") as shelf:
                    if before is not None and path.lstat().st_ctime >= before:
                        return False
                    path.unlink()
                    os.fsync(shelf)
            except FileNotFoundError:
                return False
        return True

    def _path(self, file: MediaFile) -> Path:
        return self._root / name_of(file)

    async def _entries(self) -> AsyncIterator[Entry]:
        """Go through all but drafts, one shelf in memory at a time."""
        for entry, is_folder in await asyncio.to_thread(self._look, ""):
            if is_folder and _SHELF.fullmatch(entry.name):
                for inner, _ in await asyncio.to_thread(self._look, f"{entry.name}/"):
                    yield inner
            elif not (is_folder and entry.name == DRAFTS):
                yield entry

    def _look(self, shelf: str) -> list[tuple[Entry, bool]]:
        """Return what lies in a folder of the store, and whether it is one itself."""
        found: list[tuple[Entry, bool]] = []
        with complaints():
            try:
                entries = os.scandir(self._root / shelf)
            except FileNotFoundError:  # nothing was kept yet
                return found
            with entries:
                for entry in entries:
                    try:
                        status = entry.stat(follow_symlinks=False)
                    except FileNotFoundError:
                        continue  # deleted meanwhile
                    name, mode = shelf + entry.name, status.st_mode
                    file = file_named(name, status.st_size) if stat.S_ISREG(mode) else None
                    found.append((Entry(name, file, status.st_ctime), stat.S_ISDIR(mode)))
        return found


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
        """Return these bytes; FileCorrupt when the file does not have them any more."""
        try:
            found = os.pread(self._descriptor, size, offset)
        except OSError as error:
            raise _unread(error) from error
        if len(found) < size:
            raise broken(f"{self.file.sha256} became shorter while it was read", FileCorrupt)
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


def _unread(error: OSError) -> StorageError:
    """Tell what is wrong with the one file from what is wrong with the store."""
    return broken(str(error), _OF_ONE_FILE.get(error.errno or 0, StorageError))


def _is_whole(path: Path, size: int) -> bool:
    try:
        found = path.lstat()
    except FileNotFoundError:
        return False
    return stat.S_ISREG(found.st_mode) and found.st_size == size


def _touch(path: Path) -> None:
    """Set the time of the latest change, and leave the one alone that backups compare."""
    status = path.lstat()
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns), follow_symlinks=False)

"""Files in the making, in a folder of their own: private, and gone when they are dropped.

Who writes a draft holds a lock on it, and the kernel gives the lock back when that process ends,
however it ends.  So a draft that can be locked was left by a crash, and is swept away.
"""

import fcntl
import hashlib
import os
import tempfile
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from storykeep.core.errors import StorageError
from storykeep.core.media import MediaFile
from storykeep.storage.disk import complaints, make_folder
from storykeep.storage.naming import HEAD, read_type

Keep = Callable[["LocalDraft"], MediaFile]
"""Makes a draft a file of the store.  Raises InvalidValue, StorageError."""


class Entry(NamedTuple):
    """What lies in a store."""

    name: str
    file: MediaFile | None
    """None for a stranger."""
    changed_at: float


class DraftedMedia(ABC):
    """What stores have in common whose files are made on the disk here and named alike."""

    def __init__(self, drafts: Path) -> None:
        """Files gather in the folder ``drafts``."""
        self._drafts = drafts
        self._sweep()

    @abstractmethod
    def _keep(self, draft: "LocalDraft") -> MediaFile:
        """Do as a Keep does."""

    @abstractmethod
    def _entries(self) -> AsyncIterator[Entry]:
        """Go through all that lies in the store, a little of it in memory at a time."""

    async def walk(self, *, before: float | None = None) -> AsyncIterator[MediaFile]:
        """Every file, with ``before`` unless it was kept (again) since."""
        async for _, file, changed_at in self._entries():
            if file is not None and (before is None or changed_at < before):
                yield file

    async def strangers(self) -> AsyncIterator[str]:
        """What somebody else laid there."""
        async for name, file, _ in self._entries():
            if file is None:  # whose name need not be text
                yield name.encode("utf-8", "surrogateescape").decode(errors="replace")

    def begin(self) -> "LocalDraft":
        """Begin a draft that nobody sweeps away."""
        with complaints():
            make_folder(self._drafts.parent)
            make_folder(self._drafts)
            while True:
                descriptor, name = tempfile.mkstemp(dir=self._drafts)  # mode 0600
                draft = LocalDraft(Path(name), descriptor, self._keep)
                try:
                    fcntl.flock(descriptor, fcntl.LOCK_EX)
                    is_ours = os.fstat(descriptor).st_nlink > 0
                except BaseException:
                    draft.drop()
                    raise
                if is_ours:
                    return draft
                draft.drop()  # swept between its making and its locking

    def save(self, chunks: Iterable[bytes]) -> MediaFile:
        """Keep the bytes, once; when this returns the store has them."""
        draft = self.begin()
        try:
            for chunk in chunks:
                draft.write(chunk)
            return draft.keep()
        finally:
            draft.drop()

    def _sweep(self) -> None:
        """Remove what crashes left.  A folder out of order is said when it is used."""
        with suppress(StorageError), complaints():
            for path in self._drafts.iterdir() if self._drafts.exists() else ():
                with suppress(StorageError), complaints():
                    _remove_unlocked(path)


class LocalDraft:
    """A file in the making, under its writer's lock."""

    def __init__(self, path: Path, descriptor: int, keep: Keep) -> None:
        """Take over ``descriptor``."""
        self.path = path
        self.descriptor = descriptor
        self._keep = keep
        self._is_open = True
        self._digest = hashlib.sha256()
        self._size = 0

    def write(self, chunk: bytes) -> None:
        """Add bytes."""
        with complaints():
            rest = memoryview(chunk)
            while rest:
                rest = rest[os.write(self.descriptor, rest) :]
        self._digest.update(chunk)
        self._size += len(chunk)

    def keep(self) -> MediaFile:
        """Make it a file of the store.  Raises InvalidValue, StorageError."""
        return self._keep(self)

    def describe(self) -> MediaFile:
        """Say what was written; InvalidValue when that is no picture or video."""
        with complaints():
            head = os.pread(self.descriptor, HEAD, 0)
        return MediaFile(self._digest.hexdigest(), read_type(head), self._size)

    def publish(self, path: Path) -> None:
        """Give it a name, all of it being on the disk."""
        os.fsync(self.descriptor)
        self.path.replace(path)

    def drop(self) -> None:
        """Remove it, unless it was published; a second time does nothing."""
        if self._is_open:
            self._is_open = False
            with suppress(OSError):
                self.path.unlink()
            os.close(self.descriptor)


def _remove_unlocked(path: Path) -> None:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except FileNotFoundError:
        return  # kept or dropped meanwhile
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        path.unlink(missing_ok=True)
    except BlockingIOError:
        pass  # its writer lives
    finally:
        os.close(descriptor)

"""A folder in which files appear whole or not at all, for their owner only.

A file is written in the folder of the records, and moved to its place once all of it is there.
What a crash left of one is overwritten by the next.
"""

import fcntl
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Self

from storykeep.core.errors import StorageError

RECORDS = "storykeep"
"""The folder of the records."""
_FLAGS = os.O_CREAT | os.O_RDWR | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC
_SECONDS = 2
"""How exactly a file system keeps a time."""
_CHUNK = 1 << 20


class ExportFolder:
    """The folder, while one export writes into it."""

    def __init__(self, root: Path) -> None:
        """Make it, unless it is there.  Raises StorageError, also when another export writes."""
        self._root = root
        self._safe: set[Path] = set()
        with _complaints():
            root.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._make(root / RECORDS)
            self._lock = os.open(root / RECORDS, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(self._lock)
            raise StorageError(f"Another export writes into {root}: wait for it.") from error

    def has(self, path: str, size: int, moment: int) -> bool:
        """Tell whether the file is there, by its size and time, which are set before its name."""
        try:
            found = (self._root / path).lstat()
        except OSError:
            return False
        return found.st_size == size and abs(found.st_mtime - moment) < _SECONDS

    def begin(self, path: str) -> "Draft":
        """Begin the file at ``path``.  Raises StorageError."""
        target = self._root / path
        # Two at most are under way: a record, and one of the files that it tells of.
        ending = ".record" if target.suffix == ".jsonl" else ".file"
        with _complaints():
            self._make(target.parent)
            return Draft(self._root / RECORDS / f"unfinished{ending}", target)

    def write(self, path: str, content: bytes, moment: int) -> None:
        """Write a small file, unless it is there as it should be.  Raises StorageError."""
        with _complaints():
            target = self._root / path
            if self.has(path, len(content), moment) and target.read_bytes() == content:
                return
        with self.begin(path) as draft:
            draft.write(content)
            draft.keep(moment)

    def close(self) -> None:
        """Let another export write."""
        os.close(self._lock)

    def _make(self, folder: Path) -> None:
        """Make a folder in the export; a link in its place may lead anywhere."""
        if folder in self._safe or folder == self._root:
            return
        self._make(folder.parent)
        with suppress(FileExistsError):
            folder.mkdir(mode=0o700)
        if folder.is_symlink():
            raise StorageError(f"{folder} is a symbolic link: not followed.")
        self._safe.add(folder)


class Draft:
    """A file in the making; it is gone when it is not kept."""

    def __init__(self, path: Path, target: Path) -> None:
        self._path, self._target = path, target
        self._file = os.fdopen(os.open(path, _FLAGS, 0o600), "w+b", _CHUNK)
        self._digest = hashlib.sha256()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        with suppress(OSError):
            self._path.unlink()
        with suppress(OSError):  # what could not be written then cannot now
            self._file.close()

    @property
    def sha256(self) -> str:
        """Of what was written so far."""
        return self._digest.hexdigest()

    def write(self, chunk: bytes) -> None:
        """Add bytes.  Raises StorageError."""
        with _complaints():
            self._file.write(chunk)
        self._digest.update(chunk)

    def keep(self, moment: int | None = None) -> None:
        """Give it its name, and ``moment`` as its time.

        One without a moment outlasts a power cut, and a file of the same bytes stays as it is.
        """
        with _complaints():
            self._file.flush()
            if moment is not None:
                os.utime(self._path, (moment, moment))
            elif self._is_there():
                return
            else:
                os.fsync(self._file.fileno())
            self._path.replace(self._target)

    def _is_there(self) -> bool:
        try:
            with self._target.open("rb") as file:
                return hashlib.file_digest(file, "sha256").hexdigest() == self.sha256
        except FileNotFoundError:
            return False


@contextmanager
def _complaints() -> Iterator[None]:
    """Make what the operating system says ours."""
    try:
        yield
    except OSError as error:
        raise StorageError(f"The folder cannot be written: {error}") from error

"""The files below the paths that were named: no link is followed, no device is opened."""

import os
import stat
import tempfile
from collections.abc import Iterable, Iterator
from io import BufferedReader, FileIO
from pathlib import Path
from typing import NamedTuple

from storykeep.importers.port import Skipped

BUFFER = 1 << 20
SPOOL_BYTES = 1 << 20

_OWN = "storykeep's own folder: left alone"

# Between looking and opening a file may be exchanged for a link, or for a pipe that hangs us.
_FLAGS = os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK


class DiskFile(NamedTuple):
    """A regular file."""

    path: Path
    size: int
    modified_at: int

    def open(self) -> BufferedReader:
        """Open it for reading.  Raises OSError."""
        return BufferedReader(FileIO(os.open(self.path, _FLAGS)), BUFFER)


class Folder(NamedTuple):
    """A folder, by what is the same however one got there."""

    device: int
    inode: int


def look_at(path: Path) -> DiskFile | Folder | Skipped:
    """Say what is at ``path``."""
    try:
        found = path.lstat()
    except (OSError, ValueError) as error:
        return unreadable(path, error)
    if stat.S_ISREG(found.st_mode):
        return DiskFile(path, found.st_size, int(found.st_mtime))
    if stat.S_ISDIR(found.st_mode):
        return Folder(found.st_dev, found.st_ino)
    is_link = stat.S_ISLNK(found.st_mode)
    return Skipped(path, "a symbolic link: not followed" if is_link else "not a regular file")


def unreadable(path: Path, error: Exception) -> Skipped:
    """Say why ``path`` was left out."""
    reason = error.strerror if isinstance(error, OSError) else None
    return Skipped(path, f"cannot be read: {reason or error}")


def outermost(paths: Iterable[Path]) -> list[Path]:
    """Return ``paths`` in their order, without those that others of them hold."""
    # Not resolve(): a link that was named is no second name of what it points to.
    named = {Path(os.path.abspath(path)): path for path in paths}  # noqa: PTH100
    return [
        path
        for whole, path in named.items()
        if not any(parent in named for parent in whole.parents)
    ]


def walk(roots: Iterable[Path], own_folder: Path) -> Iterator[DiskFile | Skipped]:
    """Go through the files below ``roots``, sorted by name; what is no file is Skipped.

    ``own_folder`` is left alone: closing a database file that was opened beside SQLite drops
    the locks that protect it.
    """
    own = own_folder.resolve()
    for root in outermost(roots):
        if own in root.resolve().parents:
            yield Skipped(root, _OWN)
        else:
            yield from _walk(root, own)


def _walk(root: Path, own: Path) -> Iterator[DiskFile | Skipped]:
    pending = [iter([root])]  # no recursion: folders may lie as deep as they like
    while pending:
        path = next(pending[-1], None)
        if path is None:
            pending.pop()
            continue
        found = look_at(path)
        if not isinstance(found, Folder):
            yield found
        elif found == look_at(own):  # each time: it may have been made only now
            yield Skipped(path, _OWN)
        else:
            try:
                pending.append(_entries(path))
            except OSError as error:
                yield unreadable(path, error)


def files_beside(folder: Path) -> Iterator[DiskFile]:
    """Go through the regular files of one folder, sorted by name."""
    try:
        entries = _entries(folder)
    except OSError:
        return
    for found in map(look_at, entries):
        if isinstance(found, DiskFile):
            yield found


def _entries(folder: Path) -> Iterator[Path]:
    # Names, not paths: a folder may hold very many.
    with os.scandir(folder) as entries:
        names = sorted(entry.name for entry in entries)
    return (folder / name for name in names)


class Spool:
    """Paths set aside until later; many of them lie on the disk, not in memory."""

    def __init__(self) -> None:
        self._file = tempfile.SpooledTemporaryFile(max_size=SPOOL_BYTES)  # noqa: SIM115 - close()

    def add(self, path: Path) -> None:
        """Set ``path`` aside."""
        self._file.write(os.fsencode(path) + b"\0")

    def __iter__(self) -> Iterator[Path]:
        """Go through the paths, once, in the order they came."""
        self._file.seek(0)
        rest = b""
        while chunk := self._file.read(BUFFER):
            *whole, rest = (rest + chunk).split(b"\0")
            for path in whole:
                yield Path(os.fsdecode(path))

    def close(self) -> None:
        """Give the disk back."""
        self._file.close()


def measure(roots: Iterable[Path], own_folder: Path) -> int:
    """Return how many bytes ``walk`` will lead to."""
    return sum(found.size for found in walk(roots, own_folder) if isinstance(found, DiskFile))

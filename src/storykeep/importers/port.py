"""What an importer is: one format, told by what a file holds and never by its name."""

import os
from collections.abc import Iterator
from io import BufferedReader, FileIO
from pathlib import Path
from typing import NamedTuple, Protocol

from msgspec import Struct

from storykeep.core.copies import AccountCopy, Copied
from storykeep.core.media import KeptFile
from storykeep.core.sighting import Kind, Problem, Sighting

HEAD = 1 << 15
"""How many bytes of a file are shown to those who may claim it."""
BUFFER = 1 << 20

# Between looking and opening a file may be exchanged for a link, or for a pipe that hangs us.
_FLAGS = os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK


class File(Struct, frozen=True):
    """A regular file; a format may have its own kind, which opens what lies in another file."""

    path: Path
    size: int
    modified_at: int
    """Unix seconds."""

    def open(self) -> BufferedReader:
        """Open it for reading.  Raises OSError."""
        return BufferedReader(FileIO(os.open(self.path, _FLAGS)), BUFFER)


class Skipped(NamedTuple):
    """A file, or a part of one, that was left out."""

    path: Path
    reason: str


class MediaFound(NamedTuple):
    """A picture or video, and the story in the archive that it belongs to."""

    file: File
    story_pk: int
    kind: Kind | None = None
    """What it must be; None where any will do."""
    kept: KeptFile | None = None
    """As an export says that it was kept: other bytes are not it."""
    accounts: frozenset[int] = frozenset()
    """Whose story it is, one of them, where an export says so."""


Finding = Sighting | AccountCopy | Copied | MediaFound | Skipped | Problem


class Read(NamedTuple):
    """A step: what was found in the file at ``path``, and how many bytes of it are done."""

    path: Path
    finding: Finding | File | None
    """A File is a picture or video whose story is to be found by its name; None says that the
    file was read to its end, and not left out."""
    done: int = 0


class Importer(Protocol):
    """One format: a module, or what has its two functions."""

    def claims(self, head: bytes) -> bool:
        """Tell whether a file that begins with ``head`` is of this format."""
        ...

    def read(self, file: File, stream: BufferedReader) -> Iterator[Finding]:
        """Go through what ``file``, open at its beginning as ``stream``, holds.

        Media come after the sighting of their story.  What cannot be read is Skipped or a
        Problem; BrokenError, NotACapture and OSError may be raised and nothing else.  A file
        that yields no sighting is left out, for the first reason that was given.
        """
        ...


def unreadable(path: Path, error: Exception) -> Skipped:
    """Say why ``path`` was left out."""
    reason = error.strerror if isinstance(error, OSError) else None
    return Skipped(path, f"cannot be read: {reason or error}")

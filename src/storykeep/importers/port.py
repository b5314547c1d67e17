"""What an importer is: one format, told by what a file holds and never by its name."""

from collections.abc import Iterator
from io import BufferedReader
from pathlib import Path
from typing import NamedTuple, Protocol

from storykeep.core.sighting import Problem, Sighting

HEAD = 8192
"""How many bytes of a file are shown to those who may claim it."""


class File(Protocol):
    """A file below a path that was named."""

    @property
    def path(self) -> Path:
        """Where it is: for people, and to find what lies beside it."""
        ...

    @property
    def size(self) -> int:
        """Bytes, as the folder says."""
        ...

    @property
    def modified_at(self) -> int:
        """Unix seconds."""
        ...

    def open(self) -> BufferedReader:
        """Open it for reading.  Raises OSError."""
        ...


class Skipped(NamedTuple):
    """A file, or a part of one, that was left out."""

    path: Path
    reason: str


class MediaFound(NamedTuple):
    """A picture or video, and the story in the archive that it belongs to."""

    file: File
    story_pk: int


Finding = Sighting | MediaFound | Skipped | Problem


class Importer(Protocol):
    """One format."""

    def claims(self, file: File, head: bytes) -> bool:
        """Tell whether ``file``, which begins with ``head``, is of this format."""
        ...

    def read(self, file: File, stream: BufferedReader) -> Iterator[Finding]:
        """Go through what ``file``, open at its beginning as ``stream``, holds.

        Media come after the sighting of their story.  What cannot be read is Skipped or a
        Problem; OSError may be raised and nothing else.  A file that yields no sighting is
        left out, for the first reason that was given.
        """
        ...

"""A file on its way to the disk: under its name only when all of it is there and right."""

import fcntl
import hashlib
import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from storykeep.client.answers import STRONG_TAG
from storykeep.client.errors import PartInUse

PIECE = 1 << 20


class Part:
    """The bytes so far, in ``NAME.part``; beside it, in ``NAME.part.etag``, of which version.

    A part that a crash left is taken up again.  It is locked, so that two downloads of one
    file never mix.  POSIX only.
    """

    def __init__(self, to: Path) -> None:
        """Open the part, a left-over one with what it holds.  Raises PartInUse, OSError.

        ``{ext}`` in the name stands for the ending that the file's type will have.
        """
        self._to = to
        name = to.name.replace("{ext}", "part") if "{ext}" in to.name else f"{to.name}.part"
        self._path = to.with_name(name)
        self._tag_path = to.with_name(f"{name}.etag")
        self._hash = hashlib.sha256()
        self.tag: str | None = None
        self.size = 0
        to.parent.mkdir(parents=True, exist_ok=True)
        flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW
        self._file = os.fdopen(os.open(self._path, flags, 0o666), "r+b", buffering=0)
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            # Whoever had the lock may have finished since, and the path is another file's.
            is_mine = os.path.samestat(os.fstat(self._file.fileno()), self._path.stat())
        except (BlockingIOError, FileNotFoundError):
            is_mine = False
        if not is_mine:
            self._file.close()
            raise PartInUse
        with suppress(FileNotFoundError):
            self.tag = self._tag_path.read_text("latin-1")
        if STRONG_TAG.fullmatch(self.tag or "") is None:
            self.begin(None)
        while piece := self._file.read(PIECE):
            self._count(piece)

    def condition(self) -> Mapping[str, str]:
        """The headers that ask for the rest, if there is a beginning whose version is known."""
        if not self.size or self.tag is None:
            return {}
        return {"range": f"bytes={self.size}-", "if-range": self.tag}

    def begin(self, tag: str | None) -> None:
        """Forget what there is: the file of this version comes from its beginning."""
        self._file.seek(0)
        self._file.truncate(0)
        self._hash, self.size, self.tag = hashlib.sha256(), 0, tag
        self._tag_path.unlink(missing_ok=True)
        if tag is not None:
            self._tag_path.write_text(tag, "ascii")

    def write(self, piece: bytes) -> None:
        """Add the next bytes."""
        view = memoryview(piece)
        while view:
            view = view[self._file.write(view) :]
        self._count(piece)

    @property
    def sha256(self) -> str:
        """The digest of what there is."""
        return self._hash.hexdigest()

    def publish(self, extension: str) -> Path:
        """Give the file its name, once it is on the disk; what had that name is replaced."""
        path = self._to.with_name(self._to.name.replace("{ext}", extension))
        os.fsync(self._file.fileno())
        self._path.replace(path)
        self._tag_path.unlink(missing_ok=True)
        return path

    def close(self) -> None:
        """Leave what there is for the next time."""
        if not self.size:
            self._path.unlink(missing_ok=True)
            self._tag_path.unlink(missing_ok=True)
        self._file.close()

    def _count(self, piece: bytes) -> None:
        self._hash.update(piece)
        self.size += len(piece)

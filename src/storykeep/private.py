"""Files for their owner's eyes, and that they outlast a power cut."""

import fcntl
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Literal


@contextmanager
def opened_folder(folder: Path, lock: Literal["shared", "alone"] | None = None) -> Iterator[int]:
    """Open a folder for syncing, locked against whoever locks it too."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        if lock is not None:
            fcntl.flock(descriptor, fcntl.LOCK_SH if lock == "shared" else fcntl.LOCK_EX)
        yield descriptor
    finally:
        os.close(descriptor)


def write_private(
    path: Path, content: bytes, *, mode: int = 0o600, is_replaced: bool = True
) -> None:
    """Put a file there, at once and whole, so that it outlasts a power cut.

    It never has a wider mode, whatever the umask.  One that is there may be left, so that programs
    which make it at the same time agree on one.  Raises OSError.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor, draft = tempfile.mkstemp(dir=path.parent)  # mode 0600
    try:
        with os.fdopen(descriptor, "wb") as file:
            os.fchmod(descriptor, mode)
            file.write(content)
            file.flush()
            os.fsync(descriptor)
        if is_replaced:
            Path(draft).replace(path)
        else:
            with suppress(FileExistsError):
                os.link(draft, path)
        with opened_folder(path.parent) as folder:
            os.fsync(folder)
    finally:
        Path(draft).unlink(missing_ok=True)

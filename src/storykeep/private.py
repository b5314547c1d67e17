"""Files for their owner's eyes: the secrets that this server keeps."""

import os
import tempfile
from contextlib import suppress
from pathlib import Path


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
        folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    finally:
        Path(draft).unlink(missing_ok=True)

"""A folder of ours on a disk: made for us alone, durable, and its complaints told."""

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from storykeep.core.errors import StorageError
from storykeep.private import opened_folder

log = logging.getLogger(__name__)


def make_folder(folder: Path) -> None:
    """Make a folder that nobody else can read, and its name durable, unless it is there."""
    if not folder.is_dir():
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with opened_folder(folder.parent) as parent:
            os.fsync(parent)


@contextmanager
def complaints(what: str = "media store", event: str = "media_failed") -> Iterator[None]:
    """Make what the operating system says a StorageError, logged."""
    try:
        yield
    except OSError as error:
        raise broken(str(error), what=what, event=event) from error


def broken(
    reason: str,
    kind: type[StorageError] = StorageError,
    what: str = "media store",
    event: str = "media_failed",
) -> StorageError:
    """Return the error that says so, logged: callers are told no more than its kind."""
    log.error(event, extra={"reason": reason})
    return kind(f"The {what} is out of order: {reason}")

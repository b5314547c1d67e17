"""Sessions in a folder, one sealed file each: AES-GCM under the operator's key.

The key comes from outside the folder, so that a copy of the folder opens nothing.
"""

import hashlib
import logging
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from storykeep.core.errors import StorageError
from storykeep.core.ids import read_username
from storykeep.private import write_private

log = logging.getLogger(__name__)

MIN_KEY = 32
"""The fewest characters of a key.  It is not stretched: it has to be random, not a password."""

_HEAD = b"storykeep session 1\n"
_NONCE = 12
_SUFFIX = ".session"


class FolderSessions:
    """A SessionStore in a folder, which is made when the first session is saved."""

    def __init__(self, root: Path, key: str) -> None:
        """Without a ``key``, sessions can be named and removed, and nothing else."""
        self._root = root
        self._key = key

    def names(self) -> Sequence[str]:
        """The names, in order."""
        with _complaints():
            found = self._root.iterdir() if self._root.is_dir() else ()
            return sorted(path.stem for path in found if path.suffix == _SUFFIX)

    def load(self, name: str) -> bytes | None:
        """The session as it was saved; None when there is none."""
        path, cipher = self._path(name), self._cipher()
        with _complaints():
            if not path.exists():
                return None
            sealed = path.read_bytes()
        nonce, rest = sealed[len(_HEAD) :][:_NONCE], sealed[len(_HEAD) + _NONCE :]
        try:
            # The name is sealed along: a file does not open under another one.
            return cipher.decrypt(nonce, rest, path.name.encode())
        except (InvalidTag, ValueError):
            raise StorageError(
                f"STORYKEEP_SESSION_KEY does not open the session {name}. The operator sets the"
                " key that it was added with, or adds the session anew."
            ) from None

    def save(self, name: str, session: bytes) -> None:
        """Keep the session; the one before stays until all of it is on the disk."""
        path, nonce = self._path(name), os.urandom(_NONCE)
        sealed = _HEAD + nonce + self._cipher().encrypt(nonce, session, path.name.encode())
        with _complaints():
            write_private(path, sealed)

    def remove(self, name: str) -> bool:
        """Forget the session, and say whether there was one."""
        path = self._path(name)
        with _complaints():
            is_there = path.exists()
            path.unlink(missing_ok=True)
        return is_there

    def _path(self, name: str) -> Path:
        return self._root / f"{read_username(name)}{_SUFFIX}"

    def _cipher(self) -> AESGCM:
        if len(self._key) < MIN_KEY:
            raise StorageError(
                f"Sessions are sealed with a key of at least {MIN_KEY} random characters. Make one"
                " with `openssl rand -hex 32 > key` and set STORYKEEP_SESSION_KEY_FILE=key."
            )
        return AESGCM(hashlib.sha256(self._key.encode()).digest())


@contextmanager
def _complaints() -> Iterator[None]:
    """Make what the operating system says ours."""
    try:
        yield
    except OSError as error:
        log.error("sessions_failed", extra={"reason": str(error)})  # noqa: TRY400 - it says all
        raise StorageError(f"The folder of sessions is out of order: {error}") from error

"""A secret of this server in a file of its own: made once, and the same for ever after."""

import logging
import secrets
from pathlib import Path

from storykeep.core.errors import StorageError
from storykeep.private import write_private

log = logging.getLogger(__name__)

_BYTES = 32


def open_secret(path: Path) -> bytes:
    """Return the secret in that file, which is made where there is none.

    Only its owner can read it, and programs that make it at the same time agree on one.
    Raises StorageError, also for a file that holds none: what was signed with a lost secret is
    void, so it is never replaced here.
    """
    try:
        if not path.exists():
            made = f"{secrets.token_hex(_BYTES)}\n".encode()
            write_private(path, made, is_replaced=False)
        secret = path.read_bytes().strip()
    except OSError as error:
        raise _broken(f"{path} cannot be read or made: {error.strerror or error}.") from error
    if len(secret) < _BYTES:
        raise _broken(f"{path} holds no secret: bring it back, or remove it to have another.")
    return secret


def _broken(reason: str) -> StorageError:
    log.error("secret_failed", extra={"reason": reason})
    return StorageError(reason)

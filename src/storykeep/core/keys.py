"""Access keys: 256 random bits with a readable prefix and a checksum.

``keep_`` + 43 characters of the secret + 6 of a CRC-32, all base 62.  The prefix makes a key
recognisable wherever it leaks to; the checksum tells a mistyped key without a look-up.
"""

import hashlib
import zlib

from storykeep.core.ids import spell

PREFIX = "keep_"
SECRET_BYTES = 32
SHOWN = 12
"""How many first characters are stored beside the digest, for people to tell keys apart."""

_LETTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_SECRET_LENGTH = 43
_SUM_LENGTH = 6


def create_key(entropy: bytes) -> str:
    """Return the key that 32 random bytes make."""
    if len(entropy) != SECRET_BYTES:
        raise ValueError(f"a key needs {SECRET_BYTES} random bytes")
    body = PREFIX + spell(int.from_bytes(entropy), _LETTERS, _SECRET_LENGTH)
    return body + _checksum(body)


def is_well_formed(key: str) -> bool:
    """Tell whether ``key`` can be one of ours: prefix, length and checksum fit."""
    body, checksum = key[:-_SUM_LENGTH], key[-_SUM_LENGTH:]
    return (
        key.startswith(PREFIX)
        and len(body) == len(PREFIX) + _SECRET_LENGTH
        and checksum == _checksum(body)
    )


def digest_of(key: bytes) -> bytes:
    """Return what is stored: SHA-256.  A slow hash protects passwords; 256 bits need none."""
    return hashlib.sha256(key).digest()


def _checksum(body: str) -> str:
    return spell(zlib.crc32(body.encode()), _LETTERS, _SUM_LENGTH)

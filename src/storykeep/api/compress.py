"""JSON in fewer bytes, for who asks for it."""

import gzip
from functools import lru_cache

from storykeep.core.zstd import compress as zstd

WORTH_IT = 1024
"""Bytes below which compressing costs more than it saves."""


def compressed(body: bytes, accept_encoding: bytes) -> tuple[bytes, bytes | None]:
    """Return the body as the client likes it, and the name of the coding, None for as it was."""
    coding = choose(accept_encoding) if len(body) >= WORTH_IT else None
    if coding == b"zstd":
        return zstd(body, 3), coding
    if coding == b"gzip":
        return gzip.compress(body, 5, mtime=0), coding
    return body, None


@lru_cache(maxsize=256)
def choose(accept_encoding: bytes) -> bytes | None:
    """Return zstd, gzip or None: the coding the client ranks highest, zstd among equals."""
    ranks: dict[bytes, float] = {}
    for item in accept_encoding.lower().split(b","):
        name, _, parameter = item.partition(b";")
        ranks[name.strip()] = _quality(parameter)
    rest = ranks.get(b"*", 0.0)
    best = max((b"zstd", b"gzip"), key=lambda name: ranks.get(name, rest))
    return best if ranks.get(best, rest) > 0 else None


def _quality(parameter: bytes) -> float:
    name, _, value = parameter.strip().partition(b"=")
    if name.strip() != b"q":
        return 1.0
    try:
        return float(value)
    except ValueError:
        return 0.0

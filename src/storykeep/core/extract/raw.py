"""Raw payloads as bytes: what a capture held, kept so that a better mapper can read it again."""

from typing import Any

from msgspec import json

_MAX_DEPTH = 64
"""Real payloads are about ten levels deep."""
_MAX_INT_BITS = 1024

_encode = json.Encoder().encode


def encode_raw(value: dict[str, Any]) -> tuple[bytes, dict[str, Any]]:
    """Return ``value`` as JSON, and ``value`` again, fit to be read.

    What no JSON can hold is mended first, in a copy: broken surrogates become U+FFFD, what
    lies too deep and numbers beyond measure become null.
    """
    try:
        return _encode(value), value
    except (ValueError, TypeError, RecursionError):
        mended: dict[str, Any] = _mend(value)
        return _encode(mended), mended


def _mend(value: object) -> Any:
    """Copy JSON without recursion, with what cannot be written replaced."""
    box: dict[str, Any] = {"": None}
    pending: list[tuple[Any, Any, Any, int]] = [(value, box, "", 0)]
    while pending:
        source, target, key, depth = pending.pop()
        if isinstance(source, (dict, list)) and depth < _MAX_DEPTH:
            entries = source.items() if isinstance(source, dict) else enumerate(source)
            copy: Any = {} if isinstance(source, dict) else [None] * len(source)
            target[key] = copy
            for name, entry in entries:
                fit = _scalar(name)
                copy[fit] = None  # keeps the order: entries are filled in from the last one
                pending.append((entry, copy, fit, depth + 1))
        else:
            target[key] = _scalar(source)
    return box[""]


def _scalar(value: object) -> object:
    """Return a value that JSON can hold in place of ``value``."""
    if isinstance(value, str):
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, int):
        return value if value.bit_length() <= _MAX_INT_BITS else None
    return value if isinstance(value, float) else None

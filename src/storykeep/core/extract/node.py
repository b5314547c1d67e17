"""One object of a raw payload, read with care: what is wrong becomes a Problem, not an error.

A missing value and null are both "nothing", and no Problem.  A value of another kind than
asked for is reported with its path and read as nothing, so that the rest is not lost with it.
"""

from collections.abc import Callable
from contextlib import suppress
from functools import cache
from math import isfinite, nan
from typing import Any, TypeVar, get_args

from msgspec import DecodeError, Struct, json
from msgspec.structs import fields

from storykeep.core.ids import is_int, read_whole
from storykeep.core.sighting import Problem

T = TypeVar("T")
S = TypeVar("S", bound=Struct)

_MAX_OPENINGS = 256
"""How many lists and objects a free-form object may hold before it is suspect."""
_MAX_DEPTH = 64
"""Real payloads are about ten levels deep."""
_NO_BRACKETS = bytes({*range(256)} - {*b"[]{}"})
_MAX_INT_BITS = 1024
_MAX_ENTRIES = 1_000
"""Of a list in an item.  Real ones have a dozen renditions or stickers."""
_encode = json.Encoder().encode
_ADDRESSES = frozenset({"profile_pic_url", "profile_pic_url_hd", "url"})
"""The texts of a Story that must be web addresses."""


def as_text(value: object) -> str:
    """Return a text; numbers are written out, for ids come both ways."""
    if isinstance(value, str):
        return value
    if is_int(value):
        return str(value)
    raise ValueError("not a text")


def as_address(value: object) -> str | None:
    """Return an http(s) address; an empty one is None."""
    if value == "":
        return None
    if isinstance(value, str) and value.startswith(("https://", "http://")):
        return value
    raise ValueError("not a web address")


def as_number(value: object) -> float:
    """Return a finite number, also of its text."""
    try:
        number = float(value) if isinstance(value, (float, str)) or is_int(value) else nan
    except ValueError:
        number = nan
    if not isfinite(number):
        raise ValueError("not a number")
    return number


def as_whole(value: object) -> int:
    """Return a whole number of 64 bits, also of its text."""
    number = read_whole(value)
    if number is None:
        raise ValueError("not a whole number")
    return number


def as_id(value: object) -> str | int:
    """Return an id, which the vendor writes as it comes: a text or a number."""
    return value if is_int(value) else as_text(value)


def as_flag(value: object) -> bool:
    """Return a truth value, also written as 0 or 1."""
    if isinstance(value, int) and value in (0, 1):
        return bool(value)
    raise ValueError("not true or false")


def as_object(value: object) -> dict[str, Any]:
    """Return an object of any content, as it is once it was written as JSON."""
    if not isinstance(value, dict):
        raise ValueError("not an object")  # noqa: TRY004 - as the other readers
    text = json.encode(value)
    if text.count(b"{") + text.count(b"[") <= _MAX_OPENINGS:
        with suppress(DecodeError):
            return json.decode(text, type=dict[str, Any])
    raise ValueError("not an object that JSON can hold")


_READERS: dict[Any, Callable[[Any], Any]] = {
    str | None: as_text,
    float: as_number,
    float | None: as_number,
    int | None: as_whole,
    str | int | None: as_id,
    bool | None: as_flag,
    dict[str, Any] | None: as_object,
}


class Node:
    """An object somewhere in a payload, and the list that its Problems go to."""

    __slots__ = ("data", "path", "problems", "story_pk")

    def __init__(
        self, data: dict[str, Any], path: str, problems: list[Problem], story_pk: str | None
    ) -> None:
        """``path`` is what a key is appended to: empty, or ending in a dot."""
        self.data = data
        self.path = path
        self.problems = problems
        self.story_pk = story_pk

    def report(self, key: str, reason: str) -> None:
        """Note a Problem with ``key``; with this object itself when ``key`` is empty."""
        field = f"{self.path}{key}".removesuffix(".")
        self.problems.append(Problem(field, reason, self.story_pk))

    def get(self, key: str, read: Callable[[Any], T | None], default: T | None = None) -> T | None:
        """Return a value as ``read`` returns it; ``default`` stands for a missing key."""
        value = self.data.get(key, default)
        if value is None:
            return None
        try:
            return read(value)
        except ValueError as error:
            self.report(key, str(error))
            return default

    def need(self, key: str, read: Callable[[Any], T | None]) -> T | None:
        """Return a value as ``read`` returns it; that there is none is a Problem."""
        if self.data.get(key) in (None, ""):
            self.report(key, "missing")
            return None
        return self.get(key, read)

    def fill(self, kind: type[S], **given: Any) -> S:
        """Make a ``kind`` of what lies here under its fields' names, and of what is ``given``."""
        for key, read, is_nullable in _plain_fields(kind):
            if key in given or key not in self.data:
                continue
            value = self.data[key]
            if value is not None:
                try:
                    given[key] = read(value)
                except ValueError as error:
                    self.report(key, str(error))
            elif is_nullable:
                given[key] = None
        return kind(**given)

    def pk(self, *keys: str) -> str | None:
        """Return the decimal id that the first of ``keys`` with a usable one holds."""
        for key in keys:
            value = self.data.get(key)
            if (pk := read_pk(value)) is not None:
                return pk
            if value is not None:
                self.report(key, "not a decimal id from 1 to 2^63-1")
        return None

    def child(self, key: str) -> "Node | None":
        """Return the object under ``key``."""
        value = self.data.get(key)
        if isinstance(value, dict):
            return Node(value, f"{self.path}{key}.", self.problems, self.story_pk)
        if value is not None:
            self.report(key, "not an object")
        return None

    def about(self, key: str) -> "Node | None":
        """Return the object that a sticker is about: under ``key``, or the sticker itself."""
        if key not in self.data:
            return self
        if self.data[key] is None:
            self.report(key, "missing")
        return self.child(key)

    def children(self, key: str) -> list["Node"]:
        """Return the objects of the list under ``key``."""
        value = self.data.get(key)
        if not isinstance(value, list):
            if value is not None:
                self.report(key, "not a list")
            return []
        if len(value) > _MAX_ENTRIES:
            self.report(key, f"more than {_MAX_ENTRIES:,} entries: the others are left out")
        found = []
        for index, entry in enumerate(value[:_MAX_ENTRIES]):
            if isinstance(entry, dict):
                path = f"{self.path}{key}[{index}]."
                found.append(Node(entry, path, self.problems, self.story_pk))
            else:
                self.report(f"{key}[{index}]", "not an object")
        return found


def read_pk(value: object) -> str | None:
    """Return a decimal id of 1 to 2^63-1 in its plain form; None for anything else."""
    if isinstance(value, float):
        return None  # too coarse for an id
    number = read_whole(value)
    return str(number) if number is not None and number > 0 else None


@cache
def _plain_fields(kind: type[Struct]) -> list[tuple[str, Callable[[Any], Any], bool]]:
    """Return which fields of ``kind`` are no Structs, how each is read, and whether it can be null.

    What is missing or cannot be read is left to the default that the field itself has.
    """
    return [
        (
            field.name,
            as_address if field.name in _ADDRESSES else _READERS[field.type],
            type(None) in get_args(field.type),
        )
        for field in fields(kind)
        if field.type in _READERS
    ]


def encode_raw(value: dict[str, Any]) -> tuple[bytes, dict[str, Any]]:
    """Return ``value`` as JSON, and ``value`` again, fit to be read.

    What no JSON can hold is mended first, in a copy: broken surrogates become U+FFFD, what
    lies too deep and numbers beyond measure become null.
    """
    text = None
    with suppress(ValueError, TypeError, RecursionError):
        text = _encode(value)
        if _is_shallow(text):
            return text, value
    mended: dict[str, Any] = _mend(value)
    return (text, value) if text and mended == value else (_encode(mended), mended)


def _is_shallow(text: bytes) -> bool:
    """Tell whether JSON surely does not lie too deep; brackets in its texts are in doubt."""
    rest = text.translate(None, _NO_BRACKETS)
    for _ in range(_MAX_DEPTH):
        if not rest:
            return True
        rest = rest.replace(b"[]", b"").replace(b"{}", b"")
    return not rest


def _mend(value: object, depth: int = 0) -> Any:
    """Copy JSON, with what cannot be written replaced."""
    if isinstance(value, str):
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, dict) and depth < _MAX_DEPTH:
        return {_mend(key): _mend(entry, depth + 1) for key, entry in value.items()}
    if isinstance(value, list) and depth < _MAX_DEPTH:
        return [_mend(entry, depth + 1) for entry in value]
    if isinstance(value, int):
        return value if value.bit_length() <= _MAX_INT_BITS else None
    return value if isinstance(value, float) else None

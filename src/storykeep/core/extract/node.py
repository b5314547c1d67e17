"""One object of a raw payload, read with care: what is wrong becomes a Problem, not an error.

A missing value and null are both "nothing", and no Problem.  A value of another kind than
asked for is reported with its path and read as nothing, so that the rest is not lost with it.
"""

import re
from collections.abc import Iterator
from math import isfinite
from typing import Any, TypeGuard

from msgspec import MsgspecError, json

from storykeep.core.ids import MAX_PK
from storykeep.core.sighting import Problem

_WHOLE = re.compile(r"-?[0-9]{1,40}", re.ASCII)
_NUMBER = re.compile(r"[-+]?[0-9]{0,40}\.?[0-9]{0,40}(?:[eE][-+]?[0-9]{1,4})?", re.ASCII)
_MAX_OPENINGS = 256
"""How many lists and objects a free-form object may hold before it is suspect."""


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

    def text(self, key: str, default: str | None = None) -> str | None:
        """Return a text; numbers are written out, for ids come both ways.

        ``default`` stands for a missing key; null stays None.
        """
        value = self.data.get(key, default)
        if value is None or isinstance(value, str):
            return value
        if _is_int(value):
            return str(value)
        self.report(key, "not a text")
        return default

    def address(self, key: str) -> str | None:
        """Return an http(s) address; an empty one is None."""
        value = self.data.get(key)
        if value is None or value == "":
            return None
        if isinstance(value, str) and value.startswith(("https://", "http://")):
            return value
        self.report(key, "not a web address")
        return None

    def number(self, key: str, default: float | None = None) -> float | None:
        """Return a finite number, also of its text; ``default`` stands for a missing key."""
        value = self.data.get(key, default)
        if value is None:
            return None
        number = _finite(value)
        if number is None:
            self.report(key, "not a number")
            return default
        return number

    def number_or(self, key: str, default: float) -> float:
        """Return a finite number; ``default`` for a missing key, null and what is no number."""
        number = self.number(key, default)
        return default if number is None else number

    def whole(self, key: str, default: int | None = None) -> int | None:
        """Return a whole number of 64 bits; ``default`` stands for a missing key."""
        value = self.data.get(key, default)
        if value is None:
            return None
        number = read_whole(value)
        if number is None:
            self.report(key, "not a whole number")
            return default
        return number

    def flag(self, key: str) -> bool | None:
        """Return a truth value, also written as 0 or 1."""
        value = self.data.get(key)
        if value is None or isinstance(value, bool):
            return value
        if _is_int(value) and value in (0, 1):
            return value == 1
        self.report(key, "not true or false")
        return None

    def pk(self, *keys: str) -> str | None:
        """Return the decimal id that the first of ``keys`` with a usable one holds."""
        for key in keys:
            value = self.data.get(key)
            if value is not None:
                pk = read_pk(value)
                if pk is not None:
                    return pk
                self.report(key, "not a decimal id from 1 to 2^63-1")
        return None

    def child(self, key: str) -> "Node | None":
        """Return the object under ``key``."""
        value = self.data.get(key)
        if value is None:
            return None
        if isinstance(value, dict):
            return Node(value, f"{self.path}{key}.", self.problems, self.story_pk)
        self.report(key, "not an object")
        return None

    def children(self, key: str) -> Iterator["Node"]:
        """Go through the objects of the list under ``key``."""
        value = self.data.get(key)
        if value is None:
            return
        if not isinstance(value, list):
            self.report(key, "not a list")
            return
        for index, entry in enumerate(value):
            if isinstance(entry, dict):
                path = f"{self.path}{key}[{index}]."
                yield Node(entry, path, self.problems, self.story_pk)
            else:
                self.report(f"{key}[{index}]", "not an object")

    def free_form(self, key: str) -> dict[str, Any] | None:
        """Return an object of any content, as JSON has it; ``{}`` stands for a missing key."""
        value = self.data.get(key, {})
        if value is None:
            return None
        if not isinstance(value, dict):
            self.report(key, "not an object")
            return {}
        plain = _through_json(value)
        if plain is None:
            self.report(key, "not an object that JSON can hold")
            return {}
        return plain


def read_pk(value: object) -> str | None:
    """Return a decimal id of 1 to 2^63-1 in its plain form; None for anything else."""
    if isinstance(value, float):
        return None  # too coarse for an id
    number = read_whole(value)
    return str(number) if number is not None and number > 0 else None


def read_whole(value: object) -> int | None:
    """Return a whole number of 64 bits, also of its text; None for anything else."""
    if _is_int(value):
        return value
    if isinstance(value, str):
        value = int(value) if _WHOLE.fullmatch(value) else None
    elif isinstance(value, float):
        value = int(value) if value.is_integer() else None
    return value if _is_int(value) else None


def _is_int(value: object) -> TypeGuard[int]:
    """Tell whether ``value`` is a number of 64 bits; True and False are none."""
    return type(value) is int and -MAX_PK <= value <= MAX_PK


def _finite(value: object) -> float | None:
    """Return ``value`` as a finite float, also of its text; None for anything else."""
    if isinstance(value, str):
        try:
            value = float(value) if _NUMBER.fullmatch(value) else None
        except ValueError:  # a lone sign or dot
            return None
    elif _is_int(value):
        return float(value)
    return value if isinstance(value, float) and isfinite(value) else None


def _through_json(value: dict[str, Any]) -> dict[str, Any] | None:
    """Return what is left of ``value`` once it was written as JSON; None when it cannot be."""
    if not value:
        return {}
    try:
        text = json.encode(value)
        if text.count(b"{") + text.count(b"[") > _MAX_OPENINGS:
            return None
        return json.decode(text, type=dict[str, Any])
    except (MsgspecError, RecursionError, ValueError):
        return None

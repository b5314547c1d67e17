"""What an operator writes: the options of a source behind its name, ``a=1&b=2``, and sizes."""

from typing import Any, TypeVar, get_origin
from urllib.parse import unquote

from msgspec import Struct, ValidationError, convert
from msgspec.structs import fields

S = TypeVar("S", bound=Struct)


def read_options(text: str, kind: type[S]) -> S:
    """Return the options in ``text`` as a ``kind``, which forbids unknown fields.

    A field that is a tuple may be written several times, any other once.  ``%20`` is a space.
    Raises ValueError that says which options there are.
    """
    lists = {field.name for field in fields(kind) if get_origin(field.type) is tuple}
    given: dict[str, Any] = {}
    for part in filter(None, text.split("&")):
        name, _, value = part.partition("=")
        if name in lists:
            given.setdefault(name, []).append(unquote(value))
        elif name in given:
            raise ValueError(f"{name} is written twice")
        else:
            given[name] = unquote(value)
    try:
        return convert(given, kind, strict=False)
    except ValidationError as error:
        names = ", ".join(field.name for field in fields(kind))
        raise ValueError(f"{error}; the options are {names}") from None


def read_size(text: str) -> int:
    """Return the bytes of ``500MB``, ``50GB`` or ``2TB``; of ``0``, none.  Raises ValueError."""
    for unit, size in (("MB", 10**6), ("GB", 10**9), ("TB", 10**12)):
        if text.endswith(unit):
            return int(text.removesuffix(unit)) * size
    return int(text)

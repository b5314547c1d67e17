"""Query strings → parameters, with FastAPI's complaints.

The vendor's API is a FastAPI application and its clients show what it says, so the words that
are accepted and the 422 bodies are FastAPI's.  A test asks both.  They differ at the edges of
time only: what is wrong with a date in the year 0, or with a unix time far out of range, is
said in other words, and milliseconds with a fraction are read right.
"""

import re
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta, timezone
from functools import partial
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin
from urllib.parse import parse_qsl

from msgspec import NODEFAULT, Meta, Struct
from msgspec.structs import fields

from storykeep.core.errors import InvalidParams


class Parameter(Struct, frozen=True, kw_only=True):
    """One field of a row's params, read apart."""

    name: str
    type: type
    is_nullable: bool
    is_required: bool
    default: Any
    ge: int | None
    choices: tuple[str, ...]
    """The only words for it; none: any of its type."""
    description: str


def read_parameters(params: type[Struct]) -> tuple[Parameter, ...]:
    """Return the fields of ``params`` in their order."""
    found = []
    for item in fields(params):
        parts = _taken_apart(item.type)
        metas = [each for each in parts if isinstance(each, Meta)]
        (kind,) = (each for each in parts if each is not NoneType and each not in metas)
        choices = get_args(kind) if get_origin(kind) is Literal else ()
        found.append(
            Parameter(
                name=item.name,
                type=kind,
                is_nullable=NoneType in parts,
                is_required=item.required,
                default=None if item.default is NODEFAULT else item.default,
                ge=next((int(meta.ge) for meta in metas if meta.ge is not None), None),
                choices=choices,
                description=next((meta.description for meta in metas if meta.description), ""),
            )
        )
    return tuple(found)


def create_parser(params: type[Struct]) -> Callable[[bytes], Struct]:
    """Return the function that makes ``params`` of an ASGI ``query_string``.

    It ignores what ``params`` does not name, takes the last of a repeated parameter, and raises
    InvalidParams with every complaint, in the order of the fields.
    """
    rows = [(each.name, _reader(each), each.is_required) for each in read_parameters(params)]

    def parse(query: bytes) -> Struct:
        texts = _split(query)
        values: dict[str, Any] = {}
        problems: list[dict[str, Any]] = []
        for name, read, is_required in rows:
            text = texts.get(name)
            if text is not None:
                try:
                    values[name] = read(text)
                except _Unreadable as fault:
                    problems.append(_problem(name, text, *fault.args))
            elif is_required:
                problems.append(_problem(name, None, "missing", "Field required"))
        if problems:
            raise InvalidParams(problems)
        return params(**values)

    return parse


def _taken_apart(annotation: Any) -> list[Any]:
    """Return the bare types of an annotation, and what was annotated around them."""
    if get_origin(annotation) in (Annotated, Union, UnionType):
        return [part for each in get_args(annotation) for part in _taken_apart(each)]
    return [annotation]


def _split(query: bytes) -> dict[str, str]:
    text = query.decode("latin-1")
    if "%" in text or "+" in text:
        return dict(parse_qsl(text, keep_blank_values=True))
    # What parse_qsl does when nothing is encoded, in a third of its time.
    return dict([pair.partition("=")[::2] for pair in text.split("&")])


def _problem(
    name: str, given: str | None, kind: str, message: str, ctx: dict[str, Any] | None = None
) -> dict[str, Any]:
    problem = {"type": kind, "loc": ["query", name], "msg": message, "input": given}
    return problem | {"ctx": ctx} if ctx else problem


class _Unreadable(Exception):
    """A text is no value of the wanted type: pydantic's kind, message and perhaps context."""


def _reader(parameter: Parameter) -> Callable[[str], Any]:
    if parameter.choices:
        return partial(_read_choice, parameter.choices)
    if parameter.ge is None:
        return _READERS[parameter.type]
    if parameter.type is int:
        return partial(_read_bounded_int, parameter.ge)
    raise TypeError(f"{parameter.name}: only an integer can have a lower bound")


def _read_choice(choices: tuple[str, ...], text: str) -> str:
    if text not in choices:
        *others, last = (f"'{each}'" for each in choices)
        expected = f"{', '.join(others)} or {last}"
        raise _Unreadable("literal_error", f"Input should be {expected}", {"expected": expected})
    return text


# ------------------------------------------------------------------------------------ integers

# Rust's white space, which pydantic trims: unlike Python's, without the separators 1C-1F.
_WHITE = "\t\n\v\f\r \x85\xa0\u1680" + "".join(map(chr, range(0x2000, 0x200B)))
_WHITE += "\u2028\u2029\u202f\u205f\u3000"
_INT = re.compile(r"([+-]?)(?:0[0_]*)?([1-9](?:_?[0-9])*|(?<=0))(?:\.0+)?")
_LATE_MINUS = re.compile(r"^\+?0[0_]*-_?(?=[1-9]|0(?:\.|$))")  # pydantic reads 0-5 as -5
_MAX_DIGITS = 4300


def _read_int(text: str) -> int:
    match = _INT.fullmatch(_LATE_MINUS.sub("-", text.strip(_WHITE)))
    if match is None:
        message = "Input should be a valid integer, unable to parse string as an integer"
        raise _Unreadable("int_parsing", message)
    sign, digits = match.groups()
    if len(digits) > _MAX_DIGITS:
        message = "Unable to parse input string as an integer, exceeded maximum size"
        raise _Unreadable("int_parsing_size", message)
    return int(sign + (digits or "0"))


def _read_bounded_int(ge: int, text: str) -> int:
    number = _read_int(text)
    if number < ge:
        message = f"Input should be greater than or equal to {ge}"
        raise _Unreadable("greater_than_equal", message, {"ge": ge})
    return number


# ------------------------------------------------------------------------------------ booleans

_BOOLEANS = dict.fromkeys(("1", "on", "t", "true", "y", "yes"), True) | dict.fromkeys(
    ("0", "off", "f", "false", "n", "no"), False
)


def _read_bool(text: str) -> bool:
    claim = _BOOLEANS.get(text.lower())
    if claim is None:
        message = "Input should be a valid boolean, unable to interpret input"
        raise _Unreadable("bool_parsing", message)
    return claim


# --------------------------------------------------------------------------------------- times

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MOST_SECONDS = 2 * 10**10
_UNIX_TIME = re.compile(
    # An exponent needs a dot, as in pydantic; longer numbers are not even milliseconds.
    r"[+-]?(?:0*[0-9]{1,18}|(?:0*[0-9]{1,18}\.[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)"
)
_ISO_TIME = re.compile(
    r"([0-9]{4})-([0-9]{2})-([0-9]{2})"
    r"(?:[Tt _]([01][0-9]|2[0-3]):([0-5][0-9])(?::([0-5][0-9])(?:[.,]([0-9]+))?)?"
    r"(?:[Zz]|([+\u2212-])([01][0-9]|2[0-3]):?([0-5][0-9]))?)?"
)
_DATE_PARTS = (
    (slice(0, 4), re.compile("[0-9]{4}"), "invalid character in year"),
    (slice(4, 5), re.compile("-"), "invalid date separator, expected `-`"),
    (slice(5, 7), re.compile("[0-9]{2}"), "invalid character in month"),
    (slice(7, 8), re.compile("-"), "invalid date separator, expected `-`"),
    (slice(8, 10), re.compile("[0-9]{2}"), "invalid character in day"),
    (slice(5, 7), re.compile("0[1-9]|1[0-2]"), "month value is outside expected range of 1-12"),
)
_DATE_LENGTH = 10


def _read_time(text: str) -> datetime:
    """Read ISO 8601 (naive: UTC) or unix seconds, milliseconds where those pass the year 2603."""
    with suppress(ValueError):  # no such day
        if match := _ISO_TIME.fullmatch(text):
            return _time_from_iso(*match.groups())
        if _UNIX_TIME.fullmatch(text):
            return _time_from_unix(text)
    raise _no_time(_date_fault(text))


def _no_time(fault: str) -> _Unreadable:
    message = f"Input should be a valid datetime or date, {fault}"
    return _Unreadable("datetime_from_date_parsing", message, {"error": fault})


def _time_from_iso(*parts: str | None) -> datetime:
    *numbers, fraction, sign, hours, minutes = parts
    clock = [int(number or 0) for number in numbers]
    microseconds = int((fraction or "0")[:6].ljust(6, "0"))
    offset = timedelta(hours=int(hours or 0), minutes=int(minutes or 0))
    zone = timezone(offset if sign in ("+", None) else -offset)
    return datetime(*clock, microseconds, tzinfo=zone)  # type: ignore[arg-type,misc]


def _time_from_unix(text: str) -> datetime:
    number = float(text) if "." in text else int(text)  # an int loses no milliseconds
    unit = "milliseconds" if abs(number) > _MOST_SECONDS else "seconds"
    try:
        return _EPOCH + timedelta(**{unit: number})
    except OverflowError:
        limit = "before 0000" if number < 0 else "after 9999"
        raise _no_time(f"dates {limit} are not supported as unix timestamps") from None


def _date_fault(text: str) -> str:
    """Return what is wrong with the date that ``text`` begins with."""
    if len(text.encode()) < _DATE_LENGTH:
        return "input is too short"
    for where, wanted, fault in _DATE_PARTS:
        if not wanted.fullmatch(text[where]):
            return fault
    try:
        datetime.fromisoformat(text[:_DATE_LENGTH])
    except ValueError:
        return "day value is outside expected range"
    return "unexpected extra characters at the end of the input"


_READERS: dict[type, Callable[[str], Any]] = {
    str: str,
    int: _read_int,
    bool: _read_bool,
    datetime: _read_time,
}

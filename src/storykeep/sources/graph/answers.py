"""What the Graph API's errors mean, and how much of its budget is left.

Its own words are never repeated: some hold the token.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from msgspec import json

from storykeep.client.answers import NO_JSON
from storykeep.core.errors import (
    SourceDrift,
    SourceError,
    SourceLoginRequired,
    SourceThrottled,
    SourceUnavailable,
)
from storykeep.core.sighting import DAY

PAUSE = 300.0
"""Seconds without a request when the budget, which is of a rolling hour, is nearly used up."""

_NEARLY_ALL = 95
"""Percent."""
_MINUTE = 60
_TOO_MANY, _BROKEN = 429, 500

_MEANINGS: tuple[tuple[frozenset[int], type[SourceError], str], ...] = (
    (frozenset({102, 190}), SourceLoginRequired, "refuses the token: put a new one into its file"),
    (frozenset({4, 17, 32, 341, 613, 80002}), SourceThrottled, "asks us to slow down"),
    (
        frozenset({10, *range(200, 300)}),
        SourceUnavailable,
        "misses a permission: give the app instagram_basic and pages_read_engagement",
    ),
    (frozenset({368}), SourceUnavailable, "blocks the app for a while: see why on its page"),
    (frozenset({1, 2}), SourceUnavailable, "cannot answer now"),
)
_TOKEN_TROUBLES = {
    458: "the app was removed",
    459: "its owner has to log in at Facebook",
    460: "the password was changed",
    463: "it has expired",
    464: "its owner is not confirmed",
    467: "it is not valid",
}
_OBJECT_MISSING = (100, 33)


def error_of(name: str, status: int, document: Any) -> SourceError:
    """Return what an answer means that is no result."""
    told = document.get("error") if isinstance(document, dict) else None
    error = told if isinstance(told, dict) else {}
    numbers = (error.get("code"), error.get("error_subcode"))
    code, subcode = (each if type(each) is int else 0 for each in numbers)
    kind, words = _meaning_of(code, subcode, status, is_transient=error.get("is_transient") is True)
    retry_after = PAUSE if kind is SourceThrottled else None
    return kind(f"{name} {words} ({status}, {code}, {subcode}).", retry_after=retry_after)


def pause_of(headers: Mapping[str, str]) -> float:
    """Return for how many seconds the headers ask us to be silent."""
    pauses = [0.0]
    for usage in _usages(headers):
        told = {name: value for name, value in usage.items() if type(value) in (int, float)}
        minutes = told.pop("estimated_time_to_regain_access", 0)
        if minutes > 0:
            pauses.append(min(float(minutes) * _MINUTE, DAY))
        elif max(told.values(), default=0) >= _NEARLY_ALL:
            pauses.append(PAUSE)
    return max(pauses)


def _meaning_of(
    code: int, subcode: int, status: int, *, is_transient: bool
) -> tuple[type[SourceError], str]:
    for codes, kind, words in _MEANINGS:
        if code in codes:
            reason = _TOKEN_TROUBLES.get(subcode) if kind is SourceLoginRequired else None
            return kind, f"{words}; {reason}" if reason else words
    if (code, subcode) == _OBJECT_MISSING:
        return SourceUnavailable, "shows this token no such account: check account="
    if status == _TOO_MANY:
        return SourceThrottled, "asks us to slow down"
    if is_transient or status >= _BROKEN:
        return SourceUnavailable, "cannot answer now"
    return SourceDrift, "answered what is neither a result nor an error that is known"


def _usages(headers: Mapping[str, str]) -> Iterator[dict[str, Any]]:
    """Return the objects that tell a usage: the app's own, and those of its accounts."""
    for name in ("x-app-usage", "x-business-use-case-usage"):
        try:
            found = json.decode(headers.get(name, "{}"))
        except NO_JSON:
            continue
        if isinstance(found, dict):
            yield found
            lists = [value for value in found.values() if isinstance(value, list)]
            yield from (each for value in lists for each in value if isinstance(each, dict))

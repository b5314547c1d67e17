"""How an operator writes a composition: words in the order in which they are asked.

``archive?fresh=60 hiker://api.example.org?key_file=hiker.key archive`` is three words: a kind,
perhaps an address, and options.
"""

from collections.abc import Collection
from typing import NamedTuple
from urllib.parse import parse_qsl, urlsplit


class BadWordError(ValueError):
    """A word that cannot be used; the message says what to write instead."""


class Word(NamedTuple):
    """One source as it was written."""

    kind: str
    """``archive``, ``demo``, ``instagram`` …: what is before ``?`` or ``://``."""
    address: str
    """Host and port; empty for a source that has none."""
    options: dict[str, str]

    def take(self, known: Collection[str]) -> dict[str, str]:
        """Return the options.  Raises BadWordError for one that is not ``known``."""
        for name in self.options:
            if name not in known:
                choice = ", ".join(sorted(known)) or "none"
                raise BadWordError(f"{self.kind} has no option {name!r}; it knows {choice}.")
        return self.options

    def seconds(self, name: str) -> float | None:
        """Return an option that is a time; None where it is not given.  Raises BadWordError."""
        text = self.options.get(name)
        try:
            seconds = None if text is None else float(text)
        except ValueError:
            seconds = -1.0
        if seconds is not None and not 0 <= seconds < float("inf"):
            raise BadWordError(f"{self.kind}?{name}={text}: write seconds, e.g. {name}=60.")
        return seconds


def read_words(text: str) -> list[Word]:
    """Return the words of a composition.  Raises BadWordError."""
    words = [_read(each) for each in text.split()]
    if not words:
        raise BadWordError("no source is named; write archive to answer from what is kept.")
    return words


def _read(text: str) -> Word:
    try:
        parts = urlsplit(text)
    except ValueError as error:
        raise BadWordError(f"{text!r} is no source: {error}.") from error
    options = dict(parse_qsl(parts.query, keep_blank_values=True))
    if not parts.netloc:
        return Word(parts.path, "", options)
    if parts.path not in ("", "/") or "@" in parts.netloc:
        raise BadWordError(f"{parts.scheme}://…: write a host, perhaps a port, and options only.")
    return Word(parts.scheme, parts.netloc, options)

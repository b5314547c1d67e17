"""Cutting a person, or a story, out of what others' captures say: any JSON of any dialect.

Who is meant is asked word by word, so that the caller may know the words themselves or only
their digests.  Keys tell what a number or a name is; none of them belongs to one dialect.

    an object that names the person     goes, with the entry of the list that it lies in
    a text that has the name, an @name, or a number of eight digits and more     is masked
    a name of letters only, such as ``nature``     is masked as an @name, in an address of
        Instagram, and in texts that people write or read; elsewhere it is a mere word
"""

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any, Literal, NamedTuple

Scope = Literal["account", "mentions", "story"]
"""How far an erasure goes: all of an account, what others' stories say of it, or one story."""

Erased = Callable[[str], Scope | None]
"""Tells how far what a word stands for is erased; None: not at all."""

MASK = "[erased]"
_GONE = object()
_TELLING_DIGITS = 8
"""A shorter number is a person's only where a key says so."""
_TELLING_NAME = 4
_MAX_NAME = 30

_PLACES = frozenset(
    {"hashtag", "hashtags", "location", "locations", "place", "story_hashtags", "story_locations",
     "venue"}
)  # fmt: skip
"""What is numbered as accounts are, and is none."""
_ACCOUNT = frozenset({"full_name", "is_private", "is_verified", "profile_pic_url", "username"})
_PERSONS = frozenset({"account", "author", "owner", "profile", "user"})
"""Keys of an object that is somebody, however little it says."""
_TEXTS = frozenset(
    {"accessibility_caption", "biography", "caption", "description", "display_text", "full_name",
     "fullname", "link_title", "question", "sticker_text", "text", "title"}
)  # fmt: skip
"""What people write and read."""
_PERSON_KEY = re.compile(r"(user|owner|account|author|sponsor|profile)\w*(id|pk)s?_*")
_ID_KEY = re.compile(r"(\w*_)?(pk|id)s?_*|fbid")
_WORD = re.compile(
    r"%[0-9a-f]{2}|\\u[0-9a-f]{4}|\\.|([a-z0-9_]+(?:\.+[a-z0-9_]+)*)", re.IGNORECASE | re.ASCII
)
"""A word as a name may be one, behind what an address or a nested JSON text escapes."""
_NAME_FOLLOWS = re.compile(
    r"(@|%40|instagram\.com(/|%2f)(stories(/|%2f)|_u(/|%2f))?|username\W{1,6})$", re.IGNORECASE
)
_NUMBER = re.compile(rf"(?<![0-9A-Za-z])[0-9]{{{_TELLING_DIGITS},19}}(?![0-9A-Za-z])")
_DEEP = (str, dict, list)
"""What may hold a mention by itself; a number needs a key or a list."""
_DIGITS = re.compile(r"[0-9]{1,19}", re.ASCII)
_CDN = ("cdninstagram.com", "fbcdn.net")
"""Addresses there hold long numbers, and name files."""


class Cut(NamedTuple):
    """A value without the person; the same object where nothing was found."""

    value: Any
    times: int
    """How many entries, objects and words are gone."""


def word_of_user(pk: int) -> str:
    """Return the word that stands for an account's number."""
    return f"user:{pk}"


def word_of_name(name: str) -> str:
    """Return the word that stands for an account's name."""
    return f"name:{name.lower()}"


def word_of_story(pk: int) -> str:
    """Return the word that stands for a story."""
    return f"story:{pk}"


def cut_mentions(value: Any, erased: Erased) -> Cut:
    """Return JSON without those who are erased.  The outermost object itself always stays."""
    knife = _Knife(erased)
    kept = knife.cut_root(value)
    return Cut(kept if knife.times else value, knife.times)


def cut_file_name(name: str, erased: Erased) -> str:
    """Return a file's name with the names in it masked, unless they are mere words."""
    parts = re.split(r"([_.\- ]+)", name)
    for size in range(len(parts), 0, -1):
        for start in range(len(parts) - size + 1):
            word = "".join(parts[start : start + size])
            if is_telling(word) and len(word) <= _MAX_NAME and erased(word_of_name(word)):
                masked = [*parts[:start], MASK, *parts[start + size :]]
                return cut_file_name("".join(masked), erased)
    return name


class _Knife:
    """Goes through one value and counts."""

    def __init__(self, erased: Erased) -> None:
        self.times = 0
        self._erased = erased

    def cut_root(self, value: Any) -> Any:
        """Cut a whole document: of its outermost object only values go."""
        if not isinstance(value, dict):
            kept = self._cut(value, "", in_list=False)
            return None if kept is _GONE else kept
        kept = {}
        for key, entry in value.items():
            if self._is_named_by(key, entry, is_account=False):
                kept[key] = None
                self.times += 1
            elif not self._is_telling(key):
                kept[key] = self._cut_or_null(entry, key)
        return kept

    def _cut(self, value: Any, key: str, *, in_list: bool) -> Any:
        if isinstance(value, dict):
            return self._cut_object(value, key, in_list=in_list)
        if isinstance(value, list):
            return self._cut_list(value, key)
        if isinstance(value, str):
            return _GONE if in_list and self._is_telling(value) else self._cut_text(value, key)
        if in_list and isinstance(value, int) and self._is_telling(str(value)):
            return _GONE
        return value

    def _cut_or_null(self, value: Any, key: str) -> Any:
        """Cut what lies in no list: an object that names the person becomes null."""
        kept = self._cut(value, key, in_list=False)
        if kept is _GONE:
            self.times += 1
            return None
        return kept

    def _cut_object(self, value: dict[str, Any], key: str, *, in_list: bool) -> Any:
        if self._is_about_person(value, key):
            return _GONE
        kept = {}
        for name, entry in value.items():
            if self._is_telling(name):
                self.times += 1
            elif not isinstance(entry, _DEEP):
                kept[name] = entry
            elif in_list and isinstance(entry, dict):
                if (inner := self._cut_object(entry, name, in_list=True)) is _GONE:
                    return _GONE  # the entry is about the person, as a sticker with a user is
                kept[name] = inner
            else:
                kept[name] = self._cut_or_null(entry, name)
        return kept

    def _cut_list(self, value: list[Any], key: str) -> list[Any]:
        entries = [self._cut(entry, key, in_list=True) for entry in value]
        kept = [entry for entry in entries if entry is not _GONE]
        self.times += len(entries) - len(kept)
        return kept

    def _is_about_person(self, value: dict[str, Any], key: str) -> bool:
        kind = value.get("__typename")
        is_place = isinstance(kind, str) and kind.endswith(("Location", "Hashtag"))
        if is_place or key in _PLACES:
            return False
        is_account = key in _PERSONS or not _ACCOUNT.isdisjoint(value)
        return any(
            self._is_named_by(name, entry, is_account=is_account) for name, entry in value.items()
        )

    def _is_named_by(self, key: str, value: Any, *, is_account: bool) -> bool:
        """Tell whether a key says that its value is the person's number or name."""
        kind = _kind_of(key)
        if kind is None or isinstance(value, bool) or not isinstance(value, str | int):
            return False
        if kind == "name":
            return isinstance(value, str) and self._is_name(value.removeprefix("@"))
        parts = _DIGITS.findall(value) if isinstance(value, str) else [str(value)]
        if isinstance(value, str) and value.replace("_", "").strip("0123456789"):
            return False
        is_any = kind == "person" or is_account
        return any(
            self._is_number(part) for part in parts if is_any or len(part) >= _TELLING_DIGITS
        )

    def _is_telling(self, text: str) -> bool:
        """Tell whether a key, or an entry by itself, is the person: nothing says what it is."""
        if _DIGITS.fullmatch(text):
            return len(text) >= _TELLING_DIGITS and self._is_number(text)
        return is_telling(text) and self._is_name(text)

    def _is_number(self, digits: str) -> bool:
        """Tell whether it is the person's, or an erased story's."""
        is_person = self._erased(word_of_user(int(digits))) in ("account", "mentions")
        return is_person or self._erased(word_of_story(int(digits))) == "story"

    def _is_name(self, text: str) -> bool:
        is_short = 0 < len(text) <= _MAX_NAME
        return is_short and self._erased(word_of_name(text)) in ("account", "mentions")

    def _cut_text(self, text: str, key: str) -> str:
        is_written = key.lower() in _TEXTS
        if not is_written and (text.isalpha() or any(host in text for host in _CDN)):
            return text

        def without_name(match: re.Match[str]) -> str:
            word, before = match[1] or "", text[max(0, match.start() - 40) : match.start()]
            is_meant = is_written or is_telling(word) or _NAME_FOLLOWS.search(before)
            return self._mask(match[0], is_found=bool(is_meant) and self._is_name(word))

        def without_number(match: re.Match[str]) -> str:
            return self._mask(match[0], is_found=self._is_number(match[0]))

        kept = _WORD.sub(without_name, text)
        if is_written or not text.isdecimal():
            kept = _NUMBER.sub(without_number, kept)
        return kept

    def _mask(self, text: str, *, is_found: bool) -> str:
        self.times += is_found
        return MASK if is_found else text


def is_telling(name: str) -> bool:
    """Tell whether it is a name wherever it stands: not only letters or digits, and not tiny."""
    return not (name.isalpha() or name.isdecimal()) and len(name) >= _TELLING_NAME


@lru_cache(4096)  # who writes a payload chooses its keys
def _kind_of(key: str) -> Literal["name", "person", "id"] | None:
    """Tell what a key says of its value."""
    lower = key.lower()
    if lower.endswith("username") or lower == "screen_name":
        return "name"
    if _PERSON_KEY.fullmatch(lower):
        return "person"
    return "id" if _ID_KEY.fullmatch(lower) else None

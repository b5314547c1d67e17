"""Instagram's ids: pk, pk_userpk, shortcode, and the time that a pk carries.

A pk is a 64-bit number whose upper bits count milliseconds since Instagram's own epoch.
Observed on seven known stories: the time of the pk lies within a minute of ``taken_at``.

What comes without a number gets one here, the same each time.  A story's has its own time, so
that it sorts among real ones: only the archive knows that it was made.  An account's lies
where no real one ever will.
"""

import hashlib
import re
from typing import TypeGuard

from storykeep.core.errors import InvalidValue

MAX_PK = 2**63 - 1
"""The largest pk that can exist; a larger number is well formed and matches nothing."""

EPOCH_MS = 1_314_220_021_721
LOW_BITS = 23

MOST_USERS = 50
"""Accounts that can be asked about at once."""

FIRST_MADE_USER = 2**62
"""From here on the pks of accounts are made of their names; real ones have 11 digits today.

Those of highlights are made of account and title; real ones have 17 digits.
"""

_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
_DIGIT_OF = {letter: value for value, letter in enumerate(_ALPHABET)}
_STORY_ID = re.compile(r"([0-9]{1,40})(?:_([0-9]{1,40}))?", re.ASCII)
_PK = re.compile(r"[0-9]{1,40}", re.ASCII)
_WHOLE = re.compile(r"-?[0-9]{1,40}", re.ASCII)
_USERNAME = re.compile(r"[A-Za-z0-9._]{1,30}", re.ASCII)


def code_from_pk(pk: int) -> str:
    """Return the shortcode: base 64 of ``pk``, e.g. 3870828041672894129 -> DW38ZhqiKax."""
    if pk < 0:
        raise InvalidValue(f"Not a pk: {pk}")
    return spell(pk, _ALPHABET)


def spell(number: int, letters: str, length: int = 1) -> str:
    """Return ``number`` in digits of ``letters``, at least ``length`` of them."""
    digits: list[str] = []
    while number or len(digits) < length:
        number, digit = divmod(number, len(letters))
        digits.append(letters[digit])
    return "".join(reversed(digits))


def pk_from_code(code: str) -> int:
    """Return the pk of a shortcode.

    A private account's code is longer than eleven characters; the first eleven are the pk.
    Raises InvalidValue for a letter that is not of the alphabet.
    """
    pk = 0
    for letter in code[:11]:
        if letter not in _DIGIT_OF:
            raise InvalidValue(f"Not a shortcode: {code[:40]!r}")
        pk = pk * 64 + _DIGIT_OF[letter]
    return pk


def read_story_id(text: str) -> tuple[int, int | None]:
    """Return (pk, user pk or None) of ``PK`` or ``PK_USERPK``; InvalidValue for anything else."""
    match = _STORY_ID.fullmatch(text)
    if match is None:
        raise InvalidValue(f"Not a story id: {text[:80]!r}. Send PK or PK_USERPK, both decimal.")
    pk, user_pk = match.groups()
    return int(pk), int(user_pk) if user_pk else None


def read_user_pk(text: str) -> int:
    """Return the number of a user id; InvalidValue when it is not decimal."""
    if _PK.fullmatch(text) is None:
        raise InvalidValue(
            f"Not a user id: {text[:80]!r}. Send the decimal pk, or ask by username."
        )
    return int(text)


def read_highlight_id(text: str) -> int:
    """Return the number of ``PK`` or ``highlight:PK``; InvalidValue for anything else."""
    pk = text.removeprefix("highlight:")
    if _PK.fullmatch(pk) is None:
        raise InvalidValue(f"Not a highlight id: {text[:80]!r}. Send its decimal pk.")
    return int(pk)


def read_user_pks(text: str) -> list[int]:
    """Return the numbers of a list of user ids, each once; InvalidValue for what is none.

    Commas part them, and spaces around them do not count.
    """
    words = {word.strip(): None for word in text.split(",")}
    if len(words) > MOST_USERS:
        raise InvalidValue(
            f"{len(words)} accounts are too many: ask for at most {MOST_USERS} at once."
        )
    return [*dict.fromkeys(map(read_user_pk, words))]


def read_username(text: str) -> str:
    """Return the username lower-cased and without a leading @; InvalidValue when malformed."""
    username = text.removeprefix("@")
    if _USERNAME.fullmatch(username) is None:
        raise InvalidValue(
            f"Not a username: {text[:80]!r}. It has 1 to 30 of a-z, 0-9, dot and underscore."
        )
    return username.lower()


def read_whole(value: object) -> int | None:
    """Return a whole number of 64 bits, also of its text; None for anything else."""
    if is_int(value):
        return value
    if isinstance(value, str):
        value = int(value) if _WHOLE.fullmatch(value) else None
    elif isinstance(value, float):
        value = int(value) if value.is_integer() else None
    return value if is_int(value) else None


def is_int(value: object) -> TypeGuard[int]:
    """Tell whether ``value`` is a number of 64 bits; True and False are none."""
    return type(value) is int and -MAX_PK <= value <= MAX_PK


def ms_from_pk(pk: int) -> int:
    """Return the time of ``pk`` in milliseconds since the Unix epoch."""
    return (pk >> LOW_BITS) + EPOCH_MS


def pk_from_ms(ms: int, low: int) -> int:
    """Return a pk whose time is ``ms``; ``low`` fills the lower 23 bits."""
    return ((ms - EPOCH_MS) << LOW_BITS) | (low & ((1 << LOW_BITS) - 1))


def make_story_pk(taken_at: int, username: str, file_name: str) -> int:
    """Return a pk for a story that came without one; 0 or less before there was Instagram."""
    digest = hashlib.sha256(f"{username}/{file_name}".encode("utf-8", "surrogatepass")).digest()
    return pk_from_ms(taken_at * 1000, int.from_bytes(digest[:4]))


def make_user_pk(username: str) -> int:
    """Return a pk for the account that had that name, where nobody says its number."""
    return FIRST_MADE_USER | int.from_bytes(hashlib.sha256(username.encode()).digest()[:8]) >> 2


def is_made_user(pk: int) -> bool:
    """Tell whether the account's pk was made of its name."""
    return FIRST_MADE_USER <= pk <= MAX_PK


is_made_highlight = is_made_user
"""They lie in the same range."""


def make_highlight_pk(user_pk: int, title: str) -> int:
    """Return a pk for the account's highlight of that title, where nobody says its number."""
    digest = hashlib.sha256(f"{user_pk}/{title}".encode("utf-8", "surrogatepass")).digest()
    return FIRST_MADE_USER | int.from_bytes(digest[:8]) >> 2

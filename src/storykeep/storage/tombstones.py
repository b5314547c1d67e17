"""Tombstones in SQL: digests of what was erased, made with the archive's own salt."""

import hmac
from collections.abc import Iterable
from functools import cache

from storykeep.core.erasure import GONE, Admitted, Wish, admit
from storykeep.core.mentions import Erased, Scope
from storykeep.core.sighting import Sighting
from storykeep.storage.database import Connection


def look_up(db: Connection) -> Erased | None:
    """Return what tells whether something is erased; None while nothing is.

    It is good for this transaction.
    """
    row = db.row("salt_if_used")
    if row is None:
        return None
    salt = row[0]

    @cache
    def erased(word: str) -> Scope | None:
        found = db.row("tombstone", _digest(salt, word))
        return found[0] if found else None

    return erased


def admit_to(sighting: Sighting, db: Connection, names: Iterable[str] = ()) -> Admitted:
    """Return what of a sighting may be kept; one question more while nothing was erased.

    ``names`` are others of the account than those that are known here.
    """
    erased = look_up(db)
    if erased is None:
        return Admitted(sighting)
    known = [name for (name,) in db.rows("usernames_of", sighting.user_pk)]
    return admit(sighting, erased, [*names, *known])


def is_any_gone(words: Iterable[str], db: Connection) -> bool:
    """Tell whether one of the words stands for an account or a story that was erased."""
    erased = look_up(db)
    return erased is not None and any(erased(word) in GONE for word in words)


def lay(words: Wish, db: Connection) -> None:
    """Lay tombstones that belong together; those that are there already join them."""
    salt = db.rows("salt")[0][0]
    digests = {_digest(salt, word): scope for word, scope in words.items()}
    erasure = _erasure_of(digests, db) or db.rows("next_erasure")[0][0]
    db.run_each("put_tombstone", [(digest, scope, erasure) for digest, scope in digests.items()])


def lift(words: Wish, db: Connection) -> int:
    """Take away the tombstones that were laid with those of ``words``; return how many."""
    salt = db.rows("salt")[0][0]
    found = [db.row("tombstone", _digest(salt, word)) for word in words]
    lifted = 0
    for erasure in {row[1] for row in found if row}:
        db.run("lift_tombstones", erasure)
        lifted += db.changes()
    if lifted:  # else what was cut would be taken for known when it comes again
        db.run("forget_cut_sightings")
    return lifted


def _erasure_of(digests: dict[bytes, Scope], db: Connection) -> int | None:
    known = [row[1] for digest in digests if (row := db.row("tombstone", digest))]
    return min(known, default=None)


def _digest(salt: bytes, word: str) -> bytes:
    return hmac.digest(salt, word.encode(), "sha256")

"""What a wish to erase means in this archive: which accounts, and by which words they are known."""

from storykeep.core.erasure import Erasing, Wish
from storykeep.core.errors import InvalidValue
from storykeep.core.ids import is_made_user
from storykeep.core.mentions import Scope, word_of_name, word_of_story, word_of_user
from storykeep.storage.database import Connection
from storykeep.storage.twins import find_owner


def plan(wish: Wish, db: Connection) -> Erasing:
    """Return what the wish means, with accounts that an interrupted erasure left.

    Raises InvalidValue for a name that several accounts had.
    """
    words: dict[str, Scope] = {}
    accounts = {pk for (pk,) in db.rows("doomed_accounts")}
    persons: dict[int, Scope] = dict.fromkeys(accounts, "account")
    for word, scope in wish.items():
        kind, _, value = word.partition(":")
        words[word] = scope
        if kind == "story":
            words |= {word_of_story(pk): scope for pk, _ in db.rows("story_group", int(value))}
            continue
        pk = int(value) if kind == "user" else _find_named(value, db)
        if pk is not None:
            persons.setdefault(pk if kind == "user" else find_owner(db, pk), scope)
    for pk in [pk for pk, scope in persons.items() if scope == "account"]:
        accounts |= _all_of(find_owner(db, pk), db)
    persons |= dict.fromkeys(accounts, "account")
    names, shared = _names_of(persons, db)
    words |= {word_of_user(pk): scope for pk, scope in persons.items()}
    words |= {word_of_name(name): scope for name, scope in names.items()}
    for name in shared:
        words.pop(word_of_name(name), None)
    return Erasing(words, frozenset(accounts), tuple(sorted(shared)))


def _find_named(name: str, db: Connection) -> int | None:
    """Return the account of that name.  Raises InvalidValue when several had it."""
    found = [pk for (pk,) in db.rows("accounts_named", name)]
    real = [pk for pk in found if not is_made_user(pk)]
    if len(real) > 1:
        several = ", ".join(map(str, real))
        raise InvalidValue(f"Several accounts had the name {name}: say which by its pk: {several}.")
    return next(iter(real or found), None)


def _all_of(pk: int, db: Connection) -> set[int]:
    """Return an account with those that are it, and are known by a name only."""
    twins = db.rows("made_twins_of_account", pk) + db.rows("made_claimants", pk)
    return {pk, *(twin for (twin,) in twins)}


def _names_of(persons: dict[int, Scope], db: Connection) -> tuple[dict[str, Scope], set[str]]:
    """Return the names that were theirs alone, and those that others had too."""
    names: dict[str, Scope] = {}
    shared: set[str] = set()
    for pk, scope in persons.items():
        for (name,) in db.rows("usernames_of", pk):
            holders = {holder for (holder,) in db.rows("accounts_named", name)}
            if any(not is_made_user(holder) for holder in holders - persons.keys()):
                shared.add(name)
            elif names.get(name) != "account":
                names[name] = scope
    return names, shared

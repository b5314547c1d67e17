"""Made pks in SQL: whose stories they are, and which stories they are.

Both follow from all that is kept, so both are told anew for whatever a write touches.
"""

from collections.abc import Iterable

from storykeep.core.ids import is_made_user
from storykeep.core.twins import CROWD, Candidate, find_twins
from storykeep.storage.database import Connection
from storykeep.storage.readings import write_story

Second = tuple[int, int]
"""An account and a moment, in Unix seconds: among the stories there twins are looked for."""


def find_owner(db: Connection, user_pk: int) -> int:
    """Return whom the account stands for: itself, or the one that its name is known of."""
    row = db.row("account_twin", user_pk) if is_made_user(user_pk) else None
    return int(row[0]) if row else user_pk


def settle_names(db: Connection, user_pk: int) -> set[Second]:
    """Tell anew whom accounts that were made of names of ``user_pk`` stand for.

    Where several had the name, it stands for none of them, and is private if one of them is.
    Returns the seconds of the stories that have another owner now.
    """
    touched: set[Second] = set()
    for made, name, before in db.rows("made_namesakes", user_pk):
        real = db.rows("real_namesakes", name)
        same_as = real[0][0] if len(real) == 1 else None
        is_private = int(any(row[1] for row in real)) if len(real) > 1 else None
        db.run("put_made_account", made, same_as, is_private)
        if same_as != before:
            for (story_pk,) in db.rows("stories_claimed_by", made):
                touched |= settle_owner(db, story_pk)
    return touched


def settle_owner(db: Connection, story_pk: int) -> set[Second]:
    """Give a story to whom it belongs by now; return the seconds that this may change."""
    told, guessed = db.rows("claims_of", story_pk)[0]
    touched = seconds_of(db, story_pk)
    write_story(db, story_pk, owner=guessed if told is None else told)
    return touched | seconds_of(db, story_pk)


def seconds_of(db: Connection, story_pk: int) -> set[Second]:
    """Return where a change of the story may make or end a twin."""
    owner, taken_at, is_made = db.rows("story_facts", story_pk)[0]
    if not is_made and db.row("has_made_story", owner) is None:
        return set()
    touched = {(owner, taken_at)}
    for (digest,) in db.rows("digests_of", story_pk):
        like = db.rows("stories_with_file", digest, owner, CROWD + 1)
        touched |= {(owner, second) for _, is_made, second in like if is_made}
    return touched


def settle_twins(db: Connection, seconds: Iterable[Second]) -> None:
    """Tell anew which made pks of ``seconds`` are twins, and write what is served of both."""
    stale: set[int] = set()
    for owner, taken_at in seconds:
        here = db.rows("stories_of_second", owner, taken_at, CROWD + 1)
        found = _find(db, owner, taken_at, here)
        for pk, _, before in here:
            after = found.get(pk)
            if after != before:
                db.run("set_same_as", pk, after)
                stale |= {pk, before, after} - {None}
    for pk in stale:
        write_story(db, pk)
        db.run("drop_kept_wanted", pk)


def _find(
    db: Connection, owner: int, taken_at: int, here: list[tuple[int, int, int | None]]
) -> dict[int, int]:
    if not any(is_made for _, is_made, _ in here):
        return {}
    facts = {pk: (bool(is_made), taken_at) for pk, is_made, _ in here}
    digests = {pk: {digest for (digest,) in db.rows("digests_of", pk)} for pk in facts}
    for digest in set().union(*digests.values()):
        for pk, is_made, second in db.rows("stories_with_file", digest, owner, CROWD + 1):
            facts[pk] = bool(is_made), second
            digests.setdefault(pk, set()).add(digest)
    return find_twins([Candidate(pk, *facts[pk], frozenset(digests[pk])) for pk in facts])

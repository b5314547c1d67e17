"""Where a story comes from: its captures, what each of them gave, and the files that are kept."""

from msgspec import Struct

from storykeep.core.merge import known_fields, rank
from storykeep.core.model import Story, decode_story
from storykeep.core.sighting import Dialect
from storykeep.storage.database import Connection
from storykeep.storage.readings import read_payload


class Capture(Struct, kw_only=True):
    """One reading of the story, however many sightings had it."""

    source: str
    dialect: Dialect
    story_pk: int
    sightings: int
    first_seen_at: int
    last_seen_at: int
    gave: list[str]
    """The fields of the Story whose values are this one's."""


class History(Struct, frozen=True, kw_only=True):
    """A story as it is served, and what it follows from."""

    pk: int
    is_made: bool
    account_pk: int
    twins: list[int]
    """Other pks of the story, which were made here."""
    is_close_friends: bool
    story: Story
    captures: list[Capture]
    """The leading one first."""


def read_history(db: Connection, pk: int) -> History | None:
    """Return where the story comes from that has the number ``pk``, or had it made."""
    row = db.row("story_by_pk", pk)
    if row is None:
        return None
    (own, is_made), *twins = group = db.rows("story_group", pk)
    # Those of twins come last: they only fill what the story's own captures leave open.
    captures = [capture for member, _ in group for capture in _read_captures(db, member)]
    open_fields = {*known_fields(decode_story(row[5]))}
    for capture in captures:
        capture.gave = [name for name in capture.gave if name in open_fields]
        open_fields -= {*capture.gave}
    return History(
        pk=own,
        is_made=bool(is_made),
        account_pk=row[1],
        twins=[twin for twin, _ in twins],
        is_close_friends=bool(row[4]),
        story=decode_story(row[5]),
        captures=captures,
    )


def _read_captures(db: Connection, pk: int) -> list[Capture]:
    """Return the captures under one pk, the leading one first, with all that each knows."""
    rows = db.rows("captures_of", pk)
    found = [(read_payload(seen_at, body), facts) for *facts, seen_at, body in rows]
    leading = rank(reading for reading, _ in found)
    found.sort(key=lambda it: leading.index(it[0]) if it[0] in leading else len(leading))
    return [
        Capture(
            source=source,
            dialect=reading.dialect,
            story_pk=pk,
            sightings=count,
            first_seen_at=first,
            last_seen_at=last,
            gave=known_fields(reading.story) if reading in leading else [],
        )
        for reading, (source, count, first, last) in found
    ]

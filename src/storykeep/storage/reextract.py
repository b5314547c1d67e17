"""Kept captures are read anew by the mapper of today, so that its fixes mend old stories.

A step is one short transaction over a few stories; whatever was done stays done, and doing it
again changes nothing.
"""

from collections.abc import AsyncIterator
from functools import partial
from typing import Any

from msgspec import Struct, structs

from storykeep.core.extract import read_again
from storykeep.core.model import decode_story
from storykeep.core.sighting import Dialect, SeenStory
from storykeep.storage.database import Connection, Database, take_step
from storykeep.storage.readings import decode_payload, payload_of, replace_payload, write_story
from storykeep.storage.record import names_of
from storykeep.storage.twins import seconds_of, settle_twins

STEP = 50
"""Stories of one transaction: a server that records meanwhile waits for no more than these."""

_READ_BY_THE_MAPPER: frozenset[Dialect] = frozenset({"v1", "xdt", "legacy", "vendor"})
"""The other dialects are made by importers, from more than the item."""


class Change(Struct, frozen=True):
    """A story that is answered otherwise now."""

    story_pk: int
    fields: tuple[str, ...]


class Unreadable(Struct, frozen=True):
    """A capture that is no story for today's mapper: what was read of it then stays."""

    story_pk: int
    reason: str


class Step(Struct):
    """What one transaction did."""

    last_pk: int
    """The last story that was looked at."""
    stories: int = 0
    captures: int = 0
    """Of those stories; of other dialects than the mapper's too."""
    changes: list[Change] = []
    unreadable: list[Unreadable] = []


async def reextract(database: Database, *, is_dry_run: bool) -> AsyncIterator[Step]:
    """Read what is kept of all stories anew, step by step; a dry run undoes each step."""
    step = Step(0)
    while True:
        step = await take_step(database, partial(_take_step, step.last_pk), is_dry_run=is_dry_run)
        if not step.stories:
            return
        yield step


def _take_step(after_pk: int, db: Connection) -> Step:
    step = Step(after_pk)
    for (pk,) in db.rows("stories_after", after_pk, STEP):
        step.last_pk, step.stories = pk, step.stories + 1
        _reextract_story(pk, step, db)
    return step


def _reextract_story(pk: int, step: Step, db: Connection) -> None:
    is_changed = False
    touched = seconds_of(db, pk)
    for digest, seen_at, body in db.rows("captures_kept", pk):
        step.captures += 1
        kept = decode_payload(body)
        if kept.dialect not in _READ_BY_THE_MAPPER:
            continue
        seen = read_again(bytes(kept.item), dialect=kept.dialect, owner=kept.story.user)
        if isinstance(seen, SeenStory) and seen.pk != pk:
            seen = f"pk: now {seen.pk}"
        if isinstance(seen, str):
            step.unreadable.append(Unreadable(pk, seen))
            continue
        db.run_each("add_file_name", names_of(seen))
        today = payload_of(structs.replace(seen, raw=bytes(kept.item)))
        if today != kept:
            is_changed = True
            replace_payload(db, pk, digest, seen_at, today)
    if not is_changed:
        return
    group = [member for member, *_ in db.rows("story_group", pk)]
    before = {member: _served(member, db) for member in group}
    for member in group:
        write_story(db, member)
    settle_twins(db, touched | seconds_of(db, pk))
    for member in group:
        after = _served(member, db)
        fields = tuple(name for name, value in before[member].items() if value != after[name])
        if fields:
            step.changes.append(Change(member, fields))


def _served(pk: int, db: Connection) -> dict[str, Any]:
    """Return the fields of a story as it is answered."""
    return structs.asdict(decode_story(db.rows("wire_of", pk)[0][0]))

"""Reading the archive out, account by account, for an export: always a little at a time.

What belongs together is one record: an account that is known by number and those that were made
of its names, or one that stands for itself.
"""

from collections.abc import AsyncIterator
from functools import partial

from msgspec import Raw

from storykeep.core.copies import (
    NOTHING,
    AccountCopy,
    CaptureCopy,
    Copied,
    NameSpan,
    Sighted,
    SightingCopy,
    StoryCopy,
)
from storykeep.core.model import decode_story
from storykeep.core.sighting import SeenFile
from storykeep.core.zstd import decompress
from storykeep.storage.database import Connection, Database, as_struct, method_of
from storykeep.storage.highlights import read_copies
from storykeep.storage.readings import decode_unread

PAGE = 200
"""How many rows are read at once."""
_END = 2**62


class ReadOut:
    """The part of an archive that an export reads."""

    def __init__(self, database: Database) -> None:
        self._database = database

    _rows = method_of(lambda db, query, *values: db.rows(query, *values))

    async def records(self) -> AsyncIterator[int]:
        """Go through the accounts that stand for themselves, by pk: one a record."""
        after = -1
        while rows := await self._rows("accounts_after", after, PAGE):
            for (after,) in rows:
                yield after

    async def record_of(self, user_pk: int) -> AsyncIterator[AccountCopy | Copied]:
        """Go through the accounts of a record, then through their sightings, newest first."""
        [(last,)] = await self._rows("last_sighting")
        group = [member for (member,) in await self._rows("account_group", user_pk)]
        for member in group:
            yield await self._database.read(partial(_read_account, member))
        for member in group if last is not None else ():
            before = _END
            while seconds := await self._rows("seconds_before", member, before, PAGE):
                for (before,) in seconds:
                    given: set[tuple[int, bytes]] = set()
                    sightings = await self._rows("sightings_of_second", member, before, last)
                    for (sighting,) in sightings:
                        work = partial(_read_sighting, member, last, before, sighting, given)
                        yield await self._database.read(work)

    async def stories_of(self, user_pk: int) -> AsyncIterator[StoryCopy]:
        """Go through the stories that are served of an account, by pk."""
        after = -_END
        while rows := await self._rows("stories_of_account", user_pk, after, PAGE):
            for after, is_made, wire, *facts in rows:
                yield as_struct(StoryCopy, (after, is_made, decode_story(wire), *facts))


def _read_account(pk: int, db: Connection) -> AccountCopy:
    [(*facts, body, page_seen_at)] = db.rows("account_copy", pk)
    names = [NameSpan(*row) for row in db.rows("names_of", pk)]
    page = NOTHING if body is None else Raw(decompress(body))
    return as_struct(AccountCopy, (*facts, names, page, page_seen_at, read_copies(pk, db)))


def _read_sighting(
    account: int,
    last: int,
    second: int,
    sighting: int,
    given: set[tuple[int, bytes]],
    db: Connection,
) -> Copied:
    """Return a sighting, with the captures that no sighting before it had; add to ``given``.

    Sightings after ``last`` are left to the next export.
    """
    source, digest, envelope, is_cut = db.rows("sighting_copy", sighting)[0]
    stories, captures = [], []
    for place, pk, payload, last_seen_at in db.rows("stories_of_sighting", sighting):
        stories.append(Sighted(place, pk, payload.hex()))
        is_of_later = last_seen_at > second and db.row(
            "is_captured_at", account, last_seen_at, pk, payload, last
        )
        if not is_of_later and (pk, payload) not in given:
            given.add((pk, payload))
            captures.append(_read_capture(db, pk, payload))
    copy = SightingCopy(
        account=account,
        seen_at=second,
        source=source,
        digest=digest.hex(),
        stories=tuple(stories),
        envelope=NOTHING if envelope is None else Raw(decompress(envelope)),
        is_cut=bool(is_cut),
    )
    return Copied(copy, tuple(captures))


def _read_capture(db: Connection, pk: int, digest: bytes) -> CaptureCopy:
    kept = decode_unread(db.rows("payload_body", pk, digest)[0][0])
    [(_, _, is_made)] = db.rows("story_facts", pk)
    return CaptureCopy(
        pk=pk,
        digest=digest.hex(),
        is_made=bool(is_made),
        files=tuple(SeenFile(kind, name) for kind, name in db.rows("file_names_of", pk)),
        reading=Raw(kept.reading),
        item=kept.item,
    )

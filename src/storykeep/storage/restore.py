"""Taking what another archive kept, as an export of it says, so that this one becomes the same.

What is derived there is derived here again: stories, twins, whose a story is, what is served.
Restoring twice is restoring once, and of an account that is known here the newer word holds.
What was erased here does not come back, and the rest is as if it had been erased afterwards.
"""

from collections.abc import Callable

from storykeep.core.copies import NOTHING, AccountCopy, CaptureCopy, Copied, read_capture_copy
from storykeep.core.erasure import NOT_KEPT, words_of
from storykeep.core.errors import InvalidValue
from storykeep.core.model import UserShort
from storykeep.core.ports import Recorded
from storykeep.core.sighting import Problem, SeenStory, Sighting
from storykeep.storage.database import Connection
from storykeep.storage.highlights import put_highlight, seen_of_copy
from storykeep.storage.readings import Payload, decode_payload, seen_of
from storykeep.storage.record import (
    Captured,
    Identity,
    captures_of,
    count_known,
    put_account,
    put_profile,
    put_sighting,
)
from storykeep.storage.tombstones import admit_to, is_any_gone
from storykeep.storage.twins import settle_names, settle_twins

Renamed = dict[tuple[int, bytes], bytes]
"""Captures that were cut while they were restored: pk and old digest, and the new one.

Later sightings of a record name the old one, which nothing here tells any more.
"""


def restore_account(copy: AccountCopy, db: Connection) -> None:
    """Keep what is said of the account: its names over time, its privacy and since when.

    Nothing, where it was erased here.
    """
    pk = copy.pk
    told = Sighting(
        user=UserShort(
            pk=str(pk),
            full_name=copy.full_name,
            profile_pic_url=copy.profile_pic_url,
            is_private=copy.is_private,
            is_verified=copy.is_verified,
        ),
        seen_at=copy.seen_at,
        source="",
        profile=None if copy.profile == NOTHING else bytes(copy.profile),
        highlights=tuple(map(seen_of_copy, copy.highlights)),
    )
    admitted, _ = admit_to(told, db, [name.username for name in copy.names])
    if admitted is None:
        return
    put_account(db, admitted.user, copy.seen_at, copy.privacy_seen_at)
    for name in copy.names:
        for moment in (name.first_seen_at, name.last_seen_at):
            db.run("put_username", name.username, pk, moment)
    db.run("name_account", pk)
    if admitted.profile is not None:
        put_profile(db, pk, copy.profile_seen_at, admitted.profile)
    for seen, kept in zip(admitted.highlights, copy.highlights, strict=True):
        put_highlight(db, pk, seen, kept.seen_at, kept.items_seen_at or 0)
    settle_twins(db, settle_names(db, pk))


def restore_sighting(copied: Copied, renamed: Renamed, db: Connection) -> Recorded:
    """Keep a sighting of an account that was restored, and add to ``renamed``.

    Raises InvalidValue for one that refers to a capture which is neither in it nor here.
    """
    copy = copied.sighting
    if db.row("account_facts", copy.account) is None:
        return Recorded(new=0, known=0, problems=(Problem("user", NOT_KEPT),))
    given = {(each.pk, each.digest): each for each in copied.captures}
    places, stories, captures, left_out, is_cut = [], [], [], [], copy.is_cut
    for sighted in copy.stories:
        capture, digest = given.get((sighted.pk, sighted.digest)), bytes.fromhex(sighted.digest)
        if is_any_gone(words_of(story_pk=sighted.pk), db):
            left_out.append(Problem("pk", NOT_KEPT, str(sighted.pk)))
            continue
        known_as = renamed.get((sighted.pk, digest))
        if capture is None and known_as is not None:
            digest, is_cut = known_as, True
        seen, body = _read(capture) if capture else _read_known(db, sighted.pk, digest)
        places.append(sighted.place)
        stories.append(seen)
        captures.append(Captured(digest, body))
    whole = Sighting(
        user=UserShort(pk=str(copy.account)),
        seen_at=copy.seen_at,
        source=copy.source,
        stories=tuple(stories),
        envelope=None if copy.envelope == NOTHING else bytes(copy.envelope),
    )
    admitted, more = admit_to(whole, db)
    problems = (*left_out, *more)
    if admitted is None:
        return Recorded(new=0, known=0, problems=problems)
    is_cut = is_cut or admitted is not whole or bool(left_out)
    for place, (told, kept) in enumerate(zip(stories, admitted.stories, strict=True)):
        if kept is not told:
            old, [captures[place]] = captures[place], captures_of([kept])
            renamed[kept.pk, old.digest] = captures[place].digest
    digest = bytes.fromhex(copy.digest)
    if db.row("has_sighting", digest):
        recorded = count_known(db, admitted)
    else:
        recorded = put_sighting(db, admitted, Identity(digest, places, captures, is_cut))
    return recorded._replace(problems=problems + recorded.problems)


def _read(capture: CaptureCopy) -> tuple[SeenStory, Callable[[], bytes]]:
    seen, reading = read_capture_copy(capture)
    facts = (reading.dialect, reading.expiring_at, reading.is_close_friends, reading.story)
    return seen, Payload(*facts, capture.item).pack


def _read_known(db: Connection, pk: int, digest: bytes) -> tuple[SeenStory, Callable[[], bytes]]:
    """Return the story as a sighting that was restored before had it."""
    row = db.row("payload_body", pk, digest)
    if row is None:
        raise InvalidValue("It refers to a capture that is not here: is a part missing?")
    [(_, _, is_made)] = db.rows("story_facts", pk)
    return seen_of(decode_payload(row[0]), is_made=bool(is_made)), lambda: bytes(row[0])

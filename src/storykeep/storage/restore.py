"""Taking what another archive kept, as an export of it says, so that this one becomes the same.

What is derived there is derived here again: stories, twins, whose a story is, what is served.
Restoring twice is restoring once, and of an account that is known here the newer word holds.
"""

from collections.abc import Callable
from functools import partial

from storykeep.core.copies import NOTHING, AccountCopy, CaptureCopy, Copied, read_capture_copy
from storykeep.core.erasure import but, words_of
from storykeep.core.errors import InvalidValue
from storykeep.core.model import UserShort
from storykeep.core.ports import Recorded
from storykeep.core.sighting import SeenStory, Sighting
from storykeep.storage.database import Connection
from storykeep.storage.highlights import restore_highlights
from storykeep.storage.readings import Unread, compress_unread, decode_payload
from storykeep.storage.record import (
    Captured,
    Identity,
    captures_of,
    count_known,
    put_account,
    put_sighting,
)
from storykeep.storage.tombstones import admit_to, is_any_gone, look_up
from storykeep.storage.twins import settle_names, settle_twins


def restore_account(copy: AccountCopy, db: Connection) -> None:
    """Keep what is said of the account: its names over time, its privacy and since when.

    Nothing, where it was erased here.
    """
    pk, names = copy.pk, [name.username for name in copy.names]
    words = [word for name in names for word in words_of(username=name)]
    if is_any_gone([*words_of(user_pk=pk), *words], db):
        return
    user = UserShort(
        pk=str(pk),
        full_name=copy.full_name,
        profile_pic_url=copy.profile_pic_url,
        is_private=copy.is_private,
        is_verified=copy.is_verified,
    )
    put_account(db, user, copy.seen_at, copy.privacy_seen_at)
    for name in copy.names:
        for moment in (name.first_seen_at, name.last_seen_at):
            db.run("put_username", name.username, pk, moment)
    db.run("name_account", pk)
    erased = look_up(db)
    own = [*words_of(user_pk=pk), *words]
    restore_highlights(pk, copy.highlights, but(erased, own) if erased else None, db)
    settle_twins(db, settle_names(db, pk))


def restore_sighting(copied: Copied, db: Connection) -> Recorded:
    """Keep a sighting of an account that was restored.

    Raises InvalidValue for one that refers to a capture which is neither in it nor here.
    """
    copy = copied.sighting
    given = {(each.pk, each.digest): each for each in copied.captures}
    stories, captures = [], []
    for sighted in copy.stories:
        capture, digest = given.get((sighted.pk, sighted.digest)), bytes.fromhex(sighted.digest)
        seen, body = _read(capture) if capture else _read_known(db, sighted.pk, digest)
        stories.append(seen)
        captures.append(Captured(digest, body))
    sighting = Sighting(
        user=UserShort(pk=str(copy.account)),
        seen_at=copy.seen_at,
        source=copy.source,
        stories=tuple(stories),
        envelope=None if copy.envelope == NOTHING else bytes(copy.envelope),
    )
    admitted, left_out = admit_to(sighting, db)
    if admitted is None:
        return Recorded(new=0, known=0, problems=left_out)
    digest = bytes.fromhex(copy.digest)
    if db.row("has_sighting", digest):
        recorded = count_known(db, admitted)
    else:
        is_cut = admitted is not sighting
        kept = {seen.pk for seen in admitted.stories}
        places = [sighted.place for sighted in copy.stories if sighted.pk in kept]
        captures = captures_of(admitted.stories) if is_cut else captures
        known_as = Identity(digest, places, captures, copy.is_cut or is_cut)
        recorded = put_sighting(db, admitted, known_as)
    return recorded._replace(problems=left_out + recorded.problems)


def _read(capture: CaptureCopy) -> tuple[SeenStory, Callable[[], bytes]]:
    seen, reading = read_capture_copy(capture)
    facts = (reading.dialect, reading.expiring_at, reading.is_close_friends, reading.story)
    return seen, partial(compress_unread, Unread(*facts, capture.item))


def _read_known(db: Connection, pk: int, digest: bytes) -> tuple[SeenStory, Callable[[], bytes]]:
    """Return the story as a sighting that was restored before had it."""
    row = db.row("payload_body", pk, digest)
    if row is None:
        raise InvalidValue("It refers to a capture that is not here: is a part missing?")
    [(_, _, is_made)] = db.rows("story_facts", pk)
    kept = decode_payload(row[0])
    seen = SeenStory(
        story=kept.story,
        expiring_at=kept.expiring_at,
        is_close_friends=kept.is_close_friends,
        dialect=kept.dialect,
        raw=bytes(kept.item),
        is_made=bool(is_made),
    )
    return seen, lambda: bytes(row[0])

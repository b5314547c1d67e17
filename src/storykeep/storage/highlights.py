"""Highlights in SQL: of each the reel and the stories that were seen last, in any order."""

from typing import Any

from msgspec import Raw, json

from storykeep.core.copies import HighlightCopy
from storykeep.core.erasure import clean_highlight
from storykeep.core.highlight import RAW, KeptHighlight, KeptItem, Tray, mentioned, shelve, show
from storykeep.core.ids import is_made_user, ms_from_pk
from storykeep.core.mentions import Erased
from storykeep.core.ports import Account
from storykeep.core.sighting import Provenance, SeenHighlight
from storykeep.core.zstd import compress, decompress
from storykeep.storage.database import Connection
from storykeep.storage.raw import MOST
from storykeep.storage.readings import LEVEL, decode_unread


def put_highlight(
    db: Connection, account: int, seen: SeenHighlight, seen_at: int, items_seen_at: int
) -> None:
    """Keep what is newer of a highlight; one that is known as another account's stays that."""
    reel, whole_at = seen.reel, None
    row = db.row("highlight_facts", seen.pk)
    if row is not None:
        owner, known_at, body, whole_at = row
        if owner != account and not is_made_user(owner):
            return
        known = decompress(body)
        if _rank(seen_at, reel) < _rank(known_at, known):
            seen_at, reel = known_at, known
    pks = [pk for (pk,) in db.rows("items_of_highlight", seen.pk)]
    is_newer = seen.is_whole and (
        whole_at is None or (whole_at, pks) < (items_seen_at, [*seen.items])
    )
    whole = items_seen_at if is_newer else whole_at
    db.run("put_highlight", seen.pk, account, seen_at, compress(reel, LEVEL), whole)
    if is_newer:
        db.run("empty_highlight", seen.pk)
    if is_newer or whole_at is None:
        places = [
            (seen.pk, place if is_newer else ms_from_pk(pk), pk)
            for place, pk in enumerate(seen.items)
        ]
        db.run_each("add_highlight_story", places)


def read_tray(user_pk: int, db: Connection) -> Tray | None:
    """Return the highlights of an account, the newest first."""
    row = db.row("account_by_pk", user_pk)
    if row is None:
        return None
    account = Account(row[0], row[1], bool(row[2]))
    return shelve(
        account,
        [
            KeptHighlight(pk, account, _read_reel(pk, reel, db), (), _provenance(seen_at))
            for pk, seen_at, reel in db.rows("highlights_of", account.pk)
        ],
    )


def read_highlight(pk: int, db: Connection) -> KeptHighlight | None:
    """Return a highlight with those of its account's stories that are kept."""
    row = db.row("highlight_by_pk", pk)
    if row is None:
        return None
    account, seen_at, reel = Account(row[0], row[1], bool(row[2])), row[3], row[4]
    items = tuple(
        KeptItem(wire, _raw_of(story, db))
        for story, wire in db.rows("stories_of_highlight", pk, account.pk)
    )
    shown = _read_reel(pk, reel, db)
    return KeptHighlight(pk, account, shown, items, _provenance(seen_at))


def read_copies(account: int, db: Connection) -> tuple[HighlightCopy, ...]:
    """Return what an export has of an account's highlights."""
    return tuple(
        HighlightCopy(
            pk=pk,
            seen_at=seen_at,
            reel=Raw(decompress(reel)),
            items=tuple(story for (story,) in db.rows("items_of_highlight", pk)),
            items_seen_at=whole_at,
        )
        for pk, seen_at, reel, whole_at in db.rows("highlight_copies", account)
    )


def restore_highlights(
    account: int, copies: tuple[HighlightCopy, ...], erased: Erased | None, db: Connection
) -> None:
    """Keep what another archive had of an account's highlights."""
    for copy in copies:
        whole_at = copy.items_seen_at
        seen = SeenHighlight(
            pk=copy.pk, reel=bytes(copy.reel), items=copy.items, is_whole=whole_at is not None
        )
        clean = seen if erased is None else clean_highlight(seen, erased)
        put_highlight(db, account, clean, copy.seen_at, whole_at or 0)


def cut_highlight(pk: int, erased: Erased, db: Connection) -> None:
    """Take those who are erased out of what is said of others' highlight."""
    _, _, body, _ = db.rows("highlight_facts", pk)[0]
    seen = SeenHighlight(pk=pk, reel=decompress(body))
    clean = clean_highlight(seen, erased)
    if clean != seen:
        db.run("put_highlight_reel", pk, compress(clean.reel, LEVEL))


def _raw_of(pk: int, db: Connection) -> bytes | None:
    """Return the newest captured item in Instagram's own words."""
    rows = db.rows("last_payloads", pk, MOST)
    kept = [(seen_at, decode_unread(body)) for seen_at, _, body in rows]
    raw = [(seen_at, bytes(each.item)) for seen_at, each in kept if each.dialect in RAW]
    return max(raw)[1] if raw else None


def _read_reel(pk: int, body: bytes, db: Connection) -> dict[str, Any]:
    """Return what is told of a highlight: nothing of stories for close friends."""
    reel: dict[str, Any] = json.decode(decompress(body))
    items = [story for (story,) in db.rows("items_of_highlight", pk)]
    pks = mentioned(reel).union(items)
    return show(reel, items, {story for story in pks if db.row("hidden_story", story)})


def _rank(seen_at: int, reel: bytes) -> tuple[bool, int, bytes]:
    """Return what decides which of two is told: Instagram's own says whose it is."""
    return ("user" in json.decode(reel), seen_at, reel)


def _provenance(seen_at: int) -> Provenance:
    return Provenance("archive", seen_at, "archived")

"""Highlights in SQL: of each the reel and the stories that were seen last, in any order."""

from msgspec import Raw, json

from storykeep.core.copies import HighlightCopy
from storykeep.core.highlight import (
    KeptHighlight,
    KeptItem,
    Tray,
    mentioned,
    shelve,
    show,
    title_of,
)
from storykeep.core.ids import is_made_user, make_highlight_pk, ms_from_pk
from storykeep.core.ports import Account
from storykeep.core.raw import RANKS
from storykeep.core.sighting import Provenance, SeenHighlight
from storykeep.core.zstd import compress, decompress
from storykeep.storage.database import Connection
from storykeep.storage.readings import LEVEL, read_items


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


def read_tray(db: Connection, user_pk: int) -> Tray | None:
    """Return the highlights of an account, the newest first."""
    row = db.row("account_by_pk", user_pk)
    if row is None:
        return None
    account = Account(row[0], row[1], bool(row[2]))
    rows = db.rows("highlights_of", account.pk)
    return shelve(account, [_kept(db, pk, account, seen_at, reel) for pk, seen_at, reel in rows])


def read_highlight(db: Connection, pk: int) -> KeptHighlight | None:
    """Return a highlight with those of its account's stories that are kept."""
    row = db.row("highlight_by_pk", pk)
    if row is None:
        return None
    account = Account(row[0], row[1], bool(row[2]))
    kept, whole_at = _kept(db, pk, account, *row[3:5]), row[5]
    # Until all its stories were seen, those count too that were seen under a number made for it.
    also = make_highlight_pk(account.pk, title_of(kept)) if whole_at is None else pk
    stories = db.rows("stories_of_highlight", pk, account.pk, also)
    told = read_items(db, [story for story, _ in stories])
    raw = {story: item.item for story, item in told.items() if item.dialect in RANKS}
    return kept._replace(items=tuple(KeptItem(wire, raw.get(story)) for story, wire in stories))


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


def seen_of_copy(copy: HighlightCopy) -> SeenHighlight:
    """Return the highlight as another archive had it."""
    is_whole = copy.items_seen_at is not None
    return SeenHighlight(pk=copy.pk, reel=bytes(copy.reel), items=copy.items, is_whole=is_whole)


def _kept(db: Connection, pk: int, account: Account, seen_at: int, body: bytes) -> KeptHighlight:
    """Return what is told of a highlight, without its stories and nothing of close friends'."""
    reel = json.decode(decompress(body))
    items = [story for (story,) in db.rows("items_of_highlight", pk)]
    told = json.encode(mentioned(reel).union(items)).decode()
    hidden = {story for (story,) in db.rows("hidden_stories", told)}
    kept = Provenance("archive", seen_at, "archived")
    return KeptHighlight(pk, account, show(reel, items, hidden), (), kept)


def _rank(seen_at: int, reel: bytes) -> tuple[bool, int, bytes]:
    """Return what decides which of two is told: Instagram's own says whose it is."""
    return ("user" in json.decode(reel), seen_at, reel)

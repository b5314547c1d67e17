"""Stories and reels as captures had them: what is kept of them, read back."""

from collections.abc import Sequence

from storykeep.core.raw import RANKS, RawItem, RawReel, best_of, is_told
from storykeep.core.sighting import DAY
from storykeep.core.zstd import decompress
from storykeep.storage.database import Connection
from storykeep.storage.readings import decode_unread

MOST = 8
"""How many of the last captures are looked at: each has to be decompressed."""

_HIGHEST = max(RANKS.values())


def read_items(pks: Sequence[int], db: Connection) -> dict[int, RawItem]:
    """Return of each story the capture that tells most."""
    found: dict[int, RawItem] = {}
    for pk in pks:
        for seen_at, source, body in db.rows("last_payloads", pk, MOST):
            best = found.get(pk)
            # None of an earlier second can tell more.
            if best and RANKS.get(best.dialect) == _HIGHEST and seen_at < best.seen_at:
                break
            item = _item(pk, seen_at, source, body)
            found[pk] = best_of([item, best] if best else [item]) or item
    return found


def read_reel(user_pk: int, at: int, db: Connection) -> RawReel | None:
    """Return the last reel in a raw dialect of the day before ``at``."""
    found: list[tuple[int, RawReel]] = []
    for sighting, seen_at, source, body in db.rows("last_envelopes", user_pk, at - DAY, at, MOST):
        if found and seen_at < found[0][0]:
            break
        envelope = decompress(body)
        if is_told(envelope):
            rows = db.rows("payloads_of_sighting", sighting)
            items = tuple(_item(pk, seen_at, source, payload) for pk, payload in rows)
            found.append((seen_at, RawReel(envelope, items)))
    return max(found)[1] if found else None


def _item(pk: int, seen_at: int, source: str, body: bytes) -> RawItem:
    kept = decode_unread(body)
    item = bytes(kept.item)
    return RawItem(pk, kept.dialect, item, seen_at, source, kept.expiring_at, kept.is_close_friends)

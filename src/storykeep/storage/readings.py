"""What captures said of a story, kept compressed; and the Story that they make together."""

import hashlib
from typing import Generic, TypeVar

from msgspec import Raw, Struct, json

from storykeep.core.merge import Reading, fill, give_to, merge, rank, telling
from storykeep.core.model import Story, encode_story
from storykeep.core.sighting import MAX_LIFETIME, Dialect, SeenStory
from storykeep.core.zstd import compress, decompress
from storykeep.storage.database import Connection, Row

S = TypeVar("S", Story, Raw)


class Payload(Struct, Generic[S], frozen=True):
    """What is kept of one capture of a story: the item, and what was read from it.

    Both are compressed together: the Story's addresses are the item's, so it costs little.  With
    the Story as raw JSON it is as it lies there.
    """

    dialect: Dialect
    expiring_at: int
    is_close_friends: bool
    story: S
    item: Raw

    @property
    def reading(self) -> bytes:
        """What was read of the item: it may depend on the reel that the item lay in."""
        return encode((self.dialect, self.expiring_at, self.is_close_friends, self.story))

    def digest(self, item: bytes | None = None) -> bytes:
        """Return what the capture is known by; ``item`` is the digest of the item, if known."""
        return digest_of((item or digest_of(self.item)) + self.reading)

    def pack(self) -> bytes:
        """Return what is kept of it."""
        return compress(encode(self), LEVEL)


LEVEL = 1
"""Of zstd: the next ones save 1 % each of a real item's size, for a fifth more time each."""

DIGEST = 16
"""Bytes of what a payload is known by."""

encode = json.Encoder().encode
_decode = json.Decoder(Payload[Story]).decode
_decode_unread = json.Decoder(Payload[Raw]).decode


def payload_of(seen: SeenStory) -> Payload[Story]:
    """Return what is to be kept of ``seen``."""
    item = Raw(seen.raw)
    return Payload(seen.dialect, seen.expiring_at, seen.is_close_friends, seen.story, item)


def seen_of(kept: Payload[Story], *, is_made: bool = False) -> SeenStory:
    """Return the story as the capture had it, but for its files."""
    return SeenStory(
        story=kept.story,
        expiring_at=kept.expiring_at,
        is_close_friends=kept.is_close_friends,
        dialect=kept.dialect,
        raw=bytes(kept.item),
        is_made=is_made,
    )


def decode_unread(body: bytes) -> Payload[Raw]:
    """Return what is kept of a capture, without reading it."""
    return _decode_unread(decompress(body))


def decode_payload(body: bytes) -> Payload[Story]:
    """Return what is kept of a capture."""
    return _decode(decompress(body))


def digest_of(data: bytes | Raw) -> bytes:
    """Return what payloads and items are known by."""
    return hashlib.sha256(data).digest()[:DIGEST]


def replace_payload(
    db: Connection, pk: int, digest: bytes, seen_at: int, payload: Payload[Story]
) -> None:
    """Keep ``payload`` in the place of the capture that is known by ``digest``.

    A capture is known by what is read of it: under its new digest it may be there already.
    """
    known = payload.digest()
    db.run("forget_payload", pk, digest)
    db.run("put_payload", pk, known, seen_at, payload.pack())
    db.run("rename_payload", pk, digest, known)


def read_payload(seen_at: int, body: bytes) -> Reading:
    """Return what a kept capture said."""
    kept = decode_payload(body)
    return Reading(kept.dialect, seen_at, kept.expiring_at, kept.is_close_friends, kept.story)


def put_reading(
    db: Connection, pk: int, owner: int, reading: Reading, digests: bytes, *, is_made: bool
) -> None:
    """Keep ``reading`` as what is served of the story; it follows from the captures ``digests``."""
    whole = give_to(reading, owner)
    taken_at = int(whole.story.taken_at.timestamp())
    expiring_at = min(whole.expiring_at, taken_at + MAX_LIFETIME)
    is_hidden = int(whole.is_close_friends)
    facts = (encode_story(whole.story), int(is_made), reading.seen_at, digests)
    db.run("put_story", pk, owner, taken_at, expiring_at, is_hidden, *facts)


def write_story(
    db: Connection,
    pk: int,
    *,
    owner: int | None = None,
    is_made: bool = True,
    captured: bytes = b"",
) -> None:
    """Make anew what is served of a known story, from all that was captured of it.

    Its own captures lead; those of its twins fill what they do not know, so of a twin the story
    that it is follows too.  The owner may change;
    and ``is_made`` says False once a capture has told its pk.  ``captured`` is the digest of the
    capture that was just added or seen again, if one was: few of those before it still tell.
    """
    facts: Row = db.rows("story_facts", pk)[0]
    own = _read_telling(db, pk, captured)
    kept = telling(reading for _, reading in own)
    digests = b"".join(digest for digest, reading in own if any(reading is one for one in kept))
    reading = merge(kept)
    twins = [each for (twin,) in db.rows("twins_of", pk) for _, each in _read_telling(db, twin)]
    if twins:
        reading = fill(reading, rank(twins))
    holder = facts[0] if owner is None else owner
    put_reading(db, pk, holder, reading, digests, is_made=is_made and bool(facts[2]))
    if facts[2] and (whole := db.row("twin_of", pk)):
        write_story(db, whole[0])


def _read_telling(db: Connection, pk: int, captured: bytes = b"") -> list[tuple[bytes, Reading]]:
    """Return the captures that a story follows from, by their digests."""
    [(kept,)] = db.rows("telling_of", pk)
    if kept is None:
        rows = db.rows("captures_kept", pk)
    else:
        digests = {kept[at : at + DIGEST] for at in range(0, len(kept), DIGEST)} | {captured}
        rows = [row for digest in sorted(digests) for row in db.rows("capture_kept", pk, digest)]
    return [(digest, read_payload(seen_at, body)) for digest, seen_at, body in rows]

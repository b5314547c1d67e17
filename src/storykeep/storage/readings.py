"""What captures said of a story, kept compressed; and the Story that they make together."""

import hashlib

from msgspec import Raw, Struct, json

from storykeep.core.merge import Reading, fill, give_to, merge, rank, telling
from storykeep.core.model import Story, encode_story
from storykeep.core.sighting import MAX_LIFETIME, Dialect, SeenStory
from storykeep.core.zstd import compress, decompress
from storykeep.storage.database import Connection, Row


class Payload(Struct, frozen=True):
    """What is kept of one capture of a story: the item, and what was read from it.

    Both are compressed together: the Story's addresses are the item's, so it costs little.
    """

    dialect: Dialect
    expiring_at: int
    is_close_friends: bool
    story: Story
    item: Raw


class Unread(Struct, frozen=True):
    """A Payload as it lies there: the bytes of what was read of it then make its digest."""

    dialect: Dialect
    expiring_at: int
    is_close_friends: bool
    story: Raw
    item: Raw

    @property
    def reading(self) -> bytes:
        """What was read of the item, as it is part of what the capture is known by."""
        return encode((self.dialect, self.expiring_at, self.is_close_friends, self.story))


LEVEL = 1
"""Of zstd: the next ones save 1 % each of a real item's size, for a fifth more time each."""

DIGEST = 16
"""Bytes of what a payload is known by."""

encode = json.Encoder().encode
_decode = json.Decoder(Payload).decode
_decode_unread = json.Decoder(Unread).decode


def compress_payload(seen: SeenStory) -> bytes:
    """Return what is kept of ``seen``."""
    item = Raw(seen.raw)
    payload = Payload(seen.dialect, seen.expiring_at, seen.is_close_friends, seen.story, item)
    return compress(encode(payload), LEVEL)


def compress_unread(unread: Unread) -> bytes:
    """Return what is kept of a capture that another archive read."""
    return compress(encode(unread), LEVEL)


def decode_unread(body: bytes) -> Unread:
    """Return what is kept of a capture, without reading it."""
    return _decode_unread(decompress(body))


def decode_payload(body: bytes) -> Payload:
    """Return what is kept of a capture."""
    return _decode(decompress(body))


def digest_of(data: bytes) -> bytes:
    """Return what payloads and items are known by."""
    return hashlib.sha256(data).digest()[:DIGEST]


def digest_of_reading(seen: SeenStory, item: bytes) -> bytes:
    """Return what a payload is known by, of whose item ``item`` is the digest.

    Of one item, what was read may depend on the reel it lay in.
    """
    read = (seen.dialect, seen.expiring_at, seen.is_close_friends, seen.story)
    return digest_of(item + encode(read))


def replace_payload(db: Connection, pk: int, digest: bytes, seen_at: int, seen: SeenStory) -> None:
    """Keep ``seen`` in the place of the capture that is known by ``digest``.

    A capture is known by what is read of it: under its new digest it may be there already.
    """
    known = digest_of_reading(seen, digest_of(seen.raw))
    db.run("forget_payload", pk, digest)
    db.run("put_payload", pk, known, seen_at, compress_payload(seen))
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

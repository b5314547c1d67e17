"""What captures said of a story, kept compressed; and the Story that they make together."""

import hashlib

from msgspec import Raw, Struct, json

from storykeep.core.merge import Reading, fill, give_to, merge, rank
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
    return hashlib.sha256(data).digest()[:16]


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


def put_reading(db: Connection, pk: int, owner: int, reading: Reading, *, is_made: bool) -> None:
    """Keep ``reading`` as what is served of the story."""
    whole = give_to(reading, owner)
    taken_at = int(whole.story.taken_at.timestamp())
    expiring_at = min(whole.expiring_at, taken_at + MAX_LIFETIME)
    is_hidden = int(whole.is_close_friends)
    wire = encode_story(whole.story)
    seen_at = reading.seen_at
    db.run("put_story", pk, owner, taken_at, expiring_at, is_hidden, wire, int(is_made), seen_at)


def write_story(db: Connection, pk: int, *, owner: int | None = None, is_made: bool = True) -> None:
    """Make anew what is served of a known story, from all that was captured of it.

    Its own captures lead; those of its twins fill what they do not know.  The owner may change;
    and ``is_made`` says False once a capture has told its pk.
    """
    facts: Row = db.rows("story_facts", pk)[0]
    reading = merge(_read_all(db, "payloads_of", pk))
    if twins := _read_all(db, "payloads_of_twins", pk):
        reading = fill(reading, rank(twins))
    holder = facts[0] if owner is None else owner
    put_reading(db, pk, holder, reading, is_made=is_made and bool(facts[2]))


def _read_all(db: Connection, query: str, pk: int) -> list[Reading]:
    return [read_payload(seen_at, body) for seen_at, body in db.rows(query, pk)]

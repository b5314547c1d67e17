"""Recording a sighting: one transaction, and recording twice is recording once."""

import hashlib
from typing import Any

from msgspec import Raw, Struct, json

from storykeep.core.merge import Reading, merge
from storykeep.core.model import Story, encode_story
from storykeep.core.ports import Recorded
from storykeep.core.sighting import MAX_LIFETIME, Dialect, Problem, SeenStory, Sighting
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


LEVEL = 1
"""Of zstd: the next ones save 1 % each of a real item's size, for a fifth more time each."""

_encode = json.Encoder().encode
_decode_payload = json.Decoder(Payload).decode


def record(sighting: Sighting, db: Connection) -> Recorded:
    """Keep all of ``sighting`` and say how many of its stories are new."""
    digests = [_digest(seen.raw) for seen in sighting.stories]
    digest = _digest_of_sighting(sighting, digests)
    if db.row("has_sighting", digest):
        return _known(db, sighting)
    _put_account(db, sighting)
    envelope = compress(sighting.envelope, LEVEL) if sighting.envelope is not None else None
    values = (sighting.user_pk, sighting.seen_at, sighting.source, digest, envelope)
    sighting_id = db.rows("add_sighting", *values)[0][0]
    new, problems = 0, []
    sighted, names = [], []
    for position, (seen, item) in enumerate(zip(sighting.stories, digests, strict=True)):
        owner = db.row("story_owner", seen.pk)
        if problem := _find_claim(seen, owner, sighting):
            problems.append(problem)
            continue
        new += owner is None
        # Of one item, what was read may depend on the reel it lay in.
        read = (seen.dialect, seen.expiring_at, seen.is_close_friends, seen.story)
        payload = _digest(item + _encode(read))
        _put_story(db, sighting, seen, payload, is_new=owner is None)
        sighted.append((sighting_id, position, seen.pk, payload))
        names += [(file.name, seen.pk, file.kind) for file in seen.files]
    db.run_each("add_sighted_story", sighted)
    db.run_each("add_file_name", names)
    known = len(sighting.stories) - new - len(problems)
    return Recorded(new, known, tuple(problems))


def _known(db: Connection, sighting: Sighting) -> Recorded:
    """Say what recording ``sighting`` again changes: nothing, and the same is refused."""
    claims = [
        _find_claim(seen, db.row("story_owner", seen.pk), sighting) for seen in sighting.stories
    ]
    problems = tuple(problem for problem in claims if problem)
    return Recorded(new=0, known=len(claims) - len(problems), problems=problems)


def _find_claim(seen: SeenStory, owner: Row | None, sighting: Sighting) -> Problem | None:
    """Return what is wrong with a story that another account has; None when nothing is."""
    if owner is None or owner[0] == sighting.user_pk:
        return None
    reason = f"the archive knows this pk as a story of account {owner[0]}"
    return Problem("pk", reason, seen.story.pk)


def _put_story(
    db: Connection, sighting: Sighting, seen: SeenStory, digest: bytes, *, is_new: bool
) -> None:
    last_seen = None if is_new else db.row("payload_seen_at", seen.pk, digest)
    if last_seen and last_seen[0] >= sighting.seen_at:
        return
    reading = Reading(
        seen.dialect,
        sighting.seen_at,
        seen.expiring_at,
        seen.is_close_friends,
        seen.story,
    )
    if not is_new:
        reading = merge([reading, *_readings(db, seen.pk)])
    # The story first: the payload refers to it.
    taken_at = int(reading.story.taken_at.timestamp())
    db.run(
        "put_story",
        seen.pk,
        sighting.user_pk,
        taken_at,
        min(reading.expiring_at, taken_at + MAX_LIFETIME),
        int(reading.is_close_friends),
        encode_story(reading.story),
    )
    payload = Payload(
        seen.dialect, seen.expiring_at, seen.is_close_friends, seen.story, Raw(seen.raw)
    )
    db.run("put_payload", seen.pk, digest, sighting.seen_at, compress(_encode(payload), LEVEL))


def _readings(db: Connection, story_pk: int) -> list[Reading]:
    readings = []
    for seen_at, body in db.rows("payloads_of", story_pk):
        kept = _decode_payload(decompress(body))
        readings.append(
            Reading(kept.dialect, seen_at, kept.expiring_at, kept.is_close_friends, kept.story)
        )
    return readings


def _put_account(db: Connection, sighting: Sighting) -> None:
    """Update what is known of the account, the newer sighting leading.

    Of two sightings of one moment that differ about privacy the private one holds.
    """
    user, pk, seen_at = sighting.user, sighting.user_pk, sighting.seen_at
    old = db.row("account_facts", pk) or (None, None, None, None, None, -1, -1)
    username = user.username or None
    facts: list[Any] = [username, user.full_name, user.profile_pic_url, user.is_verified]
    is_newer = seen_at >= old[5]
    for index, known in enumerate(old[:4]):
        if known is not None and (facts[index] in (None, "") or not is_newer):
            facts[index] = known
    is_private, privacy_seen_at = old[4], old[6]
    privacy_at = sighting.privacy_at
    if user.is_private is not None and (privacy_at, user.is_private) >= (
        privacy_seen_at,
        bool(is_private),
    ):
        is_private, privacy_seen_at = int(user.is_private), privacy_at
    db.run("put_account", pk, *facts, is_private, max(seen_at, old[5]), privacy_seen_at)
    if username:
        db.run("put_username", username.lower(), pk, seen_at)
        db.run("name_account", pk)


def _digest(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()[:16]


def _digest_of_sighting(sighting: Sighting, items: list[bytes]) -> bytes:
    head = _encode((sighting.user, sighting.seen_at, sighting.source))
    envelope = sighting.envelope or b""
    return hashlib.sha256(b"\0".join([head, _digest(envelope), *items])).digest()

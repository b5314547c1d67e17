"""Recording a sighting: one transaction, and recording twice is recording once."""

import hashlib
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from storykeep.core.ids import is_made_user
from storykeep.core.media import Wanted
from storykeep.core.merge import Reading
from storykeep.core.model import UserShort
from storykeep.core.ports import Recorded
from storykeep.core.sighting import Kind, Problem, SeenStory, Sighting
from storykeep.core.zstd import compress
from storykeep.storage.database import Connection, Row
from storykeep.storage.highlights import put_highlight
from storykeep.storage.readings import (
    LEVEL,
    digest_of,
    encode,
    payload_of,
    put_reading,
    write_story,
)
from storykeep.storage.tombstones import admit_to
from storykeep.storage.twins import find_owner, seconds_of, settle_names, settle_twins
from storykeep.storage.wanted import want


class Captured(NamedTuple):
    """What a capture is known by, and what is kept of it, once that is needed."""

    digest: bytes
    body: Callable[[], bytes]


class Identity(NamedTuple):
    """What a sighting is known by, and its stories' places and captures."""

    digest: bytes
    places: Sequence[int]
    captures: Sequence[Captured]
    is_cut: bool = False
    """Whether something was left out of it, because it was erased."""


def record(sighting: Sighting, wanted: Sequence[Wanted], db: Connection) -> Recorded:
    """Keep all of ``sighting``, queue its files, and say how many of its stories are new."""
    recorded = _record(sighting, db)
    if wanted and recorded.new + recorded.known:
        refused = {problem.story_pk for problem in recorded.problems}
        kept = {seen.pk for seen in sighting.stories if seen.story.pk not in refused}
        want(db, [file for file in wanted if file.story_pk in kept])
    return recorded


def _record(sighting: Sighting, db: Connection) -> Recorded:
    items = [digest_of(seen.raw) for seen in sighting.stories]
    digest = _digest_of_sighting(sighting, items)
    admitted, left_out = admit_to(sighting, db)
    if admitted is None:
        return Recorded(new=0, known=0, problems=left_out)
    if db.row("has_sighting", digest):
        recorded = count_known(db, admitted)
    else:
        is_cut = admitted is not sighting
        captures = captures_of(admitted.stories, None if is_cut else items)
        put_account(db, admitted.user, admitted.seen_at, admitted.privacy_at)
        known_as = Identity(digest, range(len(captures)), captures, is_cut)
        recorded = put_sighting(db, admitted, known_as)
    return recorded._replace(problems=left_out + recorded.problems)


def captures_of(
    stories: Sequence[SeenStory], items: Sequence[bytes] | None = None
) -> list[Captured]:
    """Return what each story's capture is known by; ``items`` are digests of what is raw."""
    items = items or [digest_of(seen.raw) for seen in stories]
    payloads = [payload_of(seen) for seen in stories]
    return [
        Captured(payload.digest(item), payload.pack)
        for payload, item in zip(payloads, items, strict=True)
    ]


def put_sighting(db: Connection, sighting: Sighting, known_as: Identity) -> Recorded:
    """Keep ``sighting``, which is not known, of an account that is."""
    if sighting.profile is not None:
        put_profile(db, sighting.user_pk, sighting.seen_at, sighting.profile)
    touched = settle_names(db, sighting.user_pk)
    user_pk = find_owner(db, sighting.user_pk)
    has_made = is_made_user(sighting.user_pk) or db.row("has_made_story", user_pk) is not None
    envelope = None
    if sighting.envelope is not None:
        envelope = compress(sighting.envelope, LEVEL)
        db.run("see_reel", sighting.user_pk, sighting.seen_at)
    is_cut, digest = int(known_as.is_cut), known_as.digest
    values = (sighting.user_pk, sighting.seen_at, sighting.source, digest, envelope, is_cut)
    sighting_id = db.rows("add_sighting", *values)[0][0]
    new, problems = 0, []
    sighted, names = [], []
    placed = zip(sighting.stories, known_as.places, known_as.captures, strict=True)
    for seen, position, captured in placed:
        facts = db.row("story_facts", seen.pk)
        owner = _find_owner(db, seen, facts, sighting, user_pk)
        if isinstance(owner, Problem):
            problems.append(owner)
            continue
        new += facts is None
        is_told = facts is not None and (has_made or facts[2] or owner != facts[0])
        touched |= seconds_of(db, seen.pk) if is_told else set()
        _put_story(db, sighting.seen_at, seen, captured, facts, owner)
        touched |= seconds_of(db, seen.pk) if is_told or has_made or seen.is_made else set()
        sighted.append((sighting_id, position, seen.pk, captured.digest))
        names += names_of(seen)
    db.run_each("add_sighted_story", sighted)
    db.run_each("add_file_name", names)
    for told in sighting.highlights:
        put_highlight(db, sighting.user_pk, told, sighting.seen_at, sighting.seen_at)
    settle_twins(db, touched)
    return Recorded(new, len(sighted) - new, tuple(problems))


def count_known(db: Connection, sighting: Sighting) -> Recorded:
    """Say what recording ``sighting`` again changes: nothing, and the same is refused."""
    user_pk = find_owner(db, sighting.user_pk)
    owners = [
        _find_owner(db, seen, db.row("story_facts", seen.pk), sighting, user_pk)
        for seen in sighting.stories
    ]
    problems = tuple(owner for owner in owners if isinstance(owner, Problem))
    return Recorded(new=0, known=len(owners) - len(problems), problems=problems)


def _find_owner(
    db: Connection, seen: SeenStory, facts: Row | None, sighting: Sighting, user_pk: int
) -> int | Problem:
    """Return whose story it is now, or what is wrong with it: another account has it.

    Who is known by a name only holds nothing against who is known by number.
    """
    if facts is None or facts[0] == user_pk:
        return user_pk
    told, guessed = db.rows("claims_of", seen.pk)[0]
    if is_made_user(sighting.user_pk):
        return min(guessed, user_pk) if told is None else int(told)
    if told in (None, user_pk):
        return user_pk
    reason = f"the archive knows this pk as a story of account {told}"
    return Problem("pk", reason, seen.story.pk)


def _put_story(
    db: Connection, seen_at: int, seen: SeenStory, captured: Captured, facts: Row | None, owner: int
) -> None:
    if facts is None:
        reading = Reading(
            seen.dialect, seen_at, seen.expiring_at, seen.is_close_friends, seen.story
        )
        put_reading(db, seen.pk, owner, reading, captured.digest, is_made=seen.is_made)
    # After the story: the payload refers to it.
    last_seen = None if facts is None else db.row("payload_seen_at", seen.pk, captured.digest)
    is_newer = last_seen is None or last_seen[0] < seen_at
    if is_newer:
        db.run("put_payload", seen.pk, captured.digest, seen_at, captured.body())
    if facts is not None and (is_newer or owner != facts[0] or (facts[2] and not seen.is_made)):
        write_story(db, seen.pk, owner=owner, is_made=seen.is_made, captured=captured.digest)


def names_of(seen: SeenStory) -> list[tuple[str, int, Kind]]:
    """Return what the CDN calls the story's files: a name, and of images a cache key too.

    Both are kept in one table, for both are what a file is found by.
    """
    keys = [(file.cache_key, seen.pk, file.kind) for file in seen.files if file.cache_key]
    return [*((file.name, seen.pk, file.kind) for file in seen.files), *keys]


def put_account(db: Connection, user: UserShort, seen_at: int, privacy_at: int) -> None:
    """Update what is known of the account, the newer sighting leading.

    Of two sightings of one moment that differ about privacy the private one holds.
    """
    pk = int(user.pk)
    old = db.row("account_facts", pk) or (None, None, None, None, None, -1, -1)
    username = user.username or None
    facts: list[Any] = [username, user.full_name, user.profile_pic_url, user.is_verified]
    is_newer = seen_at >= old[5]
    for index, known in enumerate(old[:4]):
        if known is not None and (facts[index] in (None, "") or not is_newer):
            facts[index] = known
    is_private, privacy_seen_at = old[4], old[6]
    known_privacy = privacy_seen_at, bool(is_private)
    if user.is_private is not None and (privacy_at, user.is_private) >= known_privacy:
        is_private, privacy_seen_at = int(user.is_private), privacy_at
    db.run("put_account", pk, *facts, is_private, max(seen_at, old[5]), privacy_seen_at)
    if username:
        db.run("put_username", username.lower(), pk, seen_at)
        db.run("name_account", pk)


def put_profile(db: Connection, user_pk: int, seen_at: int, profile: bytes) -> None:
    """Keep what the account's page told, unless something later is kept."""
    body = compress(profile, LEVEL)
    db.run("put_profile", user_pk, seen_at, digest_of(profile), body)


def _digest_of_sighting(sighting: Sighting, items: list[bytes]) -> bytes:
    head = encode((sighting.user, sighting.seen_at, sighting.source))
    envelope = sighting.envelope or b""
    parts = [head, digest_of(envelope), *items]
    if sighting.profile is not None:
        parts += [b"profile", digest_of(sighting.profile)]
    parts += [encode(told) for told in sighting.highlights]
    return hashlib.sha256(b"\0".join(parts)).digest()

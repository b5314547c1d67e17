"""Taking stories, sightings and accounts out of the archive: as if they had never been seen."""

from collections.abc import Collection

from msgspec import json

from storykeep.core.erasure import Erasure, clean_and_count, clean_user
from storykeep.core.mentions import Erased, cut_mentions
from storykeep.core.model import UserShort
from storykeep.core.sighting import SeenStory
from storykeep.core.zstd import compress, decompress
from storykeep.storage.database import Connection
from storykeep.storage.readings import (
    LEVEL,
    decode_payload,
    encode,
    replace_payload,
    write_story,
)
from storykeep.storage.twins import Second, seconds_of, settle_names, settle_owner, settle_twins

_OF_A_STORY = (
    "forget_sighted",
    "forget_payloads",
    "forget_file_names",
    "forget_kept_files",
    "forget_wanted_files",
    "forget_highlighted",
    "free_twins",
    "forget_story",
)
"""In this order, for what is above refers to what is below."""


def forget_story(pk: int, step: Erasure, db: Connection) -> None:
    """Forget a story, and note the files that it had."""
    step.stories += 1
    db.run("cut_sightings_of", pk)
    db.run("doom_files", pk)
    for query in _OF_A_STORY:
        db.run(query, pk)
        step.captures += db.changes() if query == "forget_payloads" else 0
        step.file_names += db.changes() if query == "forget_file_names" else 0


def forget_sighting(sighting_id: int, accounts: Collection[int], db: Connection) -> set[Second]:
    """Forget a look at one of ``accounts``, and what only it told of others' stories.

    Returns where twins may have come or gone.
    """
    stories = [pk for (pk,) in db.rows("stories_in_sighting", sighting_id)]
    touched: set[Second] = set()
    db.run("forget_stories_in_sighting", sighting_id)
    db.run("forget_sighting", sighting_id)
    for pk in stories:
        if db.rows("story_facts", pk)[0][0] in accounts:
            continue  # a dry run, in which the accounts' own stories are there still
        db.run("forget_unsighted_payloads", pk)
        if db.row("captures_kept", pk):
            touched |= settle_owner(db, pk)
        else:
            touched |= seconds_of(db, pk)
            forget_story(pk, Erasure(), db)
    return touched


def forget_account(pk: int, db: Connection) -> None:
    """Forget an account that no sighting and no story is of any more."""
    names = [name for (name,) in db.rows("usernames_of", pk)]
    db.run("free_account_twins", pk)
    db.run("forget_usernames", pk)
    db.run("forget_highlight_stories", pk)
    db.run("forget_highlights", pk)
    db.run("forget_account", pk)
    # A name that several had may stand for one now.
    for name in names:
        for heir, _ in db.rows("real_namesakes", name):
            settle_twins(db, settle_names(db, heir))


def cut_story(pk: int, erased: Erased, db: Connection) -> int:
    """Take those who are erased out of what others' story says; return how often they were."""
    times = 0
    for digest, seen_at, body in db.rows("captures_kept", pk):
        kept = decode_payload(body)
        seen = SeenStory(
            story=kept.story,
            expiring_at=kept.expiring_at,
            is_close_friends=kept.is_close_friends,
            dialect=kept.dialect,
            raw=bytes(kept.item),
        )
        clean, found = clean_and_count(seen, erased)
        if found:
            db.run("cut_sightings_with", pk, digest)
            replace_payload(db, pk, digest, seen_at, clean)
        times = max(times, found)
    if times:
        for member, _ in db.rows("story_group", pk):
            write_story(db, member)
    return times


def cut_envelope(sighting_id: int, erased: Erased, db: Connection) -> int:
    """Take them out of what stood around a reel."""
    cut = cut_mentions(json.decode(decompress(db.rows("envelope_of", sighting_id)[0][1])), erased)
    if cut.times:
        db.run("put_envelope", sighting_id, compress(encode(cut.value), LEVEL))
    return cut.times


def cut_profile(
    pk: int, full_name: str | None, picture: str | None, erased: Erased, db: Connection
) -> None:
    """Take them out of what an account says of itself."""
    user = UserShort(pk=str(pk), full_name=full_name, profile_pic_url=picture)
    clean = clean_user(user, erased)
    if clean is not user:
        db.run("put_profile", pk, clean.full_name, clean.profile_pic_url)


def cut_health(source: str, health: str, erased: Erased, db: Connection) -> None:
    """Take them out of what an origin said last."""
    cut = cut_mentions(json.decode(health), erased)
    if cut.times:
        db.run("put_health", source, encode(cut.value).decode())

"""Taking stories, sightings and accounts out of the archive, and out of what is kept of others."""

from collections.abc import Collection

from msgspec import json

from storykeep.core.erasure import Erasing, Erasure, but, clean_and_count, clean_user
from storykeep.core.highlight import mentioned
from storykeep.core.mentions import (
    cut_file_name,
    cut_mentions,
    word_of_name,
    word_of_story,
    word_of_user,
)
from storykeep.core.model import UserShort
from storykeep.core.raw import without
from storykeep.core.zstd import compress, decompress
from storykeep.storage.database import Connection, Row
from storykeep.storage.readings import (
    LEVEL,
    decode_payload,
    digest_of,
    encode,
    payload_of,
    replace_payload,
    seen_of,
    write_story,
)
from storykeep.storage.twins import Second, seconds_of, settle_names, settle_owner, settle_twins

DOCUMENTS = ("envelope", "profile", "highlight")
"""What tells of others than its account, beside captured stories."""

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
_OF_AN_ACCOUNT = (
    "free_account_twins",
    "forget_usernames",
    "forget_profile",
    "forget_highlight_stories",
    "forget_highlights",
    "forget_account",
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


def cut_highlights(story: int, db: Connection) -> None:
    """Let the highlights that a story is in not speak of it, nor show it as their cover."""
    for pk, reel in db.rows("highlights_with", story):
        told = without(json.decode(decompress(reel)), {story})
        db.run("cut_highlight", pk, compress(encode(told), LEVEL))


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


def forget_account(pk: int, db: Connection) -> Erasure:
    """Forget an account that no sighting and no story is of any more."""
    names = [name for (name,) in db.rows("usernames_of", pk)]
    db.run("check_references_later")  # of a dry run, in which the stories are there still
    for query in _OF_AN_ACCOUNT:
        db.run(query, pk)
    # A name that several had may stand for one now.
    for name in names:
        for heir, _ in db.rows("real_namesakes", name):
            settle_twins(db, settle_names(db, heir))
    return Erasure(usernames=len(names))


def cut_story(pk: int, erasing: Erasing, db: Connection) -> Erasure:
    """Cut what all captures say of a story, unless it goes itself."""
    facts = db.row("story_facts", pk)
    if facts is None or facts[0] in erasing.accounts or word_of_story(pk) in erasing.words:
        return Erasure()
    times = 0
    for digest, seen_at, body in db.rows("captures_kept", pk):
        clean, found = clean_and_count(seen_of(decode_payload(body)), erasing.words.get)
        if found:
            db.run("cut_sightings_with", pk, digest)
            replace_payload(db, pk, digest, seen_at, payload_of(clean))
        times = max(times, found)
    if times:
        for member, _ in db.rows("story_group", pk):
            write_story(db, member)
    return Erasure(mentions=times, mentioned_in=int(times > 0))


def cut_document(what: str, pk: int, erasing: Erasing, db: Connection) -> Erasure:
    """Cut one of DOCUMENTS: what stood around a reel, an account's page, or a highlight."""
    account, body = db.rows(f"{what}_of", pk)[0]
    if account in erasing.accounts:
        return Erasure()
    own = [word_of_name(name) for (name,) in db.rows("usernames_of", account)]
    others = but(erasing.words.get, [word_of_user(account), *own])
    told, gone = json.decode(decompress(body)), set[int]()
    if what == "highlight":
        gone = {story for story in mentioned(told) if others(word_of_story(story))}
    cut = cut_mentions(without(told, gone), others)
    if cut.times or gone:
        document = encode(cut.value)
        digest = [digest_of(document)] if what == "profile" else []
        db.run(f"cut_{what}", pk, compress(document, LEVEL), *digest)
    return Erasure(mentions=cut.times)


def cut_accounts(erasing: Erasing, db: Connection) -> Erasure:
    """Cut what accounts say of themselves, and what origins said last."""
    for word in erasing.words:
        for pk, full_name, picture in db.rows("scan_accounts", word.partition(":")[2]):
            if pk not in erasing.accounts:
                user = UserShort(pk=str(pk), full_name=full_name, profile_pic_url=picture)
                clean = clean_user(user, but(erasing.words.get, [word_of_user(pk)]))
                db.run("put_account_texts", pk, clean.full_name, clean.profile_pic_url)
        for source, health in db.rows("scan_origins", word.partition(":")[2]):
            cut = cut_mentions(json.decode(health), erasing.words.get)  # it may quote an answer
            db.run("put_health", source, encode(cut.value).decode())
    return Erasure()


def rename_files(rows: list[Row], erasing: Erasing, db: Connection) -> Erasure:
    """Take a name out of names of others' files, which whoever saved them chose."""
    step = Erasure()
    for pk, old in rows:
        facts = db.row("story_facts", pk)
        if facts is None or facts[0] in erasing.accounts:
            continue  # a dry run, in which it is there still
        new = cut_file_name(old, erasing.words.get)
        db.run("rename_kept_file", pk, old, new)
        db.run("rename_file_name", pk, old, new)
        step.file_names += 1
    return step

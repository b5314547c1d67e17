"""Taking those who are erased out of what is kept of others."""

from msgspec import json

from storykeep.core.erasure import Erasing, Erasure, but, clean_and_count, clean_user
from storykeep.core.mentions import (
    Erased,
    cut_file_name,
    cut_mentions,
    word_of_name,
    word_of_story,
    word_of_user,
)
from storykeep.core.model import UserShort
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

DOCUMENTS = ("envelope", "profile", "highlight")
"""What tells of others than its account, beside captured stories."""


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
    cut = cut_mentions(json.decode(decompress(body)), _others(account, erasing, db))
    if cut.times:
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


def _others(account: int, erasing: Erasing, db: Connection) -> Erased:
    """Return what tells who is erased, but for the account itself."""
    own = [word_of_name(name) for (name,) in db.rows("usernames_of", account)]
    return but(erasing.words.get, [word_of_user(account), *own])

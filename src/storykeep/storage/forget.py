"""Taking stories, sightings and accounts out of the archive: as if they had never been seen."""

from collections.abc import Collection

from storykeep.core.erasure import Erasure
from storykeep.storage.database import Connection
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
    db.run("forget_profile", pk)
    db.run("forget_highlight_stories", pk)
    db.run("forget_highlights", pk)
    db.run("forget_account", pk)
    # A name that several had may stand for one now.
    for name in names:
        for heir, _ in db.rows("real_namesakes", name):
            settle_twins(db, settle_names(db, heir))

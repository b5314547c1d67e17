"""From one document to sightings: what was recognised, put together account by account."""

from functools import reduce
from typing import Any, NamedTuple

from msgspec import json, structs

from storykeep.core.extract.drift import find_drift
from storykeep.core.extract.highlights import highlight_pk
from storykeep.core.extract.items import dialect_of, read_item
from storykeep.core.extract.node import Node, encode_raw
from storykeep.core.extract.problems import MAX_UNREADABLE, Problems
from storykeep.core.extract.profile import as_stranger
from storykeep.core.extract.shapes import Look, recognise
from storykeep.core.extract.stickers import merge, read_user
from storykeep.core.ids import read_whole
from storykeep.core.model import UserShort
from storykeep.core.sighting import DAY, Dialect, Problem, SeenHighlight, SeenStory, Sighting

PROFILE_KEY = "biography"
"""What is told of an account by its own page, and nowhere beside stories, in every dialect."""


class Capture(NamedTuple):
    """What one document proves, and what in it could not be read."""

    sightings: tuple[Sighting, ...]
    problems: tuple[Problem, ...]


def read_capture(document: Any, *, source: str, seen_at: int) -> Capture:
    """Return what ``document`` (decoded JSON of whatever origin) captured.

    Nothing is lost in silence: an item or sticker that cannot be read is a Problem, and the
    others are still there.  Raises NotACapture when the document is none, and nothing else.

    A sighting was made when its newest story was taken, for that is all a capture proves;
    ``seen_at`` stands where it has no story.
    """
    problems = Problems()
    return _read(recognise(document, problems), source, seen_at, problems)


def read_live(document: Any, *, source: str, now: int) -> Capture:
    """Return what ``document``, which ``source`` answered just ``now``, tells; as ``read_capture``.

    Here the moment of the sightings is known exactly.  Keys that are new or gone are Problems
    too, for whoever answers live may begin to answer otherwise.
    """
    problems = Problems()
    return _read_now(recognise(document, problems), source, now, problems)


def read_about(
    owner: dict[str, Any], items: list[Any] | None, *, dialect: Dialect, source: str, now: int
) -> Capture:
    """Return what an answer of just ``now`` tells about ``owner``, who was asked about.

    ``items`` are the whole reel, without an envelope of its own; None when it was not told.
    """
    entries = items or []
    look = Look(entries, dialect, owner, places=range(len(entries)))
    if items is not None:
        look = look._replace(envelope={"answer": {}, "reel": None, "dialect": dialect})
    return _read_now([look], source, now, Problems())


def read_again(item: bytes, *, dialect: Dialect, owner: UserShort) -> SeenStory | str:
    """Return the story in a kept ``item``, as it is read today; else the reason why it is none.

    ``owner`` is what was read of the account then: of the reel around the item nothing is here.
    """
    problems = Problems()
    seen = read_item(json.decode(item), "", problems, owner=owner, dialect=dialect)
    if seen is not None:
        return seen
    return ", ".join(f"{field}: {reason}" for field, reason, *_ in problems.told())


def _read_now(looks: list[Look], source: str, now: int, problems: Problems) -> Capture:
    sightings, told = _read(looks, source, now, problems)
    items = (
        (dialect_of(item, look.dialect), item)
        for look in looks
        for item in look.items[:MAX_UNREADABLE]
        if isinstance(item, dict)
    )
    exact = (structs.replace(each, seen_at=now, is_moment_exact=True) for each in sightings)
    return Capture(tuple(exact), (*told, *find_drift(items)))


def _read(looks: list[Look], source: str, seen_at: int, problems: Problems) -> Capture:
    sightings = [sighting for look in looks for sighting in _sight(look, source, seen_at, problems)]
    if not sightings and not problems:
        problems.append(Problem("reel", "the answer is empty and names no account"))
    return Capture(tuple(sightings), problems.told())


def _sight(look: Look, source: str, seen_at: int, problems: list[Problem]) -> list[Sighting]:
    """Return one sighting for each account of ``look``, the reel's owner first."""
    owner = _read_owner(look, problems)
    stories = _read_stories(look, owner, problems)
    reel_pk = next(iter(stories), "")
    envelope = profile = None
    if isinstance(look.owner, dict) and PROFILE_KEY in look.owner:
        profile = encode_raw(as_stranger(look.owner))[0]
    # Items that could not be read are no proof of an empty reel.
    if look.envelope is not None and (not look.items or stories.get(reel_pk)):
        envelope = encode_raw(look.envelope)[0]
    sightings = []
    for pk, seen in stories.items():
        told = [owner] if owner is not None and owner.pk == pk else []
        is_of_reel = pk == reel_pk
        sighting = Sighting(
            user=reduce(merge, (*told, *(story.story.user for story in seen))),
            seen_at=_proven_time(seen, look.latest if is_of_reel else None, seen_at),
            source=source,
            is_moment_exact=False,
            stories=tuple(seen),
            envelope=envelope if is_of_reel else None,
            profile=profile if told else None,
            highlights=_read_highlights(look, seen) if is_of_reel else (),
        )
        sightings.append(sighting)
    return sightings


def _read_highlights(look: Look, stories: list[SeenStory]) -> tuple[SeenHighlight, ...]:
    items = tuple(seen.pk for seen in stories)
    return tuple(
        SeenHighlight(pk=pk, reel=encode_raw(reel)[0], items=items, is_whole=look.is_whole)
        for reel in look.highlights
        if (pk := highlight_pk(reel)) is not None
    )


def _read_owner(look: Look, problems: list[Problem]) -> UserShort | None:
    """Return whose reel it is, where that is said."""
    data = encode_raw({"user": look.owner})[1] if look.owner is not None else {}
    user = read_user(Node(data, "", problems, None).child("user"))
    pk = user.pk or look.owner_pk
    return merge(user, UserShort(pk=pk, id=pk)) if pk else None


def _read_stories(
    look: Look, owner: UserShort | None, problems: list[Problem]
) -> dict[str, list[SeenStory]]:
    """Return the stories of ``look`` by their owners' pks, the reel's owner's first."""
    found: dict[str, list[SeenStory]] = {owner.pk: []} if owner is not None else {}
    pks: set[str] = set()
    unreadable = 0
    for index, (path, data) in enumerate(look.located()):
        seen = None
        if not isinstance(data, dict):
            problems.append(Problem(path, "not an object"))
        else:
            seen = read_item(data, path, problems, owner=owner, dialect=look.dialect)
        if seen is None:
            unreadable += 1
            if unreadable == MAX_UNREADABLE and (rest := len(look.items) - index - 1):
                reason = f"not looked at, after {MAX_UNREADABLE:,} that could not be read"
                problems.append(Problem(look.path, reason, times=rest))
                break
        elif seen.story.pk in pks:
            problems.append(Problem(path, "the same story again", seen.story.pk))
        else:
            pks.add(seen.story.pk)
            found.setdefault(seen.story.user.pk, []).append(seen)
    return found


def _proven_time(stories: list[SeenStory], latest: object, fallback: int) -> int:
    """Return the latest moment that the stories prove; the reel's own word goes a day further."""
    if not stories:
        return fallback
    newest = max(story.taken_at for story in stories)
    said = read_whole(latest)
    return said if said is not None and newest < said <= newest + DAY else newest

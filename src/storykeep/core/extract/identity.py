"""What an item must have to be a story at all: its number, its time and its owner."""

from datetime import UTC, datetime
from typing import NamedTuple

from storykeep.core.extract.node import Node, read_pk, read_whole
from storykeep.core.extract.people import merge, named, read_user
from storykeep.core.model import UserShort

_FIRST, _LAST = 1_262_304_000, 4_102_444_800
"""2010, when Instagram began, and 2100: what lies outside is no time in seconds."""


class Identity(NamedTuple):
    """The facts that every Story is built on."""

    pk: str
    taken_at: int
    """Unix seconds."""
    user: UserShort

    @property
    def id(self) -> str:
        """Story and owner in one."""
        return f"{self.pk}_{self.user.pk}"

    @property
    def time(self) -> datetime:
        """``taken_at`` as the wire has it."""
        return datetime.fromtimestamp(self.taken_at, UTC)


def read_identity(item: Node, owner: UserShort | None) -> Identity | None:
    """Return whose story ``item`` is; None, and a Problem, where one of the facts is missing.

    ``owner`` is whose reel the item lies in.  What the reel says of its owner is fuller than
    what the item says, and wins.  Once the pk is known, Problems carry it, and paths start at
    the item.
    """
    pk, owner_pk = _read_pks(item)
    if pk is not None:
        item.story_pk, item.path = pk, ""
    taken_at = _read_time(item)
    user = _read_owner(item, owner, owner_pk)
    if pk is None or taken_at is None or user is None:
        return None
    return Identity(pk, taken_at, user)


def _read_pks(item: Node) -> tuple[str | None, str | None]:
    """Return the pk of the story, and of its owner where ``id`` ends in it."""
    whole_id = item.data.get("id")
    head, _, tail = whole_id.partition("_") if isinstance(whole_id, str) else (whole_id, "", "")
    if item.data.get("pk") is not None:
        return item.pk("pk"), read_pk(tail)
    pk = read_pk(head)
    if pk is None:
        item.report("pk", "no decimal id from 1 to 2^63-1 here or in id: the item is left out")
    return pk, read_pk(tail)


def _read_time(item: Node) -> int | None:
    for key in ("taken_at", "taken_at_timestamp"):
        value = item.data.get(key)
        if value is not None:
            seconds = read_whole(value)
            if seconds is None and isinstance(value, str):
                seconds = _read_iso(value)
            if seconds is not None and _FIRST < seconds < _LAST:
                return seconds
            item.report(key, "no time between 2010 and 2100: the item is left out")
            return None
    item.report("taken_at", "missing: the item is left out")
    return None


def _read_iso(text: str) -> int | None:
    """Return the Unix seconds of an ISO 8601 time; one without a zone is UTC."""
    try:
        time = datetime.fromisoformat(text)
        return int((time if time.tzinfo else time.replace(tzinfo=UTC)).timestamp())
    except (ValueError, OverflowError):
        return None


def _read_owner(item: Node, owner: UserShort | None, owner_pk: str | None) -> UserShort | None:
    node = item.child("user") or item.child("owner")
    user = read_user(node) if node is not None else None
    if owner is not None and (user is None or user.pk in ("", owner.pk)):
        return merge(owner, user) if user is not None else owner
    if user is not None and user.pk:
        return user
    if owner_pk is None:
        item.report("user", "names no account: the item is left out")
        return None
    return merge(named(owner_pk), user) if user is not None else named(owner_pk)

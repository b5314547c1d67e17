"""An account in the vendor's two shapes: flat (v1), and as Instagram's own pages tell it (v2)."""

import re
from typing import Any

from msgspec import json, structs

from storykeep.core.extract.node import Node
from storykeep.core.model import User, UserShort

_RELATION = re.compile(
    r"is_favorite\w*|is_stories_teaser_muted|mutual_follow\w*|profile_context\w*"
    r"|latest_besties_reel_media"
)
"""What an account is to whoever looks at it: to the operator's own session."""


def create_flat_user(user: UserShort, raw: bytes | None) -> User:
    """Return all that is known: what ``raw`` has, the newer word of ``user``, and else null."""
    told = create_raw_user(user, raw)
    known = {key: value for key, value in told.items() if value is not None}
    picture = known.get("hd_profile_pic_url_info")
    if isinstance(picture, dict):
        known.setdefault("profile_pic_url_hd", picture.get("url"))
    return Node(known, "", [], None).fill(User, pk=told["pk"])


def create_raw_user(user: UserShort, raw: bytes | None) -> dict[str, Any]:
    """Return ``raw`` with the newer word of ``user``; without it, what ``user`` alone tells.

    ``pk`` is a number, and the account's other three ids are there as texts.
    """
    facts = structs.asdict(user)
    told: dict[str, Any] = dict(facts) if raw is None else as_stranger(json.decode(raw))
    told |= {key: value for key, value in facts.items() if key != "id" and value not in (None, "")}
    told["pk"] = int(user.pk)
    return told | {key: told.get(key) or user.pk for key in ("id", "pk_id", "strong_id__")}


def as_stranger(told: dict[str, Any]) -> dict[str, Any]:
    """Return an account as who has nothing to do with it sees it: false, 0 and empty stay keys."""
    return {
        key: type(value)() if value and _RELATION.fullmatch(key) else value
        for key, value in told.items()
        if key != "friendship_status"
    }

"""Reels, trays and profiles, put together from the world whenever somebody asks."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from storykeep.core.links import is_cdn_host
from storykeep.core.sighting import DAY
from storykeep.testing.instagram.items import Item
from storykeep.testing.instagram.world import SIGNED_FOR, Account, Highlight, World

Reel = dict[str, Any]
Telling = Callable[[Item], Item]


def create_reel(world: World, reel_id: str, tell: Telling | None = None) -> Reel | None:
    """Return the reel of ``PK`` or ``highlight:PK``; None where there is nothing to be seen.

    ``tell`` turns its stories into a dialect of the web pages, where an account's pk is a text.
    """
    kept = next((each for each in world.highlights() if each.id == reel_id), None)
    account = world.account(int(reel_id)) if reel_id.isdecimal() else None
    items = kept.items if kept else world.active(account) if account else []
    if not items:
        return None
    user = items[0]["user"] if account is None else account.user
    latest = max(item["taken_at"] for item in items)
    return {
        **(create_tray_entry(kept) if kept else {}),
        "id": reel_id if kept or tell else int(reel_id),
        "strong_id__": reel_id,
        "reel_type": "highlight_reel" if kept else "user_reel",
        "latest_reel_media": latest,
        "expiring_at": None if kept else latest + DAY,
        "seen": 0,
        "can_reply": False,
        "can_reshare": True,
        "user": {**user, "pk": user["pk_id"]} if tell else user,
        "has_besties_media": any(item.get("audience") == "besties" for item in items),
        "media_count": len(items),
        "media_ids": [int(item["pk"]) for item in items],
        "items": [tell(item) for item in items] if tell else items,
    }


def create_tray_entry(highlight: Highlight) -> dict[str, Any]:
    """Return a highlight as it stands in a tray: without its items."""
    items = highlight.items
    return {
        "id": highlight.id,
        "latest_reel_media": max(item["taken_at"] for item in items),
        "reel_type": "highlight_reel",
        "user": highlight.user,
        "media_count": len(items),
        "title": highlight.title,
        "created_at": items[0]["taken_at"],
        "cover_media": {
            "media_id": items[0]["id"],
            "cropped_image_version": items[0]["image_versions2"]["candidates"][-1],
        },
        "is_pinned_highlight": False,
    }


def signed(document: Any, now: float) -> Any:
    """Return ``document`` with a signature on every address of the CDN that has none."""
    if isinstance(document, dict):
        return {key: signed(value, now) for key, value in document.items()}
    if isinstance(document, list):
        return [signed(value, now) for value in document]
    if isinstance(document, str) and document.startswith("https://"):
        parts = urlsplit(document)
        if is_cdn_host(parts.hostname or "") and "oe=" not in parts.query:
            joint = "&" if parts.query else "?"
            return f"{document}{joint}oe={int(now + SIGNED_FOR):X}"
    return document


def create_profile(account: Account) -> dict[str, Any]:
    """Return an account as its own page and ``users/…`` tell it."""
    return {
        **account.user,
        "biography": "",
        "external_url": "",
        "is_business": account.graph_id is not None,
        "account_type": 1 if account.graph_id is None else 3,
        "media_count": 0,
        "follower_count": 0,
        "following_count": 0,
        "hd_profile_pic_url_info": {"url": account.user["profile_pic_url"]},
        "friendship_status": {"following": account.is_followed},
    }

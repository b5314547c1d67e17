"""Stories as the private API tells them: constructed templates with every sticker."""

from copy import deepcopy
from importlib.resources import files
from typing import Any

from msgspec import json

from storykeep.core import ids
from storykeep.core.sighting import DAY

Item = dict[str, Any]

CDN = "https://scontent-lga3-1.cdninstagram.com"


def create_user(pk: int, username: str, full_name: str = "", **more: Any) -> dict[str, Any]:
    """Return an account as it stands in items; ``more`` changes it."""
    return {
        "pk": pk,
        "pk_id": str(pk),
        "id": str(pk),
        "strong_id__": str(pk),
        "username": username,
        "full_name": full_name,
        "is_private": False,
        "is_verified": False,
        "profile_pic_id": f"1_{pk}",
        "profile_pic_url": f"{CDN}/v/t51.2885-19/{username}_n.jpg?stp=dst-jpg_s150x150",
        **more,
    }


STICKERS: dict[str, dict[str, Any]] = json.decode(
    files(__package__).joinpath("stickers.json").read_bytes()
)
"""Each sticker by name: the ``list`` of the item that it stands in, and its ``content``."""


def create_item(
    user: dict[str, Any], pk: int, *stickers: str, is_video: bool = False, **more: Any
) -> Item:
    """Return a story of ``user``; it was taken when ``pk`` says, and ``more`` changes it.

    Addresses of files carry no signature: they get one whenever they are told.
    """
    taken_at = ids.ms_from_pk(pk) // 1000
    item: Item = {
        "pk": pk,
        "id": f"{pk}_{user['pk']}",
        "strong_id__": f"{pk}_{user['pk']}",
        "fbid": 18_000_000_000_000_000 + pk % 10**15,
        "code": ids.code_from_pk(pk),
        "taken_at": taken_at,
        "expiring_at": taken_at + DAY,
        "is_reel_media": True,
        "media_type": 2 if is_video else 1,
        "original_media_type": 2 if is_video else 1,
        "product_type": "story",
        "user": user,
        "caption": None,
        "original_width": 1080,
        "original_height": 1920,
        "image_versions2": {"candidates": _images(pk)},
        **(_video(pk) if is_video else {}),
        "sponsor_tags": [],
        "reel_mentions": [],
        "is_paid_partnership": "sponsor" in stickers,
        "has_liked": False,
        "can_reply": False,
        "can_reshare": True,
    }
    for name in stickers:
        sticker = STICKERS[name]
        item.setdefault(sticker["list"], []).append(deepcopy(sticker["content"]))
    return item | more


def _images(pk: int) -> list[dict[str, Any]]:
    name = f"{CDN}/v/t51.71878-15/{pk}"
    sizes = ((1080, 1920), (640, 1136), (640, 640))
    return [
        {"width": width, "height": height, "url": f"{name}_{width}_n.jpg?stp=dst-jpg_e15"}
        for width, height in sizes
    ]


def _video(pk: int) -> dict[str, Any]:
    """Return what only a video has; as on Instagram, one file stands under three types."""
    name = f"{CDN}/o1/v/t2/f2/m78/{pk}"
    large = [
        {"type": kind, "id": "1v", "width": 720, "height": 1280, "url": f"{name}_720.mp4"}
        for kind in (101, 102, 103)
    ]
    small = {"type": 104, "id": "2v", "width": 360, "height": 640, "url": f"{name}_360.mp4"}
    return {
        "video_versions": [*large, small],
        "video_duration": 1.0,
        "has_audio": False,
        "is_dash_eligible": 1,
        "video_dash_manifest": "",
        "video_codec": "avc1.64001f",
        "number_of_qualities": 2,
    }

"""What the Graph API tells, in the words that the readers of the vendor's objects know.

It tells little, and what it does not tell is not made up: no sticker, no length of a video.
"""

import re
from typing import Any

from storykeep.core.model import PHOTO, VIDEO

_PERMALINK = re.compile(
    r"https?://(?:www\.)?instagram\.com/stories/[^/?#]+/([0-9]{1,40})/?(?:[?#].*)?", re.ASCII
)
_MEDIA_TYPES = {"IMAGE": PHOTO, "VIDEO": VIDEO}


def story_of(media: dict[str, Any]) -> dict[str, Any]:
    """Return a story.  Its pk is in its address: ``id`` is a number of the Graph API's own."""
    found = _PERMALINK.fullmatch(_text(media, "permalink"))
    kind, file = _text(media, "media_type"), media.get("media_url")
    is_video = kind == "VIDEO"
    return {
        "pk": found[1] if found else None,
        "code": media.get("shortcode"),
        "taken_at": media.get("timestamp"),
        "media_type": _MEDIA_TYPES.get(kind, kind or None),
        "product_type": _text(media, "media_product_type").lower() or "story",
        "thumbnail_url": media.get("thumbnail_url") if is_video else file,
        # Withheld where the music is somebody else's.
        "video_url": file if is_video else None,
        "video_duration": None,
        "user": {"username": media.get("username")},
    }


def account_of(node: dict[str, Any]) -> dict[str, Any]:
    """Return an account: a professional one, for there are no others, and those are public."""
    return {
        "pk": node.get("ig_id"),
        "username": node.get("username"),
        "full_name": node.get("name"),
        "profile_pic_url": node.get("profile_picture_url"),
        "is_private": False,
    }


def _text(data: dict[str, Any], key: str) -> str:
    value = data.get(key)
    return value if isinstance(value, str) else ""

"""A story in the words of gallery-dl's metadata, which other tools read; ours beside them."""

from datetime import UTC, datetime
from typing import Any

from msgspec import Raw, json

from storykeep.core.copies import AccountCopy, StoryCopy
from storykeep.core.model import encode_story

OWN = "storykeep"
"""The key of what only storykeep understands; it comes first, where its importer looks for it."""


def describe(
    story: StoryCopy, owner: AccountCopy, name: str, ending: str | None, record: str
) -> bytes:
    """Return the sidecar of the file ``name``, which has no ``ending`` when it is not there.

    The whole of the story stands in ``record``, a path from the sidecar on.  Its addresses are
    the CDN's, and most of them are dead by now.
    """
    told, user = story.story, story.story.user
    username = owner.username or user.username or ""
    moment = _moment(int(told.taken_at.timestamp()))
    document: dict[str, Any] = {
        OWN: {"record": record, "is_pk_made": story.is_made, "story": Raw(encode_story(told))},
        "category": "instagram",
        "subcategory": "stories",
        "type": "story",
        "media_id": str(story.pk),
        "shortcode": told.code,
        "date": moment,
        "expires": _moment(story.expiring_at),
        "post_id": str(owner.pk),
        "post_url": f"https://www.instagram.com/stories/{username}/",
        "post_date": moment,
        "owner_id": str(owner.pk),
        "username": username,
        "fullname": owner.full_name or "",
        "audience": "MediaAudience.BESTIES" if story.is_close_friends else "MediaAudience.DEFAULT",
        "user": {
            "pk": owner.pk,
            "id": str(owner.pk),
            "username": username,
            "full_name": owner.full_name or "",
            "is_private": owner.is_private,
            "is_verified": owner.is_verified,
            "profile_pic_url": owner.profile_pic_url,
        },
        "media_type": told.media_type,  # as Instagram says it: of a film the address may be lost
        "display_url": told.thumbnail_url,
        "video_url": told.video_url,
        "tagged_users": [
            {"id": each.user.pk, "username": each.user.username, "full_name": each.user.full_name}
            for each in told.mentions
        ],
        "filename": name.removesuffix(f".{ending}"),
        "extension": ending,
    }
    return json.format(json.encode(document), indent=2) + b"\n"


def _moment(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%S")

"""What instaloader 4.16 and gallery-dl 1.32 write beside the files of a story, constructed."""

import json
import lzma
from datetime import UTC, datetime
from typing import Any

from storykeep.core.sighting import DAY
from tests.importers.rig import OWNER
from tests.making import T0

USERNAME = "acme_wild"
PICTURE = "https://scontent.cdninstagram.com/v/t51.2885-15/e35/acme{}_1080_n.jpg?oe=69DC3DF4"
FILM = "https://scontent.cdninstagram.com/o1/v/t2/f2/acme{}_720_n.mp4?oe=69DC3DF4"


def make_node(pk: int, taken_at: int = T0, **facts: Any) -> dict[str, Any]:
    """Return a story as instaloader has it: an item of the old web pages."""
    is_video = bool(facts.get("is_video"))
    size = {"config_width": 640, "config_height": 1136}
    return {
        "__typename": "GraphStoryVideo" if is_video else "GraphStoryImage",
        "id": str(pk),
        "audience": "MediaAudience.DEFAULT",
        "dimensions": {"height": 1136, "width": 640},
        "display_url": PICTURE.format(pk),
        "display_resources": [{"src": PICTURE.format(pk), **size}],
        "is_video": is_video,
        "taken_at_timestamp": taken_at,
        "expiring_at_timestamp": taken_at + DAY,
        "edge_media_to_sponsor_user": {"edges": []},
        "story_cta_url": None,
        "tappable_objects": [],
        "owner": {
            "id": str(OWNER),
            "username": USERNAME,
            "full_name": "Acme Wild",
            "is_private": False,
            "profile_pic_url": PICTURE.format("me"),
        },
        **({"video_resources": [{"src": FILM.format(pk), "profile": "MAIN", **size}],
            "video_duration": 5} if is_video else {}),
        **facts,
    }  # fmt: skip


def instaloader(node: dict[str, Any], kind: str = "StoryItem", *, is_packed: bool = True) -> bytes:
    document = {"instaloader": {"node_type": kind, "version": "4.16"}, "node": node}
    data = json.dumps(document, indent=4).encode()
    return lzma.compress(data, check=lzma.CHECK_NONE) if is_packed else data


def stem_of(taken_at: int = T0) -> str:
    return datetime.fromtimestamp(taken_at, UTC).strftime("%Y-%m-%d_%H-%M-%S_UTC")


def make_sidecar(pk: int, taken_at: int = T0, **facts: Any) -> dict[str, Any]:
    """Return what gallery-dl writes; the moment of the reel is another than the story's."""

    def moment(seconds: int) -> str:
        return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%S")

    return {
        "user": {
            "pk": OWNER,
            "id": str(OWNER),
            "username": USERNAME,
            "full_name": "Acme Wild",
            "is_private": False,
            "is_verified": True,
            "profile_pic_url": PICTURE.format("me"),
        },
        "expires": moment(taken_at + DAY),
        "post_id": str(OWNER),
        "post_shortcode": "DAK8",
        "post_url": f"https://www.instagram.com/stories/{USERNAME}/",
        "type": "story",
        "owner_id": OWNER,
        "username": USERNAME,
        "fullname": "Acme Wild",
        "post_date": moment(taken_at + 5_000),
        "date": moment(taken_at),
        "count": 18,
        "category": "instagram",
        "subcategory": "stories",
        "num": 2,
        "media_id": pk,
        "shortcode": "DW382BgC2SG",
        "display_url": PICTURE.format(pk),
        "video_url": None,
        "width": 720,
        "height": 1280,
        "tagged_users": [],
        "filename": f"acme{pk}_1080_n",
        "extension": "jpg",
        **facts,
    }

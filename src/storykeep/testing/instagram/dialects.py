"""One story in three dialects: that of the private API is kept, the other two are made of it."""

from collections.abc import Callable
from typing import Any

from storykeep.testing.instagram.items import Item

_KEPT = """
    audience expiring_at id image_versions2 media_type original_height original_width product_type
    story_countdowns story_cta story_hashtags story_link_stickers story_locations
    story_music_stickers story_polls story_questions story_quizs story_sliders taken_at
    video_duration
"""
"""What the web pages tell in the words of the private API."""


def xdt_item(item: Item) -> Item:
    """The dialect of the web pages of today."""
    user = item["user"]
    videos, posts = item.get("video_versions"), item.get("story_feed_media")
    mentions = [_bloks(each) for each in item.get("reel_mentions", ())]
    return {
        **{key: item.get(key) for key in _KEPT.split()},
        # After a private account's code follows a secret.
        "code": item["code"] + "A" * 28 if user["is_private"] else item["code"],
        "__typename": "XDTMediaDict",
        "pk": str(item["pk"]),
        "video_versions": videos and [_only(each, "type", "url") for each in videos],
        "video_dash_manifest": None,
        "user": {"pk": str(user["pk"]), "id": str(user["pk"])},
        "sponsor_tags": None,
        "story_feed_media": posts and [_only(each, "media_code", "product_type") for each in posts],
        "story_bloks_stickers": [*mentions, *item.get("story_bloks_stickers", ())] or None,
        "carousel_media": None,
    }


def _bloks(mention: dict[str, Any]) -> dict[str, Any]:
    user = mention["user"]
    account = {"account_id": str(user["pk"]), "username": user["username"]}
    data = {"ig_mention": {**account, "full_name": user["full_name"]}}
    place = {key: value for key, value in mention.items() if key != "user"}
    return {**place, "bloks_sticker": {"bloks_sticker_type": "mention", "sticker_data": data}}


def legacy_item(item: Item) -> Item:
    """The dialect of ``query_hash``, which instaloader still asks for."""
    images = [_resource(image) for image in reversed(item["image_versions2"]["candidates"])]
    videos = item.get("video_versions")
    links = [link["story_link"]["url"] for link in item.get("story_link_stickers", ())]
    return {
        "__typename": "GraphStoryVideo" if videos else "GraphStoryImage",
        "id": str(item["pk"]),
        "dimensions": {"width": item["original_width"], "height": item["original_height"]},
        "display_resources": images,
        "display_url": images[-1]["src"],
        "taken_at_timestamp": item["taken_at"],
        "expiring_at_timestamp": item["expiring_at"],
        "story_cta_url": links[0] if links else None,
        "is_video": bool(videos),
        **(_legacy_video(item) if videos else {}),
        "owner": _owner(item["user"]),
        "tappable_objects": _tappables(item),
        "edge_media_to_sponsor_user": {
            "edges": [
                {"node": {"sponsor": _owner(tag["sponsor"])}}
                for tag in item.get("sponsor_tags") or ()
            ]
        },
    }


def _legacy_video(item: Item) -> dict[str, Any]:
    versions = {each["url"]: _resource(each) for each in reversed(item["video_versions"])}
    return {
        "video_duration": item["video_duration"],
        "has_audio": item["has_audio"],
        "video_resources": [{**each, "profile": "MAIN"} for each in versions.values()],
    }


def _resource(version: dict[str, Any]) -> dict[str, Any]:
    return {
        "src": version["url"],
        "config_width": version["width"],
        "config_height": version["height"],
    }


def _owner(user: dict[str, Any]) -> dict[str, Any]:
    names = _only(user, "username", "full_name", "profile_pic_url", "is_private")
    return {"__typename": "GraphUser", "id": str(user["pk"]), **names}


_TAPPABLES: dict[str, tuple[str, Callable[[dict[str, Any]], dict[str, Any]]]] = {
    "reel_mentions": (
        "Mention",
        lambda each: _only(each["user"], "username", "full_name", "is_private"),
    ),
    "story_hashtags": ("Hashtag", lambda each: {"name": each["hashtag"]["name"]}),
    "story_locations": ("Location", lambda each: {"id": str(each["location"]["pk"])}),
    "story_feed_media": (
        "FeedMedia",
        lambda each: {"media": {"id": str(each["media_id"]), "shortcode": each["media_code"]}},
    ),
}
"""What each list of stickers is called, and what is told of one beside its place."""


def _tappables(item: Item) -> list[dict[str, Any]]:
    return [
        {
            "__typename": f"GraphTappable{kind}",
            **_only(each, "x", "y", "width", "height", "rotation"),
            **tell(each),
        }
        for name, (kind, tell) in _TAPPABLES.items()
        for each in item.get(name, ())
    ]


def _only(content: dict[str, Any], *keys: str) -> dict[str, Any]:
    return {key: content[key] for key in keys}

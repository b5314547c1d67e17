"""One story in three dialects: that of the private API is kept, the other two are made of it."""

from typing import Any

from storykeep.testing.instagram.items import Item

_STICKER_LISTS = (
    "story_hashtags",
    "story_locations",
    "story_countdowns",
    "story_questions",
    "story_sliders",
    "story_quizs",
    "story_polls",
    "story_music_stickers",
    "story_bloks_stickers",
    "story_link_stickers",
    "story_feed_media",
    "story_cta",
)


def xdt_item(item: Item) -> Item:
    """The dialect of the web pages of today."""
    user = item["user"]
    videos = item.get("video_versions")
    mentions = [_bloks(each) for each in item.get("reel_mentions", ())]
    posts = item.get("story_feed_media")
    kept = {key: item.get(key) for key in ("code", "taken_at", "expiring_at", "media_type")}
    return {
        **kept,
        "__typename": "XDTMediaDict",
        "pk": str(item["pk"]),
        "id": item["id"],
        "product_type": "story",
        "audience": item.get("audience"),
        "original_width": item["original_width"],
        "original_height": item["original_height"],
        "image_versions2": item["image_versions2"],
        "video_versions": videos and [{"type": v["type"], "url": v["url"]} for v in videos],
        "video_duration": item.get("video_duration"),
        "video_dash_manifest": None,
        "user": {"pk": str(user["pk"]), "id": str(user["pk"])},
        "sponsor_tags": None,
        **{key: item.get(key) for key in _STICKER_LISTS},
        "story_feed_media": posts
        and [{"media_code": p["media_code"], "product_type": p["product_type"]} for p in posts],
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
            "edges": [{"node": {"sponsor": _owner(tag["sponsor"])}} for tag in item["sponsor_tags"]]
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
    names = {key: user[key] for key in ("username", "full_name", "profile_pic_url", "is_private")}
    return {"__typename": "GraphUser", "id": str(user["pk"]), **names}


def _tappables(item: Item) -> list[dict[str, Any]]:
    told: list[tuple[str, dict[str, Any], dict[str, Any]]] = []
    for each in item.get("reel_mentions", ()):
        names = {key: each["user"][key] for key in ("username", "full_name", "is_private")}
        told.append(("Mention", each, names))
    told += [
        ("Hashtag", each, {"name": each["hashtag"]["name"]})
        for each in item.get("story_hashtags", ())
    ]
    told += [
        ("Location", each, {"id": str(each["location"]["pk"])})
        for each in item.get("story_locations", ())
    ]
    for each in item.get("story_feed_media", ()):
        media = {"id": str(each["media_id"]), "shortcode": each["media_code"]}
        told.append(("FeedMedia", each, {"media": media}))
    return [
        {"__typename": f"GraphTappable{kind}", **_place(each), **content}
        for kind, each, content in told
    ]


def _place(sticker: dict[str, Any]) -> dict[str, Any]:
    return {key: sticker[key] for key in ("x", "y", "width", "height", "rotation")}

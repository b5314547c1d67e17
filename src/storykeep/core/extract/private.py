"""Items of Instagram's private API (v1), and of today's web pages (xdt) which follow it."""

import re

from storykeep.core.extract import stickers
from storykeep.core.extract.identity import Identity
from storykeep.core.extract.media import (
    Keys,
    first_largest,
    last_largest,
    read_files,
    read_renditions,
)
from storykeep.core.extract.node import Node
from storykeep.core.ids import code_from_pk
from storykeep.core.model import PHOTO, VIDEO, Story
from storykeep.core.sighting import SeenFile

_KEYS = Keys("url", "width", "height")
_CODE = re.compile(r"[A-Za-z0-9_-]{1,11}", re.ASCII)
"""The codes of private accounts are longer: a secret follows the number."""


def read_private(item: Node, identity: Identity) -> tuple[Story, list[SeenFile]]:
    """Return the Story of ``item``, and its files."""
    images = read_renditions(item.child("image_versions2"), "candidates", _KEYS)
    videos = read_renditions(item, "video_versions", _KEYS)
    is_photo = read_media_type(item, has_video=bool(videos)) == PHOTO
    mentions = stickers.read_mentions(item, "reel_mentions")
    story = Story(
        pk=identity.pk,
        id=identity.id,
        code=read_code(item, identity.pk),
        taken_at=identity.time,
        media_type=PHOTO if is_photo else VIDEO,
        product_type=item.text("product_type", "story"),
        thumbnail_url=first_largest(images),
        user=identity.user,
        video_url=None if is_photo else last_largest(videos),
        video_duration=0.0 if is_photo else item.number("video_duration", 0.0),
        sponsor_tags=stickers.read_sponsors(item),
        mentions=mentions + stickers.read_bloks_mentions(item, mentions),
        links=stickers.read_cta_links(item),
        hashtags=stickers.read_hashtags(item, "story_hashtags"),
        locations=stickers.read_locations(item, "story_locations"),
        stickers=stickers.read_link_stickers(item, "story_link_stickers"),
        medias=stickers.read_medias(item, "story_feed_media"),
    )
    files = read_files("image", [image.url for image in images])
    return story, files + read_files("video", [video.url for video in videos])


def read_media_type(item: Node, *, has_video: bool) -> int:
    """Return what the item says it is; where it does not, whether it has a video decides."""
    kind = item.whole("media_type")
    if kind in (PHOTO, VIDEO):
        return kind
    if kind is not None:
        item.report("media_type", "neither a photo nor a video")
    return VIDEO if has_video else PHOTO


def read_code(item: Node, pk: str) -> str:
    """Return the shortcode, made from ``pk`` where the item's is missing or no plain one."""
    code = item.text("code")
    return code if code and _CODE.fullmatch(code) else code_from_pk(int(pk))

"""Story objects as the vendor's API answers them, read back into our own."""

from storykeep.core.extract import stickers
from storykeep.core.extract.identity import Identity
from storykeep.core.extract.media import read_files
from storykeep.core.extract.node import Node
from storykeep.core.extract.private import read_code, read_media_type
from storykeep.core.model import Story
from storykeep.core.sighting import SeenFile


def read_vendor(item: Node, identity: Identity) -> tuple[Story, list[SeenFile]]:
    """Return the Story of ``item``, and its files; what is missing has the schema's default."""
    thumbnail_url, video_url = item.address("thumbnail_url"), item.address("video_url")
    media_type = None
    if item.data.get("media_type", 0) is not None:
        media_type = read_media_type(item, has_video=video_url is not None)
    story = Story(
        pk=identity.pk,
        id=identity.id,
        code=read_code(item, identity.pk),
        taken_at=identity.time,
        media_type=media_type,
        product_type=item.text("product_type", ""),
        thumbnail_url=thumbnail_url,
        user=identity.user,
        video_url=video_url,
        video_duration=item.number("video_duration", 0.0),
        sponsor_tags=stickers.read_sponsors(item),
        mentions=stickers.read_mentions(item, "mentions"),
        links=stickers.read_links(item, "links"),
        hashtags=stickers.read_hashtags(item, "hashtags"),
        locations=stickers.read_locations(item, "locations"),
        stickers=stickers.read_link_stickers(item, "stickers"),
        medias=stickers.read_medias(item, "medias"),
    )
    images = read_files("image", [thumbnail_url] if thumbnail_url else [])
    return story, images + read_files("video", [video_url] if video_url else [])

"""Items of Instagram's web pages until 2023 (query_hash), as instaloader keeps them."""

from storykeep.core.extract.identity import Identity
from storykeep.core.extract.media import (
    Keys,
    first_largest,
    last_largest,
    read_files,
    read_renditions,
)
from storykeep.core.extract.node import Node
from storykeep.core.extract.people import read_user
from storykeep.core.extract.stickers import position, read_mention, read_sponsor
from storykeep.core.ids import code_from_pk
from storykeep.core.model import (
    PHOTO,
    VIDEO,
    Hashtag,
    Location,
    Story,
    StoryHashtag,
    StoryLink,
    StoryLocation,
    StoryMedia,
    StoryMention,
    UserShort,
)
from storykeep.core.sighting import SeenFile

_KEYS = Keys("src", "config_width", "config_height")


class _Tappables:
    """The stickers of an item, told apart: all of them lie in one list."""

    def __init__(self, item: Node) -> None:
        self.mentions: list[StoryMention] = []
        self.hashtags: list[StoryHashtag] = []
        self.locations: list[StoryLocation] = []
        self.medias: list[StoryMedia] = []
        readers = {
            "GraphTappableMention": self._read_mention,
            "GraphTappableHashtag": self._read_hashtag,
            "GraphTappableLocation": self._read_location,
            "GraphTappableFeedMedia": self._read_media,
        }
        for node in item.children("tappable_objects"):
            read = readers.get(node.text("__typename") or "")
            if read is not None:
                read(node)

    def _read_mention(self, node: Node) -> None:
        self.mentions += read_mention(node, read_user(node))

    def _read_hashtag(self, node: Node) -> None:
        name = node.text("name")
        if name is None:
            node.report("name", "names no hashtag")
            return
        x, y, width, height = position(node)
        tag = Hashtag(id=node.text("id"), name=name)
        self.hashtags.append(StoryHashtag(hashtag=tag, x=x, y=y, width=width, height=height))

    def _read_location(self, node: Node) -> None:
        place = Location(pk=node.whole("id"), name=node.text("name") or "")
        if place.pk is None and not place.name:
            node.report("id", "names no place")
            return
        x, y, width, height = position(node)
        self.locations.append(StoryLocation(location=place, x=x, y=y, width=width, height=height))

    def _read_media(self, node: Node) -> None:
        post = node.child("media")
        media_pk = post.pk("id") if post is not None else None
        if post is None or media_pk is None:
            node.report("media", "names no post")
            return
        media = StoryMedia(
            x=node.number_or("x", 0.5),
            y=node.number_or("y", 0.4997396),
            width=node.number_or("width", 0.8),
            height=node.number_or("height", 0.60572916),
            rotation=node.number_or("rotation", 0.0),
            media_pk=media_pk,
            media_code=post.text("shortcode"),
        )
        self.medias.append(media)


def read_legacy(item: Node, identity: Identity) -> tuple[Story, list[SeenFile]]:
    """Return the Story of ``item``, and its files."""
    images = read_renditions(item, "display_resources", _KEYS)
    videos = read_renditions(item, "video_resources", _KEYS)
    display_url, cta_url = item.address("display_url"), item.address("story_cta_url")
    is_video = _is_video(item, has_video=bool(videos))
    tappables = _Tappables(item)
    story = Story(
        pk=identity.pk,
        id=identity.id,
        code=code_from_pk(int(identity.pk)),
        taken_at=identity.time,
        media_type=VIDEO if is_video else PHOTO,
        product_type="story",
        thumbnail_url=first_largest(images) or display_url,
        user=identity.user,
        video_url=last_largest(videos) if is_video else None,
        video_duration=item.number("video_duration", 0.0) if is_video else 0.0,
        sponsor_tags=_read_sponsors(item),
        mentions=tappables.mentions,
        links=[StoryLink(webUri=cta_url)] if cta_url else [],
        hashtags=tappables.hashtags,
        locations=tappables.locations,
        stickers=[],
        medias=tappables.medias,
    )
    urls = [image.url for image in images] + ([display_url] if display_url else [])
    return story, read_files("image", urls) + read_files("video", [v.url for v in videos])


def _is_video(item: Node, *, has_video: bool) -> bool:
    is_video = item.flag("is_video")
    if is_video is None:
        return has_video or item.data.get("__typename") == "GraphStoryVideo"
    return is_video


def _read_sponsors(item: Node) -> list[UserShort]:
    """Return the paying partners, each of whom lies in an edge and a node."""
    connection = item.child("edge_media_to_sponsor_user")
    if connection is None:
        return []
    nodes = [edge.child("node") for edge in connection.children("edges")]
    return [user for node in nodes if node is not None for user in read_sponsor(node)]

"""Stickers of Instagram's private API and of today's web pages, and of the vendor's objects.

The three differ in a few keys, and where they do the readers below know all of them.  One
sticker that cannot be read is reported and left out; the story keeps the others.
"""

from collections.abc import Iterator

from storykeep.core.errors import InvalidValue
from storykeep.core.extract.node import Node, read_pk
from storykeep.core.extract.people import read_user
from storykeep.core.ids import pk_from_code
from storykeep.core.model import (
    Hashtag,
    Location,
    StoryHashtag,
    StoryLink,
    StoryLocation,
    StoryMedia,
    StoryMention,
    StorySticker,
    StoryStickerLink,
    UserShort,
)


def read_mentions(item: Node, key: str) -> list[StoryMention]:
    """Return the mentions in the list under ``key``."""
    found = []
    for sticker in item.children(key):
        user = _required(sticker, "user")
        if user is not None:
            found += read_mention(sticker, read_user(user))
    return found


def read_bloks_mentions(item: Node, known: list[StoryMention]) -> list[StoryMention]:
    """Return the mentions that exist only as a sticker of Instagram's Bloks framework."""
    pks = {mention.user.pk for mention in known} - {""}
    names = {mention.user.username for mention in known} - {None}
    found: list[StoryMention] = []
    for sticker in item.children("story_bloks_stickers"):
        for mention in _bloks_mention(sticker):
            if mention.user.pk not in pks and mention.user.username not in names:
                found.append(mention)
                pks |= {mention.user.pk} - {""}
                names |= {mention.user.username} - {None}
    return found


def read_sponsors(item: Node) -> list[UserShort]:
    """Return the paying partners."""
    return [user for tag in item.children("sponsor_tags") for user in read_sponsor(tag)]


def read_sponsor(tag: Node) -> list[UserShort]:
    """Return the partner in ``tag``: under a key of its own, or plain (vendor)."""
    sponsor = tag.child("sponsor") if "sponsor" in tag.data else tag
    user = read_user(sponsor) if sponsor is not None else None
    if user is None or not _is_named(user):
        tag.report("sponsor", "names no account")
        return []
    return [user]


def read_hashtags(item: Node, key: str) -> list[StoryHashtag]:
    """Return the hashtags in the list under ``key``."""
    found = []
    for sticker in item.children(key):
        hashtag = _required(sticker, "hashtag")
        name = hashtag.text("name") if hashtag is not None else None
        if hashtag is None or name is None:
            _report_missing(hashtag, "name")
            continue
        tag = Hashtag(
            id=hashtag.text("id"),
            name=name,
            media_count=hashtag.whole("media_count"),
            allow_following=hashtag.flag("allow_following"),
            profile_pic_url=hashtag.address("profile_pic_url"),
        )
        x, y, width, height = position(sticker)
        found.append(StoryHashtag(hashtag=tag, x=x, y=y, width=width, height=height))
    return found


def read_locations(item: Node, key: str) -> list[StoryLocation]:
    """Return the places in the list under ``key``."""
    found = []
    for sticker in item.children(key):
        node = _required(sticker, "location")
        location = _location(node) if node is not None else None
        if location is not None:
            x, y, width, height = position(sticker)
            found.append(StoryLocation(location=location, x=x, y=y, width=width, height=height))
    return found


def read_link_stickers(item: Node, key: str) -> list[StorySticker]:
    """Return the link stickers in the list under ``key``; without a position they lie at 0."""
    found = []
    for sticker in item.children(key):
        for side in ("x", "y", "width", "height"):
            if sticker.data.get(side) is None:
                sticker.report(side, "missing: 0 is said instead")
        found.append(
            StorySticker(
                id=sticker.text("id"),
                type=sticker.text("type", "gif"),
                x=sticker.number_or("x", 0.0),
                y=sticker.number_or("y", 0.0),
                z=sticker.whole("z", 1000005),
                width=sticker.number_or("width", 0.0),
                height=sticker.number_or("height", 0.0),
                rotation=sticker.number("rotation", 0.0),
                story_link=_sticker_link(sticker.child("story_link")),
                extra=sticker.free_form("extra"),
            )
        )
    return found


def read_medias(item: Node, key: str) -> list[StoryMedia]:
    """Return the reshared posts in the list under ``key``."""
    found = []
    for sticker in item.children(key):
        media_pk = _media_pk(sticker)
        if media_pk is None:
            sticker.report("media_id", "names no post")
            continue
        found.append(
            StoryMedia(
                x=sticker.number_or("x", 0.5),
                y=sticker.number_or("y", 0.4997396),
                z=sticker.number_or("z", 0),
                width=sticker.number_or("width", 0.8),
                height=sticker.number_or("height", 0.60572916),
                rotation=sticker.number_or("rotation", 0.0),
                is_pinned=sticker.flag("is_pinned"),
                is_hidden=sticker.flag("is_hidden"),
                is_sticker=sticker.flag("is_sticker"),
                is_fb_sticker=sticker.flag("is_fb_sticker"),
                media_pk=media_pk,
                user_id=sticker.text("user_id"),
                product_type=sticker.text("product_type"),
                media_code=sticker.text("media_code"),
            )
        )
    return found


def read_cta_links(item: Node) -> list[StoryLink]:
    """Return the swipe-up links; only the address of one is ever given."""
    return [link for cta in item.children("story_cta") for link in _links(cta.children("links"))]


def read_links(item: Node, key: str) -> list[StoryLink]:
    """Return the links in the list under ``key``, with the positions they may have."""
    return _links(item.children(key))


def _links(nodes: Iterator[Node]) -> list[StoryLink]:
    found = []
    for node in nodes:
        address = node.address("webUri")
        if address is None:
            _report_missing(node, "webUri")
            continue
        found.append(
            StoryLink(
                webUri=address,
                x=node.number_or("x", 0.5126011),
                y=node.number_or("y", 0.5168225),
                z=node.number_or("z", 0.0),
                width=node.number_or("width", 0.50998676),
                height=node.number_or("height", 0.25875),
                rotation=node.number_or("rotation", 0.0),
            )
        )
    return found


def _bloks_mention(sticker: Node) -> list[StoryMention]:
    """Return the mention in a Bloks sticker, if it is one: it may be anything."""
    bloks = sticker.child("bloks_sticker")
    data = bloks.child("sticker_data") if bloks is not None else None
    account = data.child("ig_mention") if data is not None else None
    if account is None:
        if bloks is not None and bloks.data.get("bloks_sticker_type") == "mention":
            bloks.report("sticker_data.ig_mention", "missing")
        return []
    return read_mention(sticker, read_user(account, ("account_id",)))


def read_mention(sticker: Node, user: UserShort) -> list[StoryMention]:
    """Return the mention of ``user``; nothing, and a Problem, when that is nobody."""
    if not _is_named(user):
        sticker.report("user", "names no account")
        return []
    x, y, width, height = position(sticker)
    return [StoryMention(user=user, x=x, y=y, width=width, height=height)]


def _location(node: Node) -> Location | None:
    name = node.text("name")
    if name is None:
        name = node.text("short_name")
    pk = node.whole("pk")
    if name is None and pk is None:
        node.report("", "names no place")
        return None
    external_id = node.text("external_id")
    source = node.text("external_id_source")
    return Location(
        pk=pk,
        name=name or "",
        phone=node.text("phone", ""),
        website=node.text("website", ""),
        category=node.text("category", ""),
        hours=node.free_form("hours"),
        address=node.text("address", ""),
        city=node.text("city", ""),
        zip=node.text("zip", ""),
        lng=node.number("lng"),
        lat=node.number("lat"),
        external_id=node.text("facebook_places_id") if external_id is None else external_id,
        external_id_source=node.text("external_source") if source is None else source,
    )


def _sticker_link(node: Node | None) -> StoryStickerLink | None:
    if node is None:
        return None
    return StoryStickerLink(
        url=node.address("url"),
        link_title=node.text("link_title"),
        link_type=node.text("link_type"),
        display_url=node.text("display_url"),
    )


def _media_pk(sticker: Node) -> str | None:
    """Return the pk of a reshared post; today's web pages only give its code.

    Empty when the code stands for no number, None when there is no code either.
    """
    pk = sticker.pk("media_pk", "media_id")
    code = sticker.text("media_code")
    if pk is not None or not code:
        return pk
    try:
        pk = read_pk(pk_from_code(code))
    except InvalidValue:
        pk = None
    if pk is None:
        sticker.report("media_code", "stands for no pk")
    return pk or ""


def position(sticker: Node) -> tuple[float | None, float | None, float | None, float | None]:
    """Return x, y, width and height, in shares of the screen."""
    return (
        sticker.number("x"),
        sticker.number("y"),
        sticker.number("width"),
        sticker.number("height"),
    )


def _required(sticker: Node, key: str) -> Node | None:
    """Return the object that a sticker is about; its absence is a Problem."""
    node = sticker.child(key)
    if node is None and sticker.data.get(key) is None:
        sticker.report(key, "missing")
    return node


def _report_missing(node: Node | None, key: str) -> None:
    """Report ``key`` where it was nothing; another kind of value was reported as it was read."""
    if node is not None and node.data.get(key) in (None, ""):
        node.report(key, "missing")


def _is_named(user: UserShort) -> bool:
    return bool(user.pk or user.username)

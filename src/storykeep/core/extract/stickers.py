"""Accounts, mentions, hashtags, places, links and reshared posts, of every dialect.

The dialects differ in a few keys, and where they do the readers below know all of them.  One
sticker that cannot be read is reported and left out; the story keeps the others.
"""

from collections.abc import Callable
from contextlib import suppress
from typing import Any, TypeVar

from msgspec import structs

from storykeep.core import model
from storykeep.core.errors import InvalidValue
from storykeep.core.extract.node import Node, as_address, as_number, as_text, as_whole, read_pk
from storykeep.core.ids import pk_from_code
from storykeep.core.model import StoryLink, StoryMention, UserShort
from storykeep.core.sighting import Dialect

T = TypeVar("T")


def read_lists(item: Node, dialect: Dialect) -> dict[str, list[Any]]:
    """Return the lists of a Story."""
    if dialect == "legacy":
        return _read_legacy(item)
    if dialect in ("vendor", "graph"):
        return {key: _read_all(item.children(key), read) for key, read in _READERS.items()}
    if dialect == "gallery-dl":
        lists: dict[str, list[Any]] = {key: [] for key in _READERS}
        return lists | {"mentions": _read_all(item.children("tagged_users"), _read_mention)}
    found = {key: _read_all(item.children(name), _READERS[key]) for key, name in _PRIVATE.items()}
    found["mentions"] += _read_bloks_mentions(item, found["mentions"])
    links = [link for cta in item.children("story_cta") for link in cta.children("links")]
    return found | {"links": _read_all(links, _read_link)}


def read_user(node: Node | None, *pk_keys: str) -> UserShort:
    """Return the account that ``node`` describes; its ``pk`` is empty where none is given.

    A pk that nobody gave is not invented: a mention on the old web pages has only a name.
    """
    if node is None:
        return UserShort(pk="")
    pk = node.pk(*(pk_keys or ("pk", "pk_id", "id")))
    return node.fill(UserShort, pk=pk or "", id=pk)


def merge(known: UserShort, other: UserShort) -> UserShort:
    """Return ``known``, its gaps filled from ``other``; of two that differ the private holds."""
    if known == other:
        return known
    told, more = structs.asdict(known), structs.asdict(other)
    told |= {key: more[key] for key, value in told.items() if value in (None, "")}
    return UserShort(**told | {"is_private": other.is_private or told["is_private"]})


def _read_all(nodes: list[Node], read: Callable[[Node], T | None]) -> list[T]:
    return [found for node in nodes if (found := read(node)) is not None] if nodes else []


def _read_legacy(item: Node) -> dict[str, list[Any]]:
    """Return the lists of an item of the old web pages, where most stickers lie in one list."""
    found: dict[str, list[Any]] = {key: [] for key in _READERS}
    for node in item.children("tappable_objects"):
        key, read = _TAPPABLES.get(str(node.data.get("__typename")), ("", None))
        sticker = read(node) if read is not None else None
        if sticker is not None:
            found[key].append(sticker)
    url = item.get("story_cta_url", as_address)
    found["links"] = [StoryLink(webUri=url)] if url else []
    partners = item.child("edge_media_to_sponsor_user")
    edges = partners.children("edges") if partners is not None else []
    partner_nodes = [partner for edge in edges if (partner := edge.child("node"))]
    return found | {"sponsor_tags": _read_all(partner_nodes, _read_sponsor)}


def _read_bloks_mentions(item: Node, known: list[StoryMention]) -> list[StoryMention]:
    """Return the mentions that exist only as a sticker of Instagram's Bloks framework."""
    seen = {name for mention in known for name in _names(mention)}
    found: list[StoryMention] = []
    for mention in _read_all(item.children("story_bloks_stickers"), _read_bloks):
        if seen.isdisjoint(_names(mention)):
            found.append(mention)
            seen |= _names(mention)
    return found


def _names(mention: StoryMention) -> set[str]:
    """Return what tells who is mentioned: number and name."""
    return {name for name in (mention.user.pk, mention.user.username) if name}


def _read_bloks(sticker: Node) -> StoryMention | None:
    """Return the mention in a Bloks sticker, if it is one: it may be anything."""
    bloks = sticker.child("bloks_sticker")
    data = bloks.child("sticker_data") if bloks is not None else None
    account = data.child("ig_mention") if data is not None else None
    return _mention(sticker, account, "account_id") if account is not None else None


def _read_mention(sticker: Node) -> StoryMention | None:
    user = sticker.about("user")
    return _mention(sticker, user) if user is not None else None


def _mention(sticker: Node, account: Node, *pk_keys: str) -> StoryMention | None:
    user = read_user(account, *pk_keys)
    if user.pk or user.username:
        return sticker.fill(StoryMention, user=user)
    sticker.report("user", "names no account")
    return None


def _read_sponsor(tag: Node) -> UserShort | None:
    """Return the partner in ``tag``: under a key of its own, or plain (vendor)."""
    user = read_user(tag.about("sponsor"))
    if user.pk or user.username:
        return user
    tag.report("sponsor", "names no account")
    return None


def _read_hashtag(sticker: Node) -> model.StoryHashtag | None:
    tag = sticker.about("hashtag")
    name = tag.need("name", as_text) if tag is not None else None
    if tag is None or name is None:
        return None
    return sticker.fill(model.StoryHashtag, hashtag=tag.fill(model.Hashtag, name=name))


def _read_location(sticker: Node) -> model.StoryLocation | None:
    place = sticker.about("location")
    if place is None:
        return None
    name = place.get("name", as_text)
    if name is None:
        name = place.get("short_name", as_text)
    pk = place.get("id" if place is sticker else "pk", as_whole)
    if name is None and pk is None:
        place.report("", "names no place")
        return None
    ids = {
        key: place.get(other, as_text) for key, other in _PLACE_IDS if place.data.get(key) is None
    }
    location = place.fill(model.Location, pk=pk, name=name or "", **ids)
    return sticker.fill(model.StoryLocation, location=location)


def _read_link_sticker(sticker: Node) -> model.StorySticker:
    """Return a link sticker; without a position it lies at 0."""
    place = {side: sticker.need(side, as_number) or 0.0 for side in ("x", "y", "width", "height")}
    link = sticker.child("story_link")
    target = link.fill(model.StoryStickerLink) if link is not None else None
    return sticker.fill(model.StorySticker, story_link=target, **place)


def _read_link(node: Node) -> StoryLink | None:
    address = node.need("webUri", as_address)
    return node.fill(StoryLink, webUri=address) if address is not None else None


def _read_media(sticker: Node) -> model.StoryMedia | None:
    """Return a reshared post; its pk is empty when its code, which is all it has, gives none."""
    pk, code = sticker.pk("media_pk", "media_id"), sticker.get("media_code", as_text)
    if pk is None and code:
        with suppress(InvalidValue):
            pk = read_pk(pk_from_code(code))
        if pk is None:
            sticker.report("media_code", "stands for no pk")
            pk = ""
    if pk is None:
        sticker.report("media_id", "names no post")
        return None
    return sticker.fill(model.StoryMedia, media_pk=pk, media_code=code)


def _read_tappable_media(sticker: Node) -> model.StoryMedia | None:
    post = sticker.child("media")
    pk = post.pk("id") if post is not None else None
    if post is None or pk is None:
        sticker.report("media", "names no post")
        return None
    return sticker.fill(model.StoryMedia, media_pk=pk, media_code=post.get("shortcode", as_text))


_READERS: dict[str, Callable[[Node], Any]] = {
    "sponsor_tags": _read_sponsor,
    "mentions": _read_mention,
    "links": _read_link,
    "hashtags": _read_hashtag,
    "locations": _read_location,
    "stickers": _read_link_sticker,
    "medias": _read_media,
}
_PRIVATE = {
    "sponsor_tags": "sponsor_tags",
    "mentions": "reel_mentions",
    "hashtags": "story_hashtags",
    "locations": "story_locations",
    "stickers": "story_link_stickers",
    "medias": "story_feed_media",
}
"""What Instagram's private API and the web pages of today call the lists of a Story."""
_TAPPABLES: dict[str, tuple[str, Callable[[Node], Any]]] = {
    "GraphTappableMention": ("mentions", _read_mention),
    "GraphTappableHashtag": ("hashtags", _read_hashtag),
    "GraphTappableLocation": ("locations", _read_location),
    "GraphTappableFeedMedia": ("medias", _read_tappable_media),
}
_PLACE_IDS = (("external_id", "facebook_places_id"), ("external_id_source", "external_source"))

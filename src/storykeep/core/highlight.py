"""Highlights: stories that an account keeps, in the vendor's two shapes.

Its items are stories like any other.  What stands around them is kept as it was captured.
"""

from collections.abc import Collection, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple

from msgspec import Raw, Struct, json, to_builtins

from storykeep.core.extract.items import read_time
from storykeep.core.extract.node import Node
from storykeep.core.extract.stickers import read_user
from storykeep.core.ids import is_made_highlight, ms_from_pk, read_whole
from storykeep.core.model import Story, Time, UserShort, decode_story, encode_story
from storykeep.core.raw import RANKS, cover_pk, rebuild_item, without
from storykeep.core.sighting import Account, Provenance, Sighting

MOST_ITEMS = 1_000
"""Of a highlight that are looked up.  Real ones have up to 100."""


class Highlight(Struct, frozen=True, kw_only=True):
    """A highlight in the vendor's flat shape; in a list it is without its items."""

    pk: str
    id: str
    latest_reel_media: int | None = None
    cover_media: dict[str, Any] | None = None
    user: UserShort
    title: str
    created_at: Time
    is_pinned_highlight: bool
    media_count: int
    media_ids: list[int] = []
    items: list[Story] = []


class PageResponse(Struct, frozen=True, kw_only=True):
    """Instagram's own answer, and where the next page begins."""

    response: dict[str, Any]
    next_page_id: str | None


class HighlightPage(PageResponse, frozen=True, kw_only=True):
    """Beside Instagram's answer, its stories as v1 has them: one program looks for them there."""

    items: list[Story]


class KeptItem(NamedTuple):
    """A story of a highlight."""

    wire: bytes
    raw: bytes | None = None
    """The item as Instagram sent it, where it did."""


class KeptHighlight(NamedTuple):
    """A highlight without close-friends stories; in a tray without any."""

    pk: int
    account: Account
    reel: Mapping[str, Any]
    """As it was captured, without its items; it does not speak of stories that are hidden."""
    items: tuple[KeptItem, ...] = ()
    provenance: Provenance | None = None

    @property
    def body(self) -> bytes:
        """Its stories as a JSON array."""
        return b"[%b]" % b",".join(item.wire for item in self.items)

    def give(self, body: bytes) -> "KeptHighlight":
        """Return it with the stories of ``body``, which are the same ones in the same order."""
        given = zip(self.items, json.decode(body, type=list[Raw]), strict=True)
        items = tuple(item._replace(wire=bytes(wire)) for item, wire in given)
        return self._replace(items=items)


class Tray(NamedTuple):
    """An account and its highlights, as Instagram orders them."""

    account: Account
    highlights: tuple[KeptHighlight, ...]
    provenance: Provenance | None = None


def shelve(account: Account, highlights: Iterable[KeptHighlight]) -> Tray:
    """Return the tray of all that an archive has of the account, the newest first."""
    kept = sorted(highlights, key=lambda each: (created_at(each), each.pk), reverse=True)
    # One whose number was made stands only for as long as the real one was not seen.
    titles = {title_of(each) for each in kept if not is_made_highlight(each.pk)}
    kept = [each for each in kept if not (is_made_highlight(each.pk) and title_of(each) in titles)]
    seen_at = [each.provenance.seen_at or 0 for each in kept if each.provenance]
    told = Provenance("archive", max(seen_at, default=None), "archived")
    return Tray(account, tuple(kept), told.of(kept))


def kept_of(
    sighting: Sighting, account: Account, provenance: Provenance, hidden: Collection[int]
) -> tuple[KeptHighlight, ...]:
    """Return the highlights of a sighting, with the stories that it has of them.

    ``hidden`` are stories for close friends that it does not have, and may speak of.
    """
    items = {
        seen.pk: KeptItem(encode_story(seen.story), seen.raw if seen.dialect in RANKS else None)
        for seen in sighting.stories
        if not seen.is_close_friends
    }
    closed = {seen.pk for seen in sighting.stories} - items.keys() | {*hidden}
    return tuple(
        KeptHighlight(
            seen.pk,
            account,
            without(reel, closed & {*seen.items, *mentioned(reel)}),
            tuple(items[pk] for pk in seen.items if pk in items),
            provenance,
        )
        for seen in sighting.highlights
        for reel in [json.decode(seen.reel)]
    )


def mentioned(reel: Mapping[str, Any]) -> set[int]:
    """Return the stories that a reel speaks of: those in it, and that of its cover."""
    cover = cover_pk(reel)
    return {*media_ids(reel), *(() if cover is None else (cover,))}


def media_ids(reel: Mapping[str, Any]) -> list[int]:
    """Return the pks that a reel names as its stories."""
    told = reel.get("media_ids")
    pks = map(read_whole, told[:MOST_ITEMS] if isinstance(told, list) else ())
    return [pk for pk in pks if pk is not None]


def show(reel: dict[str, Any], items: Collection[int], hidden: set[int]) -> dict[str, Any]:
    """Return what an archive tells of a highlight with these stories.

    A sidecar tells its title alone: what follows from its stories is added.
    """
    pks = {*items} - hidden
    if pks and "user" not in reel:
        latest = max(map(ms_from_pk, pks)) // 1000
        reel = {"latest_reel_media": latest, "media_count": len(pks)} | reel
    return without(reel, hidden)


def created_at(kept: KeptHighlight) -> int:
    """Return when it was made, in Unix seconds; where nobody said, the time of what is in it."""
    moments = (kept.reel.get(key) for key in ("created_at", "latest_reel_media"))
    return next(filter(None, map(read_time, moments)), 0)


def title_of(kept: KeptHighlight) -> str:
    """Return its title, by which one whose number was made is known."""
    return str(kept.reel.get("title") or "")


def flat(kept: KeptHighlight) -> dict[str, Any]:
    """Return it in the vendor's v1 shape: of its stories the user is as the item had it."""
    reel = kept.reel
    cover, user = reel.get("cover_media"), reel.get("user")
    if not isinstance(user, dict):
        user = {"pk": kept.account.pk, "username": kept.account.username}
    items = [_flat_item(item) for item in kept.items]
    count = read_whole(reel.get("media_count"))
    highlight = Highlight(
        pk=str(kept.pk),
        id=f"highlight:{kept.pk}",
        latest_reel_media=read_whole(reel.get("latest_reel_media")),
        cover_media=cover if isinstance(cover, dict) else None,
        user=_user(user),
        title=title_of(kept),
        created_at=datetime.fromtimestamp(created_at(kept), UTC),
        is_pinned_highlight=reel.get("is_pinned_highlight") is True,
        media_count=len(items) if count is None else count,
        media_ids=media_ids(reel) or [int(item["pk"]) for item in items],
    )
    return {**to_builtins(highlight), "items": items}


def raw(kept: KeptHighlight) -> dict[str, Any]:
    """Return the reel as Instagram has it, with the ``pk`` that the vendor adds.

    Its items have v1's ``thumbnail_url`` and ``video_url`` too: one program knows no other files.
    The same takes no null for a cover, which is there where that was erased or is hidden.
    """
    head: dict[str, Any] = {"id": f"highlight:{kept.pk}", "reel_type": "highlight_reel"}
    if "user" not in kept.reel:
        head["user"] = {"pk": kept.account.pk, "username": kept.account.username}
    items = []
    for item in kept.items:
        story = decode_story(item.wire)
        told = json.decode(item.raw) if item.raw else rebuild_item(story)
        files = {"thumbnail_url": story.thumbnail_url, "video_url": story.video_url}
        items.append(told | files)
    reel = {key: value for key, value in kept.reel.items() if (key, value) != ("cover_media", None)}
    return {**head, **reel, "pk": str(kept.pk), "items": items}


def _user(told: dict[str, Any]) -> UserShort:
    return read_user(Node(told, "", [], None))


def _flat_item(item: KeptItem) -> dict[str, Any]:
    story: dict[str, Any] = json.decode(item.wire)
    story["taken_at"] = story["taken_at"].replace("Z", "+00:00")
    told = json.decode(item.raw).get("user") if item.raw else None
    return story | ({"user": to_builtins(_user(told))} if isinstance(told, dict) else {})

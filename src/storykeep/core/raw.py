"""A reel as Instagram's private API tells it: as it was captured, or made of what is known.

{"broadcast": null, "reel": {…, "user": {…}, "items": [{…}, …], …}, …, "status": "ok"}
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from msgspec import Raw, json, structs, to_builtins

from storykeep.core.ids import read_whole
from storykeep.core.model import Story, UserShort
from storykeep.core.sighting import DAY, Dialect

RANKS: Mapping[Dialect, int] = {"v1": 2, "xdt": 1}
"""The dialects that are told raw; the private API says most."""


class RawItem(NamedTuple):
    """A story as one capture had it."""

    pk: int
    dialect: Dialect
    item: bytes
    """The captured item, as JSON."""
    seen_at: int
    source: str
    expiring_at: int
    is_close_friends: bool


class RawReel(NamedTuple):
    """A reel as one capture had it."""

    envelope: bytes
    """The answer, and the reel without its items, as JSON."""
    items: tuple[RawItem, ...]
    """In the order of the capture."""


def best_of(items: Iterable[RawItem]) -> RawItem | None:
    """Return the capture that tells most, of those the newest."""
    return max(items, key=lambda it: (RANKS.get(it.dialect, 0), it.seen_at, it), default=None)


def is_told(envelope: bytes) -> bool:
    """Tell whether an envelope is a reel in a dialect of RANKS."""
    told = json.decode(envelope)
    return told.get("dialect") in RANKS and isinstance(told.get("reel"), dict)


def build_answer(
    stories: Sequence[Story], kept: Mapping[int, RawItem], around: RawReel | None
) -> dict[str, Any]:
    """Return the answer whose reel has just ``stories``, in the order of ``around``.

    Each is as ``around`` has it, else as ``kept``, else rebuilt.  What the reel says of other
    stories that it had goes: they are over, or for close friends.
    """
    if not stories:
        return {"reel": None, "status": "ok"}
    seen = around.items if around is not None else ()
    kept = {**kept, **{item.pk: item for item in seen if item.dialect in RANKS}}
    places = {item.pk: place for place, item in enumerate(seen)}
    stories = sorted(stories, key=lambda story: places.get(int(story.pk), len(places)))
    served = {int(story.pk) for story in stories}
    items = [_item(story, kept.get(int(story.pk))) for story in stories]
    if around is None or served.isdisjoint(places):
        return {"reel": _reel(stories) | {"items": items}, "status": "ok"}
    envelope = json.decode(around.envelope)
    reel = without(envelope["reel"], {*places} - served)
    reel = _insert(reel, "user", "items", items)
    answer = _insert(envelope["answer"], "broadcast", "reel", reel)
    return answer | {"status": answer.get("status", "ok")}


def _item(story: Story, kept: RawItem | None) -> Any:
    if kept is not None and kept.dialect in RANKS:
        return Raw(kept.item)
    return rebuild_item(story, kept.expiring_at if kept is not None else None)


def rebuild_item(story: Story, expiring_at: int | None = None) -> dict[str, Any]:
    """Return an item of the private API that is read as ``story``; it says nothing more."""
    pk, taken_at = int(story.pk), int(story.taken_at.timestamp())
    links = [{"links": [link]} for link in to_builtins(story.links)]
    item = {
        "pk": pk,
        "id": story.id,
        "strong_id__": story.id,
        "code": story.code,
        "taken_at": taken_at,
        "expiring_at": taken_at + DAY if expiring_at is None else expiring_at,
        "media_type": story.media_type,
        "product_type": story.product_type,
        "user": _user(story.user),
        "image_versions2": {"candidates": _renditions(story.thumbnail_url)},
        "video_versions": _renditions(story.video_url),
        "video_duration": story.video_duration,
        "sponsor_tags": [{"sponsor": _user(user)} for user in story.sponsor_tags or ()],
        "reel_mentions": [
            {**to_builtins(mention), "user": _user(mention.user)} for mention in story.mentions
        ],
        "story_hashtags": to_builtins(story.hashtags),
        "story_locations": to_builtins(story.locations),
        "story_link_stickers": to_builtins(story.stickers),
        "story_feed_media": to_builtins(story.medias),
        "story_cta": links,
    }
    if not story.video_url and not story.video_duration:
        del item["video_versions"]
        if story.video_duration is not None:
            del item["video_duration"]
    return item


def _reel(stories: Sequence[Story]) -> dict[str, Any]:
    user, newest = stories[0].user, max(story.taken_at for story in stories)
    return {
        "id": int(user.pk),
        "strong_id__": user.pk,
        "latest_reel_media": int(newest.timestamp()),
        "expiring_at": int(newest.timestamp()) + DAY,
        "reel_type": "user_reel",
        "user": _user(user),
        "media_count": len(stories),
        "media_ids": [int(story.pk) for story in stories],
    }


def _user(user: UserShort) -> dict[str, Any]:
    """Return an account as it stands in items; of a mention there may be only the name."""
    told = structs.asdict(user)
    return told | {"pk": int(user.pk) if user.pk else None, "pk_id": user.id}


def _renditions(url: str | None) -> list[dict[str, Any]]:
    return [{"url": url}] if url else []


def without(reel: dict[str, Any], left_out: Collection[int]) -> dict[str, Any]:
    """Return a reel that does not speak of the stories which are left out, and are all in it.

    A cover goes with the story that it is of; where nobody says of which, with any.
    """
    if not left_out:
        return reel
    told: dict[str, Any] = {"has_besties_media": False}
    if cover_pk(reel) in (None, *left_out):
        told["cover_media"] = None
    if isinstance(reel.get("media_ids"), list):
        hidden = {str(pk) for pk in left_out}
        told["media_ids"] = [pk for pk in reel["media_ids"] if str(pk) not in hidden]
    if isinstance(reel.get("media_count"), int):
        told["media_count"] = max(0, reel["media_count"] - len(left_out))
    return {key: told.get(key, value) for key, value in reel.items()}


def cover_pk(reel: Mapping[str, Any]) -> int | None:
    """Return the story that the cover of a highlight is of, where it says so."""
    cover = reel.get("cover_media")
    media_id = cover.get("media_id") if isinstance(cover, dict) else None
    return read_whole(str(media_id).partition("_")[0])


def _insert(data: dict[str, Any], after: str, key: str, value: Any) -> dict[str, Any]:
    """Return an object with one key more, behind another: where Instagram has it."""
    pairs = [*data.items()]
    place = [*data].index(after) + 1 if after in data else 0
    return dict([*pairs[:place], (key, value), *pairs[place:]])

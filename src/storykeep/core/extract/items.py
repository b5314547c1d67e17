"""From one raw item of any dialect to a SeenStory."""

import re
from datetime import UTC, datetime
from typing import Any

from storykeep.core.extract import media
from storykeep.core.extract.graph import story_of
from storykeep.core.extract.node import (
    Node,
    as_flag,
    as_number,
    as_text,
    as_whole,
    encode_raw,
    read_pk,
)
from storykeep.core.extract.stickers import merge, read_lists, read_user
from storykeep.core.ids import code_from_pk, read_whole
from storykeep.core.model import PHOTO, VIDEO, Story, UserShort
from storykeep.core.sighting import DAY, MAX_LIFETIME, Dialect, Problem, Rendition, SeenStory

_FIRST, _LAST = 1_262_304_000, 4_102_444_800
"""2010, when Instagram began, and 2100: what lies outside is no time in seconds."""
_CODE = re.compile(r"[A-Za-z0-9_-]{1,11}", re.ASCII)
"""The codes of private accounts are longer: a secret follows the number."""
_VENDOR_KEYS = ("thumbnail_url", "video_url", "mentions", "stickers", "medias")


def read_item(
    data: dict[str, Any],
    path: str,
    problems: list[Problem],
    *,
    owner: UserShort | None,
    dialect: Dialect,
) -> SeenStory | None:
    """Return the story in ``data``; None when it is none, with a Problem that says why.

    ``owner`` is whose reel the item lies in, and ``dialect`` what the surroundings speak; what
    the item itself shows goes before it.  Once the pk is known, Problems carry it, and paths
    start at the item.
    """
    raw, mended = encode_raw(data)
    dialect = dialect_of(mended, dialect)
    plain = story_of(mended) if dialect == "graph" else mended
    item = Node(plain, f"{path}." if path else "", problems, None)
    pk, owner_pk = _read_pks(item, "media_id" if dialect == "gallery-dl" else "pk")
    if pk is not None:
        item.story_pk, item.path = pk, ""
    taken_at = _read_time(item, dialect)
    user = _read_owner(item, owner, owner_pk)
    if pk is None or taken_at is None or user is None:
        return None
    if mended is not data:
        item.report("", "held what JSON cannot: it was mended")
    images, videos = media.read_renditions(item, dialect)
    renditions = (*images, *videos)
    return SeenStory(
        story=_read_story(item, dialect, pk, taken_at, user, images, videos),
        expiring_at=_read_expiry(item, taken_at),
        is_close_friends=_read_audience(item),
        dialect=dialect,
        raw=raw,
        files=media.read_files(renditions),
        renditions=renditions,
    )


def dialect_of(item: dict[str, Any], surroundings: Dialect) -> Dialect:
    """Return the dialect that the keys of ``item`` speak; that of the surroundings in doubt."""
    if surroundings in ("gallery-dl", "graph"):
        return surroundings  # whose keys are others' in part
    kind = item.get("__typename")
    if isinstance(kind, str) and kind.startswith(("XDT", "Graph")):
        return "xdt" if kind.startswith("XDT") else "legacy"
    if "taken_at_timestamp" in item or "display_resources" in item:
        return "legacy"
    if "image_versions2" in item or "video_versions" in item:
        return "xdt" if surroundings == "xdt" else "v1"
    if any(key in item for key in _VENDOR_KEYS):
        return "vendor"
    return surroundings


def _read_story(
    item: Node,
    dialect: Dialect,
    pk: str,
    taken_at: int,
    user: UserShort,
    images: list[Rendition],
    videos: list[Rendition],
) -> Story:
    media_type = _read_media_type(item, dialect, has_video=bool(videos))
    # The vendor says itself what a photo lacks.
    is_photo = media_type == PHOTO and dialect != "vendor"
    code = item.get("code", as_text)
    unknown = None if dialect == "gallery-dl" else 0.0
    # Of equally large images the first is shown, of videos the last.
    return Story(
        pk=pk,
        id=f"{pk}_{user.pk}",
        code=code if code and _CODE.fullmatch(code) else code_from_pk(int(pk)),
        taken_at=datetime.fromtimestamp(taken_at, UTC),
        media_type=media_type,
        product_type=item.get("product_type", as_text, "" if dialect == "vendor" else "story"),
        thumbnail_url=media.largest(images),
        user=user,
        video_url=None if is_photo else media.largest(videos[::-1]),
        video_duration=0.0 if is_photo else item.get("video_duration", as_number, unknown),
        **read_lists(item, dialect),
    )


def _read_media_type(item: Node, dialect: Dialect, *, has_video: bool) -> int | None:
    """Return what the item says it is; where it does not, whether it has a video decides."""
    kind = item.get("media_type", as_whole)
    if kind in (PHOTO, VIDEO):
        return kind
    if kind is not None:
        item.report("media_type", "neither a photo nor a video")
    elif dialect == "vendor" and "media_type" in item.data:
        return None
    is_video = item.get("is_video", as_flag)
    return VIDEO if is_video or (is_video is None and has_video) else PHOTO


def _read_pks(item: Node, key: str) -> tuple[str | None, str | None]:
    """Return the pk of the story, under ``key`` or in ``id``, and its owner's if ``id`` has it."""
    whole_id = item.data.get("id")
    head, _, tail = whole_id.partition("_") if isinstance(whole_id, str) else (whole_id, "", "")
    if item.data.get(key) is not None:
        return item.pk(key), read_pk(tail)
    pk = read_pk(head)
    if pk is None:
        item.report(key, "no decimal id from 1 to 2^63-1 here or in id: the item is left out")
    return pk, read_pk(tail)


def _read_time(item: Node, dialect: Dialect) -> int | None:
    """Return when the story was taken; gallery-dl's ``post_date`` is the reel's time, not its."""
    key = "date" if dialect == "gallery-dl" else "taken_at"
    if item.data.get(key) is None and dialect != "gallery-dl":
        key = "taken_at_timestamp"
    value = item.data.get(key)
    if value is None:
        item.report("taken_at", "missing: the item is left out")
        return None
    seconds = read_time(value)
    if seconds is None:
        item.report(key, "no time between 2010 and 2100: the item is left out")
    return seconds


def read_time(value: object) -> int | None:
    """Return Unix seconds, also of ISO 8601 (UTC without a zone); None outside 2010 to 2100."""
    seconds = read_whole(value)
    if seconds is None and isinstance(value, str):
        try:
            time = datetime.fromisoformat(value)
            seconds = int((time if time.tzinfo else time.replace(tzinfo=UTC)).timestamp())
        except (ValueError, OverflowError):
            return None
    return seconds if seconds is not None and _FIRST < seconds < _LAST else None


def _read_owner(item: Node, owner: UserShort | None, owner_pk: str | None) -> UserShort | None:
    """Return whose story it is; what the reel says of its owner is fuller, and wins."""
    user = read_user(item.child("user") or item.child("owner"))
    if owner is not None and user.pk in ("", owner.pk):
        return merge(owner, user)
    if not user.pk and owner_pk is None:
        item.report("user", "names no account: the item is left out")
        return None
    return user if user.pk or owner_pk is None else merge(UserShort(pk=owner_pk, id=owner_pk), user)


def _read_expiry(item: Node, taken_at: int) -> int:
    """Return when the story leaves the reel; what cannot be true is not believed."""
    key = "expiring_at" if "expiring_at" in item.data else "expiring_at_timestamp"
    # A text is gallery-dl's.
    expiring_at = read_time(item.data.get("expires")) or item.get(key, as_whole)
    if expiring_at is not None and taken_at < expiring_at <= taken_at + MAX_LIFETIME:
        return expiring_at
    return taken_at + DAY


def _read_audience(item: Node) -> bool:
    """Tell whether only close friends may see the story; in doubt, that is so."""
    audience = item.data.get("audience") or ""
    if not isinstance(audience, str):
        item.report("audience", "not a text: taken for close friends")
        return True
    return "besties" in audience.lower() or "close_friends" in audience.lower()

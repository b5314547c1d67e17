"""From one raw item of any dialect to a SeenStory."""

from collections.abc import Callable
from typing import Any

from storykeep.core.extract.identity import Identity, read_identity
from storykeep.core.extract.legacy import read_legacy
from storykeep.core.extract.node import Node
from storykeep.core.extract.private import read_private
from storykeep.core.extract.raw import encode_raw
from storykeep.core.extract.vendor import read_vendor
from storykeep.core.model import Story, UserShort
from storykeep.core.sighting import DAY, Dialect, Problem, SeenFile, SeenStory

_MAX_LIFE = 7 * DAY
_READERS: dict[Dialect, Callable[[Node, Identity], tuple[Story, list[SeenFile]]]] = {
    "v1": read_private,
    "xdt": read_private,
    "legacy": read_legacy,
    "vendor": read_vendor,
}
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

    ``dialect`` is what the surroundings speak; what the item itself shows goes before it.
    """
    raw, mended = encode_raw(data)
    item = Node(mended, f"{path}." if path else "", problems, None)
    identity = read_identity(item, owner)
    if identity is None:
        return None
    if mended is not data:
        item.report("", "held what JSON cannot: it was mended")
    dialect = dialect_of(mended, dialect)
    story, files = _READERS[dialect](item, identity)
    return SeenStory(
        story=story,
        expiring_at=_read_expiry(item, identity.taken_at),
        is_close_friends=_read_audience(item),
        dialect=dialect,
        raw=raw,
        files=tuple(dict.fromkeys(files)),
    )


def dialect_of(item: dict[str, Any], surroundings: Dialect) -> Dialect:
    """Return the dialect that the keys of ``item`` speak; that of the surroundings in doubt."""
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


def _read_expiry(item: Node, taken_at: int) -> int:
    """Return when the story leaves the reel; what cannot be true is not believed."""
    key = "expiring_at" if "expiring_at" in item.data else "expiring_at_timestamp"
    expiring_at = item.whole(key)
    if expiring_at is not None and taken_at < expiring_at <= taken_at + _MAX_LIFE:
        return expiring_at
    return taken_at + DAY


def _read_audience(item: Node) -> bool:
    """Tell whether only close friends may see the story; in doubt, that is so."""
    audience = item.data.get("audience")
    if not audience:
        return False
    if not isinstance(audience, str):
        item.report("audience", "not a text: taken for close friends")
        return True
    name = audience.lower()
    return "besties" in name or "close_friends" in name

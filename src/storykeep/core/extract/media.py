"""Which image and which video a story is shown with, and every file that it has."""

from collections.abc import Iterable

from storykeep.core.errors import InvalidValue
from storykeep.core.extract.node import Node, as_address
from storykeep.core.ids import read_whole
from storykeep.core.links import read_cdn_url
from storykeep.core.sighting import Dialect, Kind, Rendition, SeenFile


def read_renditions(item: Node, dialect: Dialect) -> tuple[list[Rendition], list[Rendition]]:
    """Return the images and the videos of ``item``."""
    if dialect in ("vendor", "graph", "gallery-dl"):
        key = "display_url" if dialect == "gallery-dl" else "thumbnail_url"
        return _single(item, "image", key), _single(item, "video", "video_url")
    if dialect == "legacy":
        images = _sizes(item, "image", "display_resources", "src", "config_")
        images += _single(item, "image", "display_url")
        return images, _sizes(item, "video", "video_resources", "src", "config_")
    versions = item.child("image_versions2")
    images = _sizes(versions, "image", "candidates", "url") if versions is not None else []
    return images, _sizes(item, "video", "video_versions", "url")


def largest(renditions: list[Rendition]) -> str | None:
    """Return the address of the largest, of the first among equals."""
    found = max(renditions, key=lambda each: each.width * each.height, default=None)
    return found.url if found else None


def read_files(renditions: Iterable[Rendition]) -> tuple[SeenFile, ...]:
    """Return the files of ``renditions``, in order; addresses outside the CDN name none."""
    found: dict[tuple[Kind, str, str], SeenFile] = {}
    for kind, url, *_ in renditions:
        # Most are one file in many sizes, and say so: those need not be taken apart again.
        path, _, query = url.partition("?")
        file = kind, path, f"&{query}".partition("&ig_cache_key=")[2].partition("&")[0]
        if file not in found:
            try:
                found[file] = SeenFile(kind, *read_cdn_url(url))
            except InvalidValue:
                continue
    return tuple(dict.fromkeys(found.values()))


def _single(item: Node, kind: Kind, key: str) -> list[Rendition]:
    url = item.get(key, as_address)
    return [Rendition(kind, url)] if url else []


def _sizes(node: Node, kind: Kind, key: str, url_key: str, prefix: str = "") -> list[Rendition]:
    width_key, height_key = f"{prefix}width", f"{prefix}height"
    found = []
    for entry in node.children(key):
        url = entry.get(url_key, as_address)
        if url is not None:
            width = read_whole(entry.data.get(width_key)) or 0
            height = read_whole(entry.data.get(height_key)) or 0
            found.append(Rendition(kind, url, width, height))
    return found

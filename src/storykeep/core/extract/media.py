"""Which image and which video a story is shown with, and every file that it has."""

from collections.abc import Iterable
from typing import NamedTuple

from storykeep.core.errors import InvalidValue
from storykeep.core.extract.node import Node, read_whole
from storykeep.core.links import read_cdn_url
from storykeep.core.sighting import Kind, SeenFile


class Rendition(NamedTuple):
    """One size of an image or a video."""

    area: int
    url: str


class Keys(NamedTuple):
    """What a dialect calls the parts of a rendition."""

    url: str
    width: str
    height: str


def read_renditions(node: Node | None, key: str, keys: Keys) -> list[Rendition]:
    """Return the renditions in the list under ``key``; one without a size has the area 0."""
    if node is None:
        return []
    found = []
    for entry in node.children(key):
        url = entry.address(keys.url)
        if url is not None:
            width = read_whole(entry.data.get(keys.width)) or 0
            height = read_whole(entry.data.get(keys.height)) or 0
            found.append(Rendition(width * height, url))
    return found


def first_largest(renditions: list[Rendition]) -> str | None:
    """Return the address of the largest, of the first among equals: the rule for images."""
    return max(renditions, key=_area).url if renditions else None


def last_largest(renditions: list[Rendition]) -> str | None:
    """Return the address of the largest, of the last among equals: the rule for videos."""
    return first_largest(renditions[::-1])


def read_files(kind: Kind, urls: Iterable[str]) -> list[SeenFile]:
    """Return the files that ``urls`` name, in order; addresses outside the CDN name none."""
    found: dict[tuple[str, str], SeenFile] = {}
    for url in urls:
        # Most are one file in many sizes, and say so: those need not be taken apart again.
        path, _, query = url.partition("?")
        file = path, f"&{query}".partition("&ig_cache_key=")[2].partition("&")[0]
        if file not in found:
            try:
                found[file] = SeenFile(kind, *read_cdn_url(url))
            except InvalidValue:
                continue
    return list(found.values())


def _area(rendition: Rendition) -> int:
    return rendition.area

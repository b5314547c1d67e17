"""Folders of instaloader: ``NAME.json.xz`` or ``NAME.json`` beside ``NAME.jpg``, ``NAME.mp4``.

Names are moments, so that two stories of one second have one: the second's description takes
the place of the first's, while the files of the first stay.
"""

import lzma
from collections.abc import Iterator
from contextlib import suppress
from functools import lru_cache
from io import BufferedReader
from pathlib import Path
from typing import Any

from msgspec import json, structs

from storykeep.core.ids import make_highlight_pk
from storykeep.core.sighting import SeenHighlight, Sighting
from storykeep.importers.document import MAX_BYTES, BrokenError, decode, opens_document
from storykeep.importers.files import look_at, media_beside
from storykeep.importers.port import File, Finding
from storykeep.importers.sidecar import read_sidecar

SOURCE = "instaloader"

_XZ = b"\xfd7zXZ\0"
_MEMORY = 128 << 20
"""That unpacking may take; instaloader's own files need 9 MB."""
_ENDINGS = (".json", ".json.xz")


def claims(head: bytes) -> bool:
    """Tell whether it is packed as instaloader packs, or says that it is instaloader's."""
    return head.startswith(_XZ) or (opens_document(head) and b'"instaloader"' in head)


def read(file: File, stream: BufferedReader) -> Iterator[Finding]:
    """Go through the story, and the files of its name."""
    document = _decode(stream)
    if not isinstance(document, dict) or "instaloader" not in document:
        raise BrokenError("JSON, but not of instaloader")
    name = file.path.name
    stem = next((name.removesuffix(end) for end in _ENDINGS if name.endswith(end)), name)
    media = media_beside(file.path, stem)
    is_shared = any(
        _id_in(file.path.with_name(stem + ending)) not in (None, _id_of(document))
        for ending in _ENDINGS
        if media and stem + ending != name
    )
    for finding in read_sidecar(file, document, media, SOURCE, is_shared=is_shared):
        if isinstance(finding, Sighting):
            highlights = _highlights_of(finding, file.path.absolute().parent)
            yield structs.replace(finding, highlights=highlights)
        else:
            yield finding


def _highlights_of(sighting: Sighting, folder: Path) -> tuple[SeenHighlight, ...]:
    """Return the highlight that a folder PROFILE/TITLE with a cover in it was made of.

    Nothing else says which it was, so that its number is made of what is known.
    """
    if sighting.user.username != folder.parent.name:
        return ()
    if not _has_cover(folder, folder.stat().st_mtime_ns):
        return ()
    title = folder.name.encode("utf-8", "replace").decode().replace("\N{DIVISION SLASH}", "/")
    if title.startswith("\N{ONE DOT LEADER}"):
        title = f".{title[1:]}"
    pk = make_highlight_pk(sighting.user_pk, title)
    reel = json.encode({"id": f"highlight:{pk}", "title": title})
    items = tuple(seen.pk for seen in sighting.stories)
    return (SeenHighlight(pk=pk, reel=reel, items=items),)


@lru_cache(maxsize=8)
def _has_cover(folder: Path, _changed_at: int) -> bool:
    """Tell whether a folder, as it is since then, has the cover that only a highlight has."""
    with suppress(OSError):
        return any(path.name.endswith("_cover.jpg") for path in folder.iterdir())
    return False


def _decode(stream: BufferedReader) -> Any:
    """Decode a file, packed or not.  Raises BrokenError."""
    data = stream.read(MAX_BYTES + 1)
    if data.startswith(_XZ):
        unpacker = lzma.LZMADecompressor(memlimit=_MEMORY)
        try:
            data = unpacker.decompress(data, MAX_BYTES + 1)
        except lzma.LZMAError as error:
            raise BrokenError(f"broken xz: {error}") from error
        if not unpacker.eof and len(data) <= MAX_BYTES:
            raise BrokenError("broken xz: cut short")
    return decode(data)


def _id_in(path: Any) -> object:
    """Return whose metadata is at ``path``; None where there is none that can be read."""
    other = look_at(path)
    if not isinstance(other, File):
        return None
    try:
        with other.open() as stream:
            return _id_of(_decode(stream))
    except (OSError, BrokenError):
        return None


def _id_of(document: Any) -> object:
    node = document.get("node") if isinstance(document, dict) else None
    return str(node.get("id")) if isinstance(node, dict) else None

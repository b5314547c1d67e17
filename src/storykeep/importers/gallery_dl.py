"""Folders of gallery-dl with ``--write-metadata``: ``NAME.EXT.json`` beside ``NAME.EXT``."""

import re
from collections.abc import Iterator
from io import BufferedReader

from storykeep.importers.document import MAX_BYTES, decode, opens_document
from storykeep.importers.files import media_beside
from storykeep.importers.port import File, Finding
from storykeep.importers.sidecar import read_sidecar

SOURCE = "gallery-dl"

_CATEGORY = re.compile(rb'"category"\s*:\s*"instagram"')


def claims(head: bytes) -> bool:
    """Tell whether gallery-dl wrote it about something of Instagram."""
    return opens_document(head) and _CATEGORY.search(head) is not None


def read(file: File, stream: BufferedReader) -> Iterator[Finding]:
    """Go through the story, and the file that it describes."""
    document = decode(stream.read(MAX_BYTES + 1))
    media = media_beside(file.path, file.path.stem)
    yield from read_sidecar(file, document, media, SOURCE)

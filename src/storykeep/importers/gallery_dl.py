"""Folders of gallery-dl with ``--write-metadata``: ``NAME.EXT.json`` beside ``NAME.EXT``."""

import re
from collections.abc import Iterator
from io import BufferedReader

from msgspec import structs

from storykeep.core.sighting import Sighting
from storykeep.importers.document import MAX_BYTES, BrokenError, decode, opens_document
from storykeep.importers.files import media_beside
from storykeep.importers.own import is_pk_made
from storykeep.importers.port import File, Finding, Skipped
from storykeep.importers.sidecar import read_sidecar

SOURCE = "gallery-dl"

_CATEGORY = re.compile(rb'"category"\s*:\s*"instagram"')


class GalleryDl:
    """The sidecars of gallery-dl."""

    def claims(self, file: File, head: bytes) -> bool:  # noqa: ARG002 - its name does not matter
        """Tell whether gallery-dl wrote it about something of Instagram."""
        return opens_document(head) and _CATEGORY.search(head) is not None

    def read(self, file: File, stream: BufferedReader) -> Iterator[Finding]:
        """Go through the story, and the file that it describes."""
        try:
            document = decode(stream.read(MAX_BYTES + 1))
        except BrokenError as error:
            yield Skipped(file.path, str(error))
            return
        media = [*media_beside(file.path, file.path.stem)]
        for finding in read_sidecar(file, document, media, SOURCE):
            if isinstance(finding, Sighting) and is_pk_made(document):
                yield _made(finding)
            else:
                yield finding


def _made(sighting: Sighting) -> Sighting:
    """Return a sighting of an archive that had made the pks itself."""
    stories = tuple(structs.replace(seen, is_made=True) for seen in sighting.stories)
    return structs.replace(sighting, stories=stories)

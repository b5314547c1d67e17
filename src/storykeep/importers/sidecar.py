"""A JSON file that describes the story in the files beside it."""

from collections.abc import Iterator, Sequence
from typing import Any

from msgspec import structs

from storykeep.core.extract import NotACapture, read_capture
from storykeep.core.extract.scarce import kind_of
from storykeep.core.model import PHOTO
from storykeep.core.sighting import Sighting
from storykeep.importers.port import File, Finding, MediaFound, Skipped

_SHARED = "two stories of this second share the name: not known whose it is"


def read_sidecar(
    file: File, document: object, media: Sequence[File], source: str, *, is_shared: bool = False
) -> Iterator[Finding]:
    """Go through the sighting in ``document``, and ``media``, which are its story's.

    If ``is_shared``, another story has files of these names.
    """
    try:
        capture = read_capture(document, source=source, seen_at=file.modified_at)
    except NotACapture as error:
        yield Skipped(file.path, str(error))
        yield from (Skipped(each.path, f"beside {file.path.name}: {error}") for each in media)
        return
    for sighting in capture.sightings:
        yield _made(sighting) if _is_pk_made(document) else sighting
    yield from capture.problems
    stories = [seen for sighting in capture.sightings for seen in sighting.stories]
    if len(stories) != 1:
        return
    [seen] = stories
    kinds = {kind_of(each.path.name) for each in media}
    # A photo has no video: it was there when the photo's description took the name.
    is_shared = is_shared or (seen.story.media_type == PHOTO and "video" in kinds)
    for each in media:
        if is_shared:
            yield Skipped(each.path, _SHARED)
        else:
            yield MediaFound(each, seen.pk, kind_of(each.path.name))


def _is_pk_made(document: Any) -> bool:
    """Tell whether a sidecar says that the archive it comes from had made the story's pk."""
    own = document.get("storykeep") if isinstance(document, dict) else None
    return isinstance(own, dict) and own.get("is_pk_made") is True


def _made(sighting: Sighting) -> Sighting:
    stories = tuple(structs.replace(seen, is_made=True) for seen in sighting.stories)
    return structs.replace(sighting, stories=stories)

"""How the files of a media store are named: ``ab/<sha256>.<ext>``, the same in each adapter."""

import re

import filetype

from storykeep.core.errors import InvalidValue
from storykeep.core.media import EXTENSIONS, FileMissing, MediaFile
from storykeep.storage.disk import broken

HEAD = 8192
"""How many bytes tell the type."""

_ALSO = {"image/apng": "image/png", "video/x-m4v": "video/mp4"}
"""Dialects of a kept type."""

_TYPES = {extension: content_type for content_type, extension in EXTENSIONS.items()}
_DIGEST = re.compile(r"[0-9a-f]{64}", re.ASCII)
_NAME = re.compile(r"([0-9a-f]{2})/(\1[0-9a-f]{62})\.([a-z0-9]+)", re.ASCII)


def name_of(file: MediaFile) -> str:
    """Return the name of a file; only a digest and a known type become one.

    Raises FileMissing: under any other name nothing is ever kept.
    """
    if _DIGEST.fullmatch(file.sha256) is None or file.content_type not in EXTENSIONS:
        reason = f"{file.sha256!r} of {file.content_type!r} is no address of a file"
        raise broken(reason, FileMissing)
    return f"{file.sha256[:2]}/{file.sha256}.{file.extension}"


def file_named(name: str, size: int) -> MediaFile | None:
    """Return the file that has this name; None for a name that no file of a store has."""
    match = _NAME.fullmatch(name)
    content_type = _TYPES.get(match[3]) if match else None
    return MediaFile(match[2], content_type, size) if match and content_type else None


def read_type(head: bytes) -> str:
    """Return the type of a file that begins with ``head``.

    Raises InvalidValue, which says what it is instead, when it is not kept.
    """
    if not head:
        raise InvalidValue("An empty file is no picture or video.")
    found: str | None = filetype.guess_mime(head)
    content_type = _ALSO.get(found or "", found)
    if content_type is not None and content_type in EXTENSIONS:
        return content_type
    what = f"is {found}" if found else f"begins with {head[:24]!r}"
    raise InvalidValue(f"Not a picture or video that is kept: it {what}.")

"""What an export writes down of an archive, so that another one becomes the same.

A record is a file of JSON lines about an account and those that were made of its names: who they
are, then all sightings, newest first, then the kept files.  What was captured of a story stands
once, before the first sighting that had it; later ones name its digest.
"""

import hashlib
from collections.abc import Callable

from msgspec import Raw, Struct, json

from storykeep.core.media import KeptFile
from storykeep.core.model import Story, decode_story
from storykeep.core.sighting import Dialect, SeenFile, SeenStory

VERSION = 1
"""Of the lines; a record of another one is not read."""

OPENING = b'{"line":"storykeep"'
"""How a record begins."""


NOTHING = Raw(b"null")


class Opening(Struct, frozen=True, kw_only=True, tag_field="line", tag="storykeep"):
    """The first line."""

    version: int = VERSION


class NameSpan(Struct, frozen=True, array_like=True):
    """A name that an account had, and when it was seen with it first and last."""

    username: str
    first_seen_at: int
    last_seen_at: int


class HighlightCopy(Struct, frozen=True, kw_only=True):
    """What was last seen of a highlight, and of its stories."""

    pk: int
    seen_at: int
    reel: Raw
    items: tuple[int, ...] = ()
    items_seen_at: int | None = None
    """Where all of them were seen."""


class AccountCopy(Struct, frozen=True, kw_only=True, tag_field="line", tag="account"):
    """What was last known of an account; whether it is the operator's own, only they say."""

    pk: int
    username: str | None = None
    full_name: str | None = None
    profile_pic_url: str | None = None
    is_verified: bool | None = None
    is_private: bool | None = None
    seen_at: int
    privacy_seen_at: int
    names: tuple[NameSpan, ...] = ()
    profile: Raw = NOTHING
    """What its own page told last."""
    profile_seen_at: int = 0
    highlights: tuple[HighlightCopy, ...] = ()


class CaptureCopy(Struct, frozen=True, kw_only=True, tag_field="line", tag="capture"):
    """What was captured of a story; the bytes of ``item`` and ``reading`` make the digest."""

    pk: int
    digest: str
    is_made: bool = False
    files: tuple[SeenFile, ...] = ()
    """All that the story was ever seen with."""
    reading: Raw
    """Dialect, expiring_at, is_close_friends and the Story, as it was read then."""
    item: Raw


class Sighted(Struct, frozen=True, array_like=True):
    """A story of a sighting: its place there, and the capture of it."""

    place: int
    pk: int
    digest: str


class SightingCopy(Struct, frozen=True, kw_only=True, tag_field="line", tag="sighting"):
    """A look at an account's stories."""

    account: int
    seen_at: int
    source: str
    digest: str
    """By which recording it again is known; of what only the first archive was told."""
    stories: tuple[Sighted, ...] = ()
    envelope: Raw = NOTHING
    """The reel without its items, where it was seen."""
    is_cut: bool = False
    """Whether something was left out of it, because it was erased."""


class FileCopy(Struct, frozen=True, kw_only=True, tag_field="line", tag="file"):
    """A kept file, and where it lies in the export."""

    path: str
    """With slashes, from the export's folder on."""
    kept: KeptFile


class Ending(Struct, frozen=True, kw_only=True, tag_field="line", tag="end"):
    """The last line: without it the record was cut short."""

    lines: int
    """How many came before it."""


Line = Opening | AccountCopy | CaptureCopy | SightingCopy | FileCopy | Ending


class Copied(Struct, frozen=True):
    """A sighting with the captures that no newer one of its account has."""

    sighting: SightingCopy
    captures: tuple[CaptureCopy, ...] = ()


class StoryCopy(Struct, frozen=True, kw_only=True):
    """A story as it is served: it follows from the rest, and people read it."""

    pk: int
    is_made: bool
    story: Story
    expiring_at: int
    is_close_friends: bool


encode_line: Callable[[Line], bytes] = json.Encoder().encode

decode_line: Callable[[bytes], Line] = json.Decoder(Line).decode
"""A line without its end; raises msgspec.DecodeError, ValidationError."""


class Reading(Struct, frozen=True, array_like=True):
    """What was read of a captured item."""

    dialect: Dialect
    expiring_at: int
    is_close_friends: bool
    story: Raw


def digest_of_capture(copy: CaptureCopy) -> bytes:
    """Return what the bytes of the capture make its digest: the archive's own rule."""
    item = hashlib.sha256(copy.item).digest()[:16]
    return hashlib.sha256(item + bytes(copy.reading)).digest()[:16]


def read_capture_copy(copy: CaptureCopy) -> tuple[SeenStory, Reading]:
    """Return the story as the capture had it.  Raises msgspec.DecodeError, ValidationError."""
    reading = json.decode(copy.reading, type=Reading)
    seen = SeenStory(
        story=decode_story(reading.story),
        expiring_at=reading.expiring_at,
        is_close_friends=reading.is_close_friends,
        dialect=reading.dialect,
        raw=bytes(copy.item),
        files=copy.files,
        is_made=copy.is_made,
    )
    return seen, reading

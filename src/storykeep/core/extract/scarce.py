"""Stories of which little more than the moment is known: of a data export, or of a bare file.

An export's texts are UTF-8 that was written as Latin-1; and it holds where its owner was and
with which device, which is nobody's business here, not even in what is kept of it.
"""

import re
from codecs import BOM_UTF8
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, NamedTuple

from msgspec import DecodeError, Raw, Struct, ValidationError, json

from storykeep.core import ids
from storykeep.core.errors import InvalidValue
from storykeep.core.extract.items import read_time
from storykeep.core.extract.node import encode_raw
from storykeep.core.model import PHOTO, VIDEO, Story, UserShort
from storykeep.core.sighting import DAY, Dialect, Kind, Problem, SeenStory

_VIDEO_ENDINGS = frozenset({"mp4", "mov", "m4v", "webm"})
_BARE = re.compile(r"([0-9]{18,19})\.[A-Za-z0-9]{3,4}", re.ASCII)
_NOT_ACCOUNTS = frozenset(
    {"captures", "downloads", "images", "media", "photos", "pictures", "stories", "videos"}
)
"""What folders are called that are no account's."""
_NOTHING = Raw(b"null")
_FIRST_STORY = 1_470_096_000
"""2016-08-02: there were no stories before."""
_TELLING = re.compile(
    r"gps.*|.*(latitude|longitude|altitude|location|serial).*|(device|lens|camera)_.*|software"
    r"|iso|aperture|focal_length|shutter_speed|metering_mode"
)
"""The keys of an export that say where its owner was, and with which device."""


class Index(NamedTuple):
    """What a JSON file of a data export says: whose it is, or which stories there are."""

    username: str | None
    entries: list[Raw]


class Exported(NamedTuple):
    """A story of an export, and where in it its file lies."""

    seen: SeenStory
    uri: str


class _Document(Struct):
    ig_stories: Raw = _NOTHING
    stories: Raw = _NOTHING
    profile_user: Raw = _NOTHING
    date_joined: Raw = _NOTHING
    username: Raw = _NOTHING


_decode_document = json.Decoder(_Document).decode
_decode_list = json.Decoder(list[Raw]).decode


def read_index(data: bytes) -> Index | None:
    """Return what a file of an export says, None for neither.  Raises msgspec.DecodeError."""
    try:
        document = _decode_document(data.removeprefix(BOM_UTF8))
    except ValidationError:
        return None
    for listed in (document.ig_stories, document.stories):
        opening = bytes(memoryview(listed)[:1])
        entries = _decode_list(listed) if opening == b"[" else [listed]
        # Other files of an export may have "stories" too, which are something else.
        if opening in (b"[", b"{") and (listed is document.ig_stories or _is_dated(entries[:1])):
            return Index(None, entries)
    username = _read_owner(json.decode(document.profile_user))
    if document.date_joined is not _NOTHING:  # the profile of the oldest exports
        username = _read_username(json.decode(document.username))
    return Index(username, []) if username else None


def read_entries(index: Index, username: str) -> Iterator[Exported | Problem]:
    """Go through the stories of ``index``, which are of the account with that name."""
    for number, raw in enumerate(index.entries):
        try:
            exported = _read_entry(json.decode(raw), username)
        except (DecodeError, RecursionError):
            exported = None
        yield exported or Problem(f"[{number}]", "no story: it names no file and moment")


def _is_dated(entries: list[Raw]) -> bool:
    first = json.decode(entries[0]) if entries else None
    return isinstance(first, dict) and first.keys() >= {"path", "taken_at"}


def _read_entry(entry: object, username: str) -> Exported | None:
    if not isinstance(entry, dict):
        return None
    raw, facts = encode_raw(_mend(entry))
    uri = facts.get("uri", facts.get("path"))
    taken_at = read_time(facts.get("creation_timestamp", facts.get("taken_at")))
    if not isinstance(uri, str) or not uri or taken_at is None or taken_at < _FIRST_STORY:
        return None
    pk = ids.make_story_pk(taken_at, username, uri.rpartition("/")[2])
    return Exported(_make_seen(pk, taken_at, username, uri, "export", raw), uri)


def read_file_name(folder: str, name: str, modified_at: int) -> SeenStory | None:
    """Return the story that a file ``USERNAME/PK.ext`` is of, if that may be what its name means.

    Then the time of the pk lies between the first stories and the file's own date.
    """
    match = _BARE.fullmatch(name)
    if match is None or folder in _NOT_ACCOUNTS or folder != _read_username(folder):
        return None
    pk = int(match[1])
    taken_at = ids.ms_from_pk(pk) // 1000
    if pk > ids.MAX_PK or not _FIRST_STORY <= taken_at <= modified_at + DAY:
        return None
    return _make_seen(pk, taken_at, folder, name, "file", json.encode(f"{folder}/{name}"))


def kind_of(name: str) -> Kind:
    """Return what a file of that name should be."""
    return "video" if name.rpartition(".")[2].lower() in _VIDEO_ENDINGS else "image"


def user_of(username: str) -> UserShort:
    """Return the account of which only the name is known."""
    pk = str(ids.make_user_pk(username))
    return UserShort(pk=pk, id=pk, username=username)


def mend(text: str) -> str:
    """Return a text of an export as it was meant; one that is right already stays."""
    try:
        return text.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return text


def _make_seen(
    pk: int, taken_at: int, username: str, file: str, dialect: Dialect, raw: bytes
) -> SeenStory:
    """Return a story of which only that is known; an export has no pk."""
    is_video = kind_of(file) == "video"
    user = user_of(username)
    story = Story(
        pk=str(pk),
        id=f"{pk}_{user.pk}",
        code=ids.code_from_pk(pk),
        taken_at=datetime.fromtimestamp(taken_at, UTC),
        media_type=VIDEO if is_video else PHOTO,
        product_type="story",
        user=user,
        video_duration=None if is_video else 0.0,
        mentions=[],
        links=[],
        hashtags=[],
        locations=[],
        stickers=[],
    )
    end, is_made = taken_at + DAY, dialect == "export"
    return SeenStory(story=story, expiring_at=end, dialect=dialect, raw=raw, is_made=is_made)


def _mend(value: Any) -> Any:
    """Copy JSON of an export, its texts as they were meant, without place and device."""
    if isinstance(value, str):
        return mend(value)
    if isinstance(value, list):
        return [_mend(entry) for entry in value]
    if isinstance(value, dict):
        return {
            mend(key): _mend(entry)
            for key, entry in value.items()
            if not _TELLING.fullmatch(key.lower())
        }
    return value


def _read_owner(profiles: Any) -> str | None:
    """Return the name of the account, where it is under its English key: keys are translated."""
    for profile in profiles if isinstance(profiles, list) else ():
        facts = profile.get("string_map_data") if isinstance(profile, dict) else None
        fact = facts.get("Username") if isinstance(facts, dict) else None
        if username := _read_username(fact.get("value") if isinstance(fact, dict) else None):
            return username
    return None


def _read_username(value: object) -> str | None:
    try:
        return ids.read_username(mend(value)) if isinstance(value, str) else None
    except InvalidValue:
        return None

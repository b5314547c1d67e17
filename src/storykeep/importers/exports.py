"""Instagram's data export: zips and folders, read together once all of them are known.

One export may come in several zips with one tree: the list of stories lies in one, their files
in others, and whose it is in a third.
"""

import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from io import BufferedReader
from itertools import islice
from pathlib import Path

import msgspec
from msgspec import Struct, field

from storykeep.core.extract.scarce import Exported, Index, kind_of, read_entries, read_index
from storykeep.core.sighting import Problem
from storykeep.importers.bare import sight
from storykeep.importers.document import MAX_BYTES, BrokenError, check
from storykeep.importers.files import look_below
from storykeep.importers.port import BUFFER, File, MediaFound, Read, Skipped, unreadable
from storykeep.importers.strip import Stripped
from storykeep.importers.zips import SIGNATURES, Member, leads_elsewhere, list_members

SOURCE = "instagram-export"

STORIES_EACH = 100
"""Of a sighting: a list may have very many."""
_DEPTH = 4
"""How many folders up from an export's list of stories, or down in a zip, its root is sought."""

_KEYS = re.compile(rb'"(ig_stories|stories|profile_user|date_joined)"')
_OPENING = re.compile(
    rb'[\s\xef\xbb\xbf]*\{\s*"(ig_stories"|profile_user"|biography"|date_joined"'
    rb'|(stories|photos|profile|videos|direct)"\s*:\s*\[\s*(\]|\{\s*"(caption|taken_at|path)"))'
)
"""How the files of an export begin that matter, of today and of old."""
_NAMED = re.compile(r"instagram-([a-z0-9._]{1,30})-\d{4}-\d{2}-\d{2}\b.*", re.ASCII)
_PAGE = re.compile(rb"\s*<(!doctype html|html)", re.IGNORECASE)
_IS_HTML = (
    "a data export in HTML, which cannot be read: ask Instagram for one in the format JSON"
    " (Accounts Center > Your information and permissions > Export your information)"
)
_NO_STORIES = "no list of stories of a data export, nor a file of one"
_NO_OWNER = "it does not say whose export it is: name the account with --username"


class OwnFile(File, frozen=True):
    """A picture or video of an export, without what it says of place and device."""

    file: File

    def open(self) -> BufferedReader:
        """Open it for reading.  Raises OSError; reading raises InvalidValue too."""
        return BufferedReader(Stripped(self.file.open()), BUFFER)


class Part(Struct, eq=False):
    """A zip; or, of an export in a folder, one of the files that matter."""

    file: File
    is_zip: bool
    lists: list[File] = field(default_factory=list)
    """Lists of stories."""
    username: str | None = None
    """Whose export it says it is."""
    reason: str | None = _NO_STORIES
    """Why it is left out; None once it is of use."""
    given: int = 0
    """Bytes in it of the media that were found."""


class Exports:
    """What was met of data exports, to be read at the end."""

    def __init__(self, username: str | None = None) -> None:
        """All of them are of the account ``username``, if that is given."""
        self._username = username
        self._parts: list[Part] = []
        self._members: dict[str, list[tuple[Part, OwnFile]]] = {}
        """By their addresses in the export, which the lists of stories name."""

    def take(self, file: File, head: bytes) -> bool:
        """Keep a file in mind that may be of an export: a zip, a list of stories, an account."""
        part = Part(file, is_zip=head.startswith(SIGNATURES))
        if file.path.name == "stories.html" and _PAGE.match(head):
            part.reason = _IS_HTML
        elif _OPENING.match(head):
            _look_into(part, file)
        elif not part.is_zip:
            return False
        self._parts.append(part)
        names = [file.path.stem, *(folder.name for folder in file.path.absolute().parents)]
        part.username = part.username or _owner_in(names)
        return True

    def read(self) -> Iterator[Read]:
        """Go through all that was taken."""
        zips = [part for part in self._parts if part.is_zip]
        for part in zips:
            yield from _look_through(part)
        wanted = {
            entry.uri
            for part in self._parts
            for file in part.lists
            for entry in read_entries(_read_index(file), "")
            if isinstance(entry, Exported)
        }
        for part in zips:
            self._locate(part, wanted)
        for part in self._parts:
            for file in part.lists:
                yield from self._read_list(part, file)
        for part in self._parts:
            path, rest = part.file.path, max(0, part.file.size - part.given)
            yield Read(path, None if part.reason is None else Skipped(path, part.reason), rest)

    def _locate(self, part: Part, wanted: set[str]) -> None:
        """Note where in a zip the files lie that lists of stories name."""
        with suppress(OSError):
            for member in list_members(part.file):
                if isinstance(member, Member):
                    # The root may be a folder, of the export or of whoever zipped it again.
                    parts = member.name.split("/")
                    for name in {"/".join(parts[depth:]) for depth in range(_DEPTH)} & wanted:
                        self._members.setdefault(name, []).append((part, _own(member)))

    def _read_list(self, part: Part, file: File) -> Iterator[Read]:
        """Go through the stories of one list, each hundred before their files."""
        index = _read_index(file)
        uris = (each.uri for each in read_entries(index, "") if isinstance(each, Exported))
        root = None if part.is_zip else _find_root(file.path, uris)
        username = self._owner_of(part, root)
        if username is None:
            part.reason = _NO_OWNER if index.entries else _NO_STORIES
            return
        path, rest = part.file.path, read_entries(index, username)
        while entries := list(islice(rest, STORIES_EACH)):
            seen = {each.seen.pk: each.seen for each in entries if isinstance(each, Exported)}
            if seen:
                part.reason = None
                yield Read(path, sight(username, SOURCE, *seen.values()))
            for each in entries:
                if isinstance(each, Exported):
                    yield Read(path, self._find(each, part, username, root))
                else:
                    yield Read(path, each)

    def _owner_of(self, part: Part, root: Path | None) -> str | None:
        """Return whose list of stories this is: as told, by its own export or by the others."""
        near = {each.username for each in self._parts if root in each.file.path.parents}
        told = {each.username for each in self._parts if each.username}
        if self._username or part.is_zip:
            near = {self._username or part.username}
        names = {each for each in near if each} or {part.username or ""} - {""} or told
        return next(iter(names)) if len(names) == 1 else None

    def _find(
        self, exported: Exported, part: Part, username: str, root: Path | None
    ) -> MediaFound | Problem:
        """Find the file of a story: in the same zip, in another of the account, in the folder."""
        uri, pk = exported.uri, exported.seen.pk
        if leads_elsewhere(uri):
            return Problem("uri", f"{uri!a:.100} leads elsewhere: not followed", str(pk))
        members = sorted(self._members.get(uri, ()), key=lambda found: found[0] is not part)
        for holder, member in members:
            if holder is part or self._username or holder.username in (None, username):
                holder.reason = None
                holder.given += member.size
                return MediaFound(member, pk, kind_of(uri))
        folders = [] if part.is_zip else self._folders_of(part, root)
        for folder in folders:
            if file := look_below(folder, uri):
                return MediaFound(_own(file), pk, kind_of(uri))
        return Problem("uri", f"{uri!a:.100} is not in the export: is a part missing?", str(pk))

    def _folders_of(self, part: Part, root: Path | None) -> list[Path]:
        """Return where a file may lie: below the root, or in what may be another part beside it."""
        roots = [root] if root else list(islice(part.file.path.parents, _DEPTH))
        taken = {
            folder
            for other in self._parts
            if other is not part and not other.is_zip
            for folder in other.file.path.parents
        }
        beside: list[Path] = []
        for each in roots:
            with suppress(OSError):
                beside += sorted(set(each.parent.iterdir()) - taken - {*roots, *beside})
        return roots + beside


def _look_through(part: Part) -> Iterator[Read]:
    """Look for lists and owners in a zip; members that are left out are told."""
    try:
        has_pages = False
        for member in list_members(part.file):
            if isinstance(member, Skipped):
                yield Read(part.file.path, member)
                continue
            if member.name.lower().endswith(".json"):
                if skipped := _look_into(part, member):
                    yield Read(part.file.path, skipped)
            else:
                has_pages = has_pages or member.name.endswith(".html")
            if part.username is None:
                part.username = _owner_in(member.name.split("/")[:_DEPTH])
        if has_pages and not part.lists:
            part.reason = _IS_HTML
    except OSError as error:
        part.reason = unreadable(part.file.path, error).reason


def _look_into(part: Part, file: File) -> Skipped | None:
    """Note what a JSON file says; return why it is left out, if it should have been read."""
    try:
        with file.open() as stream:
            data = stream.read(MAX_BYTES + 1)
        if _KEYS.search(data) is None:
            return None
        check(data)
        index = read_index(data)
    except OSError as error:
        part.reason = unreadable(file.path, error).reason
    except (BrokenError, msgspec.DecodeError, RecursionError, UnicodeError) as error:
        part.reason = f"broken JSON: {error}"
    else:
        if index is not None and index.username:
            part.username, part.reason = index.username, None
        elif index is not None:
            part.lists.append(file)
        return None
    return Skipped(file.path, part.reason) if part.is_zip else None


def _read_index(file: File) -> Index:
    """Read a list again: it was read before, and is too large to be kept in memory."""
    with suppress(OSError, msgspec.DecodeError), file.open() as stream:
        return read_index(stream.read(MAX_BYTES)) or Index(None, [])
    return Index(None, [])


def _owner_in(names: Iterable[str]) -> str | None:
    """Return the account that an export's own names are made of."""
    found = (_NAMED.fullmatch(name) for name in names)
    return next((match[1] for match in found if match), None)


def _find_root(path: Path, uris: Iterator[str]) -> Path | None:
    """Return the folder in which the addresses of a list begin."""
    for uri in islice(uris, STORIES_EACH):
        for folder in islice(path.parents, _DEPTH) if not leads_elsewhere(uri) else ():
            if look_below(folder, uri):
                return folder
    return None


def _own(file: File) -> OwnFile:
    return OwnFile(file.path, file.size, file.modified_at, file)

"""What exported files are called: safe on every file system, whatever an account is called."""

import re
from collections.abc import Callable, Collection
from datetime import UTC, datetime
from functools import partial
from string import Formatter

from storykeep.core.errors import InvalidValue
from storykeep.core.media import MediaFile

FIELDS = ("username", "pk", "taken_at")
DEFAULT = "{username}/{taken_at}_{pk}"

_MAX_USERNAME, _MAX_PART, _MAX_PATH = 60, 180, 400
"""Characters; of 255 bytes that a name may have some are left for its ending."""
_LITERAL = re.compile(r"[A-Za-z0-9 ._+=,@()/-]*", re.ASCII)
_UNSAFE = re.compile(r"[^a-z0-9._-]", re.ASCII)
_DEVICES = frozenset(
    {"con", "prn", "aux", "nul", *(f"{name}{n}" for name in ("com", "lpt") for n in range(10))}
)
"""What no file may be called on Windows, whatever its ending."""


Template = Callable[[str | None, int, int], str]
"""Makes of a story's username, pk and ``taken_at`` the path of its files, without an ending."""


def read_template(text: str) -> Template:
    """Return the template.  Raises InvalidValue, which says what is wrong with it."""
    try:
        parsed = list(Formatter().parse(text))
    except ValueError as error:
        raise InvalidValue(f"Not a name template: {error}.") from error
    for literal, name, spec, conversion in parsed:
        if name is not None and (name not in FIELDS or spec or conversion):
            told = ", ".join(f"{{{field}}}" for field in FIELDS)
            raise InvalidValue(f"Not a field of a name: {{{name}}}. There are {told}.")
        if not _LITERAL.fullmatch(literal):
            raise InvalidValue(
                "A name template has letters, digits, spaces and ._+=,@()- only, and / between"
                f" folders: {literal!r} has others."
            )
    parts = text.split("/")
    if any(not part or part[0] in ". " or part[-1] in ". " for part in parts):
        raise InvalidValue("No part of a name may be empty, or begin or end with a dot or space.")
    if "{pk}" not in parts[-1]:
        raise InvalidValue("A name must end with a part that has {pk}: else stories share it.")
    template = partial(_path_of, text)
    longest = template("x" * 200, 10**18, 0)
    if len(longest) > _MAX_PATH or max(map(len, longest.split("/"))) > _MAX_PART:
        raise InvalidValue("The name template makes names that are too long.")
    return template


def name_files(stem: str, files: Collection[MediaFile]) -> dict[MediaFile, str]:
    """Return the paths of a story's files: the largest of each type has the plain name.

    The others have the beginning of their digest in it, and so have all when it is in doubt.
    """
    found: dict[MediaFile, str] = {}
    for file in files:
        rivals = [other for other in files if other.extension == file.extension and other != file]
        is_largest = all(other.size < file.size for other in rivals)
        middle = "" if is_largest else f"_{file.sha256[:12]}"
        found[file] = f"{stem}{middle}.{file.extension}"
    return found


def _path_of(text: str, username: str | None, pk: int, taken_at: int) -> str:
    moment = datetime.fromtimestamp(taken_at, UTC).strftime("%Y-%m-%d_%H-%M-%S_UTC")
    name = _UNSAFE.sub("_", (username or "_").lower())[:_MAX_USERNAME]
    path = text.format(username=name, pk=pk, taken_at=moment)
    return "/".join(map(_usable, path.split("/")))


def _usable(part: str) -> str:
    """Return a part that is no device and not hidden, and does not lead up."""
    if part[0] in ". ":
        part = f"_{part[1:]}"
    if part[-1] in ". ":
        part = f"{part[:-1]}_"
    return f"_{part}" if part.partition(".")[0].lower().rstrip() in _DEVICES else part

"""The files below the paths that were named: no link is followed, no device is opened."""

import os
import stat
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

import filetype

from storykeep.core.sighting import Kind
from storykeep.importers.port import HEAD, File, Skipped, unreadable

_ENDINGS = ("jpg", "jpeg", "png", "webp", "heic", "avif", "mp4", "mov", "webm")
_OWN = "storykeep's own folder: left alone"


def look_at(path: Path) -> File | Skipped | None:
    """Say what is at ``path``; None stands for a folder."""
    try:
        found = path.lstat()
    except (OSError, ValueError) as error:
        return unreadable(path, error)
    if stat.S_ISREG(found.st_mode):
        return File(path, found.st_size, int(found.st_mtime))
    if stat.S_ISDIR(found.st_mode):
        return None
    is_link = stat.S_ISLNK(found.st_mode)
    return Skipped(path, "a symbolic link: not followed" if is_link else "not a regular file")


def look_below(folder: Path, name: str) -> File | None:
    """Return the file of that name, with slashes, below ``folder``, unless a link leads there."""
    path = folder / name
    file = look_at(path)
    return file if isinstance(file, File) and path.resolve() == folder.resolve() / name else None


def media_kind(head: bytes) -> Kind | None:
    """Return what a file that begins with ``head`` is; None for what is no media."""
    found = filetype.guess_mime(head) or ""
    kinds: dict[str, Kind] = {"image": "image", "video": "video"}
    return kinds.get(found.partition("/")[0])


def holds_media(file: File) -> bool:
    """Tell whether ``file`` is a picture or video, or cannot be read to tell."""
    try:
        with file.open() as stream:
            return media_kind(stream.peek(HEAD)[:HEAD]) is not None
    except OSError:
        return True  # whoever takes it will say what is wrong with it


def outermost(paths: Iterable[Path]) -> list[Path]:
    """Return ``paths`` in their order, without those that others of them hold."""
    # Not resolve(): a link that was named is no second name of what it points to.
    named = {Path(os.path.abspath(path)): path for path in paths}  # noqa: PTH100
    return [path for whole, path in named.items() if named.keys().isdisjoint(whole.parents)]


def walk(roots: Iterable[Path], own_folder: Path) -> Iterator[File | Skipped]:
    """Go through the files below ``roots``, sorted by name; what is no file is Skipped.

    ``own_folder`` is left alone: closing a database file that was opened beside SQLite drops
    the locks that protect it.
    """
    own = own_folder.resolve()
    for root in outermost(roots):
        if own in root.resolve().parents:
            yield Skipped(root, _OWN)
        else:
            yield from _walk(root, own)


def _walk(root: Path, own: Path) -> Iterator[File | Skipped]:
    pending = [str(root)]  # no recursion: folders may lie as deep as they like
    while pending:
        path = Path(pending.pop())
        found = look_at(path)
        if found is not None:
            yield found
            continue
        try:
            # Asked each time, for it may have been made only now.
            if own.exists() and own.samefile(path):
                yield Skipped(path, _OWN)
            else:
                pending += reversed(_entries(path))
        except OSError as error:
            yield unreadable(path, error)


def files_beside(folder: Path) -> Iterator[File]:
    """Go through the regular files of one folder, sorted by name."""
    with suppress(OSError):
        for path in _entries(folder):
            if isinstance(found := look_at(Path(path)), File):
                yield found


def media_beside(sidecar: Path, stem: str) -> list[File]:
    """Return the pictures and videos beside ``sidecar`` of that name, whole or without its ending.

    The folder is not listed: there may be many sidecars.
    """
    names = [stem, *(f"{stem}.{ending}" for ending in _ENDINGS)]
    found = [look_at(sidecar.with_name(name)) for name in names if name != sidecar.name]
    return [file for file in found if isinstance(file, File)]


def _entries(folder: Path) -> list[str]:
    # Texts, not paths: a folder may hold very many.
    with os.scandir(folder) as entries:
        return sorted(entry.path for entry in entries)


def measure(roots: Iterable[Path], own_folder: Path) -> int:
    """Return how many bytes ``walk`` will lead to."""
    return sum(found.size for found in walk(roots, own_folder) if isinstance(found, File))

"""Pictures and videos: which story a file belongs to, and into the media store with it."""

import asyncio
import re
from functools import partial

import filetype

from storykeep.core.errors import InvalidValue
from storykeep.core.ports import Archive, KeptFile, MediaFile, MediaStore
from storykeep.core.sighting import Kind
from storykeep.importers.files import unreadable
from storykeep.importers.port import HEAD, File, MediaFound, Skipped

CHUNK = 1 << 20

_BY_PK = re.compile(r"([0-9]{1,19})(?:_([0-9]{1,19}))?\..+", re.ASCII | re.DOTALL)
_MAX_PK = 2**63 - 1


def is_media(head: bytes) -> bool:
    """Tell whether a file that begins with ``head`` is a picture or video."""
    kind = filetype.guess_mime(head)
    return kind is not None and kind.startswith(("image/", "video/"))


def holds_media(file: File) -> bool:
    """Tell whether ``file`` is a picture or video, or cannot be read to tell."""
    try:
        with file.open() as stream:
            return is_media(stream.peek(HEAD)[:HEAD])
    except OSError:
        return True  # whoever takes it will say what is wrong with it


async def find_story(archive: Archive, file: File) -> MediaFound | Skipped:
    """Say which story in the archive ``file`` belongs to, by its name.

    That is ``PK.jpg``, ``PK_USERPK.jpg``, or the name that the CDN gave it where only one story
    has a file of that name.
    """
    name = file.path.name
    if match := _BY_PK.fullmatch(name):
        pk = int(match[1])
        story = await archive.story(pk) if pk <= _MAX_PK else None
        if story is not None and match[2] in (None, str(story.account.pk)):
            return MediaFound(file, pk)
    pks = {pk for pk, _ in await archive.stories_named(name)}
    if len(pks) == 1:
        return MediaFound(file, pks.pop())
    if pks:
        return Skipped(file.path, f"{len(pks)} stories have a file of this name: name it PK.jpg")
    return Skipped(file.path, "of no story that is known: import its capture, or name it PK.jpg")


class MediaShelf:
    """The media store, with the archive's note of what it has."""

    def __init__(self, archive: Archive, store: MediaStore) -> None:
        self._archive = archive
        self._store = store
        self._arriving: set[tuple[int, MediaFile]] = set()

    async def keep(self, found: MediaFound) -> bool | Skipped:
        """Keep the file; tell whether that is new.  Raises StorageError.

        It goes through the store even when it is known: a file that got lost there comes back.
        """
        try:
            file = await asyncio.to_thread(self._save, found.file)
        except OSError as error:
            return unreadable(found.file.path, error)
        except InvalidValue as error:
            return Skipped(found.file.path, str(error))
        pk = found.story_pk
        kind: Kind = "video" if file.content_type.startswith("video/") else "image"
        if (pk, file) in self._arriving or any(
            kept.file == file for kept in await self._archive.files_of(pk)
        ):
            return False
        self._arriving.add((pk, file))
        await self._archive.keep_file(KeptFile(pk, kind, file, found.file.path.name))
        self._arriving.discard((pk, file))
        return True

    def _save(self, file: File) -> MediaFile:
        with file.open() as stream:
            return self._store.save(iter(partial(stream.read, CHUNK), b""))

"""One import: what is read is recorded, media are taken, and all of it is counted."""

import asyncio
import hashlib
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterator
from functools import partial
from pathlib import Path
from typing import Any

from msgspec import Struct, field, structs

from storykeep.core.copies import AccountCopy, Copied
from storykeep.core.errors import InvalidValue
from storykeep.core.extract.scarce import kind_of
from storykeep.core.ids import MAX_PK, is_made_user
from storykeep.core.links import CdnFile
from storykeep.core.media import KeptFile, MediaFile, MediaStore
from storykeep.core.ports import Archive, Recorded
from storykeep.core.sighting import Kind, Problem, Sighting
from storykeep.core.wanted import Chooser
from storykeep.importers.bare import read_bare
from storykeep.importers.files import files_beside, holds_media, media_kind
from storykeep.importers.port import HEAD, File, MediaFound, Read, Skipped, unreadable
from storykeep.importers.report import Report

MAX_TASKS = 64
MAX_BYTES = 8 * 1024 * 1024
CHUNK = 1 << 20

_BY_PK = re.compile(r"([0-9]{1,19})(?:_([0-9]{1,19}))?\..+", re.ASCII | re.DOTALL)
_NOT_OF_IT = "the archive knows no such story of this account"


class _Window:
    """Writes under way: they share a commit, and their number and bytes are bounded."""

    def __init__(self) -> None:
        self._sizes: dict[asyncio.Task[None], int] = {}

    async def add(self, work: Coroutine[Any, Any, None], size: int) -> None:
        """Begin ``work``, and wait for room for more.  Raises what any work raised."""
        self._sizes[asyncio.create_task(work)] = size
        await asyncio.sleep(0)  # only now it begins
        while len(self._sizes) >= MAX_TASKS or sum(self._sizes.values()) > MAX_BYTES:
            await self._settle()

    async def drain(self) -> None:
        """Wait for all of it.  Raises what it raised."""
        while self._sizes:
            await self._settle()

    async def close(self) -> None:
        """Wait for what is under way, whatever comes of it."""
        await asyncio.gather(*self._sizes, return_exceptions=True)

    async def _settle(self) -> None:
        done, _ = await asyncio.wait(self._sizes, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            del self._sizes[task]
        await asyncio.gather(*done)


class Import(Struct, eq=False):
    """One import, which tells ``report`` as it goes.

    Media beside a capture that is among the ``named`` paths are taken too, where they belong
    to its stories; only those are news to ``expect``.  Of what lies at the CDN still, ``choose``
    says which files shall be kept.
    """

    named: frozenset[Path]
    archive: Archive
    store: MediaStore
    report: Report
    advance: Callable[[int], None]
    """Hears that so many bytes more are done."""
    expect: Callable[[int], None]
    """Hears that there are so many bytes more to read."""
    choose: Chooser
    restore: Callable[[AccountCopy | Copied], Awaitable[Recorded]]
    """Takes what storykeep exported; raises InvalidValue for what it cannot take."""
    _window: _Window = field(default_factory=_Window)
    _beside: dict[Path, set[int]] = field(default_factory=dict)
    """Folders of named captures: their stories."""
    _is_recording: bool = False
    """Whether sightings may be on their way."""
    _refused: set[int] = field(default_factory=set)
    """Stories of accounts that were erased: their media are not kept either."""
    _taken: set[int] = field(default_factory=set)
    """Hashes of the paths of media that importers found."""
    _arriving: set[tuple[int, MediaFile]] = field(default_factory=set)

    async def run(self, reading: AsyncIterator[Read]) -> None:
        """Import what ``reading`` yields.

        Raises StorageError; what was reported by then is kept, and running again does the rest.
        """
        try:
            async for step in reading:
                await self._take(step)
            await self._take_beside()
        finally:
            await self._window.close()

    async def _take(self, step: Read) -> None:
        """Begin to keep what was found."""
        self.advance(step.done)
        match step.finding:
            case Sighting() as sighting:
                size = sum(len(seen.raw) for seen in sighting.stories)
                self._is_recording = True
                await self._mind_erased(sighting)
                await self._window.add(self._record(step.path, sighting), size)
            case AccountCopy() | Copied() as copy:
                self._is_recording = True
                await self._window.add(self._restore(step.path, copy), _size_of(copy))
            case Problem() as problem:
                self.report.add_problem(step.path, problem)
            case Skipped() as skipped:
                self.report.add_skipped(skipped)
            case MediaFound() as found:
                self._taken.add(hash(found.file.path))
                if self.named.isdisjoint((found.file.path, *found.file.path.parents)):
                    self.expect(found.file.size)  # beside a file that was named it is news
                if found.kept and not await self._is_known(found, found.kept):
                    self._leave_out(found.file, _NOT_OF_IT)
                else:
                    await self._window.add(self._keep(found), CHUNK)
            case File() as file:
                await self._take_media(file)
            case None:
                self.report.captures += 1

    async def _mind_erased(self, sighting: Sighting) -> None:
        """Remember stories that will be refused, before their media come."""
        user = sighting.user
        if await self.archive.is_erased(user_pk=sighting.user_pk, username=user.username):
            self._refused.update(seen.pk for seen in sighting.stories)

    async def _take_beside(self) -> None:
        """Take the media beside the captures that were named."""
        await self._window.drain()
        for folder, pks in self._beside.items():
            for file in files_beside(folder):
                if file.path in self.named or hash(file.path) in self._taken:
                    continue
                found = await self._find_story(file)
                if isinstance(found, MediaFound) and found.story_pk in pks and holds_media(file):
                    self.expect(file.size)
                    await self._window.add(self._keep(found), CHUNK)
        await self._window.drain()

    async def _record(self, path: Path, sighting: Sighting) -> None:
        recorded = await self.archive.record(sighting, self.choose(sighting))
        self.report.add_recorded(path, recorded)
        if path in self.named:
            pks = self._beside.setdefault(path.parent, set())
            pks.update(seen.pk for seen in sighting.stories)

    async def _restore(self, path: Path, copy: AccountCopy | Copied) -> None:
        try:
            self.report.add_recorded(path, await self.restore(copy))
        except InvalidValue as error:
            self.report.add_problem(path, Problem("sighting", str(error)))

    async def _settle(self) -> None:
        """Wait for the sightings under way: a file's story may be in one of them."""
        if self._is_recording:
            await self._window.drain()
            self._is_recording = False

    async def _is_known(self, found: MediaFound, kept: KeptFile) -> bool:
        """Tell whether the story of an exported file is in the archive, and of its account."""
        await self._settle()
        story = await self.archive.story(kept.story_pk)
        return story is not None and (
            # Whom a made account stands for, only this archive knows.
            story.account.pk in found.accounts or any(map(is_made_user, found.accounts))
        )

    def _leave_out(self, file: File, reason: str) -> None:
        self.report.add_skipped(Skipped(file.path, reason))
        self.advance(file.size)

    async def _take_media(self, file: File) -> None:
        await self._settle()
        found = await self._find_story(file)
        if isinstance(found, Skipped) and (sighting := read_bare(file)):
            await self._mind_erased(sighting)
            await self._record(file.path, sighting)
            found = MediaFound(file, sighting.stories[0].pk, kind_of(file.path.name))
        if isinstance(found, MediaFound):
            await self._window.add(self._keep(found), CHUNK)
        else:
            self._leave_out(file, found.reason)

    async def _find_story(self, file: File) -> MediaFound | Skipped:
        """Say which story ``file`` belongs to: PK.*, PK_USERPK.* or the name the CDN gave it."""
        name = _name_of(file.path)
        if match := _BY_PK.fullmatch(name):
            pk = int(match[1])
            story = await self.archive.story(pk) if pk <= MAX_PK else None
            if story is not None and match[2] in (None, str(story.account.pk)):
                return MediaFound(file, pk)
        pks = {pk for pk, _ in await self.archive.stories_named(CdnFile(name))}
        if len(pks) == 1:
            return MediaFound(file, pks.pop())
        reason = "of no story that is known: import its capture, or name it PK.jpg"
        if pks:
            reason = f"{len(pks)} stories have a file of this name: name it PK.jpg"
        return Skipped(file.path, reason)

    async def _keep(self, found: MediaFound) -> None:
        """Keep a file, also a known one: what got lost in the store comes back."""
        path, pk = found.file.path, found.story_pk
        if pk in self._refused or await self.archive.is_erased(story_pk=pk):
            self._leave_out(found.file, "its story was erased")
            return
        try:
            file = await asyncio.to_thread(self._save, found)
        except OSError as error:
            self._leave_out(found.file, unreadable(path, error).reason)
        except InvalidValue as error:
            self._leave_out(found.file, str(error))
        else:
            kind: Kind = "video" if file.content_type.startswith("video/") else "image"
            kept = found.kept or KeptFile(pk, kind, file, _name_of(path))
            is_new = await self._note(structs.replace(kept, file=file))
            self.report.media_new += is_new
            self.report.media_known += not is_new
            self.advance(found.file.size)

    def _save(self, found: MediaFound) -> MediaFile:
        with found.file.open() as stream:
            head = stream.peek(HEAD)[:HEAD]
            if found.kind not in (None, kind := media_kind(head)):
                what = kind or ("no picture or video" if head else "empty")
                raise InvalidValue(f"It is named as {found.kind}, but is {what}.")
            chunks = iter(partial(stream.read, CHUNK), b"")
            return self.store.save(_verified(chunks, found.kept) if found.kept else chunks)

    async def _note(self, kept: KeptFile) -> bool:
        """Note in the archive that the story has this file; tell whether that is new."""
        pk, file = kept.story_pk, kept.file
        known = await self.archive.files_of(pk)
        is_new = (pk, file) not in self._arriving | {(each.story_pk, each.file) for each in known}
        if is_new or kept not in known:  # of its names the first by the alphabet stays
            self._arriving.add((pk, file))
            await self.archive.keep_file(kept)
            self._arriving.discard((pk, file))
        return is_new


def _size_of(copy: AccountCopy | Copied) -> int:
    """Return about how many bytes are under way with it."""
    captures = copy.captures if isinstance(copy, Copied) else ()
    return sum(memoryview(each.item).nbytes for each in captures)


def _verified(chunks: Iterator[bytes], kept: KeptFile) -> Iterator[bytes]:
    """Go through ``chunks``; InvalidValue at the end if they are not what was kept."""
    digest = hashlib.sha256()
    for chunk in chunks:
        digest.update(chunk)
        yield chunk
    if digest.hexdigest() != kept.file.sha256:
        raise InvalidValue("It is not the file that was exported: its digest is another.")


def _name_of(path: Path) -> str:
    """Return its name as text that can be kept: on a disk it may be any bytes."""
    return path.name.encode("utf-8", "replace").decode()

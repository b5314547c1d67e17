"""One export: accounts one by one, each with its stories' files, their sidecars and its record.

The record is written last, so that where one lies everything lies that it tells of.  What is
there already is not written again, and the same archive makes the same bytes.
"""

import asyncio
from collections.abc import AsyncIterable, AsyncIterator, Callable, Sequence
from contextlib import closing
from typing import Protocol

from msgspec import Struct, json

from storykeep.core.copies import (
    AccountCopy,
    Copied,
    Ending,
    FileCopy,
    Line,
    Opening,
    StoryCopy,
    encode_line,
)
from storykeep.core.errors import StorageError
from storykeep.core.media import KeptFile, MediaFile, MediaStore
from storykeep.exporters.folder import RECORDS, Draft, ExportFolder
from storykeep.exporters.names import Template, name_files
from storykeep.exporters.report import Report, Trouble
from storykeep.exporters.sidecar import describe

CHUNK = 1 << 20


class Readable(Protocol):
    """An archive that can be read out, a little at a time.  Raises StorageError."""

    def record_of(self, user_pk: int) -> AsyncIterator[AccountCopy | Copied]:
        """Go through the account and those made of its names, then through their sightings."""

    def stories_of(self, user_pk: int) -> AsyncIterator[StoryCopy]:
        """Go through the account's stories as they are served, by pk."""

    async def files_of(self, story_pk: int) -> Sequence[KeptFile]:
        """The kept files of a story, under whichever of its pks."""


class Export(Struct, frozen=True):
    """One export, which tells ``report`` as it goes."""

    archive: Readable
    store: MediaStore
    folder: ExportFolder
    template: Template
    report: Report
    advance: Callable[[int], None] = lambda _stories: None
    """Hears that so many stories more are done."""

    async def run(self, accounts: AsyncIterable[int]) -> None:
        """Export each of ``accounts``, which stand for themselves.

        Raises StorageError; what was reported by then is there, and running again does the rest.
        """
        async for pk in accounts:
            with self.folder.begin(f"{RECORDS}/{pk}.jsonl") as draft:
                count = 0
                async for line in self._export(pk):
                    draft.write(encode_line(line) + b"\n")
                    count += 1
                draft.write(encode_line(Ending(lines=count)) + b"\n")
                draft.keep()
            self.report.accounts += 1

    async def _export(self, pk: int) -> AsyncIterator[Line]:
        """Export the stories of an account, and go through the lines of its record."""
        yield Opening()
        owner: AccountCopy | None = None
        async for copy in self.archive.record_of(pk):
            if isinstance(copy, Copied):
                for capture in copy.captures:
                    yield capture
                yield copy.sighting
                self.report.sightings += 1
                await asyncio.sleep(0)  # let an interruption through
            else:
                yield copy
                owner = owner or copy  # the others were made of its names
        if owner is None:
            raise StorageError(f"The archive does not know account {pk} any more.")
        async for story in self.archive.stories_of(pk):
            for file in await self._write_story(story, owner):
                yield file
            self.advance(1)
            await asyncio.sleep(0)  # as above

    async def _write_story(self, story: StoryCopy, owner: AccountCopy) -> list[FileCopy]:
        """Write a story's files and their sidecars; return the files that are there now."""
        taken_at = int(story.story.taken_at.timestamp())
        stem = self.template(owner.username or str(owner.pk), story.pk, taken_at)
        kept = sorted(await self.archive.files_of(story.pk), key=json.encode)
        paths = name_files(stem, {each.file for each in kept})
        whole: set[MediaFile] = set()
        copies: list[FileCopy] = []
        for each in kept:
            is_met = each.file in whole  # the story's twin has it too
            if is_met or await self._write_file(each, paths[each.file], taken_at):
                whole.add(each.file)
                copies.append(FileCopy(path=paths[each.file], kept=each))
        records = "../" * stem.count("/") + f"{RECORDS}/{owner.pk}.jsonl"
        for name in sorted(paths[file] for file in whole) or [stem]:
            ending = name.rpartition(".")[2] if whole else None
            told = describe(story, owner, name.rpartition("/")[2], ending, records)
            self.folder.write(f"{name}.json", told, taken_at)
        self.report.stories += 1
        self.report.without_files += not whole
        return copies

    async def _write_file(self, kept: KeptFile, path: str, moment: int) -> bool:
        """Copy a file, unless it is there; tell whether it is there now."""
        file = kept.file
        if self.folder.has(path, file.size, moment):
            self.report.files.known += 1
            return True
        with self.folder.begin(path) as draft:
            reason = await self._copy(file, draft)
            if reason is not None:
                self.report.add_problem(Trouble(kept.story_pk, kept.name, reason))
                return False
            draft.keep(moment)
        self.report.files.new += 1
        self.report.files.bytes_new += file.size
        return True

    async def _copy(self, file: MediaFile, draft: Draft) -> str | None:
        """Copy the bytes; return why they are not those that were kept, if so."""
        try:
            opened = await self.store.open(file)
        except StorageError as error:
            return str(error)
        with closing(opened):
            for offset in range(0, file.size, CHUNK):
                size = min(CHUNK, file.size - offset)
                try:
                    await opened.prepare(offset, size)
                    chunk = opened.read(offset, size)
                except StorageError as error:
                    return str(error)
                draft.write(chunk)
        return None if draft.sha256 == file.sha256 else "damaged: its digest is another"

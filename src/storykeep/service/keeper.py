"""The keeper: fetches a file whole, into the store, once for all who ask, and notes it."""

import asyncio
from collections import Counter
from contextlib import aclosing, suppress

from storykeep.core import errors
from storykeep.core.links import name_of
from storykeep.core.media import (
    Draft,
    FileLost,
    KeptFile,
    MediaFetcher,
    MediaFile,
    MediaStore,
    Wanted,
)
from storykeep.core.ports import Archive
from storykeep.core.sighting import Kind
from storykeep.service.quota import Quota

MOST_WAITING = 1000
"""So many files may be fetched or wait for it; who asks for one more is told to come back."""
COME_BACK = 10.0
"""After so many seconds."""

Key = tuple[int, Kind, str, str]


class Keeper:
    """Keeps files of stories.  Equal requests at once are one fetch, which is nobody's own.

    Equal are those for one file of one story by one name: whoever hangs up, it is kept.
    """

    def __init__(
        self,
        archive: Archive,
        store: MediaStore,
        fetcher: MediaFetcher,
        quota: Quota,
        *,
        at_once: int = 16,
    ) -> None:
        """At most ``at_once`` files are fetched at the same time."""
        self._archive = archive
        self._store = store
        self._fetcher = fetcher
        self._quota = quota
        self._turns = asyncio.Semaphore(at_once)
        self._running: dict[Key, asyncio.Task[MediaFile]] = {}
        self._is_closed = False
        self.kept = 0
        """How many files were fetched and kept."""
        self.failures = Counter[str]()
        """How often each error came instead."""

    async def keep(self, wanted: Wanted) -> MediaFile:
        """Return the file once the store has it, and the archive, if it knows of the story.

        Raises MediaNotFound, InvalidValue for an address that may not be asked, SourceError,
        SourceDrift for what is not of that kind, StorageError, QuotaReached.
        """
        key = _key_of(wanted)
        task = self._running.get(key)
        if task is None:
            if self._is_closed or len(self._running) >= MOST_WAITING:
                raise errors.SourceUnavailable(
                    "Too many files are being fetched.", retry_after=COME_BACK
                )
            task = self._running[key] = asyncio.create_task(self._keep(wanted))
            task.add_done_callback(lambda done: self._settle(key, done))
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            if task.cancelled():  # by us: the server ends, and whoever still waits is told
                raise errors.SourceUnavailable(
                    "The server is stopping.", retry_after=COME_BACK
                ) from None
            raise

    @property
    def under_way(self) -> int:
        """How many files are being fetched, or wait for that."""
        return len(self._running)

    async def close(self, seconds: float = 0.0) -> None:
        """Begin nothing more, wait so long for what was begun, then leave no draft of it."""
        self._is_closed = True
        if tasks := set(self._running.values()):
            _, late = await asyncio.wait(tasks, timeout=seconds)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    def _settle(self, key: Key, task: asyncio.Task[MediaFile]) -> None:
        del self._running[key]
        error = None if task.cancelled() else task.exception()  # all may have hung up
        if error is not None:
            name = error.exc_type if isinstance(error, errors.StorykeepError) else "bug"
            self.failures[name] += 1

    async def _keep(self, wanted: Wanted) -> MediaFile:
        story_pk, kind, variant, name = _key_of(wanted)
        async with self._turns:
            file = await self._find(wanted) or await self._fetch(wanted)
            if await self._archive.story(story_pk) is not None:  # not of the demo
                await self._archive.keep_file(KeptFile(story_pk, kind, file, name, variant))
            return file

    async def _find(self, wanted: Wanted) -> MediaFile | None:
        """Return the file if it was kept while others asked, and is not lost."""
        key = _key_of(wanted)
        for kept in await self._archive.files_of(wanted.story_pk):
            if (wanted.story_pk, kept.kind, kept.variant, kept.name) == key:
                with suppress(FileLost):
                    (await self._store.open(kept.file)).close()
                    return kept.file
        return None

    async def _fetch(self, wanted: Wanted) -> MediaFile:
        await self._quota.check()
        draft, size = self._store.begin(), 0
        try:
            async with aclosing(self._fetcher.fetch(wanted.url)) as chunks:
                async for chunk in chunks:
                    size += len(chunk)
                    self._quota.watch(size)
                    draft.write(chunk)
            _check_kind(draft, wanted.kind)
            if await self._archive.is_erased(story_pk=wanted.story_pk):
                raise errors.MediaNotFound("The story was erased meanwhile.")
            with self._quota.taken(size):
                file = await _keep(draft)
        finally:
            draft.drop()
        self.kept += 1
        return file


def _check_kind(draft: Draft, kind: Kind) -> None:
    """Raise SourceDrift unless what was sent is of that ``kind``."""
    try:
        found = draft.describe()
    except errors.InvalidValue as error:  # of what was sent, not of what was asked
        raise errors.SourceDrift(f"The CDN sent no such file: {error}") from error
    if not found.content_type.startswith(kind):
        raise errors.SourceDrift(f"The CDN sent {found.content_type} for the {kind} of a story.")


async def _keep(draft: Draft) -> MediaFile:
    """Make the draft a file of the store, in a thread, which has it until the end."""
    keeping = asyncio.create_task(asyncio.to_thread(draft.keep))
    try:
        return await asyncio.shield(keeping)
    except asyncio.CancelledError:
        await asyncio.wait([keeping])  # a thread cannot be stopped
        raise


def _key_of(wanted: Wanted) -> Key:
    return wanted.story_pk, wanted.kind, wanted.variant, name_of(wanted.url)

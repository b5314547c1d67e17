"""Sources made of sources.

    Chain      one after another, until one knows
    Fresh      the archive, where it looked a moment ago
    Coalesced  equal questions at once are asked once

Together: ``Chain(Fresh(archive), Coalesced(Recorded(upstream, archive)), ArchiveSource(archive))``.
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Hashable, Sequence
from typing import Any, TypeVar

from storykeep.core.errors import (
    SourceError,
    SourcesExhausted,
    SourceUnaware,
)
from storykeep.core.highlight import KeptHighlight, Tray
from storykeep.core.links import CdnFile
from storykeep.core.model import UserShort
from storykeep.core.ports import (
    Account,
    Archive,
    Clock,
    KeptStory,
    Reel,
    StorySource,
)
from storykeep.core.sighting import Kind

T = TypeVar("T")


class Chain:
    """Asks one source after another: an answer and ``Absent`` are final, ``SourceError`` is not.

    Where nobody knows, the error of the one that should have known rises; of several, or where
    all were merely unaware, SourcesExhausted.  Anything else that a source raises is a bug.
    """

    def __init__(self, *sources: StorySource) -> None:
        """``sources`` are asked in this order."""
        self._sources = sources

    async def user(self, username: str) -> Account:
        """The first answer.  Raises Absent, SourceError."""
        return await self._first(lambda source: source.user(username))

    async def profile(self, user_pk: int) -> UserShort:
        """The first answer.  Raises Absent, SourceError."""
        return await self._first(lambda source: source.profile(user_pk))

    async def user_stories(
        self, user_pk: int, at: int | None = None, *, is_forced: bool = False
    ) -> Reel:
        """The first answer.  Raises Absent, SourceError."""
        return await self._first(
            lambda source: source.user_stories(user_pk, at, is_forced=is_forced)
        )

    async def story(self, pk: int, username: str | None = None) -> KeptStory:
        """The first answer.  Raises Absent, SourceError."""
        return await self._first(lambda source: source.story(pk, username))

    async def highlights(self, user_pk: int, *, is_forced: bool = False) -> Tray:
        """The first answer.  Raises Absent, SourceError."""
        return await self._first(lambda source: source.highlights(user_pk, is_forced=is_forced))

    async def highlight(self, pk: int) -> KeptHighlight:
        """The first answer.  Raises Absent, SourceError."""
        return await self._first(lambda source: source.highlight(pk))

    async def stories_named(self, file: CdnFile) -> Sequence[tuple[int, Kind]]:
        """What all of them know.  Raises SourceError if none does and one cannot tell."""
        found: list[tuple[int, Kind]] = []
        errors: list[SourceError] = []
        for source in self._sources:
            try:
                found += await source.stories_named(file)
            except SourceError as error:
                errors.append(error)
        if errors and not found:
            raise _gravest(errors)
        return list(dict.fromkeys(found))

    async def _first(self, ask: Callable[[StorySource], Awaitable[T]]) -> T:
        errors: list[SourceError] = []
        for source in self._sources:
            try:
                return await ask(source)
            except SourceError as error:
                errors.append(error)
        raise _gravest(errors)


def _gravest(errors: Sequence[SourceError]) -> SourceError:
    """Return what to tell the caller when all of them failed."""
    telling = [error for error in errors if not isinstance(error, SourceUnaware)]
    if len(telling) == 1:
        return telling[0]
    waits = [error.retry_after for error in errors if error.retry_after is not None]
    exhausted = SourcesExhausted(retry_after=min(waits, default=None))
    exhausted.__cause__ = errors[-1] if errors else None
    return exhausted


class Fresh:
    """The archive as a cache: it answers what it saw at most ``for_seconds`` ago.

    That an account had no stories then is an answer too.  A story by pk and the past do not age.
    """

    def __init__(self, archive: Archive, clock: Clock, for_seconds: float) -> None:
        """What is older is left to the next source of the chain."""
        self._archive = archive
        self._clock = clock
        self._for_seconds = for_seconds

    async def user(self, username: str) -> Account:
        """Who has that name, as far as is known.  Raises SourceUnaware."""
        account = await self._archive.account(username)
        if account is None or account.username != username:
            raise _not_fresh()
        return account

    async def profile(self, user_pk: int) -> UserShort:
        """What was told of the account, if that was just now.  Raises SourceUnaware."""
        told_at = await self._archive.privacy_told_at(user_pk)
        profile = await self._archive.profile(user_pk)
        if profile is None or self._clock() - told_at > self._for_seconds:
            raise _not_fresh()
        return profile

    async def user_stories(
        self,
        user_pk: int,
        at: int | None = None,
        *,
        is_forced: bool = False,  # noqa: ARG002 - nothing is asked that could be spared
    ) -> Reel:
        """The reel, if it was seen as a whole just now.  Raises SourceUnaware."""
        if at is not None:
            raise _not_fresh()
        now = self._clock()
        reel = await self._archive.reel(user_pk, int(now))
        seen_at = reel.provenance.seen_at if reel and reel.provenance else None
        if reel is None or seen_at is None or now - seen_at > self._for_seconds:
            raise _not_fresh()
        return reel

    async def story(self, pk: int, username: str | None = None) -> KeptStory:  # noqa: ARG002
        """A kept story, however old.  Raises SourceUnaware."""
        story = await self._archive.story(pk)
        if story is None:
            raise _not_fresh()
        return story

    async def highlights(self, user_pk: int, *, is_forced: bool = False) -> Tray:  # noqa: ARG002
        """Which there are, only a live source knows.  Raises SourceUnaware."""
        raise _not_fresh()

    async def highlight(self, pk: int) -> KeptHighlight:  # noqa: ARG002
        """As ``highlights``: what is in it may have changed."""
        raise _not_fresh()

    async def stories_named(self, file: CdnFile) -> Sequence[tuple[int, Kind]]:
        """The kept stories that a file of the CDN was seen in."""
        return await self._archive.stories_named(file)


def _not_fresh() -> SourceUnaware:
    return SourceUnaware("The archive saw nothing of it just now.")


class Coalesced:
    """Asks equal questions that come at once only once, also when who asked first hangs up."""

    def __init__(self, source: StorySource) -> None:
        """``source`` is asked in tasks of its own."""
        self._source = source
        self._running: dict[Hashable, asyncio.Task[Any]] = {}

    async def user(self, username: str) -> Account:
        """As the source has it."""
        return await self._once(("user", username), lambda: self._source.user(username))

    async def profile(self, user_pk: int) -> UserShort:
        """As the source has it."""
        return await self._once(("profile", user_pk), lambda: self._source.profile(user_pk))

    async def user_stories(
        self, user_pk: int, at: int | None = None, *, is_forced: bool = False
    ) -> Reel:
        """As the source has it."""
        return await self._once(
            ("user_stories", user_pk, at, is_forced),
            lambda: self._source.user_stories(user_pk, at, is_forced=is_forced),
        )

    async def story(self, pk: int, username: str | None = None) -> KeptStory:
        """As the source has it."""
        return await self._once(("story", pk), lambda: self._source.story(pk, username))

    async def highlights(self, user_pk: int, *, is_forced: bool = False) -> Tray:
        """As the source has it."""
        return await self._once(
            ("highlights", user_pk, is_forced),
            lambda: self._source.highlights(user_pk, is_forced=is_forced),
        )

    async def highlight(self, pk: int) -> KeptHighlight:
        """As the source has it."""
        return await self._once(("highlight", pk), lambda: self._source.highlight(pk))

    async def stories_named(self, file: CdnFile) -> Sequence[tuple[int, Kind]]:
        """As the source has it."""
        return await self._source.stories_named(file)

    async def _once(self, question: Hashable, ask: Callable[[], Coroutine[Any, Any, T]]) -> T:
        task = self._running.get(question)
        if task is None:
            task = self._running[question] = asyncio.create_task(ask())
            task.add_done_callback(lambda done: self._forget(question, done))
        answer: T = await asyncio.shield(task)
        return answer

    def _forget(self, question: Hashable, task: asyncio.Task[Any]) -> None:
        del self._running[question]
        if not task.cancelled():
            task.exception()  # somebody heard of it, or all have hung up

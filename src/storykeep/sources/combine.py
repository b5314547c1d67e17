"""Sources made of sources.

    Chain      one after another, until one knows
    Coalesced  equal questions at once are asked once

Together: ``Chain(Fresh(archive), Coalesced(Recorded(upstream, archive)), ArchiveSource(archive))``.
"""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

from storykeep.core.asking import asked
from storykeep.core.errors import SourceError, SourcesExhausted, SourceUnaware
from storykeep.core.links import CdnFile
from storykeep.core.ports import ReelOrError, StorySource
from storykeep.core.sighting import Kind


class Chain:
    """Asks one source after another: an answer and ``Absent`` are final, ``SourceError`` is not.

    Where nobody knows, the error of the one that should have known rises; of several, or where
    all were merely unaware, SourcesExhausted.  Anything else that a source raises is a bug.
    """

    def __init__(self, *sources: StorySource) -> None:
        """``sources`` are asked in this order."""
        self._sources = sources

    user = asked(StorySource.user)
    profile = asked(StorySource.profile)
    user_stories = asked(StorySource.user_stories)
    story = asked(StorySource.story)
    highlights = asked(StorySource.highlights)
    highlight = asked(StorySource.highlight)

    async def reels(
        self, user_pks: Sequence[int], at: int | None = None, *, is_forced: bool = False
    ) -> Mapping[int, ReelOrError]:
        """The first answer of each; a source is asked only for those that none before it knew."""
        found: dict[int, ReelOrError] = {}
        errors: dict[int, list[SourceError]] = {user_pk: [] for user_pk in user_pks}
        for source in self._sources:
            left = [user_pk for user_pk in user_pks if user_pk not in found]
            told = await source.reels(left, at, is_forced=is_forced) if left else {}
            for user_pk, answer in told.items():
                if isinstance(answer, SourceError):
                    errors[user_pk].append(answer)
                else:
                    found[user_pk] = answer
        return {pk: found[pk] if pk in found else _gravest(errors[pk]) for pk in user_pks}

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

    async def _ask(self, question: str, *args: Any, **options: Any) -> Any:
        errors: list[SourceError] = []
        for source in self._sources:
            try:
                return await getattr(source, question)(*args, **options)
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


class Coalesced:
    """Asks equal questions that come at once only once, also when who asked first hangs up."""

    def __init__(self, source: StorySource) -> None:
        """``source`` is asked in tasks of its own."""
        self.stories_named = source.stories_named
        self._source = source
        self._running: dict[str, asyncio.Task[Any]] = {}

    user = asked(StorySource.user)
    profile = asked(StorySource.profile)
    user_stories = asked(StorySource.user_stories)
    reels = asked(StorySource.reels)
    story = asked(StorySource.story)
    highlights = asked(StorySource.highlights)
    highlight = asked(StorySource.highlight)

    async def _ask(self, question: str, *args: Any, **options: Any) -> Any:
        told_apart_by = args[:1] if question == "story" else args  # whose it is decides nothing
        key = repr((question, told_apart_by, options))
        task = self._running.get(key)
        if task is None:
            ask = getattr(self._source, question)
            task = self._running[key] = asyncio.create_task(ask(*args, **options))
            task.add_done_callback(lambda done: self._forget(key, done))
        return await asyncio.shield(task)

    def _forget(self, key: str, task: asyncio.Task[Any]) -> None:
        del self._running[key]
        if not task.cancelled():
            task.exception()  # somebody heard of it, or all have hung up

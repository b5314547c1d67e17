"""Sources made of sources."""

from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from storykeep.core.errors import SourceError, SourcesExhausted
from storykeep.core.model import UserShort
from storykeep.core.ports import Account, KeptStory, Reel, StorySource
from storykeep.core.sighting import Kind

T = TypeVar("T")


class Chain:
    """Asks one source after another: an answer and ``Absent`` are final, ``SourceError`` is not.

    Anything else that a source raises is a bug and rises.
    """

    def __init__(self, *sources: StorySource) -> None:
        """``sources`` are asked in this order."""
        self._sources = sources

    async def user(self, username: str) -> Account:
        """The first answer.  Raises Absent, SourcesExhausted."""
        return await self._first(lambda source: source.user(username))

    async def profile(self, user_pk: int) -> UserShort:
        """The first answer.  Raises Absent, SourcesExhausted."""
        return await self._first(lambda source: source.profile(user_pk))

    async def user_stories(self, user_pk: int, at: int | None = None) -> Reel:
        """The first answer.  Raises Absent, SourcesExhausted."""
        return await self._first(lambda source: source.user_stories(user_pk, at))

    async def story(self, pk: int) -> KeptStory:
        """The first answer.  Raises Absent, SourcesExhausted."""
        return await self._first(lambda source: source.story(pk))

    async def stories_named(self, name: str) -> Sequence[tuple[int, Kind]]:
        """What all of them know.  Raises SourcesExhausted if none does and one cannot tell."""
        found: list[tuple[int, Kind]] = []
        last: SourceError | None = None
        for source in self._sources:
            try:
                found += await source.stories_named(name)
            except SourceError as error:
                last = error
        if last is not None and not found:
            raise SourcesExhausted(retry_after=last.retry_after) from last
        return found

    async def _first(self, ask: Callable[[StorySource], Awaitable[T]]) -> T:
        waits: list[float] = []
        last: SourceError | None = None
        for source in self._sources:
            try:
                return await ask(source)
            except SourceError as error:
                last = error
                waits += [] if error.retry_after is None else [error.retry_after]
        raise SourcesExhausted(retry_after=min(waits, default=None)) from last

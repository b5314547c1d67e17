"""The queue of files to keep, in memory."""

from collections.abc import Callable, Iterable, Sequence
from math import inf

from msgspec import structs

from storykeep.core.media import Wanted
from storykeep.core.sighting import Kind

File = tuple[int, Kind, str]
"""Story, kind and variant: what tells wanted files apart."""


class MemoryWantedFiles:
    """What a MemoryArchive was told to keep, and has not yet."""

    def __init__(self) -> None:
        """Nothing is wanted yet."""
        self._files: dict[File, Wanted] = {}

    async def due(self, now: float, limit: int) -> Sequence[Wanted]:
        """The first ``limit`` that may be tried now, the longest due first."""
        waiting = await self.list(is_given_up=False)
        due = [each for each in waiting if each.next_at <= now]
        return sorted(due, key=lambda each: each.next_at)[:limit]

    async def next_at(self) -> int | None:
        """When the next may be tried; None when there is none."""
        waiting = await self.list(is_given_up=False)
        return min((each.next_at for each in waiting), default=None)

    async def put(self, wanted: Wanted) -> None:
        """Keep what became of a try, unless it was kept or seen with another address."""
        known = self._files.get(_file(wanted))
        if known is not None and known.url == wanted.url:
            self._files[_file(wanted)] = structs.replace(wanted, expires_at=known.expires_at)

    async def list(self, *, is_given_up: bool | None = None) -> Sequence[Wanted]:
        """All of them, oldest story first; only those given up, or only the others, if asked."""
        found = [self._files[file] for file in sorted(self._files)]
        return [each for each in found if is_given_up in (None, each.is_given_up)]

    def add(self, files: Iterable[Wanted]) -> None:
        """What an archive does when it records; an address good for longer takes the place.

        And another one without an end that of one where the file was given up.
        """
        for wanted in files:
            known = self._files.get(_file(wanted))
            if known is None or _end(wanted) > _end(known) or _is_another(wanted, known):
                fresh = structs.replace(wanted, tries=0, reason="", is_given_up=False)
                self._files[_file(wanted)] = fresh

    def drop(self, is_kept: Callable[[int, Kind, str], bool]) -> None:
        """What an archive does with those that it has."""
        self._files = {file: each for file, each in self._files.items() if not is_kept(*file)}


def _file(wanted: Wanted) -> File:
    return wanted.story_pk, wanted.kind, wanted.variant


def _is_another(wanted: Wanted, known: Wanted) -> bool:
    """Whether it may be elsewhere, for ever, than where it was given up."""
    return wanted.expires_at is None and known.is_given_up and wanted.url != known.url


def _end(wanted: Wanted) -> float:
    return inf if wanted.expires_at is None else wanted.expires_at

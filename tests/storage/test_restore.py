"""What is read out of an archive makes an empty one the same, row by row."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from hypothesis import given, settings
from hypothesis import strategies as st

from storykeep.core.copies import AccountCopy, Copied
from storykeep.core.sighting import Sighting
from storykeep.storage.archive import SqlArchive
from storykeep.storage.sqlite import SqliteDatabase
from tests.exporters.dump import dump
from tests.ports.adapters import open_database
from tests.ports.drawn import drawn_sightings
from tests.ports.drawn_imports import Import, drawn_imports

slowly = settings(deadline=None, max_examples=60)


class Pair(NamedTuple):
    """An archive, and an empty one that shall become the same."""

    first: SqliteDatabase
    second: SqliteDatabase


@asynccontextmanager
async def open_pair() -> AsyncIterator[Pair]:
    with TemporaryDirectory(prefix="storykeep-") as name:
        folder = Path(name)
        async with (
            open_database(folder / "first.db", "archive") as first,
            open_database(folder / "second.db", "archive") as second,
        ):
            yield Pair(first, second)


async def copies_of(archive: SqlArchive) -> list[AccountCopy | Copied]:
    return [copy async for pk in archive.records() async for copy in archive.record_of(pk)]


async def assert_the_same_after_restoring(pair: Pair) -> None:
    """Restored once or twice; and what is read out of it is what was read out before."""
    first, second = SqlArchive(pair.first), SqlArchive(pair.second)
    copies = await copies_of(first)
    for _ in range(2):
        for copy in copies:
            await second.restore(copy)
        async for pk in first.records():
            async for story in first.stories_of(pk):
                for kept in await first.files_of(story.pk):
                    await second.keep_file(kept)
        assert await dump(pair.first) == await dump(pair.second)
    assert copies == await copies_of(second)


@slowly
@given(st.lists(drawn_sightings(), max_size=8))
async def test_whatever_was_seen_is_restored(sightings: Sequence[Sighting]) -> None:
    """Also refused stories, renamed accounts, and several looks in one second."""
    async with open_pair() as pair:
        for sighting in sightings:
            await SqlArchive(pair.first).record(sighting)
        await assert_the_same_after_restoring(pair)


@slowly
@given(st.lists(drawn_imports(), max_size=6))
async def test_whatever_was_imported_is_restored(imports: Sequence[Import]) -> None:
    """Made pks, twins, and accounts that are known by a name only."""
    async with open_pair() as pair:
        archive = SqlArchive(pair.first)
        for each in imports:
            await archive.record(each.sighting)
            for kept in each.files:
                if await archive.story(kept.story_pk):
                    await archive.keep_file(kept)
        await assert_the_same_after_restoring(pair)

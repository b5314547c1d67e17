"""What is read out of an archive makes an empty one the same, row by row."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from storykeep.core.copies import AccountCopy, Copied
from storykeep.core.erasure import Wish
from storykeep.core.extract import read_capture
from storykeep.core.mentions import word_of_name, word_of_story, word_of_user
from storykeep.core.model import UserShort
from storykeep.core.sighting import Sighting
from storykeep.storage.archive import SqlArchive
from storykeep.storage.sqlite import SqliteDatabase
from tests.exporters.dump import dump
from tests.making import T0, make_sighting
from tests.payloads.loading import CAPTURES, payload
from tests.ports.adapters import open_database
from tests.ports.drawn import drawn_sightings
from tests.ports.drawn_imports import Import, drawn_imports
from tests.storage.test_erase import House

slowly = settings(max_examples=60)


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


@pytest.mark.parametrize(
    "wish",
    [
        {word_of_user(304662892): "mentions", word_of_name("prada"): "mentions"},
        {word_of_name("acme_wild"): "mentions"},
        {word_of_name("acme_wild"): "account"},
        {word_of_user(4400000001): "account", word_of_name("acme_wild"): "account"},
        {word_of_story(3870830000001000003): "story", word_of_name("acme_friend"): "mentions"},
    ],
)
async def test_what_was_erased_here_is_restored_as_if_it_had_been_erased_since(
    wish: Wish, tmp_path: Path
) -> None:
    """Also what names captures that were cut: nothing innocent is missing, nothing comes back."""
    told = UserShort(pk="77", username="rival", full_name="acme_wild @prada")
    async with open_pair() as pair, open_database(tmp_path / "third.db", "archive") as third:
        for name in CAPTURES:
            for sighting in read_capture(payload(name), source="test", seen_at=T0).sightings:
                for shift in range(3):
                    await SqlArchive(pair.first).record(
                        structs.replace(sighting, seen_at=T0 + shift)
                    )
        await SqlArchive(pair.first).record(make_sighting(user=told))
        copies = await copies_of(SqlArchive(pair.first))
        before, after = House(pair.second), House(third)
        for copy in copies:
            await after.archive.restore(copy)
        await before.erase(wish)
        await after.erase(wish)
        for house in (before, after, before):
            for copy in copies:
                await house.archive.restore(copy)
        assert await before.dump() == await after.dump()
        for word in wish:
            needle = word.partition(":")[2].encode()
            is_left = needle in await before.bodies()
            assert is_left == ("acme_wild" in word and wish[word] == "mentions"), word

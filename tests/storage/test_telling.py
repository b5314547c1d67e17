"""A further capture of a story costs as much as the second, and changes as much as ever."""

from collections import Counter
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from storykeep.core.sighting import Sighting
from storykeep.storage.archive import SqlArchive
from storykeep.storage.connection import SqliteConnection
from storykeep.storage.readings import write_story
from storykeep.storage.record import record
from storykeep.storage.sqlite import SqliteDatabase
from tests.making import T0, make_seen, make_sighting, make_story
from tests.ports.adapters import open_database
from tests.ports.drawn import drawn_sightings
from tests.ports.drawn_imports import Import, drawn_imports

slowly = settings(max_examples=40)


class Counting:
    """A connection that counts the rows it gave, by query."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection
        self.given: Counter[str] = Counter()

    def rows(self, query: str, *values: object) -> list[Any]:
        found: list[Any] = self._connection.rows(query, *values)
        self.given[query] += len(found)
        return found

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)


def look(number: int) -> Sighting:
    """Return a look at a story whose addresses were signed anew."""
    story = make_story(1, thumbnail_url=f"https://scontent.cdninstagram.com/v/1_n.jpg?oe={number}")
    return make_sighting(make_seen(story), seen_at=T0 + number)


def write_anew(db: Any) -> None:
    """Make all stories from all that was captured of them."""
    db.raw.execute("UPDATE story SET telling = NULL")
    for (pk,) in db.raw.execute("SELECT pk FROM story").fetchall():
        write_story(db, pk)


async def stories(database: SqliteDatabase) -> list[Any]:
    def dump(db: SqliteConnection) -> list[Any]:
        return db.raw.execute("SELECT * FROM story ORDER BY pk").fetchall()

    return await database.read(dump)  # type: ignore[arg-type]


async def check(database: SqliteDatabase) -> None:
    before = await stories(database)
    await database.write(write_anew)
    assert before == await stories(database)


async def test_a_look_reads_as_much_of_a_story_that_was_seen_often(tmp_path: Path) -> None:
    """Two captures: the one that told until now, and the new one."""
    async with open_database(tmp_path / "archive.db", "archive") as database:
        read = []

        def note(number: int, db: Any) -> None:
            counting = Counting(db)
            record(look(number), (), counting)
            read.append(counting.given["capture_kept"] + counting.given["captures_kept"])

        for number in range(30):
            await database.write(partial(note, number))
        assert [0] + [2] * 29 == read
        kept = await SqlArchive(database).story(1)
        assert kept is not None
        assert b"oe=29" in kept.wire


@slowly
@given(st.lists(drawn_sightings(), min_size=1, max_size=8))
async def test_stories_are_what_all_their_captures_make(sightings: Sequence[Sighting]) -> None:
    """Whatever came, in whichever order: made from scratch they would be the same."""
    with TemporaryDirectory(prefix="storykeep-") as folder:
        async with open_database(Path(folder) / "archive.db", "archive") as database:
            for sighting in sightings:
                await SqlArchive(database).record(sighting)
            await check(database)


@slowly
@given(st.lists(drawn_imports(), min_size=1, max_size=8))
async def test_so_are_those_with_twins(imports: Sequence[Import]) -> None:
    """Which are told by files, and may come and go."""
    with TemporaryDirectory(prefix="storykeep-") as folder:
        async with open_database(Path(folder) / "archive.db", "archive") as database:
            archive = SqlArchive(database)
            for each in imports:
                await archive.record(each.sighting)
                for file in each.files:
                    await archive.keep_file(file)
            await check(database)


@slowly
@given(st.lists(drawn_sightings(), min_size=2, max_size=6), st.data())
async def test_once_a_capture_goes_all_others_count_again(
    sightings: Sequence[Sighting], data: st.DataObject
) -> None:
    """One that told nothing before may have to tell now."""
    with TemporaryDirectory(prefix="storykeep-") as folder:
        async with open_database(Path(folder) / "archive.db", "archive") as database:
            for sighting in sightings:
                await SqlArchive(database).record(sighting)
            chosen = Random(data.draw(st.integers(0, 99)))  # drawn here: the work runs elsewhere

            def forget_one(db: Any) -> None:
                for (pk,) in db.raw.execute("SELECT pk FROM story").fetchall():
                    digests = [digest for digest, *_ in db.rows("captures_kept", pk)]
                    if len(digests) > 1:
                        db.run("forget_payload", pk, chosen.choice(digests))
                        write_story(db, pk)

            await database.write(forget_one)
            await check(database)

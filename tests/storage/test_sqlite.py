"""SQLite as a Database: transactions, and batches in which each work stands alone."""

import asyncio
import threading
from collections.abc import AsyncIterator
from pathlib import Path

import apsw
import pytest

from storykeep.core.errors import InsufficientFunds, StorageError
from storykeep.storage.database import Connection, read_queries, read_schema
from storykeep.storage.sqlite import SqliteDatabase
from tests.ports.adapters import open_database
from tests.storage.sqlite_rig import CountingDatabase, add_key, names, next_turn, sql


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "ledger.db"


@pytest.fixture
async def database(path: Path) -> AsyncIterator[CountingDatabase]:
    opened = CountingDatabase(path)
    yield opened
    opened.close()


# ------------------------------------------------------------------------------------ one database


async def test_nothing_is_made_before_it_is_used(tmp_path: Path) -> None:
    """A server with a broken disk starts, and says so when it is asked."""
    database = SqliteDatabase(tmp_path / "new" / "folder" / "a.db", "ledger")
    assert [] == [*tmp_path.iterdir()]
    database.close()
    async with open_database(tmp_path / "new" / "folder" / "a.db", "ledger") as opened:
        assert [] == await names(opened)
    assert 0o700 == (tmp_path / "new" / "folder").stat().st_mode & 0o777


async def test_what_was_written_is_read(database: CountingDatabase) -> None:
    await database.write(add_key("a"))
    assert ["a"] == await names(database)


async def test_a_write_returns_what_its_work_does(database: CountingDatabase) -> None:
    assert [("a",)] == await database.write(sql("SELECT 'a'"))


async def test_what_was_written_is_there_after_a_restart(path: Path) -> None:
    async with open_database(path, "ledger") as before:
        await before.write(add_key("a"))
    async with open_database(path, "ledger") as after:
        assert ["a"] == await names(after)


async def test_a_closed_database_may_be_used_again(database: CountingDatabase) -> None:
    for name in "ab":
        await database.write(add_key(name))
        database.close()
        database.close()
    assert ["a", "b"] == await names(database)


@pytest.mark.parametrize(("synchronous", "level"), [("FULL", 2), ("NORMAL", 1)])
async def test_a_commit_is_as_durable_as_was_asked(
    path: Path, synchronous: str, level: int
) -> None:
    database = SqliteDatabase(path, "ledger", synchronous=synchronous)
    assert [(level,)] == await database.write(sql("PRAGMA synchronous"))
    assert [("wal",)] == await database.write(sql("PRAGMA journal_mode"))
    database.close()


async def test_full_durability_is_the_default(path: Path) -> None:
    database = SqliteDatabase(path, "ledger")
    assert [(2,)] == await database.write(sql("PRAGMA synchronous"))
    database.close()


def test_the_bundled_sqlite_has_no_wal_reset_fault() -> None:
    assert tuple(map(int, apsw.sqlite_lib_version().split("."))) >= (3, 51, 3)


def test_every_query_has_one_name_and_every_migration_its_number() -> None:
    assert all(read_queries().values())
    for schema in ("archive", "ledger"):
        assert read_schema(schema)


# ----------------------------------------------------------------------------------------- batches


async def test_what_waits_is_committed_together(database: CountingDatabase) -> None:
    async with database.held():
        writes = [asyncio.create_task(database.write(add_key(str(n)))) for n in range(50)]
    await asyncio.gather(*writes)
    assert [1, 50] == database.batches
    assert 50 == len(await names(database))


async def test_a_failing_work_fails_alone(database: CountingDatabase) -> None:
    """What it wrote is undone, and the works of its batch are committed."""

    def refuse(db: Connection) -> None:
        add_key("undone")(db)
        raise InsufficientFunds

    def break_down(db: Connection) -> None:
        add_key("undone too")(db)
        raise ZeroDivisionError

    def break_sql(db: Connection) -> None:
        add_key("undone as well")(db)
        add_key("a")(db)

    works = (add_key("a"), refuse, add_key("b"), break_down, break_sql, add_key("c"))
    async with database.held():
        writes = [asyncio.create_task(database.write(work)) for work in works]
    outcomes = await asyncio.gather(*writes, return_exceptions=True)
    expected = [list, InsufficientFunds, list, ZeroDivisionError, StorageError, list]
    assert expected == [type(outcome) for outcome in outcomes]
    assert [1, 6] == database.batches
    assert ["a", "b", "c"] == await names(database)


async def test_what_a_work_did_is_not_seen_before_it_is_committed(
    database: CountingDatabase,
) -> None:
    await database.write(add_key("a"))
    begun, released = threading.Event(), threading.Event()

    def work(db: Connection) -> None:
        add_key("b")(db)
        begun.set()
        released.wait()

    writing = asyncio.create_task(database.write(work))
    await asyncio.to_thread(begun.wait)
    assert ["a"] == await names(database)
    released.set()
    await writing
    assert ["a", "b"] == await names(database)


async def test_a_bug_in_a_work_rises_as_what_it_is_and_the_writer_goes_on(
    database: CountingDatabase, caplog: pytest.LogCaptureFixture
) -> None:
    def break_down(_: Connection) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await database.write(break_down)
    assert "write_failed" in caplog.text
    await database.write(add_key("a"))
    assert ["a"] == await names(database)


async def test_a_cancelled_caller_has_written(database: CountingDatabase) -> None:
    async with database.held():
        writing = asyncio.create_task(database.write(add_key("a")))
        await next_turn()
        writing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await writing
    await database.write(add_key("b"))
    assert ["a", "b"] == await names(database)


async def test_closing_commits_what_was_asked_for(database: CountingDatabase) -> None:
    writes = [asyncio.create_task(database.write(add_key(str(n)))) for n in range(20)]
    await next_turn()
    database.close()
    await asyncio.gather(*writes)
    assert 20 == len(await names(database))


def test_a_loop_that_is_gone_loses_its_answer_and_nothing_else(
    path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    database = CountingDatabase(path)
    released = threading.Event()

    def work(db: Connection) -> None:
        released.wait()
        add_key("a")(db)

    loop = asyncio.new_event_loop()
    writing = loop.create_task(database.write(work))
    loop.run_until_complete(asyncio.sleep(0))
    writing.cancel()
    loop.run_until_complete(asyncio.wait([writing]))
    loop.close()
    released.set()

    async def go_on() -> list[str]:
        await database.write(add_key("b"))
        return await names(database)

    assert ["a", "b"] == asyncio.run(go_on())
    database.close()  # both may have been committed together, and told in any order
    assert "answers_lost" in caplog.text


def test_two_loops_one_after_the_other_are_both_answered(path: Path) -> None:
    database = CountingDatabase(path)

    async def add(name: str) -> list[str]:
        await database.write(add_key(name))
        return await names(database)

    assert [["a"], ["a", "b"]] == [asyncio.run(add(name)) for name in "ab"]
    database.close()

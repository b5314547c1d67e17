"""SQLite among others: snapshots, versions, locks, and migrations that several begin at once."""

import asyncio
import gc
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from subprocess import PIPE
from typing import Any

import apsw
import pytest

from storykeep.core.errors import StorageError
from storykeep.storage import connection
from storykeep.storage.database import read_schema
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


async def test_a_callers_own_write_is_seen_by_what_it_reads_next(
    database: CountingDatabase,
) -> None:
    for number in range(30):
        assert number == len(await names(database))
        await database.write(add_key(str(number)))
        assert number + 1 == len(await names(database))


async def test_another_connections_commit_is_seen_in_the_next_turn(
    database: CountingDatabase, path: Path
) -> None:
    """And all reads of one turn see the same."""
    async with open_database(path, "ledger") as other:
        await other.write(add_key("a"))
        assert ["a"] == await names(database)
        theirs = apsw.Connection(str(path))
        theirs.execute("UPDATE access_key SET name = 'b'")
        assert ["a"] == await names(database)
        await next_turn()
        assert ["b"] == await names(database)
        theirs.close()


async def test_the_version_differs_after_any_commit_of_anybody(
    database: CountingDatabase, path: Path
) -> None:
    seen = []
    async with open_database(path, "ledger") as other:
        for number in range(5):
            seen.append(database.version())
            assert seen[-1] == database.version()
            await next_turn()
            assert seen[-1] == database.version()
            await (database, other)[number % 2].write(add_key(str(number)))
    assert len(seen) == len(set(seen))


async def test_the_version_differs_after_the_file_was_opened_anew(
    database: CountingDatabase, path: Path
) -> None:
    """Nothing is known of what happened in between, although SQLite counts from 1 again."""
    async with open_database(path, "ledger") as other:
        await other.write(add_key("a"))
        before = database.version()
        with pytest.raises(StorageError):
            await database.read(sql("SELECT nonsense"))
        await other.write(add_key("b"))
        assert before != database.version()


async def test_a_write_waits_for_another_process_that_writes(
    database: CountingDatabase, path: Path
) -> None:
    await database.write(add_key("a"))
    other = apsw.Connection(str(path))
    other.execute("BEGIN IMMEDIATE")
    writing = asyncio.create_task(database.write(add_key("c")))
    await next_turn()
    assert not writing.done()
    other.execute("INSERT INTO access_key VALUES (7, 'b', '', x'00', 1, 0, 0, NULL, 0, 'cdn')")
    other.execute("COMMIT")
    await writing
    assert ["a", "b", "c"] == await names(database)
    other.close()


async def test_a_lock_that_is_never_released_is_an_error_and_not_the_end(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "BUSY_MS", 1)
    async with open_database(path, "ledger") as database:
        await database.write(add_key("a"))
        other = apsw.Connection(str(path))
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StorageError):
            await database.write(add_key("b"))
        assert ["a"] == await names(database)
        other.close()
        await database.write(add_key("c"))
        assert ["a", "c"] == await names(database)


# --------------------------------------------------------------------------------------- migrations

OPENER = """
import asyncio, sys
from pathlib import Path
from storykeep.storage.sqlite import SqliteDatabase
database = SqliteDatabase(Path(sys.argv[1]), sys.argv[2])
print("ready", flush=True)
sys.stdin.readline()
async def use():
    version = lambda db: db.raw.execute("PRAGMA user_version").get
    return await asyncio.gather(database.write(version), database.read(version))
print(asyncio.run(use()), flush=True)
database.close()
"""


@pytest.mark.parametrize("schema", ["archive", "ledger"])
def test_processes_that_migrate_at_once_all_succeed(tmp_path: Path, schema: str) -> None:
    command = [sys.executable, "-c", OPENER, str(tmp_path / "a.db"), schema]
    openers = [
        subprocess.Popen(command, text=True, stdin=PIPE, stdout=PIPE, stderr=PIPE) for _ in range(4)
    ]
    for opener in openers:
        assert opener.stdout is not None
        assert "ready\n" == opener.stdout.readline()
    for opener in openers:
        assert opener.stdin is not None
        opener.stdin.write("go\n")
        opener.stdin.flush()
    steps = len(read_schema(schema))
    expected = (f"[{steps}, {steps}]\n", "", 0)
    assert [expected] * 4 == [(*opener.communicate(), opener.returncode) for opener in openers]


async def test_a_reader_and_a_writer_that_open_a_new_file_at_once_both_succeed(
    tmp_path: Path,
) -> None:
    for number in range(10):
        async with open_database(tmp_path / f"{number}.db", "ledger") as database:
            writing = asyncio.create_task(database.write(add_key("a")))
            await next_turn()
            assert await names(database) in ([], ["a"])
            await writing


def test_who_cannot_switch_a_file_to_its_log_waits_for_the_other_and_tries_again(
    path: Path,
) -> None:
    """SQLite refuses one of two at once, whatever it was told about waiting."""
    other = apsw.Connection(str(path))
    other.execute("CREATE TABLE t (a); BEGIN; SELECT * FROM t").fetchall()

    class Ours(apsw.Connection):
        def execute(self, statements: str, *rest: Any, **named: Any) -> apsw.Cursor:
            if statements == "BEGIN IMMEDIATE" and other.in_transaction:
                other.execute("COMMIT")
            return super().execute(statements, *rest, **named)

    ours = Ours(str(path))
    with pytest.raises(apsw.BusyError):
        ours.execute("PRAGMA journal_mode = WAL").fetchall()
    connection._use_wal(ours)
    assert "wal" == ours.execute("PRAGMA journal_mode").get
    ours.close()
    other.close()


async def test_a_file_of_a_newer_storykeep_is_left_alone(path: Path) -> None:
    async with open_database(path, "ledger") as database:
        await database.write(add_key("a"))
        await database.write(sql("PRAGMA user_version = 99"))
    before = path.read_bytes()
    async with open_database(path, "ledger") as database:
        newer = pytest.raises(StorageError, match=r"^ledger\.db was written by a newer storykeep")
        with newer:
            await names(database)
        with newer:
            await database.write(add_key("b"))
        with newer:
            database.version()
    gc.collect()
    assert before == path.read_bytes()


async def test_a_migration_that_fails_leaves_nothing_and_may_be_tried_again(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps = read_schema("ledger")
    monkeypatch.setattr(
        connection, "read_schema", lambda _: [*steps, "CREATE TABLE x (y); NONSENSE;"]
    )
    async with open_database(path, "ledger") as database:
        with pytest.raises(StorageError):
            await names(database)
        monkeypatch.setattr(connection, "read_schema", lambda _: [*steps, "CREATE TABLE x (y)"])
        assert [] == await names(database)
        assert [(len(steps) + 1,)] == await database.read(sql("PRAGMA user_version"))

"""SQLite when the disk is full, or the file is not what it was: errors, nothing lost, recovery."""

import asyncio
import gc
import json
import random
import subprocess
import sys
from pathlib import Path

import pytest

from storykeep.core.errors import StorageError
from storykeep.storage.sqlite import SqliteDatabase
from tests.ports.adapters import open_database
from tests.storage.sqlite_rig import KEYS, SmallDatabase, add_key, names, sql

PAGE = 8192
NOISE = random.Random(7).randbytes(64 * PAGE)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "ledger.db"


async def fill(path: Path, rows: int = 400) -> None:
    """Write a file of some forty pages, all of it out of the log."""
    async with open_database(path, "ledger") as database:
        for number in range(rows):
            await database.write(add_key(f"{number:05} {'x' * 600}"))
    assert path.stat().st_size > 30 * PAGE


def overwrite(path: Path, offset: int, length: int) -> bytes:
    """Put noise into the file and return what it was."""
    before = path.read_bytes()
    with path.open("r+b") as file:
        file.seek(offset)
        file.write(NOISE[:length])
    return before


# ---------------------------------------------------------------------------------------- full disk


async def test_a_full_disk_is_an_error_that_loses_nothing(
    path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    database = SmallDatabase(path)
    await database.write(add_key("a"))
    database.close()
    database.pages = path.stat().st_size // PAGE
    for _ in range(2):
        with pytest.raises(StorageError):
            await database.write(sql("CREATE TABLE more (a)"))
        with pytest.raises(StorageError):
            await database.write(add_key("x" * 10 * PAGE))
    assert "storage_failed" in caplog.text
    assert ["a"] == await names(database)
    database.close()
    database.pages = None
    await database.write(add_key("b"))
    assert ["a", "b"] == await names(database)
    database.close()


async def test_when_the_disk_is_full_those_who_need_no_room_are_served(path: Path) -> None:
    """SQLite gives up the whole batch of who does not fit: all are told, nothing is written."""
    database = SmallDatabase(path)
    await database.write(add_key("a"))
    database.close()
    database.pages = path.stat().st_size // PAGE
    rename = sql("UPDATE access_key SET name = 'b'")
    works = (rename, add_key("x" * 10 * PAGE), rename)
    writes = [asyncio.create_task(database.write(work)) for work in works]
    outcomes = await asyncio.gather(*writes, return_exceptions=True)
    assert isinstance(outcomes[1], StorageError)
    is_served = any(isinstance(outcome, list) for outcome in outcomes)
    assert [["a"], ["b"]][is_served] == await names(database)
    await database.write(rename)
    assert ["b"] == await names(database)
    database.close()


FULL_DISK = """
import asyncio, json, logging, resource, sys
from pathlib import Path
from storykeep.core.errors import StorageError
from storykeep.storage.sqlite import SqliteDatabase
from tests.storage.sqlite_rig import add_key, names
logging.disable()
database = SqliteDatabase(Path(sys.argv[1]), "ledger")
_, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
async def use():
    written, refused = [], 0
    await database.write(add_key("first"))
    resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, hard))
    for number in range(200):
        try:
            await database.write(add_key(f"{number} {'x' * 3000}"))
            written.append(number)
        except StorageError:
            refused += 1
    during = len(await names(database))
    resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
    await database.write(add_key("last"))
    rows = [name.split()[0] for name in await names(database)]
    return written, refused, during, rows
print(json.dumps(asyncio.run(use())))
database.close()
"""


def test_a_disk_that_fills_while_we_write_keeps_what_was_acknowledged(path: Path) -> None:
    """A limit on the size of files stands in for the disk; then it is lifted."""
    command = [sys.executable, "-c", FULL_DISK, str(path)]
    root = Path(__file__).parents[2]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=root)
    assert ("", 0) == (done.stderr, done.returncode)
    written, refused, during, rows = json.loads(done.stdout)
    assert refused > 0
    assert 200 == len(written) + refused
    assert 1 + len(written) == during
    assert ["first", *map(str, written), "last"] == rows


# ------------------------------------------------------------------------------------- broken files


@pytest.mark.parametrize(
    ("offset", "length"),
    [(0, 16), (0, 100), (0, PAGE), (16, 84), (2 * PAGE, 40 * PAGE)],
    ids=["magic", "header", "first page", "sizes", "middle"],
)
async def test_a_corrupt_file_is_an_error_is_left_alone_and_is_used_again_when_mended(
    path: Path, offset: int, length: int
) -> None:
    await fill(path)
    good = overwrite(path, offset, length)
    broken = path.read_bytes()
    async with open_database(path, "ledger") as database:
        for _ in range(2):
            with pytest.raises(StorageError):
                await database.read(sql(KEYS))
        assert broken == path.read_bytes()
        path.write_bytes(good)
        assert 400 == len(await names(database))
        await database.write(add_key("b"))
        assert 401 == len(await names(database))


async def test_a_writer_that_met_a_corrupt_page_forgets_it_when_the_file_is_mended(
    path: Path,
) -> None:
    await fill(path)
    good = overwrite(path, 2 * PAGE, 40 * PAGE)
    async with open_database(path, "ledger") as database:
        for _ in range(2):
            with pytest.raises(StorageError):
                await database.write(sql("UPDATE access_key SET rate = 2"))
        path.write_bytes(good)
        await database.write(sql("UPDATE access_key SET rate = 2"))
        assert [(400,)] == await database.read(
            sql("SELECT count(*) FROM access_key WHERE rate = 2")
        )


@pytest.mark.parametrize("size", [PAGE // 2, PAGE, 20 * PAGE])
async def test_a_file_that_was_cut_is_an_error(path: Path, size: int) -> None:
    await fill(path)
    good = path.read_bytes()
    path.write_bytes(good[:size])
    async with open_database(path, "ledger") as database:
        with pytest.raises(StorageError):
            await database.read(sql(KEYS))
        path.write_bytes(good)
        assert 400 == len(await names(database))


async def test_a_file_that_is_no_database_is_left_alone(path: Path) -> None:
    path.write_text("Dear diary,\n" * 1000)
    before = path.read_bytes()
    async with open_database(path, "ledger") as database:
        with pytest.raises(StorageError):
            await names(database)
        with pytest.raises(StorageError):
            await database.write(add_key("a"))
    gc.collect()
    assert before == path.read_bytes()


async def test_a_folder_in_the_files_place_is_an_error_until_it_is_gone(path: Path) -> None:
    path.mkdir()
    async with open_database(path, "ledger") as database:
        with pytest.raises(StorageError):
            await names(database)
        with pytest.raises(StorageError):
            await database.write(add_key("a"))
        path.rmdir()
        await database.write(add_key("a"))
        assert ["a"] == await names(database)


async def test_a_file_in_the_folders_place_is_an_error_until_it_is_gone(tmp_path: Path) -> None:
    """What the operating system says is ours to say, too."""
    folder = tmp_path / "data"
    folder.write_text("in the way")
    database = SqliteDatabase(folder / "ledger.db", "ledger")
    with pytest.raises(StorageError):
        await names(database)
    with pytest.raises(StorageError):
        database.version()
    with pytest.raises(StorageError):
        await database.write(add_key("a"))
    folder.unlink()
    await database.write(add_key("a"))
    assert ["a"] == await names(database)
    database.close()


async def test_what_the_driver_said_is_logged_and_not_told(
    path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Callers are told that the operator finds the cause in the log; there it is."""
    path.write_bytes(NOISE)
    async with open_database(path, "ledger") as database:
        with pytest.raises(StorageError) as caught:
            await names(database)
    assert StorageError.default_message() == str(caught.value)
    (record,) = [record for record in caplog.records if record.message == "storage_failed"]
    assert "ledger.db" == vars(record)["file"]
    assert vars(record)["reason"].startswith("NotADBError")

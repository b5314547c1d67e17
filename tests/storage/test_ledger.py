"""The ledger on disk: append-only, committed in groups, and there after whatever happened."""

import asyncio
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from storykeep.core.errors import InsufficientFunds, StorageError
from storykeep.core.ports import AccessKey, Entry
from storykeep.storage.keyring import SqlKeyring
from storykeep.storage.ledger import SqlLedger
from tests.making import T0
from tests.ports.adapters import open_books, open_database
from tests.storage.sqlite_rig import CountingDatabase, next_turn, sql

ROOT = Path(__file__).parents[2]
DIGEST = b"1" * 32
WHO = 1
KEY = AccessKey(0, "test", "keep_1234567", rate=1.0, balance=0, created_at=T0)


def make_entry(entry: str, units: int = -1) -> Entry:
    return Entry(WHO, entry, units, "/v1/story/by/id", T0)


@pytest.fixture
async def path(tmp_path: Path) -> Path:
    """A ledger with one key and a thousand units."""
    async with open_books("sqlite", tmp_path) as books:
        await books.keyring.create(KEY, DIGEST)
        await books.ledger.post(make_entry("top-up", 1000))
    return tmp_path / "ledger.db"


@pytest.fixture
async def database(path: Path) -> AsyncIterator[CountingDatabase]:
    opened = CountingDatabase(path)
    yield opened
    opened.close()


async def balance(database: CountingDatabase) -> int:
    """Return the balance, which must be the sum of the entries."""
    summed = await database.read(sql("SELECT sum(units) FROM entry WHERE key_id = ?", WHO))
    kept = await database.read(sql("SELECT balance FROM access_key WHERE id = ?", WHO))
    assert summed == kept
    units: int = kept[0][0]
    return units


# ------------------------------------------------------------------------------------- append-only


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE entry SET units = 0",
        "UPDATE entry SET at = at",
        "UPDATE entry SET entry = 'x' WHERE id = 1",
        "DELETE FROM entry",
        "DELETE FROM entry WHERE id = 1",
        "INSERT INTO entry SELECT * FROM entry",
        "INSERT INTO entry (key_id, entry, units, reason, at) VALUES (1, 'top-up', 1, '', 0)",
        "INSERT INTO entry (key_id, entry, units, reason, at) VALUES (99, 'x', 1, '', 0)",
        "UPDATE access_key SET balance = -1",
        "DELETE FROM access_key",
    ],
)
async def test_what_was_entered_is_refused_to_change(
    database: CountingDatabase, statement: str
) -> None:
    """By the database itself, whoever asks."""
    everything = sql("SELECT * FROM entry")
    before = await database.read(everything)
    with pytest.raises(StorageError):
        await database.write(sql(statement))
    assert before == await database.read(everything)
    assert 1000 == await balance(database)


# ------------------------------------------------------------------------------------ group commit


async def test_those_who_post_at_once_share_one_transaction(database: CountingDatabase) -> None:
    ledger = SqlLedger(database)
    answers = await asyncio.gather(*(ledger.post(make_entry(str(n))) for n in range(64)))
    assert [1] == database.batches
    assert [*range(999, 935, -1)] == answers


async def test_those_who_post_during_a_commit_share_the_next(database: CountingDatabase) -> None:
    """No timer: a batch is what has gathered while the disk was busy."""
    ledger = SqlLedger(database)
    async with database.held():
        posts = [asyncio.create_task(ledger.post(make_entry("first")))]
        await next_turn()
        await next_turn()
        posts += [asyncio.create_task(ledger.post(make_entry(str(n)))) for n in range(63)]
        await next_turn()
    await asyncio.gather(*posts)
    assert [1, 1, 1] == database.batches
    assert 936 == await balance(database)


async def test_sixty_four_callers_in_turns_make_a_transaction_a_turn(
    database: CountingDatabase,
) -> None:
    ledger = SqlLedger(database)

    async def call(caller: int) -> None:
        for number in range(10):
            await ledger.post(make_entry(f"{caller}.{number}"))

    await asyncio.gather(*map(call, range(64)))
    assert 360 == await balance(database)
    assert 10 == len(database.batches)


async def test_a_cancelled_callers_charge_stands(database: CountingDatabase) -> None:
    """And the others of its batch are answered."""
    ledger = SqlLedger(database)
    async with database.held():
        gone, stays = (asyncio.create_task(ledger.post(make_entry(who))) for who in "ab")
        await next_turn()
        await next_turn()
        gone.cancel()
        also_gone = asyncio.create_task(ledger.post(make_entry("c")))
        await next_turn()
        also_gone.cancel()
    assert 998 == await stays
    for caller in (gone, also_gone):
        with pytest.raises(asyncio.CancelledError):
            await caller
    assert 996 == await ledger.post(make_entry("d"))
    assert 996 == await balance(database)


async def test_when_the_database_fails_all_who_wait_are_told_and_the_next_are_served(
    database: CountingDatabase,
) -> None:
    ledger = SqlLedger(database)
    await database.write(sql("ALTER TABLE entry RENAME TO away"))
    posts = (ledger.post(make_entry(str(n))) for n in range(8))
    outcomes = await asyncio.gather(*posts, return_exceptions=True)
    assert [StorageError] * 8 == [type(outcome) for outcome in outcomes]
    await database.write(sql("ALTER TABLE away RENAME TO entry"))
    assert 999 == await ledger.post(make_entry("0"))


async def test_a_bug_while_posting_leaves_nobody_waiting(database: CountingDatabase) -> None:
    """A text that no JSON can hold reaches the ledger only by mistake; it must not hang there."""
    ledger = SqlLedger(database)
    posts = (ledger.post(make_entry(entry)) for entry in ("a", "\ud800", "b"))
    outcomes = await asyncio.gather(*posts, return_exceptions=True)
    assert [UnicodeEncodeError] * 3 == [type(outcome) for outcome in outcomes]
    assert 999 == await ledger.post(make_entry("a"))


# ----------------------------------------------------------------------------------- several hands


async def test_what_another_process_does_is_seen_by_the_next_request(
    database: CountingDatabase, path: Path
) -> None:
    """The command line tops up, disables and rotates while the server runs."""
    keyring, ledger = SqlKeyring(database), SqlLedger(database)
    assert 999 == await ledger.post(make_entry("a"))
    async with open_books("sqlite", path.parent) as other:
        await other.ledger.post(make_entry("more", 500))
        found = await keyring.find(DIGEST)
        assert found is not None
        assert 1499 == found.balance
        assert 1498 == await ledger.post(make_entry("b"))
        await other.keyring.disable(WHO)
        found = await keyring.find(DIGEST)
        assert found is not None
        assert found.is_disabled
        await other.keyring.rotate(WHO, b"2" * 32, "keep_abcdefg")
        assert None is await keyring.find(DIGEST)


async def test_two_processes_on_a_thousand_units_serve_a_thousand_and_not_one_more(
    database: CountingDatabase, path: Path
) -> None:
    """Balances are decided by the database, not by anybody's memory."""
    async with open_database(path, "ledger") as other:
        ledgers = SqlLedger(database), SqlLedger(other)
        served = []

        async def call(caller: int) -> None:
            for number in range(1000):
                try:
                    await ledgers[caller % 2].post(make_entry(f"{caller}.{number}", -3))
                except InsufficientFunds:
                    return
                served.append(3)

        await asyncio.gather(*map(call, range(64)))
    assert 999 == sum(served)
    assert 1 == await balance(database)


async def test_an_entry_that_another_process_posted_is_not_posted_again(
    database: CountingDatabase, path: Path
) -> None:
    async with open_books("sqlite", path.parent) as other:
        await other.ledger.post(make_entry("a", -10))
    assert 990 == await SqlLedger(database).post(make_entry("a", -10))


# --------------------------------------------------------------------------------------- after death


def post_and_kill(path: Path, run: int, lines: int) -> list[tuple[str, int]]:
    """Let a process post until it has acknowledged so many, kill it, and return all of them."""
    command = [sys.executable, str(Path(__file__).with_name("poster.py"))]
    poster = subprocess.Popen(
        [*command, str(path), str(WHO), str(run)], stdout=subprocess.PIPE, text=True, cwd=ROOT
    )
    with poster:
        assert poster.stdout is not None
        said = [poster.stdout.readline() for _ in range(lines)]
        poster.send_signal(signal.SIGKILL)
        said += [line for line in poster.stdout if line.endswith("\n")]
    assert -signal.SIGKILL == poster.returncode
    return [(line.split()[0], int(line.split()[1])) for line in said]


async def test_what_a_killed_process_acknowledged_is_there(path: Path) -> None:
    """Killed again and again in the middle of it, and posted to by the next at once."""
    async with open_books("sqlite", path.parent) as books:
        await books.ledger.post(make_entry("much", 1_000_000))
    acknowledged: dict[str, int] = {}
    for run, lines in enumerate((1, 37, 300)):
        acknowledged |= await asyncio.to_thread(post_and_kill, path, run, lines)
        async with open_books("sqlite", path.parent) as books:
            kept = await books.ledger.entries(WHO, 10_000_000)
            found = await books.keyring.find(DIGEST)
        balances = {line.entry.entry: line.balance for line in kept}
        assert acknowledged == {entry: balances.get(entry) for entry in acknowledged}
        assert len(balances) == len(kept)
        assert found is not None
        assert found.balance == sum(line.entry.units for line in kept)
        again = next(iter(acknowledged))
        async with open_books("sqlite", path.parent) as books:
            assert found.balance == await books.ledger.post(make_entry(again))

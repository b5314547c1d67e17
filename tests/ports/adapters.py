"""The adapters of each port, by name: one suite runs on all of them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import NamedTuple

from storykeep.core.erasure import Erasing, Wish
from storykeep.core.media import WantedFiles
from storykeep.core.model import decode_story
from storykeep.core.ports import Archive, Keyring, Ledger
from storykeep.storage.archive import SqlArchive
from storykeep.storage.erase import SqlEraser
from storykeep.storage.keyring import SqlKeyring
from storykeep.storage.ledger import SqlLedger
from storykeep.storage.sqlite import SqliteDatabase
from storykeep.storage.wanted import SqlWantedFiles
from storykeep.testing import MemoryArchive, MemoryKeyring, MemoryLedger
from tests.making import ACME

ARCHIVES = ("memory", "sqlite", "sqlite with cache")
BOOKS = ("memory", "sqlite")
CACHE = 1 << 20


class Books(NamedTuple):
    """Keys and what they paid: they share one shelf."""

    keyring: Keyring
    ledger: Ledger


@asynccontextmanager
async def open_database(path: Path, schema: str) -> AsyncIterator[SqliteDatabase]:
    """Open a database that does not wait for the disk."""
    database = SqliteDatabase(path, schema, synchronous="OFF")
    try:
        yield database
    finally:
        database.close()


@asynccontextmanager
async def open_archive(name: str, folder: Path) -> AsyncIterator[Archive]:
    """Open one of ARCHIVES."""
    if name == "memory":
        yield MemoryArchive()
        return
    async with open_database(folder / "archive.db", "archive") as database:
        yield SqlArchive(database, cache_bytes=CACHE if "cache" in name else 0)


@asynccontextmanager
async def open_books(name: str, folder: Path) -> AsyncIterator[Books]:
    """Open one of BOOKS."""
    if name == "memory":
        keyring = MemoryKeyring()
        yield Books(keyring, MemoryLedger(keyring))
        return
    async with open_database(folder / "ledger.db", "ledger") as database:
        yield Books(SqlKeyring(database), SqlLedger(database))


async def condemn(archive: Archive, words: Wish) -> None:
    """Lay tombstones."""
    if isinstance(archive, MemoryArchive):
        archive.erased |= words
    else:
        assert isinstance(archive, SqlArchive)
        await SqlEraser(archive._database).condemn(Erasing(words))  # type: ignore[arg-type]


def queue_of(archive: Archive) -> WantedFiles:
    """Return the queue that the archive adds to."""
    if isinstance(archive, MemoryArchive):
        return archive.wanted
    assert isinstance(archive, SqlArchive)
    return SqlWantedFiles(archive._database)


async def pks(archive: Archive, at: int, user_pk: int = ACME) -> list[int]:
    """Return which stories are in the reel at that moment."""
    reel = await archive.reel(user_pk, at)
    assert reel is not None
    assert reel.body == b"[%b]" % b",".join(reel.stories)
    return [int(decode_story(wire).pk) for wire in reel.stories]

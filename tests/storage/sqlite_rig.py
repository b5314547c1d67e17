"""SQLite for tests: raw statements, a writer that can be held, and files that break."""

import asyncio
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, cast

from storykeep.storage.connection import SqliteConnection
from storykeep.storage.database import Connection, Row, Work
from storykeep.storage.sqlite import SqliteDatabase

KEYS = "SELECT name FROM access_key ORDER BY id"


def sql(statement: str, *values: Any) -> Work[list[Row]]:
    """Return a work that runs any statement."""

    def work(db: Connection) -> list[Row]:
        return cast("SqliteConnection", db).raw.execute(statement, values).fetchall()

    return work


def add_key(name: str) -> Work[list[Row]]:
    """Return a work that writes one row; a second of the same name is refused by SQL."""
    return sql(
        "INSERT INTO access_key (name, prefix, digest, rate, created_at) VALUES (?, '', ?, 1, 0)",
        name,
        name.encode(),
    )


async def names(database: SqliteDatabase) -> list[str]:
    """Return the rows that ``add_key`` wrote."""
    return [name for (name,) in await database.read(sql(KEYS))]


async def next_turn() -> None:
    """Let the event loop come round."""
    await asyncio.sleep(0)


class CountingDatabase(SqliteDatabase):
    """Counts its transactions, and holds the writer when told."""

    def __init__(self, path: Path, schema: str = "ledger") -> None:
        super().__init__(path, schema, synchronous="OFF")
        self.batches: list[int] = []

    def _commit(self, connection: SqliteConnection | None, jobs: list[Any]) -> Any:
        self.batches.append(len(jobs))
        return super()._commit(connection, jobs)

    @asynccontextmanager
    async def held(self) -> AsyncIterator[None]:
        """Hold the writer, so that what is asked for inside becomes one batch afterwards."""
        begun, released = threading.Event(), threading.Event()

        def hold(_: Connection) -> None:
            begun.set()
            released.wait()

        holding = asyncio.create_task(self.write(hold))
        await asyncio.to_thread(begun.wait)
        try:
            yield
            await next_turn()
        finally:
            released.set()
        await holding


class SmallDatabase(SqliteDatabase):
    """A database on a disk of so many pages; None: the disk has room again."""

    def __init__(self, path: Path, schema: str = "ledger") -> None:
        super().__init__(path, schema, synchronous="OFF")
        self.pages: int | None = None

    def _connect(self) -> SqliteConnection:
        connection = super()._connect()
        pages = 1_000_000 if self.pages is None else self.pages
        connection.raw.execute(f"PRAGMA max_page_count = {pages}")
        return connection

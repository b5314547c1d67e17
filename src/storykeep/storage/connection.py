"""Opening a SQLite file: named queries, pragmas, migrations.

APSW brings a SQLite of its own.  That matters: releases before 3.51.3 can corrupt a WAL when
two connections write and checkpoint at the same moment, and the command line may top up a key
while the server runs.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import apsw

from storykeep.core.errors import StorageError
from storykeep.storage.database import Row, read_queries, read_schema

BUSY_MS = 10_000
"""How long to wait for another process that writes."""

_QUERIES = read_queries()


class SqliteConnection:
    """One connection with the named queries."""

    def __init__(self, raw: apsw.Connection) -> None:
        """Wrap ``raw``."""
        self.raw = raw
        self._execute = raw.execute
        self._sql = _QUERIES

    def rows(self, query: str, *values: Any) -> list[Row]:
        """Run a named query and return all rows."""
        return self._execute(self._sql[query], values).fetchall()

    def row(self, query: str, *values: Any) -> Row | None:
        """Run a named query and return its first row."""
        rows = self._execute(self._sql[query], values).fetchall()
        return rows[0] if rows else None

    def run(self, query: str, *values: Any) -> None:
        """Run a named query."""
        self._execute(self._sql[query], values)

    def run_each(self, query: str, values: Iterable[Sequence[Any]]) -> int:
        """Run a named query once for each tuple of values; return how many rows it changed."""
        before = self.raw.total_changes()
        self.raw.executemany(self._sql[query], values)
        return self.raw.total_changes() - before

    def changes(self) -> int:
        """How many rows the latest statement changed."""
        return self.raw.changes()


PAGE_SIZES = {"archive": 16_384, "ledger": 4_096}
"""Bytes: three Stories of the wire fit into a page of the archive, and a charge writes little."""

CACHE_KIB = 24_576


def connect(path: Path, schema: str, synchronous: str) -> SqliteConnection:
    """Open the file, or make it, with all migrations of ``schema`` done.

    Raises StorageError for a file of a newer storykeep; what the driver and the file system
    raise is passed on.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    raw = apsw.Connection(str(path))
    raw.set_busy_timeout(BUSY_MS)
    raw.execute(f"PRAGMA page_size = {PAGE_SIZES[schema]}")
    # No mmap: a file truncated under us would be SIGBUS instead of an error to answer.
    _use_wal(raw)
    for pragma in (
        f"synchronous = {synchronous}",
        f"cache_size = -{CACHE_KIB}",
        "foreign_keys = ON",
        "recursive_triggers = ON",  # else INSERT OR REPLACE would remove an entry unseen
        "trusted_schema = OFF",
    ):
        raw.execute(f"PRAGMA {pragma}").fetchall()
    _migrate(raw, read_schema(schema), path.name)
    return SqliteConnection(raw)


def read_number(raw: apsw.Connection, query: str) -> int:
    """Return the one number that ``query`` answers."""
    value = raw.execute(query).get
    return value if isinstance(value, int) else 0


def _migrate(raw: apsw.Connection, steps: Sequence[str], name: str) -> None:
    def done() -> int:
        return read_number(raw, "PRAGMA user_version")

    if done() > len(steps):
        raise StorageError(f"{name} was written by a newer storykeep: update before you open it.")
    while done() < len(steps):
        raw.execute("BEGIN IMMEDIATE")
        with raw:
            # Another process may have migrated while this one waited for the lock.
            if (version := done()) < len(steps):
                raw.execute(steps[version])
                raw.execute(f"PRAGMA user_version = {version + 1}")
        raw.execute("COMMIT")


def _use_wal(raw: apsw.Connection) -> None:
    """Switch to a write-ahead log, which SQLite refuses at once while another switches too."""
    for tries_left in reversed(range(10)):
        try:
            raw.execute("PRAGMA journal_mode = WAL").fetchall()
        except apsw.BusyError:
            if not tries_left:
                raise
            raw.execute("BEGIN IMMEDIATE")  # waits for the other, at most BUSY_MS
            raw.execute("COMMIT")
        else:
            return

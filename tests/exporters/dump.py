"""All that an archive keeps, in tables that two archives can be compared by."""

from typing import Any

from storykeep.core.zstd import decompress
from storykeep.storage.connection import SqliteConnection
from storykeep.storage.database import Connection
from storykeep.storage.sqlite import SqliteDatabase

_LOCAL = {"is_own", "id"}
"""The operator's own word; and numbers that count what was written here."""
_SKIPPED = {"doomed_file", "drift", "origin", "salt", "tombstone", "wanted_file"}
"""How live sources fare says nothing of what was seen."""
_PACKED = {"envelope", "body", "reel"}

Tables = dict[str, list[tuple[Any, ...]]]


async def dump(database: SqliteDatabase) -> Tables:
    """Return every row of every table, sorted, sightings known by their digests."""
    return await database.read(_dump)


def _dump(db: Connection) -> Tables:
    assert isinstance(db, SqliteConnection)

    def ask(question: str) -> list[Any]:
        return db.raw.execute(question).fetchall()

    names = {name for (name,) in ask("SELECT name FROM sqlite_master WHERE type = 'table'")}
    digests = dict(ask("SELECT id, digest FROM sighting"))
    tables: Tables = {}
    for name in sorted(names - _SKIPPED):
        columns = [column for _, column, *_ in ask(f'PRAGMA table_info("{name}")')]
        rows = [
            tuple(
                _plain(column, value, digests)
                for column, value in zip(columns, row, strict=True)
                if column not in _LOCAL
            )
            for row in ask(f'SELECT * FROM "{name}"')
        ]
        tables[name] = sorted(rows, key=repr)
    return tables


def _plain(column: str, value: Any, digests: dict[int, bytes]) -> Any:
    if column == "sighting_id":
        return digests[value]
    return decompress(value) if column in _PACKED and value is not None else value

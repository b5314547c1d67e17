"""Origins in SQL: the health of each, and what of its answers was not understood."""

import asyncio
import logging
from collections import Counter
from collections.abc import Callable, Sequence
from functools import partial

from msgspec import json

from storykeep.core.errors import StorageError
from storykeep.core.extract.drift import MAX_FIELDS, OTHER, field_of
from storykeep.core.governor import Health
from storykeep.core.ports import Clock
from storykeep.core.sighting import Problem
from storykeep.core.upstream import DriftCount
from storykeep.storage.database import Connection, Database, method_of

log = logging.getLogger(__name__)

_read_health = json.Decoder(Health).decode

Counts = dict[str, Counter[str]]
"""How often each field was not understood, by source."""


def _health(db: Connection, source: str) -> Health:
    """Return the health as it is now."""
    row = db.row("health_of", source)
    return _read_health(row[0]) if row else Health(source)


class SqlOrigins:
    """The origins port on a database that holds the schema "archive"."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._waiting: Counts = {}
        self._writing: asyncio.Task[None] | None = None

    health = method_of(_health)

    async def change(self, source: str, change: Callable[[Health], Health]) -> Health:
        """Keep what ``change`` makes of the health now, in one transaction."""

        def work(db: Connection) -> Health:
            health = change(_health(db, source))
            db.run("put_health", source, json.encode(health).decode())
            return health

        return await self._database.write(work)

    def add(self, source: str, problems: Sequence[Problem]) -> None:
        """Count the problems of one answer; whatever gathers during a commit is written next."""
        counts = self._waiting.setdefault(source, Counter())
        for problem in problems:
            counts[field_of(problem, counts)] += problem.times
        if problems and self._writing is None:
            self._writing = asyncio.get_running_loop().create_task(self._write())

    async def drift(self, source: str) -> Sequence[DriftCount]:
        """What was not understood of its answers, the most frequent first."""
        rows = await self._database.read(lambda db: db.rows("drift_of", source))
        return [DriftCount(*row) for row in rows]

    async def _write(self) -> None:
        try:
            while self._waiting:
                counts, self._waiting = self._waiting, {}
                await self._database.write(partial(_add_drift, counts, int(self._clock())))
        except StorageError as error:  # these are numbers for people, and no answer waits
            log.warning("drift_lost", extra={"reason": str(error)})
        finally:
            self._writing = None


def _add_drift(counts: Counts, now: int, db: Connection) -> None:
    for source, fields in counts.items():
        known = {field: times for field, times, _ in db.rows("drift_of", source)}
        for field, times in fields.items():
            name = field if field in known or len(known) < MAX_FIELDS else OTHER
            known.setdefault(name, times)
            db.run("add_drift", source, name, times, now)

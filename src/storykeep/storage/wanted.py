"""The queue of files to keep, in SQL."""

from collections.abc import Iterable, Sequence
from operator import attrgetter

from storykeep.core.media import Wanted
from storykeep.storage.database import Connection, Database, as_struct

_FACTS = attrgetter("story_pk", "kind", "variant", "url", "expires_at", "next_at")
"""What is queued of a file that was not tried yet."""


class SqlWantedFiles:
    """The port of wanted files on a database that holds the schema "archive"."""

    def __init__(self, database: Database) -> None:
        """What the archive on the same database recorded is queued here."""
        self._database = database

    async def due(self, now: float, limit: int) -> Sequence[Wanted]:
        """The first ``limit`` that may be tried now, the longest due first."""
        rows = await self._database.read(lambda db: db.rows("due_files", int(now), limit))
        return [as_struct(Wanted, row) for row in rows]

    async def next_at(self) -> int | None:
        """When the next may be tried; None when there is none."""
        row = await self._database.read(lambda db: db.row("next_due_at"))
        return row[0] if row else None

    async def put(self, wanted: Wanted) -> None:
        """Keep what became of a try, unless it was kept or seen with another address."""
        file = (wanted.story_pk, wanted.kind, wanted.variant, wanted.url)
        fate = (wanted.tries, wanted.next_at, wanted.reason, int(wanted.is_given_up))
        await self._database.write(lambda db: db.run("put_wanted", *file, *fate))

    async def list(self, *, is_given_up: bool | None = None) -> Sequence[Wanted]:
        """All of them, oldest story first; only those given up, or only the others, if asked."""
        which = None if is_given_up is None else int(is_given_up)
        rows = await self._database.read(lambda db: db.rows("wanted_files", which))
        return [as_struct(Wanted, row) for row in rows]


def want(db: Connection, files: Iterable[Wanted]) -> None:
    """Queue files, unless they are kept; one that is queued takes an address good for longer."""
    db.run_each("want_file", map(_FACTS, files))

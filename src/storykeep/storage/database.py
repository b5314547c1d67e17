"""The seam between what we keep and the database that keeps it.

A transaction is a plain function that takes a ``Connection``: no ``await`` can split it and
no cancelled request can leave half of it.  Every query stands once, named, in
``queries.sql``; the schema is a folder of numbered files, and a database's version is the
count of those it has seen.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from importlib.resources import files
from typing import Any, Protocol, TypeVar

from msgspec import Struct, convert

from storykeep.core.errors import StorykeepError

S = TypeVar("S", bound=Struct)
T = TypeVar("T")

Row = tuple[Any, ...]


class Connection(Protocol):
    """What a transaction sees."""

    def rows(self, query: str, *values: object) -> list[Row]:
        """Run a named query and return all rows."""

    def row(self, query: str, *values: object) -> Row | None:
        """Run a named query and return its first row."""

    def run(self, query: str, *values: object) -> None:
        """Run a named query."""

    def run_each(self, query: str, values: Iterable[Sequence[object]]) -> int:
        """Run a named query once for each tuple of values; return how many rows it changed."""

    def changes(self) -> int:
        """How many rows the latest statement changed."""


Work = Callable[[Connection], T]


class Database(Protocol):
    """Transactions.  Everything that goes wrong below is raised as StorageError."""

    async def read(self, work: Work[T]) -> T:
        """Run ``work`` on what is committed."""

    async def write(self, work: Work[T]) -> T:
        """Run ``work`` in a transaction and return once it is durable."""

    def turn(self) -> int:
        """The number of the snapshot that reads see now; the next one has another."""

    def version(self) -> int:
        """A number that differs after any commit of anybody, this process or another."""

    def close(self) -> None:
        """Finish what was begun, then close."""


class _UndoneError(StorykeepError):
    """Carries what a step would have done out of its transaction."""

    def __init__(self, result: object) -> None:
        super().__init__()
        self.result = result


async def take_step(database: Database, work: Work[T], *, is_dry_run: bool) -> T:
    """Run ``work``, one step of many, in a transaction; a dry run undoes it.  Return its result."""

    def undone(db: Connection) -> T:
        raise _UndoneError(work(db))

    try:
        return await database.write(undone if is_dry_run else work)
    except _UndoneError as error:
        result: T = error.result  # type: ignore[assignment]
        return result


def as_struct(kind: type[S], row: Sequence[Any]) -> S:
    """Return what has the columns of ``row`` as its fields, in their order."""
    return convert(dict(zip(kind.__struct_fields__, row, strict=True)), kind, strict=False)


def read_queries() -> dict[str, str]:
    """Return the text of every query of ``queries.sql`` by its name."""
    text = files(__package__).joinpath("queries.sql").read_text("utf-8")
    parts = re.split(r"^-- name: (\w+)\n", text, flags=re.MULTILINE)
    return {name: body.strip() for name, body in zip(parts[1::2], parts[2::2], strict=True)}


def read_schema(database: str) -> list[str]:
    """Return the migrations of ``database`` ("archive" or "ledger"), in order."""
    folder = files(__package__).joinpath("schema", database)
    return [
        file.read_text("utf-8")
        for file in sorted(folder.iterdir(), key=lambda file: file.name)
        if file.name.endswith(".sql")
    ]

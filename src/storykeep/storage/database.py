"""The seam between what we keep and the database that keeps it.

A transaction is a plain function that takes a ``Connection``: no ``await`` can split it and
no cancelled request can leave half of it.  Every query stands once, named, in
``queries.sql``; the schema is a folder of numbered files, and a database's version is the
count of those it has seen.
"""

import re
from collections.abc import Callable, Coroutine, Iterable, Sequence
from functools import wraps
from importlib.resources import files
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar

from msgspec import Struct, convert

from storykeep.core.errors import StorykeepError

P = ParamSpec("P")
S = TypeVar("S", bound=Struct)
T = TypeVar("T")

Row = tuple[Any, ...]


def read_queries() -> dict[str, str]:
    """Return the text of every query of ``queries.sql`` by its name."""
    text = files(__package__).joinpath("queries.sql").read_text("utf-8")
    parts = re.split(r"^-- name: (\w+)\n", text, flags=re.MULTILINE)
    return {name: body.strip() for name, body in zip(parts[1::2], parts[2::2], strict=True)}


class Connection(Protocol):
    """What a transaction sees."""

    def rows(self, query: str, *values: Any) -> list[Row]:
        """Run a named query and return all rows."""

    def row(self, query: str, *values: Any) -> Row | None:
        """Run a named query and return its first row."""

    def run(self, query: str, *values: Any) -> None:
        """Run a named query."""

    def run_each(self, query: str, values: Iterable[Sequence[Any]]) -> int:
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
    """Run ``work``, one step of many, as ``write`` does; a dry run undoes it."""

    def undone(db: Connection) -> T:
        raise _UndoneError(work(db))

    try:
        return await database.write(undone if is_dry_run else work)
    except _UndoneError as error:
        result: T = error.result  # type: ignore[assignment]
        return result


def method_of(
    work: Callable[Concatenate[Connection, P], T], *, is_write: bool = False
) -> Callable[Concatenate[Any, P], Coroutine[Any, Any, T]]:
    """Return a method that runs ``work`` in a transaction of ``self._database``.

    ``highlight = method_of(read_highlight)`` lets ``highlight(7)`` be ``read_highlight(db, 7)``.
    """

    @wraps(work)
    def method(self: Any, /, *args: P.args, **kwargs: P.kwargs) -> Coroutine[Any, Any, T]:
        transact = self._database.write if is_write else self._database.read
        answer: Coroutine[Any, Any, T] = transact(lambda db: work(db, *args, **kwargs))
        return answer

    return method


def as_struct(kind: type[S], row: Sequence[Any]) -> S:
    """Return what has the columns of ``row`` as its fields, in their order."""
    return convert(dict(zip(kind.__struct_fields__, row, strict=True)), kind, strict=False)


def read_schema(database: str) -> list[str]:
    """Return the migrations of ``database`` ("archive" or "ledger"), in order."""
    folder = files(__package__).joinpath("schema", database)
    return [
        file.read_text("utf-8")
        for file in sorted(folder.iterdir(), key=lambda file: file.name)
        if file.name.endswith(".sql")
    ]

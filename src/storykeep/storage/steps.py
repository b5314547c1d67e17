"""Long work in short transactions, each of which can be tried without doing it."""

from storykeep.core.errors import StorykeepError
from storykeep.storage.database import Connection, Database, T, Work


class _UndoneError(StorykeepError):
    """Carries what a step would have done out of its transaction."""

    def __init__(self, result: object) -> None:
        super().__init__()
        self.result = result


async def take_step(database: Database, work: Work[T], *, is_dry_run: bool) -> T:
    """Run ``work`` in a transaction and return its result; a dry run undoes it."""

    def undone(db: Connection) -> T:
        raise _UndoneError(work(db))

    try:
        return await database.write(undone if is_dry_run else work)
    except _UndoneError as error:
        result: T = error.result  # type: ignore[assignment]
        return result

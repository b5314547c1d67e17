"""SQLite as a Database: reads inline, and one thread that commits all writes that wait.

Writes are not timed into batches.  The thread commits whatever has queued up since the last
commit began, so a batch grows with the load and nobody waits for a clock.
"""

import asyncio
import logging
import threading
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any, NamedTuple

import apsw

from storykeep.core.errors import StorageError, StorykeepError
from storykeep.storage.connection import SqliteConnection, connect, read_number
from storykeep.storage.database import T, Work

log = logging.getLogger(__name__)

_OF_THE_WORK = (apsw.ConstraintError, apsw.SQLError, apsw.MismatchError, apsw.BindingsError)
"""What the driver raises for a mistake of the work; all else is trouble with the database."""


class _Job(NamedTuple):
    work: Work[Any]
    future: asyncio.Future[Any]
    loop: asyncio.AbstractEventLoop


class _Scope(NamedTuple):
    begin: str
    undo: str
    end: str


_ALONE = _Scope("BEGIN IMMEDIATE", "ROLLBACK", "COMMIT")
_AMONG_OTHERS = _Scope("SAVEPOINT job", "ROLLBACK TO job", "RELEASE job")


class SqliteDatabase:
    """One file; reads on the event loop's thread, writes on a thread of its own.

    Opened when first used, so that a server with a broken disk starts, says 503, and recovers
    when the file does.  ``schema`` names the folder of migrations.
    """

    def __init__(self, path: Path, schema: str, *, synchronous: str = "FULL") -> None:
        """Nothing is opened yet; ``synchronous`` NORMAL trades power-loss safety for speed."""
        self.path = path
        self._schema = schema
        self._synchronous = synchronous
        self._reader: SqliteConnection | None = None
        self._turn: SqliteConnection | None = None
        self._turns = 0
        self._version: int | None = None
        self._openings = 0
        self._write_failure: StorageError | None = None
        self._jobs: SimpleQueue[_Job | None] = SimpleQueue()
        self._writer: threading.Thread | None = None

    async def read(self, work: Work[T]) -> T:
        """Run ``work`` on what is committed, here and now: a few rows cost less than a hop.

        All reads of one turn of the event loop share one snapshot, because opening one costs
        more than a read.  A turn begins after the bytes of its requests arrived, and what a
        caller has written is resolved in a later turn, so nobody sees less than they may.
        """
        try:
            return work(self._turn or self._begin_turn())
        except (apsw.Error, OSError) as error:
            self._close_reader()
            raise self._broken(error) from error

    async def write(self, work: Work[T]) -> T:
        """Run ``work`` in a transaction and return once it is durable."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()
        if self._writer is None:
            self._writer = threading.Thread(target=self._write_all, name=f"write-{self._schema}")
            self._writer.start()
        self._jobs.put(_Job(work, future, loop))
        return await future

    def turn(self) -> int:
        """The number of the snapshot that reads see now; the next one has another."""
        if self._turn is None:
            self._begin_turn()
        return self._turns

    def version(self) -> int:
        """A number that differs after any commit of anybody, this process or another."""
        try:
            turn = self._turn or self._begin_turn()
            if self._version is None:
                # SQLite counts anew on each connection.
                commits = read_number(turn.raw, "PRAGMA data_version")
                self._version = (self._openings << 32) + commits
            return self._version
        except (apsw.Error, OSError) as error:
            self._close_reader()
            raise self._broken(error) from error

    async def check(self) -> None:
        """Raise StorageError when it cannot be read, or when the latest commit failed."""
        self.version()
        if self._write_failure is not None:
            raise StorageError(str(self._write_failure))

    async def shred(self) -> None:
        """Write the file anew, so that nothing of what was deleted is left in it or beside it.

        It needs as much room again as the database has.  Raises StorageError, also when others
        use the database for so long that it has to be tried again.
        """
        try:
            await asyncio.to_thread(self._shred)
        except (apsw.Error, OSError) as error:
            raise self._broken(error) from error

    def _shred(self) -> None:
        raw = self._connect().raw
        try:
            raw.execute("VACUUM")
            if raw.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_TRUNCATE)[0]:
                raise apsw.BusyError("the log is not empty yet")
        finally:
            raw.close()

    def close(self) -> None:
        """Commit what has been asked for, then close."""
        if self._writer is not None:
            self._jobs.put(None)
            self._writer.join()
            self._writer = None
        self._close_reader()

    def _begin_turn(self) -> SqliteConnection:
        try:
            if self._reader is None:
                self._reader = self._connect()
                self._openings += 1
            self._reader.raw.execute("BEGIN")
        except (apsw.Error, OSError) as error:
            self._close_reader()
            raise self._broken(error) from error
        self._turn = self._reader
        self._turns += 1
        asyncio.get_running_loop().call_soon(self._end_turn)
        return self._turn

    def _end_turn(self) -> None:
        turn, self._turn, self._version = self._turn, None, None
        if turn is not None:
            turn.raw.execute("COMMIT")

    def _close_reader(self) -> None:
        self._turn = self._version = None
        reader, self._reader = self._reader, None
        if reader is not None:
            reader.raw.close()

    def _connect(self) -> SqliteConnection:
        return connect(self.path, self._schema, self._synchronous)

    def _broken(self, error: Exception) -> StorageError:
        """Log what the driver said and make it ours."""
        reason = f"{type(error).__name__}: {error}"
        log.error("storage_failed", extra={"file": self.path.name, "reason": reason})
        broken = StorageError()
        broken.__cause__ = error  # for the command line, which has no log
        return broken

    # The writer thread.

    def _write_all(self) -> None:
        connection: SqliteConnection | None = None
        open_for_business = True
        while open_for_business:
            jobs = [self._jobs.get()]
            try:
                while True:
                    jobs.append(self._jobs.get_nowait())
            except Empty:
                pass
            work = [job for job in jobs if job is not None]
            open_for_business = len(work) == len(jobs)
            connection = self._commit(connection, work)
        if connection is not None:
            connection.raw.close()

    def _commit(
        self, connection: SqliteConnection | None, jobs: list[_Job]
    ) -> SqliteConnection | None:
        """Run ``jobs`` in one transaction, answer them, and return a usable connection."""
        results: list[tuple[_Job, Any, BaseException | None]] = []
        try:
            connection = connection or self._connect()
            if len(jobs) == 1:  # a savepoint in a transaction of its own is only a cost
                results.append(self._run(connection, jobs[0], _ALONE))
            else:
                connection.raw.execute("BEGIN IMMEDIATE")
                results.extend(self._run(connection, job, _AMONG_OTHERS) for job in jobs)
                connection.raw.execute("COMMIT")
        except (apsw.Error, OSError, StorageError) as error:
            broken = error if isinstance(error, StorageError) else self._broken(error)
            results = [(job, None, broken) for job in jobs]
            if connection is not None:
                connection.raw.close()
                connection = None
            self._write_failure = broken
        else:
            self._write_failure = None
        for loop in {job.loop for job in jobs}:
            mine = [result for result in results if result[0].loop is loop]
            try:
                loop.call_soon_threadsafe(_resolve, mine)
            except RuntimeError:
                log.warning("answers_lost", extra={"reason": "event loop closed"})
        return connection

    def _run(
        self, connection: SqliteConnection, job: _Job, scope: _Scope
    ) -> tuple[_Job, Any, BaseException | None]:
        """Run one job: it fails by itself, unless the database failed."""
        raw = connection.raw
        raw.execute(scope.begin)
        try:
            result = job.work(connection)
        except StorykeepError as error:
            raw.execute(scope.undo)
            return job, None, error
        except apsw.Error as error:
            if not (raw.in_transaction and isinstance(error, _OF_THE_WORK)):
                raise  # the database failed: disk full, I/O error, corruption
            raw.execute(scope.undo)
            return job, None, self._broken(error)
        except Exception as error:  # the border of one work item: log, answer, go on
            log.exception("write_failed")
            raw.execute(scope.undo)
            return job, None, error
        else:
            return job, result, None
        finally:
            if raw.in_transaction:
                raw.execute(scope.end)


def _resolve(results: list[tuple[_Job, Any, BaseException | None]]) -> None:
    for job, result, error in results:
        if job.future.done():  # the caller went away; what was written stays written
            continue
        if error is not None:
            job.future.set_exception(error)
        else:
            job.future.set_result(result)

"""Ledger in SQL: append-only entries, and balances that the database alone decides.

Postings queue up while a batch is being committed, and the next batch takes them all: one
transaction for however many arrived.
"""

import asyncio
from collections.abc import Sequence
from functools import partial

from msgspec import json

from storykeep.core.errors import InsufficientFunds, StorageError
from storykeep.core.ports import Entry, LedgerLine
from storykeep.storage.database import Connection, Database


class SqlLedger:
    """The ledger port on a database."""

    def __init__(self, database: Database) -> None:
        """``database`` holds the schema "ledger"."""
        self._database = database
        self._waiting: list[tuple[Entry, asyncio.Future[int]]] = []
        self._posting: asyncio.Task[None] | None = None

    async def post(self, entry: Entry) -> int:
        """Write one entry and return the balance after it, once it is durable."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[int] = loop.create_future()
        self._waiting.append((entry, future))
        if self._posting is None:
            self._posting = loop.create_task(self._post_waiting())
        return await future

    async def entries(self, key_id: int, last: int) -> Sequence[LedgerLine]:
        """The last entries of a key, oldest first, each with the balance after it."""
        rows = await self._database.read(lambda db: db.rows("entries_of", key_id, last))
        return [
            LedgerLine(Entry(key_id, entry, units, reason, at), balance)
            for entry, units, reason, at, balance in reversed(rows)
        ]

    async def _post_waiting(self) -> None:
        try:
            while self._waiting:
                batch, self._waiting = self._waiting, []
                await self._post_batch(batch)
        finally:
            self._posting = None

    async def _post_batch(self, batch: list[tuple[Entry, "asyncio.Future[int]"]]) -> None:
        entries = [entry for entry, _ in batch]
        try:
            try:
                balances = await self._database.write(partial(_post, entries))
            except _UnsureError:
                balances = await self._database.write(partial(_post, entries, is_careful=True))
        except Exception as error:  # noqa: BLE001 - whatever it is: who waits must hear of it
            for _, future in batch:
                if not future.done():
                    future.set_exception(error)
            return
        for (_, future), balance in zip(batch, balances, strict=True):
            if future.done():  # the caller hung up: the charge stands
                continue
            if balance is None:
                future.set_exception(InsufficientFunds())
            else:
                future.set_result(balance)


class _UnsureError(StorageError):
    """One of the entries may be in the ledger already."""


def _post(
    entries: Sequence[Entry], db: Connection, *, is_careful: bool = False
) -> list[int | None]:
    """Post in order; per entry the balance after it, or None where it would fall below zero.

    Who is careful looks for entries that are in the ledger already: those change nothing.  As a
    rule there are none: without care, should one be there or a refusal hang on it, _UnsureError
    is raised and nothing of the batch is written.
    """
    known: set[tuple[int, str]] = set()
    if is_careful:
        ids = json.encode([(entry.key_id, entry.entry) for entry in entries]).decode()
        known.update(db.rows("known_entries", ids))
    keys = json.encode(list({entry.key_id for entry in entries})).decode()
    balances: dict[int, int] = dict(db.rows("balances", keys))
    accepted: list[Entry] = []
    after: list[int | None] = []
    for entry in entries:
        key_id = entry.key_id
        balance = balances.get(key_id, 0)
        if (key_id, entry.entry) in known:
            after.append(balance)
        elif key_id not in balances or balance + entry.units < 0:
            after.append(None)
        else:
            known.add((key_id, entry.entry))
            accepted.append(entry)
            balances[key_id] = balance + entry.units
            after.append(balances[key_id])
    if not is_careful and None in after:
        raise _UnsureError
    if accepted:
        if db.run_each("add_entry", accepted) != len(accepted) and not is_careful:
            raise _UnsureError
        changed = {entry.key_id for entry in accepted}
        db.run("set_balances", json.encode([(k, balances[k]) for k in changed]).decode())
    return after

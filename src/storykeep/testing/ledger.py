"""Ledger in memory."""

from collections.abc import Sequence

from storykeep.core.errors import InsufficientFunds
from storykeep.core.ports import Entry, LedgerLine
from storykeep.testing.keyring import MemoryKeyring


class MemoryLedger:
    """Entries in the order of posting, for the keys of one keyring."""

    def __init__(self, keyring: MemoryKeyring) -> None:
        """Nothing was posted yet; the keyring's keys carry the balances."""
        self._keyring = keyring
        self._lines: list[LedgerLine] = []

    async def post(self, entry: Entry) -> int:
        """Write one entry and return the balance after it.  Raises InsufficientFunds."""
        before = self._keyring.balance_of(entry.key_id)
        name = (entry.key_id, entry.entry)
        if before is not None and name in {line.entry[:2] for line in self._lines}:
            return before
        if before is None or before + entry.units < 0:
            raise InsufficientFunds
        after = before + entry.units
        self._keyring.set_balance(entry.key_id, after)
        self._lines.append(LedgerLine(entry, after))
        return after

    async def entries(self, key_id: int, last: int) -> Sequence[LedgerLine]:
        """The last entries of a key, oldest first, each with the balance after it."""
        lines = [line for line in self._lines if line.entry.key_id == key_id]
        return lines[max(0, len(lines) - last) :]

"""Posts charges without end and prints each that was acknowledged, until it is killed.

python tests/storage/poster.py LEDGER KEY ROUND
"""

import asyncio
import sys
from itertools import count
from pathlib import Path

from storykeep.core.ports import Entry
from storykeep.storage.ledger import SqlLedger
from storykeep.storage.sqlite import SqliteDatabase


async def post_forever(ledger: SqlLedger, key_id: int, caller: str) -> None:
    for number in count():
        entry = f"{caller}.{number}"
        balance = await ledger.post(Entry(key_id, entry, -1, "/v1/story/by/id", number))
        sys.stdout.write(f"{entry} {balance}\n")
        sys.stdout.flush()


async def main(path: str, key_id: str, run: str) -> None:
    ledger = SqlLedger(SqliteDatabase(Path(path), "ledger"))
    callers = [post_forever(ledger, int(key_id), f"{run}.{caller}") for caller in range(8)]
    await asyncio.gather(*callers)


asyncio.run(main(*sys.argv[1:]))

"""Storykeep with a ledger that says yes at once and writes nothing, and as it is."""

import os
from pathlib import Path

from msgspec import structs

from storykeep.app import App, create_app, open_shelves
from storykeep.core.ports import Entry
from storykeep.settings import Settings
from storykeep.storage.ledger import SqlLedger


class FreeLedger(SqlLedger):
    """Charges nobody."""

    async def post(self, entry: Entry) -> int:
        return entry.units


def free() -> App:
    """The server without charges."""
    settings = _settings()
    shelves = open_shelves(settings)
    ledger = FreeLedger(shelves.databases[1])
    return create_app(settings, structs.replace(shelves, ledger=ledger))


def durable() -> App:
    """The server as it is."""
    settings = _settings()
    return create_app(settings, open_shelves(settings))


def _settings() -> Settings:
    return Settings(data=Path(os.environ["BENCH_FOLDER"]))

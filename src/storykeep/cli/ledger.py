"""The ledger of a key."""

import click

from storykeep.app import Shelves
from storykeep.cli.keys import as_json, find_key, with_shelves
from storykeep.cli.output import show, time_text
from storykeep.core.ports import LedgerLine
from storykeep.settings import Settings


@click.command()
@click.argument("key")
@click.option(
    "--last", type=click.IntRange(min=1), default=50, show_default=True, help="How many entries."
)
@as_json
@click.pass_obj
def ledger(settings: Settings, key: str, last: int, *, as_json: bool) -> None:
    """Show what was charged and paid, oldest first, with the balance after each entry.

    Example: storykeep ledger newsroom --last 20
    """

    async def work(shelves: Shelves) -> list[LedgerLine]:
        found = await find_key(shelves, key)
        return [*await shelves.ledger.entries(found.id, last)]

    records = [
        {
            "at": time_text(line.entry.at),
            "entry": line.entry.entry,
            "reason": line.entry.reason,
            "units": line.entry.units,
            "balance": line.balance,
        }
        for line in with_shelves(settings, work)
    ]
    show(records, as_json=as_json, columns=("at", "reason", "units", "balance", "entry"))

"""The ledger of a key."""

import click

from storykeep.app import Shelves
from storykeep.cli.keys import as_json, find_key, on_shelves
from storykeep.cli.output import show, time_text


@click.command()
@click.argument("key")
@click.option(
    "--last", type=click.IntRange(min=1), default=50, show_default=True, help="How many entries."
)
@as_json
@on_shelves
async def ledger(shelves: Shelves, key: str, last: int, *, as_json: bool) -> None:
    """Show what was charged and paid, oldest first, with the balance after each entry.

    Example: storykeep ledger newsroom --last 20
    """
    found = await find_key(shelves, key)
    records = [
        {
            "at": time_text(line.entry.at),
            "entry": line.entry.entry,
            "reason": line.entry.reason,
            "units": line.entry.units,
            "balance": line.balance,
        }
        for line in await shelves.ledger.entries(found.id, last)
    ]
    show(records, as_json=as_json, columns=("at", "reason", "units", "balance", "entry"))

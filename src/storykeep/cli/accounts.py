"""The accounts that the archive has seen."""

import click
from msgspec import structs

from storykeep.app import Shelves
from storykeep.cli.keys import as_json, on_shelves
from storykeep.cli.output import show, time_text
from storykeep.core.ids import read_username


@click.group()
def accounts() -> None:
    """The accounts in the archive.

    Example: storykeep accounts list
    """


@accounts.command("list")
@as_json
@on_shelves
async def list_accounts(shelves: Shelves, *, as_json: bool) -> None:
    """List the accounts with the names they had and how many stories are kept.

    Example: storykeep accounts list --json
    """
    records = [structs.asdict(account) for account in await shelves.archive.accounts()]
    for record in records:
        record["seen_at"] = time_text(record.pop("seen_at"))
    columns = ("pk", "username", "full_name", "is_private", "is_own", "stories", "seen_at")
    show(records, as_json=as_json, columns=columns)


@accounts.command()
@click.argument("username")
@click.option("--yes/--no", "is_own", default=True, help="--no takes the mark away.")
@on_shelves
async def own(shelves: Shelves, username: str, *, is_own: bool) -> None:
    """Mark an account as your own: it is served although it is private.

    Example: storykeep accounts own my_account
    """
    name = read_username(username)
    account = await shelves.archive.account(name)
    if account is None:
        raise click.ClickException(f"The archive has not seen {name}: import it first.")
    await shelves.archive.own(account.pk, is_own=is_own)
    click.echo(f"{name} is {'marked' if is_own else 'no longer marked'} as your own.", err=True)

"""The files of stories: which are still wanted, and trying again what was given up."""

import time
from typing import Any

import click
from msgspec import structs

from storykeep.app import Shelves
from storykeep.cli.keys import as_json, on_shelves
from storykeep.cli.media_store import gc, stats, verify
from storykeep.cli.output import show, time_text
from storykeep.core.media import Wanted

COLUMNS = ("pk", "kind", "variant", "state", "due_at", "tries", "expires_at", "reason")
MAX_SHOWN = 100
"""How many files people are shown."""


@click.group()
def media() -> None:
    """Look after the files of stories.

    Example: storykeep media list
    """


for _command in (gc, stats, verify):
    media.add_command(_command)


@media.command("list")
@click.option("--given-up", is_flag=True, help="Only those that are not tried any more.")
@as_json
@on_shelves
async def list_wanted(shelves: Shelves, *, given_up: bool, as_json: bool) -> None:
    """List the files that shall be kept and are not yet: when each is due, its tries, and why.

    A file that was given up is wanted again once its story is seen with an address that is good
    for longer, or by `storykeep media retry`.

    Example: storykeep media list --given-up
    """
    found = await shelves.wanted.list(is_given_up=True if given_up else None)
    now = time.time()
    records = [_record(each, now) for each in found]
    show(records, as_json=as_json, columns=COLUMNS, most=MAX_SHOWN)


@media.command()
@on_shelves
async def retry(shelves: Shelves) -> None:
    """Let files that were given up be tried again at once, where their address is still good.

    Settle first what their reasons say; the server may run meanwhile.

    Example: storykeep media retry
    """
    now = int(time.time())
    found = await shelves.wanted.list(is_given_up=True)
    good = [each for each in found if each.expires_at is None or each.expires_at > now]
    for each in good:
        again = structs.replace(each, tries=0, next_at=now, reason="", is_given_up=False)
        await shelves.wanted.put(again)
    click.echo(f"{len(good)} given up are tried again.", err=True)
    if expired := len(found) - len(good):
        hint = "they are wanted again once their stories are seen with a newer one"
        click.echo(f"{expired} have an address that expired: {hint}.", err=True)


def _record(wanted: Wanted, now: float) -> dict[str, Any]:
    waits = "due" if wanted.next_at <= now else "waiting"
    return {
        "pk": str(wanted.story_pk),
        "kind": wanted.kind,
        "variant": wanted.variant,
        "state": "given up" if wanted.is_given_up else waits,
        "due_at": None if wanted.is_given_up else time_text(wanted.next_at),
        "tries": wanted.tries,
        "expires_at": time_text(wanted.expires_at),
        "reason": wanted.reason or None,
        "url": wanted.url,
    }

"""The operator's sessions at Instagram: add, list, check, remove."""

import asyncio
import sys
import time
from pathlib import Path

import click

from storykeep.cli.keys import as_json
from storykeep.cli.output import show
from storykeep.composition import open_instagram, open_sessions
from storykeep.core.errors import StorageError, StorykeepError
from storykeep.core.upstream import SessionStore
from storykeep.settings import Settings
from storykeep.sources.instagram.session import owner_of, read_session


@click.group()
def session() -> None:
    """Your sessions at Instagram, which the source instagram asks with.

    Example: storykeep session list
    """


@session.command()
@click.argument("name")
@click.argument("file", default="-", type=click.Path(allow_dash=True, path_type=Path))
@click.pass_obj
def add(settings: Settings, name: str, file: Path) -> None:
    """Keep a session, sealed; NAME is the account's.  One that is there is replaced.

    FILE holds the sessionid, or the settings of aiograpi or instagrapi; without FILE it is read
    from standard input.  It is never an argument: everybody can read those.

    Example: storykeep session add my_account sessionid.txt
    """
    kept = read_session(_read(file))
    open_sessions(settings).save(name, kept)
    click.echo(f"The session of account {owner_of(kept)} is kept as {name}.", err=True)


@session.command("list")
@as_json
@click.pass_obj
def list_sessions(settings: Settings, *, as_json: bool) -> None:
    """List the sessions, and whose account each belongs to.

    Example: storykeep session list --json
    """
    store = open_sessions(settings)
    records = [_record_of(store, name) for name in store.names()]
    show(records, as_json=as_json, columns=("name", "account", "state"))


@session.command()
@click.argument("name", default="")
@click.pass_obj
def check(settings: Settings, name: str) -> None:
    """Ask Instagram for the session's own account: one request, which nobody notices.

    Example: storykeep session check my_account
    """
    asyncio.run(_check(settings, name))
    click.echo("Instagram accepts the session.", err=True)


@session.command()
@click.argument("name")
@click.pass_obj
def remove(settings: Settings, name: str) -> None:
    """Forget a session here.  At Instagram it lives on until you log out there.

    Example: storykeep session remove my_account
    """
    if not open_sessions(settings).remove(name):
        raise click.ClickException(f"There is no session {name!r}: see `storykeep session list`.")
    click.echo(f"The session {name} is forgotten.", err=True)


def _record_of(store: SessionStore, name: str) -> dict[str, str | None]:
    try:
        kept = store.load(name)
    except StorageError:
        return {"name": name, "account": None, "state": "not opened by STORYKEEP_SESSION_KEY"}
    return {"name": name, "account": owner_of(kept) if kept else None, "state": "ready"}


async def _check(settings: Settings, name: str) -> None:
    instagram = open_instagram(settings, time.time, name)
    try:
        await instagram.check()
    finally:
        await instagram.close()


def _read(file: Path) -> str:
    """Return what ``file`` or standard input holds.  No message repeats either."""
    try:
        if str(file) != "-":
            return file.read_text("utf-8")
        if sys.stdin.isatty():
            return str(click.prompt("sessionid", hide_input=True, err=True))
        return sys.stdin.read()
    except (OSError, ValueError) as error:
        # Perhaps it is the sessionid itself that stands where the file should.
        raise StorykeepError(
            "That file cannot be read. Give the name of a file that holds the session, or pass"
            " the session on standard input."
        ) from error

"""Access keys: create, list, show, change, disable, rotate, top up."""

import asyncio
import secrets
import time
from collections.abc import Awaitable, Callable
from functools import partial, wraps
from math import isnan
from typing import Any, Concatenate, ParamSpec, TypeVar, get_args

import click

from storykeep.app import Shelves, open_shelves
from storykeep.cli.output import read_time, show, time_text
from storykeep.core.errors import InsufficientFunds
from storykeep.core.keys import PREFIX, SECRET_BYTES, SHOWN, create_key, digest_of
from storykeep.core.ports import AccessKey, Entry
from storykeep.core.signing import MediaForm
from storykeep.settings import Settings

P = ParamSpec("P")
T = TypeVar("T")

TRIAL_UNITS, TRIAL_RATE = 100, 1.0
"""What a new key gets unless told otherwise: the vendor's trial."""

MOST_UNITS = 10**15

COLUMNS = ("id", "name", "prefix", "units", "rate", "media", "created_at", "expires_at", "state")

_media = partial(
    click.option, "--media", type=click.Choice(get_args(MediaForm)),
    help="How answers address files; stable: here, without a key.",
)  # fmt: skip

as_json = click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout.")


def with_shelves(settings: Settings, work: Callable[[Shelves], Awaitable[T]]) -> T:
    """Open the shelves, run ``work`` on them, and close them whatever happens."""

    async def run() -> T:
        shelves = open_shelves(settings)
        try:
            return await work(shelves)
        finally:
            shelves.close()

    return asyncio.run(run())


def on_shelves(
    command: Callable[Concatenate[Shelves, P], Awaitable[None]],
) -> Callable[P, None]:
    """Make a command of a coroutine on the shelves, which are closed whatever happens."""

    @wraps(command)
    @click.pass_obj
    def run(settings: Settings, /, *args: P.args, **options: P.kwargs) -> None:
        with_shelves(settings, lambda shelves: command(shelves, *args, **options))

    return run


@click.group()
def keys() -> None:
    """Access keys: who may ask, how often, and how much.

    KEY is the id, the name, or the first characters of the key, as `keys list` shows them.

    Example: storykeep keys create --name newsroom --units 10000 --rate 15
    """


@keys.command()
@click.option("--name", default="default", show_default=True, help="A name for people.")
@click.option(
    "--units", type=click.IntRange(0, MOST_UNITS), default=TRIAL_UNITS, show_default=True,
    help="Request units to begin with.",
)  # fmt: skip
@click.option(
    "--rate", type=click.FloatRange(1 / 86_400, 1e6), default=TRIAL_RATE,
    show_default=True, help="Requests a second.",
)  # fmt: skip
@click.option("--expires", help="ISO 8601 time after which the key is refused.")
@_media(default="cdn", show_default=True)
@as_json
@on_shelves
async def create(
    shelves: Shelves,
    name: str,
    units: int,
    rate: float,
    expires: str | None,
    media: MediaForm,
    *,
    as_json: bool,
) -> None:
    """Create a key and show it, once: what is stored is only its digest.

    Example: storykeep keys create --name newsroom --units 10000 --rate 15
    """
    if isnan(rate):  # no range excludes it
        raise click.BadParameter("'nan' is no number of requests a second.")
    expires_at = int(read_time(expires).timestamp()) if expires else None
    key, secret = await create_access_key(shelves, name, units, rate, expires_at, media)
    rights = f"{key.balance} units, {key.rate:g} requests/s. It is not shown again."
    _show_secret(key, secret, f": {rights}", as_json=as_json)


@keys.command("list")
@as_json
@on_shelves
async def list_keys(shelves: Shelves, *, as_json: bool) -> None:
    """List the keys with their balances.

    Example: storykeep keys list --json
    """
    found = await shelves.keyring.list()
    show([record_of(key) for key in found], as_json=as_json, columns=COLUMNS)


@keys.command("show")
@click.argument("key")
@as_json
@on_shelves
async def show_key(shelves: Shelves, key: str, *, as_json: bool) -> None:
    """Show one key.

    Example: storykeep keys show newsroom
    """
    _show_key(await find_key(shelves, key), as_json=as_json)


@keys.command("set")
@click.argument("key")
@_media(required=True)
@as_json
@on_shelves
async def set_key(shelves: Shelves, key: str, media: MediaForm, *, as_json: bool) -> None:
    """Change what a key's answers are like, from the next one on.

    Example: storykeep keys set newsroom --media stable
    """
    found = await find_key(shelves, key)
    await shelves.keyring.set_media(found.id, media)
    _show_key(await find_key(shelves, str(found.id)), as_json=as_json)


@keys.command()
@click.argument("key")
@on_shelves
async def disable(shelves: Shelves, key: str) -> None:
    """Close the door for a key, for good, also while the server runs.

    Example: storykeep keys disable newsroom
    """
    found = await find_key(shelves, key)
    await shelves.keyring.disable(found.id)
    click.echo(f"Key {found.id} ({found.name}) is disabled.", err=True)


@keys.command()
@click.argument("key")
@as_json
@on_shelves
async def rotate(shelves: Shelves, key: str, *, as_json: bool) -> None:
    """Give a key another secret and show it, once; the old one ends at this moment.

    Example: storykeep keys rotate newsroom
    """
    found = await find_key(shelves, key)
    secret = create_key(secrets.token_bytes(SECRET_BYTES))
    await shelves.keyring.rotate(found.id, digest_of(secret.encode()), secret[:SHOWN])
    found = await find_key(shelves, str(found.id))
    _show_secret(found, secret, " has this secret now; the old one is void.", as_json=as_json)


@keys.command()
@click.argument("key")
@click.argument("units", type=click.IntRange(-MOST_UNITS, MOST_UNITS))
@as_json
@on_shelves
async def topup(shelves: Shelves, key: str, units: int, *, as_json: bool) -> None:
    """Add request units to a key; a negative number takes some away (write: -- -50).

    Example: storykeep keys topup newsroom 5000
    """
    found = await find_key(shelves, key)
    try:
        await post_units(shelves, found.id, units, "topup")
    except InsufficientFunds as error:
        message = f"Key {found.id} ({found.name}) has only {found.balance} units left to take."
        raise click.ClickException(message) from error
    _show_key(await find_key(shelves, str(found.id)), as_json=as_json)


def _show_key(key: AccessKey, *, as_json: bool) -> None:
    record = record_of(key)
    show(record if as_json else [record], as_json=as_json, columns=COLUMNS)


def _show_secret(key: AccessKey, secret: str, note: str, *, as_json: bool) -> None:
    """Show the secret, which nobody can read again."""
    if as_json:
        show({"access_key": secret, **record_of(key)}, as_json=True)
    else:
        click.echo(secret)
        click.echo(f"Key {key.id} ({key.name}){note}", err=True)


async def create_access_key(
    shelves: Shelves,
    name: str,
    units: int,
    rate: float,
    expires_at: int | None = None,
    media: MediaForm = "cdn",
) -> tuple[AccessKey, str]:
    """Return a new key, topped up, and the secret that nobody can read again."""
    secret = create_key(secrets.token_bytes(SECRET_BYTES))
    key = AccessKey(
        id=0,
        name=name,
        prefix=secret[:SHOWN],
        rate=rate,
        balance=0,
        created_at=int(time.time()),
        expires_at=expires_at,
        media=media,
    )
    created = await shelves.keyring.create(key, digest_of(secret.encode()))
    if units:
        await post_units(shelves, created.id, units, "created")
    return await find_key(shelves, str(created.id)), secret


async def post_units(shelves: Shelves, key_id: int, units: int, reason: str) -> None:
    """Post what the operator gives or takes."""
    await shelves.ledger.post(Entry(key_id, secrets.token_hex(12), units, reason, int(time.time())))


async def find_key(shelves: Shelves, word: str) -> AccessKey:
    """Return the key that ``word`` means: an id, a whole key, a prefix, or a name."""
    found = await shelves.keyring.list()
    is_prefix = word.startswith(PREFIX)
    for matches in (
        [key for key in found if str(key.id) == word],
        [key for key in found if is_prefix and key.prefix.startswith(word[:SHOWN])],
        [key for key in found if key.name == word],
    ):
        if len(matches) == 1:
            return matches[0]
        if matches:
            raise click.ClickException(f"{len(matches)} keys are called {word!r}: use the id.")
    raise click.ClickException(f"There is no key {word!r}: see `storykeep keys list`.")


def record_of(key: AccessKey) -> dict[str, Any]:
    """Return a key as it is shown."""
    state = "active" if key.is_valid(time.time()) else "disabled" if key.is_disabled else "expired"
    return {
        "id": key.id,
        "name": key.name,
        "prefix": key.prefix,
        "units": key.balance,
        "rate": key.rate,
        "media": key.media,
        "created_at": time_text(key.created_at),
        "expires_at": time_text(key.expires_at),
        "state": state,
    }

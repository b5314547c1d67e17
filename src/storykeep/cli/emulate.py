"""Running the fake Instagram by itself."""

import asyncio
import signal
import time
from collections.abc import Sequence
from pathlib import Path

import click

from storykeep.settings import Settings
from storykeep.testing.instagram import FAILURES, SESSION, TOKEN, FakeInstagram, create_world


def _read_failures(
    _context: click.Context, _parameter: click.Parameter, values: Sequence[str]
) -> list[tuple[str, str]]:
    """Split each ``PLACE=KIND``."""
    failures = []
    for value in values:
        place, _, kind = value.rpartition("=")
        if kind not in FAILURES:
            raise click.BadParameter(f"{value!r}: KIND is one of {', '.join(FAILURES)}.")
        failures.append((place, kind))
    return failures


@click.command()
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=8100,
    show_default=True,
    help="Port of 127.0.0.1.",
)
@click.option(
    "--fail",
    "failures",
    multiple=True,
    metavar="PLACE=KIND",
    callback=_read_failures,
    help="Let requests whose host and path contain PLACE fail, e.g. feed/user/=throttled.",
)
@click.pass_obj
def emulate(settings: Settings, port: int, failures: list[tuple[str, str]]) -> None:
    """Run a fake Instagram until it is interrupted, to try clients on offline.

    It logs each request on standard error.

    Example: storykeep emulate --port 8100
    """
    instagram = FakeInstagram(create_world(time.time))
    for place, kind in failures:
        instagram.fail(place, kind)
    authority = settings.data / "tls" / "emulator.pem"
    authority.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    authority.write_bytes(instagram.authority)
    try:
        asyncio.run(_serve(instagram, port, authority.resolve()))
    except OSError as error:
        message = f"Cannot listen on 127.0.0.1:{port}: {error.strerror or error}."
        raise click.ClickException(message) from error


async def _serve(instagram: FakeInstagram, port: int, authority: Path) -> None:
    stopped = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    await instagram.start(port)
    click.echo("\n".join(_greeting(instagram, authority)))
    await stopped.wait()
    await instagram.stop()


def _greeting(instagram: FakeInstagram, authority: Path) -> list[str]:
    """Say what is served and how it is reached; each line works when pasted."""
    origin, (wild, *others) = instagram.origin, instagram.world.accounts
    curl = f'curl -H "Cookie: sessionid={SESSION}"'
    api = f"{origin}/api/v1"
    stories = f"{origin}/v25.0/{wild.graph_id}/stories?access_token={TOKEN}"
    return [
        f"fake Instagram listens on {origin}",
        "",
        "It is i.instagram.com, www.instagram.com, the CDN and the Graph API, with the accounts",
        f"{', '.join(each.username for each in (wild, *others))}.",
        "",
        "For tools that speak https only:",
        f"  export HTTPS_PROXY={origin}",
        f"  export REQUESTS_CA_BUNDLE='{authority}' SSL_CERT_FILE='{authority}'",
        "",
        f"Session: {SESSION}",
        f"Graph token: {TOKEN}",
        "",
        f'{curl} -H "Host: i.instagram.com" "{api}/users/{wild.username}/usernameinfo/"',
        f'{curl} -H "Host: i.instagram.com" "{api}/feed/user/{wild.pk}/story/"',
        f'curl -H "Host: graph.facebook.com" "{stories}"',
        f"curl --proxy {origin} --cacert '{authority}' https://www.instagram.com/{wild.username}/",
    ]

"""Serving."""

import contextlib
import errno
import gc
import signal
import socket
import sys
from functools import partial
from typing import TYPE_CHECKING

import click
import uvicorn

from storykeep.api.direct import DirectProtocol
from storykeep.app import App, Shelves, create_app, open_shelves
from storykeep.cli.demo import examples, fill, find_demo_key, with_demo
from storykeep.cli.keys import with_shelves
from storykeep.core.errors import StorageError
from storykeep.settings import Settings

if TYPE_CHECKING:
    from storykeep.cli.tls import Certificates

GRACE_SECONDS = 30
"""How long a stopping server waits for answers that are under way."""


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option(
    "--port", type=click.IntRange(0, 65535), help="Port.  [default: 8000, with --tls 8443]"
)
@click.option("--demo", is_flag=True, help="Fill in demo data and print a key and example calls.")
@click.option("--tls", is_flag=True, help="Serve https with a certificate authority of our own.")
@click.pass_obj
def serve(settings: Settings, host: str, port: int | None, *, demo: bool, tls: bool) -> None:
    """Serve the API until it is interrupted; requests that have begun are finished.

    Example: storykeep serve --port 8000
    """
    # Being asked to stop is no failure; uvicorn raises the signal again when it is done.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    listener = _listen(host, port if port is not None else 8443 if tls else 8000)
    name = f"[{host}]" if ":" in host else host
    address = f"{'https' if tls else 'http'}://{name}:{listener.getsockname()[1]}"
    certificates = None
    if tls:
        from storykeep.cli.tls import create_certificates  # 15 MB that plain http does not need

        certificates = create_certificates(settings.data / "tls", host)
    if demo:
        settings = with_demo(settings)
    key = with_shelves(settings, partial(_prepare, settings, demo=demo))
    app = create_app(settings, open_shelves(settings))
    _greet(address, key, certificates)
    _run(app, listener, certificates)


def _listen(host: str, port: int) -> socket.socket:
    """Bind before anything else is done, so that a port in use is one clear line."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        # A socket that another server listens on may still be bound; listening tells.
        listener.listen(2048)
    except OSError as error:
        listener.close()
        if error.errno == errno.EADDRINUSE:
            message = f"Port {port} is in use: choose another, e.g. --port {port + 1}."
        else:
            message = f"Cannot listen on {host}:{port}: {error.strerror or error}."
        raise click.ClickException(message) from error
    return listener


async def _prepare(settings: Settings, shelves: Shelves, *, demo: bool) -> str | None:
    """Make the archive and, for the demo, its data and key.

    A damaged data folder is told here, and then by every answer (503), until it is mended.
    """
    try:
        if demo:
            await fill(shelves)
            return await find_demo_key(shelves, settings.data)
        if not await shelves.keyring.list():
            click.echo("No access key yet: storykeep keys create --name NAME", err=True)
        await shelves.archive.account("")
    except StorageError as error:
        click.echo(f"Warning: {error} Requests will be answered with 503.", err=True)
    return None


def _greet(address: str, key: str | None, certificates: "Certificates | None") -> None:
    lines = [f"storykeep listens on {address}"]
    options = ""
    if certificates is not None:
        authority = certificates.authority.resolve()
        options = f"--cacert '{authority}' "
        host = address.removeprefix("https://").replace("127.0.0.1", "localhost")
        lines += [
            "",
            "For the vendor's clients:",
            f"  export HIKERAPI_HOST={host} HIKERAPI_TOKEN={key or 'YOUR_KEY'}",
            f"  export SSL_CERT_FILE='{authority}'",
            f"  export NODE_EXTRA_CA_CERTS='{authority}'",
        ]
    if key is not None:
        lines += ["", f"Access key: {key}", "", *examples(address, key, options)]
    lines += ["", f"API reference: {address}/docs"]
    click.echo("\n".join(lines))


def _run(app: App, listener: socket.socket, certificates: "Certificates | None") -> None:
    config = uvicorn.Config(
        app,
        http=DirectProtocol,
        ws="none",
        lifespan="on",
        access_log=False,
        log_config=None,
        log_level="warning",
        server_header=False,
        timeout_graceful_shutdown=GRACE_SECONDS,
        ssl_certfile=certificates and certificates.certificate,
        ssl_keyfile=certificates and certificates.key,
    )
    # What exists by now lives as long as the server, and what a request makes dies with it:
    # looking for circles every 700 objects took a twentieth of all CPU.
    gc.freeze()
    gc.set_threshold(10_000)
    with contextlib.suppress(KeyboardInterrupt):
        uvicorn.Server(config).run(sockets=[listener])

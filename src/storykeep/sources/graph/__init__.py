"""The official Graph API as an origin, for the operator's own professional accounts.

upstream.py   GraphUpstream: accounts, and their stories of the last day
answers.py    what its errors mean, and when its budget is used up
token.py      the access token: kept, renewed, and put into queries unseen
"""

import asyncio
from contextlib import suppress
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Literal

import httpx2
from msgspec import Meta, Struct

from storykeep.client.aio import Sleep
from storykeep.client.http import Timeouts, keyless_options_of
from storykeep.core.options import read_options
from storykeep.core.ports import Clock
from storykeep.core.upstream import Drift
from storykeep.sources.graph.token import App, SigningTransport, Token
from storykeep.sources.graph.upstream import GraphUpstream
from storykeep.sources.origin import LIMIT, Origin, read_secret


class GraphOptions(Struct, frozen=True, forbid_unknown_fields=True):
    """What may stand behind ``graph?``."""

    token_file: str
    account: tuple[Annotated[str, Meta(pattern="^[0-9]{1,40}$")], ...]
    """The numbers by which the Graph API knows the accounts, e.g. 17841400000000001."""
    host: Literal["graph.facebook.com", "graph.instagram.com"] = "graph.facebook.com"
    """Where the token is from: a log-in with Facebook, or one with Instagram."""
    version: Annotated[str, Meta(pattern=r"^v[0-9]+\.[0-9]+$")] = "v25.0"
    app_id: str = ""
    app_secret_file: str = ""
    """Of the operator's app: needed to renew a token that is from Facebook."""
    name: str = "graph"
    """What it is called, where there are several."""
    via: str = ""
    """An emulator on this machine that is asked instead, e.g. ``http://127.0.0.1:8001``."""
    timeout: Annotated[float, Meta(gt=0, le=300)] = LIMIT
    """Seconds for one question."""


def create_graph(
    text: str, *, drift: Drift, clock: Clock, sleep: Sleep = asyncio.sleep
) -> GraphUpstream:
    """Return the origin of ``token_file=FILE&account=ID``.  Raises ValueError: what to write."""
    try:
        options = read_options(text, GraphOptions)
        app = None
        if options.app_secret_file:
            app = App(options.app_id, read_secret(options.app_secret_file))
        token = Token(Path(options.token_file), options.host, options.version, app, clock)
        address = _loopback(options.via) if options.via else f"https://{options.host}"
    except ValueError as error:
        raise ValueError(f"graph: {error}") from None
    http = {**keyless_options_of(address, Timeouts(read=options.timeout), verify=True)}
    http["headers"] |= {"host": options.host}
    http["transport"] = SigningTransport(httpx2.AsyncHTTPTransport(trust_env=False), token)
    client = httpx2.AsyncClient(**http)
    origin = Origin(options.name, client, limit=options.timeout, sleep=sleep)
    return GraphUpstream(origin, token, options.account, options.version, drift=drift, clock=clock)


def _loopback(address: str) -> str:
    """Return the address, if it is on this machine: the token is sent there in the clear."""
    with suppress(ValueError, httpx2.InvalidURL):
        url = httpx2.URL(address)
        if url.scheme == "http" and ip_address(url.host).is_loopback:
            return address
    raise ValueError("via is the address of an emulator on this machine: http://127.0.0.1:PORT")

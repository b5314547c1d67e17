"""The real aiograpi in front of the fake Instagram: nothing is changed but its transport."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
from aiograpi import Client

from storykeep.testing.instagram import SESSION, rewriting_transport


@asynccontextmanager
async def aiograpi(origin: str, session: str = SESSION) -> AsyncIterator[Any]:
    """Yield a client of that session that waits for nothing between its calls."""
    client = Client(
        settings={"authorization_data": {"ds_user_id": "42", "sessionid": session}},
        private_transport="requests",
        request_timeout=0,
    )
    client.public_request_retries_timeout = 0
    client.small_delay = _no_delay
    for side in (client.private, client.public, client.graphql):
        side._client = httpx.AsyncClient(
            transport=rewriting_transport(origin, httpx.AsyncHTTPTransport()),
            follow_redirects=True,
        )
        side._set_client = lambda: None
    yield client
    for side in (client.private, client.public, client.graphql):
        await side._client.aclose()


async def _no_delay() -> None:
    """Nobody is disturbed by haste."""

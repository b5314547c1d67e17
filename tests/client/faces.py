"""Both faces of the client behind one function: what a test says of one, it says of both."""

import asyncio
from typing import Any

import pytest

from storykeep.client import AsyncClient, Client

KEY = "sk_a_key_that_no_text_may_show"

FACES = pytest.mark.parametrize("face", ["sync", "async"])


def call(
    face: str, url: str, method: str, *args: Any, waits: list[float] | None = None, **options: Any
) -> Any:
    """Call one method of a client that sleeps by writing down how long."""
    slept: list[float] = [] if waits is None else waits
    known = {"key", "timeouts", "retries", "verify"}
    made: dict[str, Any] = {"key": KEY, "random": lambda: 1.0}
    made |= {name: options.pop(name) for name in known & options.keys()}
    if face == "sync":
        with Client(url, sleep=slept.append, **made) as client:
            return getattr(client, method)(*args, **options)

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    async def run() -> Any:
        async with AsyncClient(url, sleep=sleep, **made) as client:
            return await getattr(client, method)(*args, **options)

    return asyncio.run(run())

"""Run in a process of its own: the vendor's client against the server that the environment names.

Reads the calls from standard input as JSON, ``[[method, arguments], ...]``, asks each of them
with the synchronous and the asynchronous client, and prints what came back.
"""

import asyncio
import base64
import json
import sys
from typing import Any

from hikerapi import AsyncClient, Client


def told(answer: Any) -> Any:
    """What was returned, as JSON can say it."""
    return {"bytes": base64.b64encode(answer).decode()} if isinstance(answer, bytes) else answer


def ask(token: str | None, calls: list[tuple[str, dict[str, Any]]]) -> list[Any]:
    client = Client(token=token)
    return [told(getattr(client, method)(**arguments)) for method, arguments in calls]


async def ask_asynchronously(
    token: str | None, calls: list[tuple[str, dict[str, Any]]]
) -> list[Any]:
    async with AsyncClient(token=token) as client:
        return [told(await getattr(client, method)(**arguments)) for method, arguments in calls]


token, calls = json.load(sys.stdin)
both = {"sync": ask(token, calls), "async": asyncio.run(ask_asynchronously(token, calls))}
json.dump(both, sys.stdout)

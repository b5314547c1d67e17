"""Storykeep's own core behind FastAPI: gate, stories and ledger are the same objects.

The body is the same ready-made bytes, answered as a Response, and the headers are the same.
What differs is who routes, parses and answers.
"""

import os
import secrets
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import count
from pathlib import Path
from typing import Annotated

from fastapi import Depends, FastAPI, Header, Query, Request, Response
from fastapi.responses import JSONResponse

from storykeep.api.errors import body_of, status_of
from storykeep.app import open_shelves
from storykeep.composition import compose
from storykeep.core.errors import StorykeepError
from storykeep.core.ports import AccessKey
from storykeep.core.throttle import Decision, MemoryLimiter, burst_of
from storykeep.service.gate import Gate, refuse_rate
from storykeep.service.stories import Stories
from storykeep.settings import Settings

settings = Settings(data=Path(os.environ["BENCH_FOLDER"]), reel_cache=0)
shelves = open_shelves(settings)
stories = Stories(compose(settings, shelves.archive, shelves.origins, time.time).source)
gate = Gate(shelves.keyring, MemoryLimiter(), shelves.ledger, time.time, settings.billing_url)
entries = (f"{secrets.token_hex(8)}{number:x}" for number in count())


@asynccontextmanager
async def live(_: FastAPI) -> AsyncIterator[None]:
    yield
    shelves.close()


app = FastAPI(lifespan=live)


@app.exception_handler(StorykeepError)
async def refuse(_: Request, error: StorykeepError) -> Response:
    return Response(body_of(error), status_of(type(error)), media_type="application/json")


async def admit(x_access_key: Annotated[str, Header()]) -> tuple[AccessKey, Decision]:
    key = await gate.identify(x_access_key.encode())
    decision = await gate.admit(key)
    refuse_rate(decision)
    return key, decision


Admitted = Annotated[tuple[AccessKey, Decision], Depends(admit)]


async def pay(admitted: tuple[AccessKey, Decision], units: int, path: str) -> dict[str, str]:
    """Charge, and return the headers of the contract."""
    key, decision = admitted
    entry = next(entries)
    balance = await gate.charge(key, units, entry, path)
    burst = burst_of(key.rate)
    return {
        "vary": "accept-encoding",
        "x-request-id": entry,
        "x-hiker-info": f'{{"reqs": {units}}}',
        "ratelimit-policy": f'"default";q={burst};w=1',
        "ratelimit": f'"default";r={decision.remaining};t=1',
        "x-quota-remaining": str(balance),
    }


@app.get("/v1/user/stories", response_class=JSONResponse)
async def user_stories(
    admitted: Admitted,
    user_id: str,
    amount: Annotated[int, Query(ge=0)] = 0,
    force: bool | None = None,  # noqa: FBT001 - as FastAPI wants it
) -> Response:
    units = 1 if force else 2
    gate.afford(admitted[0], units)
    body = (await stories.of_user(user_id)).first(amount)
    headers = await pay(admitted, units, "/v1/user/stories")
    return Response(body, headers=headers, media_type="application/json")


@app.get("/v1/story/by/id", response_class=JSONResponse)
async def story_by_id(admitted: Admitted, id: str) -> Response:
    gate.afford(admitted[0], 1)
    body = (await stories.by_id(id)).wire
    headers = await pay(admitted, 1, "/v1/story/by/id")
    return Response(body, headers=headers, media_type="application/json")

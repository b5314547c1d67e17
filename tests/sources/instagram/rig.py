"""InstagramUpstream over the real aiograpi, in front of the fake Instagram."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, NamedTuple

from msgspec import json

from storykeep.core.sighting import Problem
from storykeep.core.upstream import SessionStore
from storykeep.sources.instagram.session import read_session
from storykeep.sources.instagram.upstream import InstagramUpstream
from storykeep.testing import MemorySessions
from storykeep.testing.instagram import SESSION, Answer, FakeInstagram, World

WILD, QUIET, CLOSED, FRIEND, VIEWER = 4400000001, 4400000002, 4400000003, 4400000009, 42
PATIENCE = 60.0
"""A time limit that no test reaches."""
NO_TIME = 0.05
"""One that is reached by what never ends."""


class HeardDrift:
    """Drift that remembers."""

    def __init__(self) -> None:
        self.problems: list[tuple[str, Problem]] = []

    def add(self, source: str, problems: Sequence[Problem]) -> None:
        self.problems += [(source, problem) for problem in problems]


class Rig(NamedTuple):
    fake: FakeInstagram
    upstream: InstagramUpstream
    drift: HeardDrift
    store: SessionStore


def with_session(session: str = SESSION) -> MemorySessions:
    """Return a store that holds a session as ``storykeep session add`` puts it in."""
    store = MemorySessions()
    store.save("acme_viewer", read_session(session))
    return store


@asynccontextmanager
async def asking(
    world: World | None = None,
    *,
    store: SessionStore | None = None,
    time_limit: float = PATIENCE,
    session: str = "",
) -> AsyncIterator[Rig]:
    drift, kept = HeardDrift(), with_session() if store is None else store
    async with FakeInstagram(world) as fake:
        upstream = InstagramUpstream(
            kept,
            fake.world.clock,
            drift,
            session=session,
            base_url=fake.origin,
            time_limit=time_limit,
        )
        try:
            yield Rig(fake, upstream, drift, kept)
        finally:
            await upstream.close()


def says(document: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Answer:
    """Return an answer of this JSON."""
    kind = {"Content-Type": "application/json; charset=utf-8"}
    return Answer(status, json.encode(document), kind | dict(headers or {}))

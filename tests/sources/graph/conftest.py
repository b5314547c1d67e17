"""An origin that asks the fake Graph API, for each test."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from storykeep.testing import HandClock
from storykeep.testing.instagram import FakeInstagram, create_world
from tests.making import T0
from tests.sources.counted import Counted
from tests.sources.graph.rig import Rig, create


@pytest.fixture
async def rig(tmp_path: Path) -> AsyncIterator[Rig]:
    clock, drift = HandClock(T0 + 0.5), Counted()
    async with FakeInstagram(create_world(clock)) as instagram:
        graph = create(tmp_path, instagram, clock, drift)
        yield Rig(graph, instagram, clock, drift, tmp_path)
        await graph.close()


@pytest.fixture
async def insta(rig: Rig, tmp_path: Path) -> AsyncIterator[Rig]:
    """The rig with a token of a log-in with Instagram, which can be renewed."""
    graph = create(tmp_path, rig.instagram, rig.clock, rig.drift, "&host=graph.instagram.com")
    yield rig._replace(graph=graph)
    await graph.close()

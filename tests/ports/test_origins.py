"""Origins: the health of each, changed whole, and the drift of what they answer, bounded."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from msgspec import structs

from storykeep.core.errors import SourceThrottled
from storykeep.core.extract.drift import MAX_FIELDS, OTHER
from storykeep.core.governor import Health
from storykeep.core.sighting import Problem
from storykeep.core.upstream import DriftCount, Origins
from storykeep.storage.origins import SqlOrigins
from storykeep.testing import HandClock, MemoryOrigins
from tests.making import T0
from tests.ports.adapters import open_database

WHOLE = Health(
    "instagram",
    slots={6_000_000: 3},
    asked_at=T0 + 0.25,
    answered_at=T0,
    results={"answered": 2, "SourceThrottled": 1},
    strikes=1,
    failures=2,
    rest=600.0,
    resting_until=T0 + 600.5,
    stopped_at=T0,
    error="ä '; --\n",
    error_at=T0,
)


@pytest.fixture
def clock() -> HandClock:
    return HandClock(T0)


@pytest.fixture(params=["memory", "sqlite"])
async def origins(
    request: pytest.FixtureRequest, tmp_path: Path, clock: HandClock
) -> AsyncIterator[Origins]:
    if request.param == "memory":
        yield MemoryOrigins(clock)
        return
    async with open_database(tmp_path / "archive.db", "archive") as database:
        yield SqlOrigins(database, clock)


async def settled(origins: Origins, source: str = "instagram") -> list[DriftCount]:
    """Return the drift once what was added is there, for no answer waits for that."""
    for _ in range(5):  # each is a commit, and behind one what was added is written
        await origins.change("another", lambda health: health)
        await asyncio.sleep(0)
    return [*await origins.drift(source)]


async def test_who_was_never_asked_is_well(origins: Origins) -> None:
    assert Health("instagram") == await origins.health("instagram")
    assert [] == [*await origins.drift("instagram")]


async def test_a_health_is_kept_as_it_is(origins: Origins) -> None:
    assert WHOLE == await origins.change("instagram", lambda _: WHOLE)
    assert WHOLE == await origins.health("instagram")
    assert Health("graph") == await origins.health("graph")


async def test_a_change_begins_with_what_the_latest_left(origins: Origins) -> None:
    def one_more(health: Health) -> Health:
        return structs.replace(health, strikes=health.strikes + 1)

    changes = [origins.change("instagram", one_more) for _ in range(20)]
    assert {*range(1, 21)} == {health.strikes for health in await asyncio.gather(*changes)}
    assert 20 == (await origins.health("instagram")).strikes


async def test_a_change_that_raises_changes_nothing(origins: Origins) -> None:
    await origins.change("instagram", lambda _: WHOLE)

    def refuse(health: Health) -> Health:
        raise SourceThrottled(f"{health.strikes} strikes", retry_after=5)

    with pytest.raises(SourceThrottled, match="1 strikes") as caught:
        await origins.change("instagram", refuse)
    assert 5 == caught.value.retry_after
    assert WHOLE == await origins.health("instagram")


async def test_drift_is_counted_by_source_and_field(origins: Origins, clock: HandClock) -> None:
    new = Problem("story_hologram", "unknown key", times=2)
    origins.add("instagram", [new, Problem("reel.items[3].pk", "missing")])
    origins.add("graph", [Problem("id", "missing key")])
    await settled(origins)
    clock.turn(60)
    origins.add("instagram", [new])
    origins.add("instagram", [])
    assert [
        DriftCount("story_hologram: unknown key", 4, T0 + 60),
        DriftCount("reel.items[].pk: missing", 1, T0),
    ] == await settled(origins)
    assert [DriftCount("id: missing key", 1, T0)] == await settled(origins, "graph")


async def test_names_from_outside_do_not_fill_the_shelves(origins: Origins) -> None:
    """Neither at once nor a few at a time."""
    for start in (0, 100, 200):
        numbers = range(start, start + 200)
        origins.add("instagram", [Problem(f"field_{number}", "") for number in numbers])
        await settled(origins)
    found = await settled(origins)
    assert MAX_FIELDS + 1 == len(found)
    assert 600 == sum(count.times for count in found)
    assert OTHER == found[0].field

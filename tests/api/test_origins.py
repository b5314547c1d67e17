"""What /metrics tells of live origins."""

from storykeep.api.observe import Metrics
from storykeep.api.origins import measure_origins
from storykeep.core.errors import SourceLoginRequired, SourceThrottled, StorageError
from storykeep.core.governor import Health, Pace, admit, settle
from storykeep.core.sighting import Problem
from storykeep.testing import HandClock, MemoryOrigins
from tests.making import T0

PACE = Pace(hour=100, day=0)


async def lines(origins: MemoryOrigins) -> list[str]:
    metrics = Metrics(measure_origins({"instagram": PACE}, origins, HandClock(T0)))
    text = (await metrics.render()).decode()
    return [line for line in text.splitlines() if "instagram" in line]


async def test_an_origin_is_told_in_numbers() -> None:
    origins = MemoryOrigins(HandClock(T0))

    def asked(health: Health) -> Health:
        health = settle(admit(health, PACE, T0, 0.0), PACE, T0, None)
        health = admit(health, PACE, T0 + 60, 0.0)
        return settle(health, PACE, T0 - 300, SourceThrottled())

    await origins.change("instagram", asked)
    origins.add("instagram", [Problem("story_hologram", "unknown key", times=3)])
    assert [
        'storykeep_upstream_requests_total{result="answered",source="instagram"} 1.0',
        'storykeep_upstream_requests_total{result="SourceThrottled",source="instagram"} 1.0',
        'storykeep_upstream_budget_left{source="instagram",window="hour"} 98.0',
        'storykeep_upstream_stopped{source="instagram"} 0.0',
        'storykeep_upstream_rest_seconds{source="instagram"} 300.0',
        'storykeep_drift_total{field="story_hologram: unknown key",source="instagram"} 3.0',
    ] == await lines(origins)


async def test_a_breaker_that_is_open_is_one() -> None:
    origins = MemoryOrigins(HandClock(T0))
    await origins.change(
        "instagram", lambda health: settle(health, PACE, T0, SourceLoginRequired("x"))
    )
    assert 'storykeep_upstream_stopped{source="instagram"} 1.0' in await lines(origins)


class Broken(MemoryOrigins):
    """Shelves that are out of order."""

    async def health(self, source: str) -> Health:
        raise StorageError(source)


async def test_the_other_numbers_are_there_when_the_shelves_are_not() -> None:
    metrics = Metrics(measure_origins({"instagram": PACE}, Broken(HandClock()), HandClock()))
    metrics.count("/v1/user/stories", 200, 0.01, 2)
    assert b'storykeep_request_units_total{path="/v1/user/stories"} 2.0' in await metrics.render()

"""A governed upstream asks no more than it may, says why it does not, and forgets nothing."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from storykeep.core.errors import (
    SourceError,
    SourceLoginRequired,
    SourceThrottled,
    SourceUnavailable,
    StorageError,
    UserNotFound,
)
from storykeep.core.governor import Health, Pace, reset
from storykeep.core.upstream import Origins, Upstream
from storykeep.sources.governed import Governed
from storykeep.storage.origins import SqlOrigins
from storykeep.testing import HandClock, MemoryOrigins, ScriptedUpstream
from tests.making import ACME, T0, make_sighting
from tests.ports.adapters import open_database

PACE = Pace(hour=100, day=600, spacing=2.0, jitter=0.5, patience=5.0)
SIGHTING = make_sighting()


class Rig:
    """A governed upstream whose time passes only by its own sleeping."""

    def __init__(self, pace: Pace = PACE, origins: Origins | None = None) -> None:
        self.clock = HandClock(T0)
        self.origins = origins or MemoryOrigins(self.clock)
        self.upstream = ScriptedUpstream(
            "instagram",
            users={"acme": SIGHTING, "nobody": UserNotFound()},
            accounts={ACME: SIGHTING},
            reels={ACME: SIGHTING},
            stories={1: SIGHTING},
            trays={ACME: SIGHTING},
            highlights={9: SIGHTING},
        )
        self.slept: list[float] = []
        self.governed = self.restarted(pace)

    def restarted(self, pace: Pace = PACE) -> Governed:
        return Governed(self.upstream, self.origins, pace, self.clock, self.sleep, lambda: 0.5)

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.clock.turn(seconds)

    async def health(self) -> Health:
        return await self.origins.health("instagram")


@pytest.fixture
def rig() -> Rig:
    return Rig()


QUESTIONS: list[tuple[Callable[[Upstream], Awaitable[Any]], tuple[object, ...], Any]] = [
    (lambda up: up.user("acme"), ("user", "acme"), SIGHTING),
    (lambda up: up.user_by_pk(ACME), ("user_by_pk", ACME), SIGHTING),
    (lambda up: up.reel(ACME), ("reel", ACME), SIGHTING),
    (lambda up: up.reels([ACME, 5]), ("reels", ACME, 5), [SIGHTING]),
    (lambda up: up.story(1, "acme"), ("story", 1, "acme"), SIGHTING),
    (lambda up: up.highlights(ACME), ("highlights", ACME), SIGHTING),
    (lambda up: up.highlight(9), ("highlight", 9), SIGHTING),
    (lambda up: up.check(), ("check",), None),
]


@pytest.mark.parametrize(
    ("ask", "asked", "answer"), QUESTIONS, ids=[str(each[1][0]) for each in QUESTIONS]
)
async def test_every_question_is_passed_on_and_counts(
    rig: Rig, ask: Callable[[Upstream], Awaitable[Any]], asked: tuple[object, ...], answer: Any
) -> None:
    assert "instagram" == rig.governed.name
    assert answer == await ask(rig.governed)
    assert [asked] == rig.upstream.asked
    assert {"answered": 1} == (await rig.health()).results


async def test_the_second_question_waits_its_distance(rig: Rig) -> None:
    await rig.governed.reel(ACME)
    await rig.governed.reel(ACME)
    assert [2.5] == rig.slept  # 2 seconds, and half of the half


async def test_who_would_wait_too_long_is_told_how_long_and_nobody_is_asked() -> None:
    rig = Rig(Pace(spacing=30.0, jitter=0.0))
    await rig.governed.reel(ACME)
    with pytest.raises(SourceThrottled) as caught:
        await rig.governed.reel(ACME)
    assert 30 == caught.value.retry_after
    assert [] == rig.slept
    assert 1 == len(rig.upstream.asked)


async def test_the_budget_is_not_exceeded() -> None:
    rig = Rig(Pace(hour=3, spacing=0.0))
    for _ in range(3):
        await rig.governed.user("acme")
    with pytest.raises(SourceThrottled, match="STORYKEEP_BUDGET_HOUR"):
        await rig.governed.user("acme")
    assert 3 == len(rig.upstream.asked)


async def test_a_failed_question_counts_too(rig: Rig) -> None:
    with pytest.raises(UserNotFound):
        await rig.governed.user("nobody")
    with pytest.raises(SourceUnavailable):
        await rig.governed.user("unscripted")
    health = await rig.health()
    assert 2 == sum(health.slots.values())
    assert {"UserNotFound": 1, "SourceUnavailable": 1} == health.results


async def test_what_is_left_at_a_server_that_sells_answers_is_remembered(rig: Rig) -> None:
    await rig.governed.reel(ACME)
    assert (await rig.health()).balance is None
    rig.upstream.balance = 7  # type: ignore[attr-defined]
    await rig.governed.reel(ACME)
    rig.upstream.balance = None  # type: ignore[attr-defined]
    await rig.restarted().reel(ACME)
    assert 7 == (await rig.health()).balance


async def test_throttling_is_left_to_cool(rig: Rig) -> None:
    rig.upstream.trouble = SourceThrottled("Please wait a few minutes.", retry_after=3600)
    for _ in range(3):
        with pytest.raises(SourceThrottled):
            await rig.governed.reel(ACME)
    assert 1 == len(rig.upstream.asked)
    rig.upstream.trouble = None
    rig.clock.turn(3600)
    assert SIGHTING == await rig.governed.reel(ACME)


async def test_a_challenge_opens_the_breaker_and_is_said_once(
    rig: Rig, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    rig.upstream.trouble = SourceLoginRequired("Confirm in the app that it was you.")
    for _ in range(4):
        with pytest.raises(SourceLoginRequired, match="Confirm in the app"):
            await rig.governed.reel(ACME)
        rig.clock.turn(1e6)
    rig.upstream.trouble = None
    with pytest.raises(SourceLoginRequired, match="storykeep sources reset instagram"):
        await rig.governed.check()
    assert 1 == len(rig.upstream.asked)
    line, failed = caplog.records
    assert ("breaker_opened", "ERROR") == (line.message, line.levelname)
    assert ("source_failed", "SourceLoginRequired") == (failed.message, failed.exc_type)  # type: ignore[attr-defined]
    assert {"source": "instagram", "reason": "Confirm in the app that it was you."} == {
        name: getattr(line, name) for name in ("source", "reason")
    }
    await rig.origins.change("instagram", reset)
    assert SIGHTING == await rig.governed.reel(ACME)
    assert ["breaker_opened", "source_failed", "breaker_closed"] == [
        line.message for line in caplog.records
    ]


async def test_the_first_who_hears_of_trouble_is_told_what_follows_from_it(rig: Rig) -> None:
    """Not only those who come later, and are not let through."""
    rig.upstream.trouble = SourceThrottled("Please wait a few minutes.")
    with pytest.raises(SourceThrottled) as throttled:
        await rig.governed.reel(ACME)
    assert PACE.rest == throttled.value.retry_after
    rig.clock.turn(PACE.rest)
    rig.upstream.trouble = SourceLoginRequired("Confirm in the app that it was you.")
    with pytest.raises(SourceLoginRequired, match="storykeep sources reset instagram"):
        await rig.governed.reel(ACME)


@pytest.mark.parametrize("trouble", [SourceLoginRequired("x"), SourceThrottled("x")])
async def test_a_restart_forgets_nothing(tmp_path: Path, trouble: SourceError) -> None:
    clock = HandClock(T0)
    async with open_database(tmp_path / "archive.db", "archive") as database:
        rig = Rig(origins=SqlOrigins(database, clock))
        rig.upstream.trouble = trouble
        with pytest.raises(type(trouble)):
            await rig.governed.reel(ACME)
    rig.upstream.trouble = None
    async with open_database(tmp_path / "archive.db", "archive") as database:
        rig.origins = SqlOrigins(database, clock)
        with pytest.raises(type(trouble)):
            await rig.restarted().reel(ACME)
        assert 1 == len(rig.upstream.asked)


async def test_what_another_process_does_counts_at_the_next_question(tmp_path: Path) -> None:
    """The command line closes the breaker while the server runs, and both share one budget."""
    path, clock = tmp_path / "archive.db", HandClock(T0)
    pace = Pace(hour=3, spacing=0.0)
    async with open_database(path, "archive") as one, open_database(path, "archive") as two:
        server, other = Rig(pace, SqlOrigins(one, clock)), Rig(pace, SqlOrigins(two, clock))
        server.upstream.trouble = SourceLoginRequired("Log in anew.")
        with pytest.raises(SourceLoginRequired):
            await server.governed.check()
        server.upstream.trouble = None
        with pytest.raises(SourceLoginRequired):
            await other.governed.check()
        await other.origins.change("instagram", reset)
        assert SIGHTING == await server.governed.reel(ACME)
        assert SIGHTING == await other.governed.reel(ACME)
        for rig in (server, other):
            with pytest.raises(SourceThrottled, match="3 requests of the hour"):
                await rig.governed.reel(ACME)


class Slow(ScriptedUpstream):
    """Answers once it is let go."""

    def __init__(self) -> None:
        super().__init__("slow", reels={ACME: SIGHTING})
        self.gate = asyncio.Event()

    async def reel(self, user_pk: int) -> Any:
        found = await super().reel(user_pk)
        await self.gate.wait()
        return found


@pytest.mark.parametrize("at_once", [1, 2])
async def test_so_many_questions_are_under_way_at_once(at_once: int) -> None:
    """Who finds all of them taken is sent away after the time that callers are held."""
    rig, slow = Rig(), Slow()
    pace = Pace(spacing=0.0, patience=0.0, at_once=at_once)
    governed = Governed(slow, rig.origins, pace, rig.clock, rig.sleep, lambda: 0.0)
    first = [asyncio.create_task(governed.reel(ACME)) for _ in range(at_once)]
    while len(slow.asked) < at_once:
        await asyncio.sleep(0)
    with pytest.raises(SourceThrottled, match="slow is busy"):
        await governed.reel(ACME)
    slow.gate.set()
    assert [SIGHTING] * at_once == await asyncio.gather(*first)
    assert SIGHTING == await governed.reel(ACME)


async def test_who_hangs_up_gives_the_turn_back() -> None:
    rig, slow = Rig(), Slow()
    pace = Pace(spacing=0.0, patience=0.0)
    governed = Governed(slow, rig.origins, pace, rig.clock, rig.sleep, lambda: 0.0)
    first = asyncio.create_task(governed.reel(ACME))
    while not slow.asked:
        await asyncio.sleep(0)
    first.cancel()
    await asyncio.wait([first])
    slow.gate.set()
    assert SIGHTING == await governed.reel(ACME)
    assert 2 == sum((await rig.origins.health("slow")).slots.values())


class Broken(MemoryOrigins):
    """A disk that refuses from some change on."""

    def __init__(self, changes: int) -> None:
        super().__init__(HandClock(T0))
        self.left = changes

    async def change(self, source: str, change: Callable[[Health], Health]) -> Health:
        self.left -= 1
        if self.left < 0:
            raise StorageError
        return await super().change(source, change)


async def test_what_cannot_be_counted_is_not_asked() -> None:
    """Another source may still answer."""
    rig = Rig(origins=Broken(0))
    with pytest.raises(SourceUnavailable, match="instagram is not asked"):
        await rig.governed.reel(ACME)
    assert [] == rig.upstream.asked


async def test_an_answer_is_given_although_its_count_is_lost() -> None:
    rig = Rig(origins=Broken(1))
    assert SIGHTING == await rig.governed.reel(ACME)

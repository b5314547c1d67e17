"""From Instagram to the caller: the real aiograpi, the sources, the archive and the API."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from storykeep.app import create_app, open_shelves
from storykeep.cli.keys import create_access_key
from storykeep.composition import compose, open_sessions
from storykeep.core.errors import (
    Absent,
    PrivateAccount,
    SourceDrift,
    SourceLoginRequired,
    SourceThrottled,
    SourceTimeout,
    StorykeepError,
)
from storykeep.core.governor import Health, reset
from storykeep.core.upstream import Origins
from storykeep.settings import Settings
from storykeep.sources.instagram.session import read_session
from storykeep.testing import HandClock
from storykeep.testing.instagram import SESSION, Account, FakeInstagram, create_world
from tests.api.rig import Answer, ask
from tests.e2e.test_golden import ANSWERED, SENT, comparable
from tests.payloads.loading import shared
from tests.sources.instagram.rig import NO_TIME
from tests.sources.instagram.test_trouble import ENDLESS, MATRIX

NATGEO = 787132


QUIET, WILD = "/v1/user/stories?user_id=4400000002&force=on", "/v1/user/stories?user_id=4400000001"


class Live(NamedTuple):
    fake: FakeInstagram
    app: Any
    key: str
    origins: Origins

    async def ask(self, target: str) -> Answer:
        return await ask(self.app, target, headers={"x-access-key": self.key})


@asynccontextmanager
async def live(folder: Path, clock: HandClock, timeout: float = 60.0) -> AsyncIterator[Live]:
    async with FakeInstagram(create_world(clock)) as fake:
        settings = Settings(
            data=folder,
            sources="instagram archive",
            session_key="k" * 32,
            instagram_url=fake.origin,
            access_log=False,
            spacing=0.0,
            source_timeout=timeout,
            budget_hour=0,
        )
        open_sessions(settings).save("acme_viewer", read_session(SESSION))
        shelves = open_shelves(settings)
        composition = compose(settings, shelves.archive, shelves.origins, clock)
        try:
            _, key = await create_access_key(shelves, "test", 10_000, 1e6)
            app = create_app(settings, shelves, clock, composition.source)
            yield Live(fake, app, key, shelves.origins)
        finally:
            await composition.aclose()
            shelves.close()


async def test_the_golden_pair_passes_all_the_way(tmp_path: Path) -> None:
    """Every key, its order, and every value; addresses by path."""
    items, answered = shared(SENT)["reel"]["items"], shared(ANSWERED)
    clock = HandClock(items[-1]["taken_at"] + 60)
    async with live(tmp_path, clock) as rig:
        natgeo = Account(NATGEO, "natgeo", "National Geographic", is_verified=True, stories=items)
        rig.fake.world.accounts.append(natgeo)
        answer = await rig.ask("/v1/user/stories/by/username?username=natgeo")
        assert (200, "live") == (answer.status, answer.headers["x-storykeep-outcome"])
        assert comparable([story | {"user": None} for story in answered]) == comparable(
            [story | {"user": None} for story in answer.json()]
        )
        for story in answered:
            alone = await rig.ask(f"/v1/story/by/id?id={story['id']}")
            assert comparable(story | {"user": None}) == comparable(alone.json() | {"user": None})


async def test_trouble_is_told_and_costs_nothing(tmp_path: Path) -> None:
    """What the operator must do is in the answer; what is kept is served as stale."""
    async with live(tmp_path, HandClock()) as rig:
        by_name = "/v1/user/stories/by/username?username=acme_wild&force=on"
        assert 200 == (await rig.ask(by_name)).status
        before = (await rig.ask("/sys/balance")).json()["requests"]
        rig.fake.fail("feed/user/", "masked_challenge")
        rig.fake.fail("users/", "login_required")
        stale = await rig.ask(by_name)
        assert (200, "stale") == (stale.status, stale.headers["x-storykeep-outcome"])
        refused = await rig.ask("/v1/user/stories/by/username?username=acme_friend")
        assert (503, "SourceLoginRequired") == (refused.status, refused.json()["exc_type"])
        assert "storykeep sources reset instagram" in refused.json()["detail"]
        balance = (await rig.ask("/sys/balance")).json()["requests"]
        assert before - 2 == balance


async def test_an_account_is_private_and_a_name_is_nobodys(tmp_path: Path) -> None:
    async with live(tmp_path, HandClock()) as rig:
        closed = await rig.ask("/v1/user/stories/by/username?username=acme_closed")
        nobody = await rig.ask("/v1/user/stories/by/username?username=acme_nobody")
        empty = await rig.ask("/v1/user/stories/by/username?username=acme_quiet")
        assert (403, 404, 200) == (closed.status, nobody.status, empty.status)
        assert (b"[]", "empty") == (empty.body, empty.headers["x-storykeep-outcome"])


@pytest.mark.parametrize("hang_up", [range(0), range(0, 1000, 2)], ids=["nobody", "half"])
async def test_a_thousand_callers_are_one_question(tmp_path: Path, hang_up: range) -> None:
    """Whoever stays gets the stories and is charged once; who asked first may hang up too."""
    async with live(tmp_path, HandClock()) as rig:
        rig.fake.fail("feed/user/", "hang", times=1)
        target = "/v1/user/stories?user_id=4400000001"
        callers = [asyncio.create_task(rig.ask(target)) for _ in range(1000)]
        await rig.fake.until("feed/user/")
        for index in hang_up:
            callers[index].cancel()
        rig.fake.release()
        answers = await asyncio.gather(*callers, return_exceptions=True)
        given = [answer for answer in answers if isinstance(answer, Answer)]
        assert 1000 - len(hang_up) == len(given)
        assert {(200, given[0].body)} == {(answer.status, answer.body) for answer in given}
        assert (1, 1) == (rig.fake.count("feed/user/"), rig.fake.count("users/"))
        assert 10_000 - 2 * len(given) == (await rig.ask("/sys/balance")).json()["requests"]


def standing(health: Health, now: float) -> str:
    """What became of the source."""
    if health.stopped_at is not None:
        return "stopped"
    rest = health.resting_until - now
    return "ready" if rest <= 0 else "cools" if rest >= 600 else "rests"


def expected(error: type[StorykeepError]) -> tuple[int, str, int, str]:
    """Status, exc_type, charge, and what becomes of the source."""
    if issubclass(error, Absent):
        return (403 if error is PrivateAccount else 404), error.__name__, 1, "ready"
    becomes: dict[type[StorykeepError], str]
    becomes = {SourceLoginRequired: "stopped", SourceThrottled: "cools", SourceDrift: "ready"}
    status = 504 if error is SourceTimeout else 503
    return status, error.__name__, 0, becomes.get(error, "rests")


@pytest.mark.parametrize("is_endless", [False, True])
async def test_every_failure_has_its_answer_price_consequence_and_line(
    is_endless: bool, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """And what is kept is served as stale, never as nothing."""
    clock = HandClock()
    async with live(tmp_path, clock) as rig:
        assert 200 == (await rig.ask(WILD)).status
    async with live(tmp_path, clock, NO_TIME if is_endless else 60.0) as rig:
        # That it is private would be known from then on.
        for kind, (error, _) in sorted(MATRIX.items(), key=lambda row: row[1][0] is PrivateAccount):
            if (kind in ENDLESS) is not is_endless:
                continue
            clock.turn(301)  # of the account nothing is known that is fresh
            await rig.origins.change("instagram", reset)
            rig.fake.heal()
            rig.fake.fail("feed/user/", kind)
            caplog.clear()
            before = (await rig.ask("/sys/balance")).json()["requests"]
            answer = await rig.ask(QUIET)
            charged = before - (await rig.ask("/sys/balance")).json()["requests"]
            health = await rig.origins.health("instagram")
            told = answer.status, answer.json()["exc_type"], charged, standing(health, clock())
            assert (kind, expected(error)) == (kind, told)
            lines = [line for line in caplog.records if line.message == "source_failed"]
            assert ([] if charged else [told[1]]) == [line.exc_type for line in lines]  # type: ignore[attr-defined]
            if not charged:
                kept = await rig.ask(WILD)
                assert (200, "stale") == (kept.status, kept.headers["x-storykeep-outcome"])

"""The governor: never above a budget, never too close, and a breaker that only people close."""

from itertools import pairwise
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import json, structs

from storykeep.core.errors import (
    PrivateAccount,
    SourceDrift,
    SourceError,
    SourceLoginRequired,
    SourceThrottled,
    SourceTimeout,
    SourceUnavailable,
    StorykeepError,
    UserNotFound,
)
from storykeep.core.governor import (
    DAY,
    HOUR,
    MAX_REST,
    SLOT,
    Health,
    Pace,
    admit,
    refusal,
    reset,
    rest_left,
    settle,
    used,
)

NOW = 1_800_000_000.0
FREE = Pace(hour=0, day=0, spacing=0.0)
NEW = Health("instagram")

ANSWERS = (None, UserNotFound(), PrivateAccount())
TROUBLE = (SourceThrottled(), SourceThrottled(retry_after=7000), SourceTimeout(), SourceDrift())


class Step(NamedTuple):
    gap: float
    chance: float
    outcome: StorykeepError | None


def steps(outcomes: tuple[StorykeepError | None, ...]) -> st.SearchStrategy[list[Step]]:
    gaps = st.sampled_from([0.0, 0.5, 1.0, 3.0, 60.0, 299.0, 300.0, 1800.0, 3600.0, 20_000.0])
    return st.lists(st.builds(Step, gaps, st.floats(0, 1), st.sampled_from(outcomes)), max_size=150)


def run(story: list[Step], pace: Pace, health: Health = NEW) -> tuple[list[float], Health]:
    """Return when requests left, and how the origin fares then."""
    now, left = NOW, []
    for step in story:
        now += step.gap
        if refusal(health, pace, now, step.chance) is not None:
            with pytest.raises(SourceError):
                admit(health, pace, now, step.chance)
            continue
        health = admit(health, pace, now, step.chance)
        assert now <= health.asked_at <= now + pace.patience
        left.append(health.asked_at)
        now = health.asked_at
        health = settle(health, pace, now, step.outcome)
    return left, health


paces = st.builds(
    Pace,
    hour=st.sampled_from([0, 1, 2, 5, 20]),
    day=st.sampled_from([0, 1, 3, 10, 40]),
    spacing=st.sampled_from([0.0, 0.5, 2.0, 10.0]),
    jitter=st.sampled_from([0.0, 0.5]),
)


@given(steps((*ANSWERS, *TROUBLE)), paces)
def test_no_window_has_more_requests_than_its_budget(story: list[Step], pace: Pace) -> None:
    left, _ = run(story, pace)
    for budget, seconds in ((pace.hour, HOUR), (pace.day, DAY)):
        for first in left if budget else ():
            assert len([at for at in left if first <= at <= first + seconds]) <= budget


@given(steps((*ANSWERS, *TROUBLE)), paces)
def test_requests_keep_their_distance(story: list[Step], pace: Pace) -> None:
    left, _ = run(story, pace)
    for one, next_one in pairwise(left):
        assert next_one - one >= pace.spacing - 1e-6


@given(
    steps((*ANSWERS, *TROUBLE)),
    steps((*ANSWERS, *TROUBLE, SourceLoginRequired("again"))),
    st.floats(1e7, 1e9),
)
def test_the_breaker_never_closes_by_itself(
    before: list[Step], after: list[Step], later: float
) -> None:
    _, health = run(before, FREE)
    stopped = settle(health, FREE, NOW, SourceLoginRequired("Log in."))
    left, health = run(after, FREE, stopped)
    assert [] == left
    assert stopped == health
    error = refusal(health, FREE, NOW + later)
    assert isinstance(error, SourceLoginRequired)
    assert "instagram is stopped: Log in. Once settled: storykeep sources reset instagram" == str(
        error
    )
    assert None is refusal(reset(health), FREE, NOW + later)


@given(steps((*ANSWERS, *TROUBLE)), paces)
def test_who_waits_as_long_as_told_is_let_through(story: list[Step], pace: Pace) -> None:
    _, health = run(story, pace)
    now = max(NOW + sum(step.gap for step in story), health.asked_at)  # when all of it was over
    for _ in range(4):  # of several reasons one is told at a time
        if (error := refusal(health, pace, now)) is None:
            break
        assert error.retry_after is not None
        now += error.retry_after + 1e-6
    assert None is refusal(health, pace, now)


@given(steps((*ANSWERS, *TROUBLE)), paces)
def test_what_is_remembered_is_bounded_and_survives_being_written(
    story: list[Step], pace: Pace
) -> None:
    _, health = run(story, pace)
    assert len(health.slots) <= DAY // SLOT + 2
    assert health == json.decode(json.encode(health), type=Health)


# ----------------------------------------------------------------------------------------- rests


def throttle(health: Health, now: float, retry_after: float | None = None) -> Health:
    return settle(health, FREE, now, SourceThrottled("Slow down.", retry_after=retry_after))


def test_each_throttling_doubles_the_rest_up_to_a_day() -> None:
    health, rests = NEW, []
    for _ in range(10):
        health = throttle(health, NOW)
        rests.append(rest_left(health, NOW))
        health = structs.replace(health, rest=0.0)  # as if it were over
    assert [600, 1200, 2400, 4800, 9600, 19_200, 38_400, 76_800, DAY, DAY] == rests


def test_an_answer_shortens_the_next_rest() -> None:
    health = throttle(throttle(throttle(NEW, NOW), NOW + 1e5), NOW + 2e5)
    assert 2400 == rest_left(health, NOW + 2e5)
    health = settle(settle(health, FREE, NOW + 3e5, None), FREE, NOW + 3e5, UserNotFound())
    assert 1200 == rest_left(throttle(health, NOW + 3e5), NOW + 3e5)


@pytest.mark.parametrize(
    ("asked_for", "expected"),
    [(None, 600), (1.0, 600), (5000.0, 5000), (1e12, MAX_REST), (float("inf"), MAX_REST),
     (float("nan"), 600), (-5.0, 600)],
)  # fmt: skip
def test_a_longer_rest_that_was_asked_for_is_given(
    asked_for: float | None, expected: float
) -> None:
    health = throttle(NEW, NOW, asked_for)
    error = refusal(health, FREE, NOW)
    assert isinstance(error, SourceThrottled)
    assert expected == error.retry_after
    assert "instagram rests, because: Slow down." == str(error)


def test_who_does_not_answer_is_asked_less_and_less() -> None:
    health, rests = NEW, []
    for _ in range(12):
        health = settle(health, FREE, NOW, SourceUnavailable())
        rests.append(rest_left(health, NOW))
        health = structs.replace(health, rest=0.0)
    assert [2, 4, 8, 16, 32, 64, 128, 256, 512, 600, 600, 600] == rests
    health = settle(settle(health, FREE, NOW, None), FREE, NOW, SourceTimeout())
    assert 2 == rest_left(health, NOW)


def test_an_answer_that_is_not_understood_is_no_reason_to_rest() -> None:
    health = settle(NEW, FREE, NOW, SourceDrift("Odd."))
    assert None is refusal(health, FREE, NOW)
    assert ("Odd.", {"SourceDrift": 1}) == (health.error, health.results)


def test_that_something_is_not_there_is_an_answer() -> None:
    health = settle(settle(NEW, FREE, NOW, UserNotFound()), FREE, NOW + 1, PrivateAccount())
    assert (int(NOW) + 1, None) == (health.answered_at, health.error)
    assert {"UserNotFound": 1, "PrivateAccount": 1} == health.results


# --------------------------------------------------------------------------------------- budgets


def test_a_budget_that_is_used_up_says_when_it_is_not() -> None:
    pace = Pace(hour=3, day=0, spacing=0.0)
    health = NEW
    for _ in range(3):
        health = admit(health, pace, NOW, 0.0)
    assert 3 == used(health, HOUR, NOW)
    with pytest.raises(SourceThrottled, match="3 requests of the hour to instagram") as caught:
        admit(health, pace, NOW + 60, 0.0)
    wait = caught.value.retry_after
    assert wait is not None
    assert HOUR - 60 <= wait <= HOUR - 60 + SLOT
    assert 1 == used(admit(health, pace, NOW + 60 + wait, 0.0), HOUR, NOW + 60 + wait)


def test_the_operator_closes_the_breaker_and_what_was_asked_still_counts() -> None:
    pace = Pace(hour=1)
    health = settle(admit(NEW, pace, NOW, 0.0), pace, NOW, SourceLoginRequired("Log in."))
    assert isinstance(refusal(health, pace, NOW + 60), SourceLoginRequired)
    assert isinstance(refusal(reset(health), pace, NOW + 60), SourceThrottled)
    assert 1 == used(reset(health), HOUR, NOW + 60)


@pytest.mark.parametrize("back", [10.0, 400.0, 3 * HOUR, 365 * DAY])
def test_a_clock_that_was_set_back_locks_nobody_out(back: float) -> None:
    pace = Pace(hour=2, day=5, spacing=1.0)
    health = throttle(admit(admit(NEW, pace, NOW, 0.0), pace, NOW, 0.0), NOW)
    health = structs.replace(health, rest=50.0, resting_until=NOW + 50)
    now = NOW - back
    while (error := refusal(health, pace, now)) is not None:
        assert error.retry_after
        now += error.retry_after
    assert now <= NOW - back + HOUR + 2 * SLOT + 50 + back * (back < 2 * SLOT)


def test_a_short_wait_is_granted_and_a_long_one_refused() -> None:
    pace = Pace(spacing=3.0, jitter=1.0, patience=5.0)
    health = admit(NEW, pace, NOW, 1.0)
    assert NOW + 3 == admit(health, pace, NOW, 0.0).asked_at
    with pytest.raises(SourceThrottled, match="only just now") as caught:
        admit(health, pace, NOW, 1.0)
    assert 6 == caught.value.retry_after

"""GCRA: what a rate promises, at the size that clocks have today."""

from collections.abc import Iterable, Iterator
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storykeep.core.throttle import Decision, burst_of, take

EPOCH = 1_800_000_000.0
"""Floats of today's size are 2.4e-7 s apart: what is exact near 0 is not exact here."""

TICK = 1 / 64
"""Times on this grid are exact floats."""

RATES = (0.01, 0.1, 0.3, 0.5, 1, 1.5, 2, 3, 7, 10, 14.9, 15, 30, 100, 1000)
rates = st.sampled_from(RATES)
gaps = st.lists(st.integers(0, 6400), min_size=1, max_size=200)
starts = st.integers(0, 2**36).map(lambda ticks: ticks * TICK)


def ask(gaps: Iterable[int], rate: float, start: float = EPOCH) -> Iterator[tuple[float, Decision]]:
    """Ask after each gap, in ticks, and go through (when, what was decided)."""
    arrival, now = 0.0, start
    for gap in gaps:
        now += gap * TICK
        decision = take(arrival, now, rate)
        arrival = decision.arrival
        yield now, decision


def allowed_at_once(arrival: float, now: float, rate: float) -> int:
    """How many requests are allowed at one moment."""
    count = 0
    while (decision := take(arrival, now, rate)).is_allowed:
        arrival, count = decision.arrival, count + 1
    return count


@pytest.mark.parametrize(
    ("rate", "burst"), [(0.01, 1), (0.99, 1), (1, 1), (1.5, 1), (2, 2), (15, 15), (15.9, 15)]
)
def test_the_burst_is_the_rate_and_at_least_one(rate: float, burst: int) -> None:
    assert burst == burst_of(rate)


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("start", [0.0, 1.0, EPOCH, EPOCH + 0.1, 2.0**31 - 0.3, 4e9 + 1 / 3])
def test_who_never_asked_has_the_whole_burst(rate: float, start: float) -> None:
    assert burst_of(rate) == allowed_at_once(0.0, start, rate)


@given(gaps, rates, starts)
def test_no_window_has_more_than_the_burst_and_the_rate_times_its_length(
    gaps: list[int], rate: float, start: float
) -> None:
    times = [now for now, decision in ask(gaps, rate, start) if decision.is_allowed]
    # The rate as it is kept: an interval is rounded to what a float can tell.
    interval = 1 / Fraction(rate) - Fraction(2.5e-7)
    for first, begin in enumerate(times):
        for last, end in enumerate(times[first:], start=first):
            length = Fraction(end) - Fraction(begin)
            assert last - first + 1 <= burst_of(rate) + length / interval + Fraction(1, 2)


@pytest.mark.parametrize("rate", [0.5, 1, 2, 4, 8, 16])
@pytest.mark.parametrize("start", [0.0, EPOCH])
def test_who_floods_gets_exactly_the_burst_and_the_rate(rate: float, start: float) -> None:
    """These intervals are exact, and so is the count: ten seconds of asking at every tick."""
    decisions = [decision.is_allowed for _, decision in ask([0] + [1] * 640, rate, start)]
    assert burst_of(rate) + int(10 * rate) == sum(decisions)


@pytest.mark.parametrize("rate", [1, 3, 6, 7, 15, 30, 100, 1000])
@pytest.mark.parametrize("start", [EPOCH, EPOCH + 0.3])
def test_who_keeps_to_the_rate_is_never_refused(rate: int, start: float) -> None:
    """Also after a burst, and with times that no float can tell exactly."""
    interval = 1 / rate + 2.5e-7
    times = [start] * rate + [start + number * interval for number in range(1, 20_000)]
    arrival = 0.0
    refused = []
    for now in times:
        decision = take(arrival, now, rate)
        arrival = decision.arrival
        refused += [] if decision.is_allowed else [now]
    assert [] == refused


@given(gaps, rates, starts)
def test_a_refusal_does_not_move_anything(gaps: list[int], rate: float, start: float) -> None:
    """Who is refused and asks again at once is told the same, and waits no longer for it."""
    arrival = 0.0
    for now, decision in ask(gaps, rate, start):
        if not decision.is_allowed:
            assert arrival == decision.arrival
            assert decision == take(decision.arrival, now, rate)
        arrival = decision.arrival


@given(gaps, rates, starts)
def test_it_is_worth_waiting_exactly_as_long_as_is_said(
    gaps: list[int], rate: float, start: float
) -> None:
    for now, decision in ask(gaps, rate, start):
        wait = decision.retry_after
        if decision.is_allowed:
            assert 0.0 == wait
            continue
        assert 0 < wait < 1 / rate + 3e-4
        assert take(decision.arrival, now + wait, rate).is_allowed
        too_early = now + wait - min(wait, 0.6 / rate)
        assert not take(decision.arrival, too_early, rate).is_allowed


@pytest.mark.parametrize("rate", [0.01, 0.3, 1, 3, 15, 100])
@pytest.mark.parametrize("start", [EPOCH, EPOCH + 0.3])
def test_a_moment_before_is_too_early(rate: float, start: float) -> None:
    """Not more is forgiven than what rounding may have taken: some microseconds."""
    arrival = 0.0
    while (decision := take(arrival, start, rate)).is_allowed:
        arrival = decision.arrival
    due = start + decision.retry_after
    assert not take(arrival, due - (burst_of(rate) + 1) * 5e-7, rate).is_allowed
    assert take(arrival, due, rate).is_allowed


@given(gaps, rates, starts)
def test_what_remains_is_what_is_allowed_at_that_moment(
    gaps: list[int], rate: float, start: float
) -> None:
    for now, decision in ask(gaps, rate, start):
        remaining = allowed_at_once(decision.arrival, now, rate)
        assert remaining == decision.remaining
        assert decision.remaining <= burst_of(rate) - decision.is_allowed


@pytest.mark.parametrize("rate", [0.1, 1, 15])
def test_after_a_rest_the_burst_is_whole_again(rate: float) -> None:
    arrival = 0.0
    while (decision := take(arrival, EPOCH, rate)).is_allowed:
        arrival = decision.arrival
    rested = EPOCH + burst_of(rate) / rate
    assert burst_of(rate) == allowed_at_once(arrival, rested, rate)
    assert burst_of(rate) == allowed_at_once(arrival, rested + 1e6, rate)


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("back", [1.0, 3600.0, EPOCH - 1])
def test_a_clock_that_is_set_back_locks_nobody_out(rate: float, back: float) -> None:
    """The wait is what it is for any flood, and it ends when it should."""
    arrival = 0.0
    while (decision := take(arrival, EPOCH, rate)).is_allowed:
        arrival = decision.arrival
    now = EPOCH - back
    refused = take(arrival, now, rate)
    assert 0 < refused.retry_after < 1 / rate * 1.5001
    assert take(refused.arrival, now + refused.retry_after, rate).is_allowed

"""The rate limiter: one count a key, decided by GCRA."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storykeep.core.ports import RateLimiter
from storykeep.core.throttle import take
from storykeep.testing import MemoryLimiter
from tests.making import T0

LIMITERS = pytest.mark.parametrize("create", [MemoryLimiter], ids=["memory"])
Create = Callable[[], RateLimiter]


async def count(limiter: RateLimiter, key_id: int, rate: float, now: float) -> int:
    """Return how many requests are allowed at one moment."""
    allowed = 0
    while (await limiter.take(key_id, rate, now)).is_allowed:
        allowed += 1
    return allowed


@LIMITERS
async def test_a_key_has_its_burst_and_then_its_rate(create: Create) -> None:
    limiter = create()
    assert 15 == await count(limiter, 1, 15.0, T0)
    assert 0 == await count(limiter, 1, 15.0, T0)
    assert 3 == await count(limiter, 1, 15.0, T0 + 0.2)
    assert 15 == await count(limiter, 1, 15.0, T0 + 60)


@LIMITERS
async def test_keys_are_counted_apart(create: Create) -> None:
    limiter = create()
    assert 2 == await count(limiter, 1, 2.0, T0)
    assert 2 == await count(limiter, 2, 2.0, T0)


@LIMITERS
async def test_a_key_may_ask_less_than_once_a_second(create: Create) -> None:
    limiter = create()
    assert 1 == await count(limiter, 1, 0.1, T0)
    refused = await limiter.take(1, 0.1, T0 + 4)
    assert (False, 6.0) == (refused.is_allowed, round(refused.retry_after, 5))
    assert 1 == await count(limiter, 1, 0.1, T0 + 10)


@LIMITERS
async def test_a_rate_that_is_raised_counts_at_once(create: Create) -> None:
    limiter = create()
    assert 1 == await count(limiter, 1, 0.001, T0)
    assert not (await limiter.take(1, 15.0, T0)).is_allowed
    assert (await limiter.take(1, 15.0, T0 + 0.1)).is_allowed


asked = st.lists(
    st.tuples(st.sampled_from([1, 2]), st.sampled_from([0.5, 1.0, 15.0]), st.integers(0, 200)),
    max_size=60,
)


@LIMITERS
@given(asked)
async def test_the_decision_is_the_cores(
    create: Create, questions: list[tuple[int, float, int]]
) -> None:
    limiter, arrivals, now = create(), {1: 0.0, 2: 0.0}, float(T0)
    for key_id, rate, gap in questions:
        now += gap / 64
        decision = take(arrivals[key_id], now, rate)
        assert decision == await limiter.take(key_id, rate, now)
        arrivals[key_id] = decision.arrival

"""The generic cell rate algorithm (GCRA; ITU-T I.371): one number per key, no timers."""

from typing import NamedTuple

ROUNDING = 2.5e-7
"""How finely a float tells the seconds since 1970."""


class Decision(NamedTuple):
    """What ``take`` decided.  All times are seconds."""

    is_allowed: bool
    arrival: float
    """The theoretical arrival time to remember for the key."""
    remaining: int
    """How many further requests would be allowed at this moment."""
    retry_after: float
    """Seconds until one request is allowed; 0.0 when this one was."""


def burst_of(rate: float) -> int:
    """How many requests may come at once at ``rate`` requests a second: max(1, rate)."""
    return max(1, int(rate))


def take(arrival: float, now: float, rate: float) -> Decision:
    """Decide about one request of a key that may ask ``rate`` times a second.

    ``arrival`` is what the previous decision returned, 0.0 for a new key.  A refusal costs
    the caller nothing: it does not move the arrival time.
    """
    interval = 1.0 / rate
    burst = burst_of(rate)
    span = burst * interval
    # Each interval that was added was rounded; half a request is the most to be forgiven.
    slack = min((burst + 1) * ROUNDING, interval / 2)
    # None is due later than this, unless the clock was set back: that locks nobody out.
    earliest = min(max(arrival, now), now + span + slack)
    room = span - (earliest - now)
    if room < interval - slack:
        return Decision(False, earliest, 0, interval - room)  # noqa: FBT003 - hot path
    remaining = int((room - interval + slack) / interval)
    return Decision(True, earliest + interval, remaining, 0.0)  # noqa: FBT003 - hot path


class MemoryLimiter:
    """The rate limiter of one process: it forgets when that ends."""

    def __init__(self) -> None:
        self._arrivals: dict[int, float] = {}

    async def take(self, key_id: int, rate: float, now: float) -> Decision:
        """Decide about one request of the key at that moment."""
        decision = take(self._arrivals.get(key_id, 0.0), now, rate)
        self._arrivals[key_id] = decision.arrival
        return decision

"""RateLimiter in memory, for one process."""

from storykeep.core.throttle import Decision, take


class MemoryLimiter:
    """Theoretical arrival times by key: one float a key that ever asked."""

    def __init__(self) -> None:
        """Nobody has asked yet."""
        self._arrivals: dict[int, float] = {}

    async def take(self, key_id: int, rate: float, now: float) -> Decision:
        """Decide about one request of the key at that moment."""
        decision = take(self._arrivals.get(key_id, 0.0), now, rate)
        self._arrivals[key_id] = decision.arrival
        return decision

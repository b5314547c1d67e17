"""RateLimiter in memory."""

from storykeep.core.throttle import Decision, take


class MemoryLimiter:
    """Decides as ``core.throttle`` does, and forgets when it goes."""

    def __init__(self) -> None:
        """Nobody has asked yet."""
        self._arrivals: dict[int, float] = {}

    async def take(self, key_id: int, rate: float, now: float) -> Decision:
        """Decide about one request of the key at that moment."""
        decision = take(self._arrivals.get(key_id, 0.0), now, rate)
        self._arrivals[key_id] = decision.arrival
        return decision

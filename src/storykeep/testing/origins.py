"""Origins in memory."""

from collections.abc import Callable, Sequence

from storykeep.core.extract.drift import field_of
from storykeep.core.governor import Health
from storykeep.core.ports import Clock
from storykeep.core.sighting import Problem
from storykeep.core.upstream import DriftCount


class MemoryOrigins:
    """The health of each origin, and what of its answers was not understood."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._healths: dict[str, Health] = {}
        self._drift: dict[str, dict[str, DriftCount]] = {}

    async def health(self, source: str) -> Health:
        """The health as it is now."""
        return self._healths.get(source, Health(source))

    async def change(self, source: str, change: Callable[[Health], Health]) -> Health:
        """Keep what ``change`` makes of the health now."""
        health = self._healths[source] = change(await self.health(source))
        return health

    def add(self, source: str, problems: Sequence[Problem]) -> None:
        """Count the problems of one answer."""
        counts = self._drift.setdefault(source, {})
        for problem in problems:
            field = field_of(problem, counts)
            times = counts[field].times if field in counts else 0
            counts[field] = DriftCount(field, times + problem.times, int(self._clock()))

    async def drift(self, source: str) -> Sequence[DriftCount]:
        """What was not understood of its answers, the most frequent first."""
        counts = self._drift.get(source, {}).values()
        return sorted(counts, key=lambda count: (-count.times, count.field))

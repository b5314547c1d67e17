"""The problems of one document: the first are kept, the others are counted.

A document of 12 MB can hold millions of broken parts.
"""

from collections.abc import Iterable

from storykeep.core.sighting import Problem

MAX_KEPT = 1_000
MAX_UNREADABLE = 10_000
"""Items of one list: after so many that are none, those that follow are not looked at."""


class Problems(list[Problem]):
    """A list that grows to ``MAX_KEPT`` problems, and from then on only counts."""

    left_over = 0

    def append(self, problem: Problem) -> None:
        """Keep or count one problem."""
        if len(self) < MAX_KEPT:
            super().append(problem)
        else:
            self.left_over += problem.times

    def extend(self, problems: Iterable[Problem]) -> None:
        """Keep or count several."""
        for problem in problems:
            self.append(problem)

    def told(self) -> tuple[Problem, ...]:
        """Return those that were kept; where there were more, the last one stands for them."""
        if not self.left_over:
            return tuple(self)
        return (*self, Problem("", "more parts that could not be read", times=self.left_over))

"""A Drift that remembers what was counted."""

from collections.abc import Sequence

from storykeep.core.sighting import Problem


class Counted:
    def __init__(self) -> None:
        self.problems: list[tuple[str, str]] = []

    def add(self, source: str, problems: Sequence[Problem]) -> None:
        self.problems += [(source, problem.field) for problem in problems]

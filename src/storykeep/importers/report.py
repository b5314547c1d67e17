"""What came of an import, in numbers, with the reason for whatever was left out."""

from pathlib import Path
from typing import Any, NamedTuple

from msgspec import Struct, field

from storykeep.core.ports import Recorded
from storykeep.core.sighting import Problem
from storykeep.importers.port import Skipped

MAX_LISTED = 10_000
"""How many reasons of a kind are told one by one; all are counted."""


class Trouble(NamedTuple):
    """A Problem, and the file it was met in."""

    path: Path
    problem: Problem


class Report(Struct):
    """Counts of stories and files.  Every file that was met is in one count of files."""

    found: int = 0
    """Stories that could be read."""
    new: int = 0
    known: int = 0
    captures: int = 0
    """Files with at least one sighting."""
    media_new: int = 0
    media_known: int = 0
    skipped_count: int = 0
    skipped: list[Skipped] = field(default_factory=list)
    problem_count: int = 0
    problems: list[Trouble] = field(default_factory=list)
    stopped: str | None = None
    """Why the run ended before its end, if it did."""

    @property
    def imported(self) -> int:
        """Files whose content is in the archive now."""
        return self.captures + self.media_new + self.media_known

    def add_recorded(self, path: Path, recorded: Recorded) -> None:
        """Count the stories of a sighting."""
        self.found += recorded.new + recorded.known + len(recorded.problems)
        self.new += recorded.new
        self.known += recorded.known
        for problem in recorded.problems:
            self.add_problem(path, problem)

    def add_skipped(self, skipped: Skipped) -> None:
        """Count a file that was left out."""
        self.skipped_count += 1
        if len(self.skipped) < MAX_LISTED:
            self.skipped.append(skipped)

    def add_problem(self, path: Path, problem: Problem) -> None:
        """Count what could not be read in a file whose rest was."""
        self.problem_count += problem.times
        if len(self.problems) < MAX_LISTED:
            self.problems.append(Trouble(path, problem))

    def record(self) -> dict[str, Any]:
        """Return all of it, fit for JSON; the lists hold at most ``MAX_LISTED`` entries each."""
        return {
            "found": self.found,
            "new": self.new,
            "known": self.known,
            "files": {
                "met": self.imported + self.skipped_count,
                "captures": self.captures,
                "media_new": self.media_new,
                "media_known": self.media_known,
                "skipped": self.skipped_count,
            },
            "skipped": [{"path": path_text(path), "reason": why} for path, why in self.skipped],
            "problem_count": self.problem_count,
            "problems": [
                {"path": path_text(path), **problem._asdict()} for path, problem in self.problems
            ],
            "stopped": self.stopped,
        }


def path_text(path: Path) -> str:
    """Return ``path`` as text that any terminal and any JSON can hold."""
    return "".join(character if character.isprintable() else "�" for character in str(path))

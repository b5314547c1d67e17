"""What came of an export, in numbers, with what could not be exported."""

from typing import Any, NamedTuple

from msgspec import Struct, field

MAX_LISTED = 10_000
"""How many problems are told one by one; all are counted."""


class Trouble(NamedTuple):
    """A file that the archive knows and that could not be exported."""

    story_pk: int
    name: str
    reason: str


class Report(Struct):
    """Counts of what is in the folder now."""

    accounts: int = 0
    sightings: int = 0
    stories: int = 0
    without_files: int = 0
    """Of the stories: nothing is kept of them but their description."""
    files_new: int = 0
    files_known: int = 0
    """Files that were there already, whole."""
    bytes_new: int = 0
    problem_count: int = 0
    problems: list[Trouble] = field(default_factory=list)
    stopped: str | None = None
    """Why the run ended before its end, if it did."""

    def add_problem(self, trouble: Trouble) -> None:
        """Count a file that is not in the folder."""
        self.problem_count += 1
        if len(self.problems) < MAX_LISTED:
            self.problems.append(trouble)

    def record(self) -> dict[str, Any]:
        """Return all of it, fit for JSON."""
        return {
            "accounts": self.accounts,
            "sightings": self.sightings,
            "stories": self.stories,
            "without_files": self.without_files,
            "files": {
                "new": self.files_new,
                "known": self.files_known,
                "bytes_new": self.bytes_new,
            },
            "problem_count": self.problem_count,
            "problems": [problem._asdict() for problem in self.problems],
            "stopped": self.stopped,
        }

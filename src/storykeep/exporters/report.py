"""What came of an export, in numbers, with what could not be exported."""

from msgspec import Struct, field

MAX_LISTED = 10_000
"""How many problems are told one by one; all are counted."""


class Trouble(Struct, frozen=True):
    """A file that the archive knows and that could not be exported."""

    story_pk: int
    name: str
    reason: str


class Files(Struct):
    """Counts of files."""

    new: int = 0
    known: int = 0
    """Files that were there already, whole."""
    bytes_new: int = 0


class Report(Struct):
    """Counts of what is in the folder now, in the order in which they are told as JSON."""

    accounts: int = 0
    sightings: int = 0
    stories: int = 0
    without_files: int = 0
    """Of the stories: nothing is kept of them but their description."""
    files: Files = field(default_factory=Files)
    problem_count: int = 0
    problems: list[Trouble] = field(default_factory=list)
    stopped: str | None = None
    """Why the run ended before its end, if it did."""

    def add_problem(self, trouble: Trouble) -> None:
        """Count a file that is not in the folder."""
        self.problem_count += 1
        if len(self.problems) < MAX_LISTED:
            self.problems.append(trouble)

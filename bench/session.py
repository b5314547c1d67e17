"""One run of the bench: where it may write, how long it may look, whom it tells."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from msgspec import Struct

from bench.load import Pace


class Session(Struct, frozen=True):
    """What every section is given."""

    root: Path
    """A folder on a real disk, emptied at the end: a charge must be able to reach one."""
    is_quick: bool = False

    @property
    def pace(self) -> Pace:
        """How long to look at one server."""
        return Pace(seconds=1, rounds=1) if self.is_quick else Pace(seconds=1, rounds=5)

    @contextmanager
    def folder(self) -> Iterator[Path]:
        """A folder for one part of a section."""
        with tempfile.TemporaryDirectory(dir=self.root) as folder:
            yield Path(folder)

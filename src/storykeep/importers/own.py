"""What storykeep itself exported: a record of each account, and files with sidecars beside them.

Where a record is among what is read, its sidecars say nothing new; without it, they are read as
gallery-dl's, whose words they are.
"""

import json
import os
import re
from collections.abc import Iterator
from io import BufferedReader
from pathlib import Path
from tempfile import SpooledTemporaryFile

from msgspec import DecodeError, Struct, field

from storykeep.core.copies import (
    OPENING,
    VERSION,
    AccountCopy,
    CaptureCopy,
    Copied,
    Ending,
    FileCopy,
    Opening,
    SightingCopy,
    decode_line,
)
from storykeep.core.sighting import Problem
from storykeep.importers.document import MAX_BYTES, BrokenError, read_lines
from storykeep.importers.files import look_at, look_below
from storykeep.importers.port import BUFFER, File, Finding, MediaFound, Read, Skipped, unreadable
from storykeep.importers.trust import check_account, check_capture, check_file, check_sighting

MAX_LINE = 2 * MAX_BYTES
"""Of one capture: the item, and what was read of it."""
MAX_PENDING = 4 * MAX_BYTES
"""Of the captures of one sighting."""

_SIDECAR = re.compile(rb'\s*\{\s*"storykeep":\s*\{\s*"record":\s*"([^"\\]{1,1000})"')


class Own:
    """What was met of exports of storykeep, to be read at the end."""

    def __init__(self) -> None:
        self._records: list[File] = []
        self._read: set[str] = set()
        self._sidecars = SpooledTemporaryFile(BUFFER)  # noqa: SIM115 - closed by close()

    def take(self, file: File, head: bytes) -> bool:
        """Keep a file in mind that is a record, or a sidecar that names one."""
        if match := _SIDECAR.match(head):
            record = file.path.parent / os.fsdecode(match[1])
            told = [str(file.path), os.path.abspath(record)]  # noqa: PTH100 - no link is followed
            self._sidecars.write(json.dumps(told).encode() + b"\n")
        elif head.startswith(OPENING):
            self._records.append(file)
        else:
            return False
        return True

    def read(self) -> Iterator[Read]:
        """Go through the records."""
        for file in self._records:
            yield from self._read_record(file)

    def sidecars(self) -> Iterator[tuple[File, bool]]:
        """Go through the sidecars; the record that makes one needless was read, or was not."""
        self._sidecars.seek(0)
        for line in self._sidecars:
            path, record = json.loads(line)
            if isinstance(file := look_at(Path(path)), File):
                yield file, record in self._read

    def close(self) -> None:
        """Forget what was met."""
        self._sidecars.close()

    def _read_record(self, file: File) -> Iterator[Read]:
        folder = file.path.parent
        # Not absolute: files are known by the paths that the walk gives them.
        record = _Record(file.path, folder.parent if folder.name else folder / "..")
        done, left_out = 0, None
        try:
            with file.open() as stream:
                for finding in record.read(stream):
                    if isinstance(finding, Skipped):
                        left_out = finding
                    else:
                        position = stream.tell()
                        yield Read(file.path, finding, position - done)
                        done = position
        except OSError as error:
            left_out = unreadable(file.path, error)
        if left_out is None:
            self._read.add(os.path.abspath(file.path))  # noqa: PTH100 - as above
        yield Read(file.path, left_out, max(0, file.size - done))


class _Record(Struct):
    """A record while it is read: little of it is in memory at a time."""

    path: Path
    root: Path
    """The export's folder."""
    accounts: frozenset[int] = frozenset()
    pending: dict[tuple[int, str], CaptureCopy] = field(default_factory=dict)
    """Captures of the sighting that is to come."""
    pending_bytes: int = 0
    is_ended: bool = False

    def read(self, stream: BufferedReader) -> Iterator[Finding]:
        """Go through what it holds; a line that is not believed is a Problem."""
        number = 0
        for number, data in enumerate(read_lines(stream, MAX_LINE), start=1):
            try:
                finding = self._read_line(data, number)
            except BrokenError as error:
                finding = Problem(f"line {number}", str(error))
            if finding is not None:
                yield finding
            if self.is_ended or isinstance(finding, Skipped):
                return
        yield Problem("", f"cut short after line {number}: export again")

    def _read_line(self, data: bytes, number: int) -> Finding | None:
        if len(data) > MAX_LINE:
            raise BrokenError(f"larger than {MAX_LINE >> 20} MiB")
        try:
            line = decode_line(data)
        except (DecodeError, RecursionError, UnicodeError) as error:
            raise BrokenError(f"not a line of a record: {error}") from error
        match line:
            case Opening() if line.version != VERSION:
                return Skipped(self.path, f"a record of version {line.version}: update storykeep")
            case AccountCopy():
                check_account(line)
                self.accounts |= {line.pk}
                return line
            case CaptureCopy():
                self._take_capture(line, len(data))
            case SightingCopy():
                return self._take_sighting(line)
            case FileCopy():
                return self._find(line)
            case Ending():
                self.is_ended = line.lines == number - 1
        return None

    def _take_capture(self, capture: CaptureCopy, size: int) -> None:
        story = check_capture(capture)
        if int(story.user.pk) not in self.accounts:
            raise BrokenError("not believed: a story of another account")
        self.pending_bytes += size
        if self.pending_bytes <= MAX_PENDING:
            self.pending[capture.pk, capture.digest] = capture

    def _take_sighting(self, sighting: SightingCopy) -> Finding:
        pending, size = self.pending, self.pending_bytes
        self.pending, self.pending_bytes = {}, 0
        check_sighting(sighting)
        if sighting.account not in self.accounts:
            raise BrokenError("not believed: a sighting of another account")
        if size > MAX_PENDING:
            raise BrokenError(f"its captures are larger than {MAX_PENDING >> 20} MiB")
        stories = {(story.pk, story.digest) for story in sighting.stories}
        return Copied(sighting, tuple(each for key, each in pending.items() if key in stories))

    def _find(self, copy: FileCopy) -> Finding:
        check_file(copy)
        kept, file = copy.kept, look_below(self.root, copy.path)
        if file is None:
            return Problem("path", f"{copy.path!a:.200} is not in the export", str(kept.story_pk))
        return MediaFound(file, kept.story_pk, kept.kind, kept, self.accounts)

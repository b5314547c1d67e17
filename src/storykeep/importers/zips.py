"""The members of a zip, each opened by itself where it lies: nothing is unpacked to a disk.

What a member claims is not believed: where its name leads, what it is, how large it gets.
"""

import lzma
import re
import stat
import struct
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime
from io import BufferedReader, RawIOBase
from pathlib import Path
from typing import Any
from zipfile import BadZipFile, ZipExtFile, ZipFile, ZipInfo

from storykeep.importers.port import File, Skipped

MAX_DIRECTORY = 32 << 20
"""Of the list of members, in bytes: about 300,000."""
MAX_RATIO, SLACK = 100, 8 << 20
"""How many times its size a member, and a zip, may unpack to, and bytes that are always allowed."""

SIGNATURES = (b"PK\x03\x04", b"PK\x05\x06")
"""How a zip begins, and an empty one."""

_LOCAL_HEADER, _ENTRY = 30, 46
_ENCRYPTED, _UTF_8 = 0x1, 0x800
_OUTSIDE = re.compile(r"[/\\]|[A-Za-z]:|(?:.*[/\\])?\.\.(?:[/\\]|$)", re.DOTALL)
_DAMAGES = (BadZipFile, EOFError, NotImplementedError, lzma.LZMAError, struct.error, zlib.error)


class Member(File, frozen=True):
    """A file in a zip; its size is what it takes there."""

    archive: Path
    name: str
    info: ZipInfo
    """What the zip claims; no more bytes are read than that."""

    def open(self) -> BufferedReader:
        """Open it for reading.  Raises OSError, also while it is read."""
        stream = File(self.archive, 0, 0).open()
        try:
            return BufferedReader(_Unpacked(stream, self.info), 1 << 16)
        except BaseException:
            stream.close()
            raise


class _Unpacked(RawIOBase):
    """What a member unpacks to; whatever is wrong with it is an OSError."""

    def __init__(self, stream: BufferedReader, info: ZipInfo) -> None:
        stream.seek(info.header_offset)
        head = stream.read(_LOCAL_HEADER)
        if len(head) < _LOCAL_HEADER or not head.startswith(SIGNATURES[0]):
            raise OSError("damaged: no member where the zip has one")
        stream.seek(sum(struct.unpack("<HH", head[-4:])), 1)
        try:
            self._file = ZipExtFile(stream, "r", info, close_fileobj=True)
        except _DAMAGES as error:
            raise OSError(f"damaged: {error}") from error

    def readable(self) -> bool:
        """Return True."""
        return True

    def readinto(self, buffer: "bytearray | memoryview") -> int:  # type: ignore[override]
        """Read some bytes; 0 at the end."""
        try:
            return self._file.readinto(buffer)
        except _DAMAGES as error:
            raise OSError(f"damaged: {error}") from error

    def close(self) -> None:
        """Close the zip too."""
        self._file.close()
        super().close()


def list_members(file: File) -> Iterator[Member | Skipped]:
    """Go through the files in a zip; those that are not to be trusted are Skipped.

    Raises OSError for what is no zip, or has too many members.
    """
    try:
        with file.open() as stream, ZipFile(_Bounded(stream)) as archive:
            infos = archive.infolist()
    except (*_DAMAGES, OverflowError, ValueError) as error:
        raise OSError(f"no zip that can be read: {error}") from error
    names: set[str] = set()
    left = file.size * MAX_RATIO + SLACK
    for info in infos:
        name = _name_of(info)
        if info.is_dir() or name.startswith("__MACOSX/") or name.rpartition("/")[2][:2] == "._":
            continue
        path = Path(f"{file.path}/{name}".replace("\0", "\N{REPLACEMENT CHARACTER}"))
        left -= info.file_size
        reason = _distrust(info, name) or ("" if left >= 0 else "the zip unpacks beyond measure")
        if name in names:
            reason = "another member has this name"
        if reason:
            yield Skipped(path, f"in the zip: {reason}")
            continue
        names.add(name)
        yield Member(path, info.compress_size, _time_of(info), file.path, name, info)


def leads_elsewhere(name: str) -> bool:
    """Tell whether a name in an archive is absolute, or goes up."""
    return _OUTSIDE.match(name) is not None


def _distrust(info: ZipInfo, name: str) -> str | None:
    mode = info.external_attr >> 16
    if leads_elsewhere(name) or "\0" in info.orig_filename:
        return "its name leads elsewhere: not followed"
    if stat.S_ISLNK(mode):
        return "a symbolic link: not followed"
    if stat.S_IFMT(mode) not in (0, stat.S_IFREG):
        return "not a regular file"
    if info.flag_bits & _ENCRYPTED:
        return "encrypted"
    if info.file_size > info.compress_size * MAX_RATIO + SLACK:
        return f"it would unpack to more than {MAX_RATIO} times its size"
    return None


def _name_of(info: ZipInfo) -> str:
    """Return the name of a member; many programs write UTF-8 and do not say so, or lie."""
    try:
        return info.orig_filename.encode("cp437").decode("utf-8")
    except UnicodeError:
        return info.orig_filename


def _time_of(info: ZipInfo) -> int:
    try:
        return int(datetime(*info.date_time, tzinfo=UTC).timestamp())
    except ValueError:
        return 0


class _Bounded:
    """A stream of which a zip's list of members is read only up to a bound."""

    def __init__(self, stream: BufferedReader) -> None:
        self._stream = stream

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def read(self, size: int = -1) -> bytes:
        if size > MAX_DIRECTORY:
            raise BadZipFile(f"its list of members is larger than {MAX_DIRECTORY >> 20} MiB")
        return _without_claims(self._stream.read(size))


def _without_claims(directory: bytes) -> bytes:
    """Return a list of members that does not say which names are UTF-8: one lie stops ZipFile."""
    found, at = bytearray(directory), 0
    while found[at : at + 4] == b"PK\x01\x02" and at + _ENTRY <= len(found):
        found[at + 9] &= 0xFF ^ _UTF_8 >> 8
        at += _ENTRY + sum(struct.unpack_from("<HHH", found, at + 28))
    return bytes(found)

"""Pictures and videos without what they say of place and device; the picture stays as it is.

What metadata lie in is left out or, where a file's own offsets count, blanked: nothing is
decoded, and little is in memory at a time.  A file without metadata stays the same bytes.
"""

import re
from collections.abc import Generator, Iterator
from io import BufferedReader, RawIOBase

from storykeep.core.errors import InvalidValue
from storykeep.importers.boxes import strip_boxes
from storykeep.importers.lookahead import CHUNK, Lookahead

_START, _SCAN, _END, _APP1, _APP13 = 0xD8, 0xDA, 0xD9, 0xE1, 0xED
_ALONE = frozenset({0x01, *range(0xD0, 0xD8)})
"""The markers of JPEG that have no length."""
_MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]", re.DOTALL)
_EXIF = b"Exif\0\0"
_ORIENTATION = 0x0112
_PNG_TEXTS = frozenset({b"eXIf", b"iTXt", b"tEXt", b"zTXt"})
_WEBP_FLAGS = 0x0C
"""The bits that announce EXIF and XMP."""


class Stripped(RawIOBase):
    """A stream of the bytes that are left of another one."""

    def __init__(self, stream: BufferedReader) -> None:
        """Take over ``stream``."""
        self._stream = stream
        self._chunks = filter(None, strip(Lookahead(stream)))
        self._rest = b""

    def readable(self) -> bool:
        """Return True."""
        return True

    def readinto(self, buffer: "bytearray | memoryview") -> int:  # type: ignore[override]
        """Fill ``buffer``, unless there is less.  Raises what ``strip`` raises."""
        filled = 0
        while filled < len(buffer) and (rest := self._rest or next(self._chunks, b"")):
            size = min(len(buffer) - filled, len(rest))
            buffer[filled : filled + size], self._rest = rest[:size], rest[size:]
            filled += size
        return filled

    def close(self) -> None:
        """Close the other stream too."""
        self._stream.close()
        super().close()


def strip(stream: Lookahead) -> Iterator[bytes]:
    """Go through what is left of a picture or video.

    Raises OSError, and InvalidValue for one whose metadata cannot be taken out.
    """
    head = stream.peek(12)
    if head.startswith(b"\xff\xd8"):
        yield from _strip_jpeg(stream)
    elif head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        yield from _strip_webp(stream)
    elif head.startswith(b"\x89PNG\r\n\x1a\n"):
        yield from _strip_png(stream)
    elif head[4:8] == b"ftyp":
        yield from strip_boxes(stream)
    else:
        yield from stream.copy()


def _strip_jpeg(stream: Lookahead) -> Iterator[bytes]:
    """Leave out EXIF, XMP and IPTC, but for how the picture is turned."""
    yield stream.read(2)
    marker = stream.read(2)
    while len(marker) == 2 and marker[0] == 0xFF and marker[1] >= 1:  # noqa: PLR2004
        code = marker[1]
        if code == 0xFF:  # noqa: PLR2004 - a filler
            yield b"\xff"
            marker = b"\xff" + stream.read(1)
            continue
        if code == _END:
            yield marker
            yield from strip(stream)  # a second picture, or a video, may follow
            return
        if code not in _ALONE:
            length = stream.read(2)
            body = stream.read(max(0, int.from_bytes(length) - 2))
            if code == _APP1:
                yield _keep_orientation(body)
            elif code != _APP13:
                yield marker + length + body
        else:
            yield marker
        marker = (yield from _copy_scan(stream)) if code == _SCAN else stream.read(2)
    yield marker
    yield from _copy_rest(stream)


def _keep_orientation(body: bytes) -> bytes:
    """Return an EXIF segment that says no more than how the picture is turned, if it is."""
    tiff = body.removeprefix(_EXIF)
    if tiff[:4] not in (b"II*\0", b"MM\0*"):
        return b""
    order = "little" if tiff.startswith(b"I") else "big"

    def number(at: int, size: int) -> int:
        return int.from_bytes(tiff[at : at + size], order)  # type: ignore[arg-type]

    first = number(4, 4) + 2
    for entry in range(first, first + 12 * number(first - 2, 2), 12):
        if number(entry, 2) == _ORIENTATION and 1 < number(entry + 8, 2) <= 8:  # noqa: PLR2004
            turned = number(entry + 8, 2).to_bytes(2)
            entries = b"\0\1\1\x12\0\3\0\0\0\1" + turned + bytes(6)
            return b"\xff\xe1\0\x22" + _EXIF + b"MM\0*\0\0\0\x08" + entries
    return b""


def _copy_scan(stream: Lookahead) -> Generator[bytes, None, bytes]:
    """Copy compressed data, and return the marker that ends it."""
    while chunk := stream.peek(CHUNK):
        if found := _MARKER.search(chunk):
            yield stream.read(found.start())
            return stream.read(2)
        # Half a marker may stand at the end.
        yield stream.read(max(1, len(chunk) - chunk.endswith(b"\xff")))
    return b""


def _copy_rest(stream: Lookahead) -> Iterator[bytes]:
    """Copy what no reader of pictures understands; it must not hold metadata all the same."""
    tail = b""
    for chunk in stream.copy():
        if _EXIF in tail + chunk:
            raise InvalidValue("A damaged picture that may say where it was taken.")
        tail = chunk[-len(_EXIF) :]
        yield chunk


def _strip_webp(stream: Lookahead) -> Iterator[bytes]:
    """Blank EXIF and XMP."""
    yield stream.read(12)
    while len(head := stream.read(8)) == 8:  # noqa: PLR2004
        name, size = head[:4], int.from_bytes(head[4:], "little")
        size += size % 2
        if name in (b"EXIF", b"XMP "):
            yield b"JUNK" + head[4:]
            yield from stream.blank(size)
            continue
        yield head
        if name == b"VP8X" and size:
            flags = stream.read(1)
            yield bytes(flag & ~_WEBP_FLAGS for flag in flags)
            size -= 1
        yield from stream.copy(size)
    yield head
    yield from stream.copy()


def _strip_png(stream: Lookahead) -> Iterator[bytes]:
    """Leave out EXIF and texts."""
    yield stream.read(8)
    while len(head := stream.read(8)) == 8:  # noqa: PLR2004
        is_text = head[4:] in _PNG_TEXTS
        yield b"" if is_text else head
        for chunk in stream.copy(int.from_bytes(head[:4]) + 4):
            yield b"" if is_text else chunk
    yield head

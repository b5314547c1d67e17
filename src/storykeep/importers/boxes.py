"""MP4, QuickTime, HEIC and AVIF are boxes in boxes: metadata are blanked where they lie.

Nothing is moved, because the sample tables of a file hold offsets into it.
"""

from collections.abc import Iterator
from io import BytesIO
from typing import NamedTuple

from storykeep.core.errors import InvalidValue
from storykeep.importers.lookahead import Lookahead

_HEADER, _LARGE = 8, 16
_MAX_META = 8 << 20
"""Of the table of contents of a picture; real ones have some KB."""
_STILLS = frozenset({b"heic", b"heix", b"heim", b"heis", b"mif1", b"msf1", b"avif", b"avis"})
_OPENED = frozenset({(b"", b"moov"), (b"moov", b"trak"), (b"udta", b"meta"), (b"meta", b"ilst")})
"""What is looked into, after what it lies in."""
_METADATA = frozenset({b"udta", b"meta", b"ilst"})
_HARMLESS = frozenset({b"hdlr", b"free", b"\xa9too"})
"""Of what lies in metadata: what it is, nothing, and which program wrote it."""
_NOTHING = {b"Exif": b"\0\0\0\0MM\0*\0\0\0\x08" + bytes(7), b"mime": b" "}
"""The items of a picture that hold EXIF and XMP, and what they begin with that say nothing."""


class _Box(NamedTuple):
    head: bytes
    kind: bytes
    """Empty where no box begins: then all that follows belongs to it."""
    size: int | None
    """Of what follows the head; None for all that there is."""


def strip_boxes(stream: Lookahead) -> Iterator[bytes]:
    """Go through the file with its metadata blanked.

    Raises InvalidValue for a picture whose metadata cannot be found.
    """
    brand = stream.peek(12)[_HEADER:]
    yield from _strip_still(stream) if brand in _STILLS else _strip_film(stream, b"", None)


def _strip_film(stream: Lookahead, within: bytes, limit: int | None) -> Iterator[bytes]:
    """Go through the boxes of a film, or of one of its tracks."""
    while (box := _read_box(stream, limit)) is not None:
        if limit is not None:
            limit -= len(box.head) + (box.size or 0)
        if (within, box.kind) in _OPENED:
            yield box.head
            yield from _strip_film(stream, box.kind, box.size)
        elif box.kind in _METADATA and box.size is not None and box.size <= _MAX_META:
            yield box.head
            yield _blank(box.kind, stream.read(box.size))
        elif box.kind in _METADATA or box.kind == b"uuid":
            yield box.head[:4] + b"free" + box.head[_HEADER:]
            yield from stream.blank(box.size)
        else:
            yield box.head
            yield from stream.copy(box.size)


def _blank(kind: bytes, body: bytes) -> bytes:
    """Return the inside of a metadata box, of which only what is harmless keeps its bytes."""
    # ISO's "meta" begins with a version, QuickTime's with its first box.
    start = 4 if kind == b"meta" and body[4:_HEADER] != b"hdlr" else 0
    stream, parts = Lookahead(BytesIO(body[start:])), [body[:start]]
    while (box := _read_box(stream, None)) is not None:
        inside = b"".join(stream.copy(box.size))
        if (kind, box.kind) in _OPENED:
            parts += [box.head, _blank(box.kind, inside)]
        elif box.kind in _HARMLESS:
            parts += [box.head, inside]
        elif box.kind:
            parts += [box.head[:4], b"free", box.head[_HEADER:], bytes(len(inside))]
        else:
            parts += [bytes(len(box.head) + len(inside))]
    return b"".join(parts)


def _read_box(stream: Lookahead, limit: int | None) -> _Box | None:
    """Read the next head of those within ``limit`` bytes; None at the end."""
    head = stream.peek(_LARGE if limit is None else min(limit, _LARGE))
    if not head:
        return None
    size, length = int.from_bytes(head[:4]), _HEADER
    if size == 1:
        size, length = int.from_bytes(head[_HEADER:]), _LARGE
    size = size or (len(head) if limit is None else limit)
    if len(head) < length or size < length or (limit is not None and size > limit):
        head = stream.read(len(head))
        return _Box(head, b"", None if limit is None else limit - len(head))
    is_last = limit is None and head[:4] == bytes(4)
    return _Box(stream.read(length), head[4:_HEADER], None if is_last else size - length)


def _strip_still(stream: Lookahead) -> Iterator[bytes]:
    """Blank the items of a picture that hold metadata."""
    position, spans = 0, dict[int, bytes]()
    while (box := _read_box(stream, None)) is not None and box.kind != b"meta":
        yield box.head
        for chunk in stream.copy(box.size):
            yield chunk
            position += len(chunk)
        position += len(box.head)
    if box is not None:
        if box.size is None or box.size > _MAX_META:
            raise InvalidValue("A picture whose metadata cannot be found.")
        meta = stream.read(box.size)
        yield box.head + meta
        position += len(box.head) + len(meta)
        spans = _find_spans(meta)
    if any(start < position for start in spans):
        raise InvalidValue("A picture whose metadata cannot be taken out.")
    for chunk in stream.copy():
        blanked = bytearray(chunk)
        for start, nothing in spans.items():
            first, skipped = max(0, start - position), max(0, position - start)
            part = nothing[skipped : skipped + len(chunk) - first] if first < len(chunk) else b""
            blanked[first : first + len(part)] = part
        yield bytes(blanked)
        position += len(chunk)


def _find_spans(meta: bytes) -> dict[int, bytes]:
    """Return where in the file EXIF and XMP lie, and what shall be there instead."""
    boxes = dict(_boxes_in(meta[4:]))
    info = boxes.get(b"iinf", b"")
    telling: dict[int, bytes] = {}
    for _, entry in _boxes_in(info[6 if info[:1] == b"\0" else 8 :]):
        width = 2 if entry[:1] == b"\2" else 4
        kind = entry[6 + width : 10 + width]
        if kind in _NOTHING:
            telling[int.from_bytes(entry[4 : 4 + width])] = _NOTHING[kind]
    places = [place for place in _locations(boxes.get(b"iloc", b"")) if place[0] in telling]
    if {item for item, _, _ in places} != telling.keys() or any(
        length > _MAX_META for *_, length in places
    ):
        raise InvalidValue("A picture whose metadata cannot be found.")
    return {
        start: telling[item][:length].ljust(length, telling[item][-1:])
        for item, start, length in places
    }


def _boxes_in(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    stream = Lookahead(BytesIO(data))
    while (box := _read_box(stream, None)) is not None:
        yield box.kind, b"".join(stream.copy(box.size))


def _locations(iloc: bytes) -> Iterator[tuple[int, int, int]]:
    """Go through the items' offsets and lengths, as ISO/IEC 14496-12 (8.11.3) lays them out."""
    stream = BytesIO(iloc)

    def number(size: int) -> int:
        return int.from_bytes(stream.read(size))

    version, _, sizes = number(1), number(3), number(2)
    offset_size, length_size, base_size, index_size = (sizes >> s & 15 for s in (12, 8, 4, 0))
    for _ in range(number(2 if version < 2 else 4)):  # noqa: PLR2004
        item = number(2 if version < 2 else 4)  # noqa: PLR2004
        is_elsewhere = version > 0 and number(2) & 15
        number(2)
        base = number(base_size)
        for _ in range(number(2)):
            number(index_size if version > 0 else 0)
            start = base + number(offset_size)
            length = number(length_size)
            # What does not lie in the file by offset cannot be taken out.
            yield item, 0 if is_elsewhere else start, length

"""MP4, QuickTime, HEIC and AVIF are boxes in boxes: metadata are blanked where they lie.

Nothing is moved, because the sample tables of a file hold offsets into it.
"""

from collections.abc import Iterator
from io import BytesIO
from typing import NamedTuple

from storykeep.core.errors import InvalidValue
from storykeep.importers.lookahead import ALL, Lookahead

_HEADER, _LARGE = 8, 16
_MAX_META = 8 << 20
"""Of the table of contents of a picture; real ones have some KB."""
_STILLS = frozenset({b"heic", b"heix", b"heim", b"heis", b"mif1", b"msf1", b"avif", b"avis"})
_OPENED = frozenset({(b"", b"moov"), (b"moov", b"trak"), (b"udta", b"meta"), (b"meta", b"ilst")})
"""What is looked into, after what it lies in."""
_METADATA = frozenset({b"udta", b"meta", b"ilst"})
_BLANKED = _METADATA | {b"uuid"}
"""What is not looked into because of its size, or because anything may be in it."""
_HARMLESS = frozenset({b"hdlr", b"free", b"\xa9too"})
"""Of what lies in metadata: what it is, nothing, and which program wrote it."""
_NOTHING = {b"Exif": b"\0\0\0\0MM\0*\0\0\0\x08" + bytes(7), b"mime": b" "}
"""The items of a picture that hold EXIF and XMP, and what they begin with that say nothing."""


class _Box(NamedTuple):
    head: bytes
    kind: bytes
    """Empty where no box begins: then all that follows belongs to it."""
    size: int
    """Of what follows the head, at the most."""


def strip_boxes(stream: Lookahead) -> Iterator[bytes]:
    """Go through the file with its metadata blanked.

    Raises InvalidValue for a picture whose metadata cannot be found.
    """
    brand = stream.peek(12)[_HEADER:]
    yield from _strip_still(stream) if brand in _STILLS else _strip_film(stream, b"", ALL)


def _strip_film(stream: Lookahead, within: bytes, limit: int) -> Iterator[bytes]:
    """Go through the boxes of a film, of one of its tracks, or of metadata.

    Of these only what is harmless keeps its bytes.
    """
    is_metadata = within in _METADATA
    # ISO's "meta" begins with a version, QuickTime's with its first box.
    if within == b"meta" and stream.peek(_HEADER)[4:] != b"hdlr":
        version = stream.read(min(4, limit))
        limit -= len(version)
        yield version
    while (box := _read_box(stream, limit)) is not None:
        limit -= len(box.head) + box.size
        is_small = box.kind in _METADATA and not is_metadata and box.size <= _MAX_META
        if is_small or (within, box.kind) in _OPENED:
            yield box.head
            yield from _strip_film(stream, box.kind, box.size)
        elif box.kind in _BLANKED or (is_metadata and box.kind not in _HARMLESS):
            is_box = bool(box.kind)
            yield box.head[:4] + b"free" + box.head[_HEADER:] if is_box else bytes(len(box.head))
            yield from stream.blank(box.size)
        else:
            yield box.head
            yield from stream.copy(box.size)


def _read_box(stream: Lookahead, limit: int = ALL) -> _Box | None:
    """Read the next head of those within ``limit`` bytes; None at the end."""
    head = stream.peek(min(limit, _LARGE))
    if not head:
        return None
    size, length = int.from_bytes(head[:4]), _HEADER
    if size == 1:
        size, length = int.from_bytes(head[_HEADER:]), _LARGE
    size = size or limit
    if len(head) < length or not length <= size <= limit:
        return _Box(stream.read(len(head)), b"", limit - len(head))
    return _Box(stream.read(length), head[4:_HEADER], size - length)


def _strip_still(stream: Lookahead) -> Iterator[bytes]:
    """Blank the items of a picture that hold metadata."""
    while (box := _read_box(stream)) is not None and box.kind != b"meta":
        yield box.head
        yield from stream.copy(box.size)
    if box is None:
        return
    if box.size > _MAX_META:
        raise InvalidValue("A picture whose metadata cannot be found.")
    meta = stream.read(box.size)
    yield box.head + meta
    for start, nothing in sorted(_find_spans(meta, stream.position).items()):
        yield from stream.copy(max(0, start - stream.position))
        part = nothing[stream.position - start :]
        yield part[: len(stream.read(len(part)))]
    yield from stream.copy()


def _find_spans(meta: bytes, position: int) -> dict[int, bytes]:
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
    if any(start < position for _, start, _ in places):
        raise InvalidValue("A picture whose metadata cannot be taken out.")
    return {
        start: telling[item][:length].ljust(length, telling[item][-1:])
        for item, start, length in places
    }


def _boxes_in(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    stream = Lookahead(BytesIO(data))
    while (box := _read_box(stream)) is not None:
        yield box.kind, b"".join(stream.copy(box.size))


def _locations(iloc: bytes) -> Iterator[tuple[int, int, int]]:
    """Go through the items' offsets and lengths, as ISO/IEC 14496-12 (8.11.3) lays them out.

    Raises InvalidValue where they go beyond the box, or are more than it has bytes.
    """
    stream = BytesIO(iloc)
    told = 0

    def number(size: int) -> int:
        read = stream.read(size)
        if len(read) < size or told > len(iloc):
            raise InvalidValue("A picture whose metadata cannot be found.")
        return int.from_bytes(read)

    version, _, sizes = number(1), number(3), number(2)
    offset_size, length_size, base_size, index_size = (sizes >> s & 15 for s in (12, 8, 4, 0))
    for _ in range(number(2 if version < 2 else 4)):  # noqa: PLR2004
        item = number(2 if version < 2 else 4)  # noqa: PLR2004
        is_elsewhere = version > 0 and number(2) & 15
        number(2)
        base = number(base_size)
        for _ in range(number(2)):
            told += 1
            number(index_size if version > 0 else 0)
            start = base + number(offset_size)
            length = number(length_size)
            # What does not lie in the file by offset cannot be taken out.
            yield item, 0 if is_elsewhere else start, length

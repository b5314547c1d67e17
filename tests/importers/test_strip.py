"""What an export's media say of place and device is gone; the picture is what it was."""

import io
import random
from collections.abc import Iterator
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

import av
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from storykeep.core.errors import InvalidValue
from storykeep.importers.boxes import strip_boxes
from storykeep.importers.lookahead import Lookahead
from storykeep.importers.strip import Stripped, strip
from storykeep.sources.demo import read_media
from tests.importers.rig import JPEG, MP4, PNG

PLACE = "+48.8566+002.3522/"
MAKE = "Tell Tale Phones"
XMP = b"<x:xmpmeta>Tell Tale Phones</x:xmpmeta>"
SIGNS = (PLACE.encode(), MAKE.encode(), b"loci", b"\xa9xyz")
STILLS = ("JPEG", "PNG", "WEBP", "AVIF")


def stripped(content: bytes) -> bytes:
    return b"".join(strip(Lookahead(io.BytesIO(content))))


def exif(orientation: int = 1) -> Image.Exif:
    found = Image.Exif()
    found[0x0112], found[0x010F], found[0x8825] = orientation, MAKE, {1: "N", 2: (48.0, 51.0, 24.0)}
    return found


def picture(form: str, size: tuple[int, int] = (64, 96), **options: Any) -> bytes:
    noise = random.Random(form).randbytes(size[0] * size[1] * 3)
    out = io.BytesIO()
    Image.frombytes("RGB", size, noise).save(out, form, **options)
    return out.getvalue()


def pixels(content: bytes) -> bytes:
    with Image.open(io.BytesIO(content)) as image:
        return image.convert("RGB").tobytes()


def film(form: str = "mp4", **options: str) -> bytes:
    told = {"location": PLACE, "com.apple.quicktime.make": MAKE, "make": MAKE}
    with NamedTemporaryFile(suffix=f".{form}") as file:
        with av.open(file.name, "w", format=form, options=options) as container:
            container.metadata.update(told)
            stream = container.add_stream("mpeg4", rate=5)
            stream.width, stream.height, stream.pix_fmt = 64, 96, "yuv420p"
            for _ in range(5):
                frame = av.VideoFrame.from_image(Image.new("RGB", (64, 96), "teal"))  # type: ignore[no-untyped-call]
                container.mux(stream.encode(frame))
            container.mux(stream.encode())
        return Path(file.name).read_bytes()


def frames(content: bytes) -> list[bytes]:
    with av.open(io.BytesIO(content), "r") as container:
        return [bytes(frame.planes[0]) for frame in container.decode(video=0)]


@pytest.mark.parametrize("form", STILLS)
def test_a_picture_without_metadata_stays_the_same_bytes(form: str) -> None:
    content = picture(form)
    assert content == stripped(content)


@pytest.mark.parametrize("content", [JPEG, MP4, PNG, JPEG + b"1", b"", b"GIF89a" + bytes(99)])
def test_what_is_hardly_a_picture_stays_too(content: bytes) -> None:
    assert content == stripped(content)


@pytest.mark.parametrize("name", ["demo_video.mp4", "avatar_natgeo.jpg"])
def test_real_media_without_metadata_stay(name: str) -> None:
    assert read_media(name) == stripped(read_media(name))


@pytest.mark.parametrize("form", STILLS)
def test_place_and_device_are_gone_from_a_picture(form: str) -> None:
    content = picture(form, exif=exif(), xmp=XMP) if form != "PNG" else picture(form, exif=exif())
    assert MAKE.encode() in content
    found = stripped(content)
    assert MAKE.encode() not in found
    assert pixels(content) == pixels(found)
    with Image.open(io.BytesIO(found)) as image:
        assert {} == dict(image.getexif().get_ifd(0x8825))


@pytest.mark.parametrize(
    "options", [{"progressive": True}, {"restart_marker_blocks": 1}, {"comment": b"c"}]
)
def test_every_kind_of_jpeg_is_read_to_its_end(options: dict[str, Any]) -> None:
    """Also a second picture behind it, as cameras write them."""
    content = picture("JPEG", (512, 512), quality=95, exif=exif(), **options)
    found = stripped(content + content)
    assert MAKE.encode() not in found
    assert pixels(content) == pixels(found)
    assert 2 * len(stripped(content)) == len(found)


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("orientation", [1, 3, 6, 8])
def test_how_a_picture_is_turned_is_kept(orientation: int, order: str) -> None:
    told = exif(orientation)
    told.endian = order
    found = stripped(picture("JPEG", exif=told))
    with Image.open(io.BytesIO(found)) as image:
        assert orientation == image.getexif().get(0x0112, 1)
        assert {0x0112} >= {*image.getexif()}


@pytest.mark.parametrize("form", ["mp4", "mov", "ipod"])
@pytest.mark.parametrize(
    "options", [{}, {"movflags": "faststart"}, {"movflags": "use_metadata_tags"}]
)
def test_place_and_device_are_gone_from_a_film(form: str, options: dict[str, str]) -> None:
    """Not one offset moves, so that it plays as before."""
    content = film(form, **options)
    found = stripped(content)
    assert len(content) == len(found)
    signs = [sign for sign in SIGNS if sign in content]
    assert signs
    assert [] == [sign for sign in SIGNS if sign in found]
    assert frames(content) == frames(found)


def test_a_damaged_picture_is_refused_only_if_it_may_tell() -> None:
    damaged = picture("JPEG", exif=exif())[:2] + b"nonsense" + picture("JPEG", exif=exif())
    with pytest.raises(InvalidValue, match="may say where"):
        stripped(damaged)
    noise = b"\xff\xd8\xff\xe0" + random.Random(1).randbytes(100_000)
    assert noise == stripped(noise)


def box(kind: bytes, content: bytes) -> bytes:
    return (len(content) + 8).to_bytes(4) + kind + content


@pytest.mark.parametrize(
    "iloc",
    [
        bytes([2, 0, 0, 0, 0, 0]) + b"\xff" * 4,  # billions of items, of which none is there
        bytes([0, 0, 0, 0, 0, 0]) + b"\xff\xff" + (bytes(4) + b"\xff\xff") * 20_000,
    ],
    ids=["items", "places"],
)
def test_a_picture_that_claims_more_items_than_it_has_bytes_is_refused(iloc: bytes) -> None:
    entry = box(b"infe", bytes([2, 0, 0, 0, 0, 1, 0, 0]) + b"Exif")
    meta = bytes(4) + box(b"iinf", bytes(6) + entry) + box(b"iloc", iloc)
    with pytest.raises(InvalidValue, match="metadata"):
        stripped(box(b"ftyp", b"heic" + bytes(4) + b"mif1") + box(b"meta", meta))


@pytest.mark.parametrize("depth", [3, 5_000])
def test_boxes_in_boxes_have_an_end(depth: int) -> None:
    inner = b""
    for _ in range(depth):
        inner = (len(inner) + 8).to_bytes(4) + b"meta" + inner
    content = b"\0\0\0\x10ftypmp42\0\0\0\0" + inner
    assert len(content) == len(stripped(content))


@given(st.binary(max_size=300), st.sampled_from(["JPEG", "PNG", "WEBP", "AVIF", "film"]), st.data())
def test_no_damage_does_more_than_refuse(noise: bytes, form: str, data: st.DataObject) -> None:
    content = film() if form == "film" else picture(form, exif=exif())
    at = data.draw(st.integers(0, len(content)))
    try:
        stripped(content[:at] + noise + content[at + len(noise) :])
        stripped(content[:at])
    except InvalidValue:
        pass


def test_it_goes_through_in_pieces(tmp_path: Path) -> None:
    """Whatever the sizes in which it is read, the bytes are the same."""
    for number, content in enumerate(
        (picture("JPEG", (700, 700), exif=exif()), film(), picture("AVIF"))
    ):
        path = tmp_path / str(number)
        path.write_bytes(content)
        expected = stripped(content)
        with io.BufferedReader(Stripped(path.open("rb")), 1000) as stream:
            assert expected == b"".join(iter(lambda: stream.read(777), b""))


class Slow(io.BufferedIOBase):
    """A stream of an endless box."""

    def __init__(self) -> None:
        self._head = b"\0\0\0\x10ftypmp42\0\0\0\0\0\0\0\1mdat" + (1 << 60).to_bytes(8)

    def read(self, size: int | None = -1, /) -> bytes:
        assert size is not None
        found, self._head = self._head[:size], self._head[size:]
        return found + bytes(size - len(found))


def test_little_of_it_is_in_memory() -> None:
    chunks: Iterator[bytes] = strip_boxes(Lookahead(Slow()))
    assert all(len(next(chunks)) <= 1 << 16 for _ in range(100))

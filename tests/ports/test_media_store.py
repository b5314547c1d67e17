"""What every media store promises."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storykeep.core.errors import InvalidValue, StorageError
from storykeep.core.media import MediaFile, MediaStore
from storykeep.sources.demo import read_media
from storykeep.storage.media import FolderMedia
from storykeep.testing.media import MemoryMedia

PHOTO, VIDEO = read_media("avatar_natgeo.jpg"), read_media("demo_video.mp4")
DIGEST = hashlib.sha256(PHOTO).hexdigest()


@pytest.fixture(params=["folder", "memory"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> MediaStore:
    return MemoryMedia() if request.param == "memory" else FolderMedia(tmp_path / "media")


async def read(store: MediaStore, file: MediaFile) -> bytes:
    opened = await store.open(file)
    try:
        await opened.prepare(0, file.size)
        return opened.read(0, file.size)
    finally:
        opened.close()


@pytest.mark.parametrize("content", [PHOTO, VIDEO], ids=["photo", "video"])
@pytest.mark.parametrize("size", [1000, 1 << 20])
async def test_what_is_saved_comes_back(content: bytes, size: int, store: MediaStore) -> None:
    """The bytes alone say what a file is: its address, its type and its size."""
    kind, extension = ("image/jpeg", "jpg") if content is PHOTO else ("video/mp4", "mp4")
    file = store.save(content[at : at + size] for at in range(0, len(content), size))
    assert file == MediaFile(hashlib.sha256(content).hexdigest(), kind, len(content))
    assert extension == file.extension
    assert content == await read(store, file)


async def test_the_same_bytes_are_one_file(store: MediaStore) -> None:
    assert store.save([PHOTO]) == store.save([PHOTO[:10], b"", PHOTO[10:]])


@pytest.mark.parametrize(
    ("head", "content_type", "extension"),
    [
        (b"\xff\xd8\xff\xe0\0\x10JFIF\0", "image/jpeg", "jpg"),
        (b"RIFF\x24\0\0\0WEBPVP8 \x18\0\0\0", "image/webp", "webp"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "image/png", "png"),
        (b"GIF89a\x01\0\x01\0", "image/gif", "gif"),
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "image/heic", "heic"),
        (b"\0\0\0\x18ftypavif\0\0\0\0avifmif1", "image/avif", "avif"),
        (b"\0\0\0\x18ftypisom\0\0\2\0isommp41", "video/mp4", "mp4"),
        (b"\0\0\0\x14ftypqt  \0\0\2\0qt  ", "video/quicktime", "mov"),
        (b"\x1a\x45\xdf\xa3\x93\x42\x82\x84webm", "video/webm", "webm"),
    ],
)
def test_the_type_is_read_from_the_bytes(
    head: bytes, content_type: str, extension: str, store: MediaStore
) -> None:
    file = store.save([head, bytes(100)])
    assert (content_type, extension) == (file.content_type, file.extension)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"URL signature expired",
        b"<!doctype html><script>alert(1)</script>",
        b'<svg xmlns="http://www.w3.org/2000/svg"/>',
        b'{"status": "fail"}',
        b"%PDF-1.7\n",
        b"PK\x03\x04" + bytes(40),
        PHOTO[1:],
    ],
)
def test_what_is_no_picture_or_video_is_refused(content: bytes, store: MediaStore) -> None:
    """Least of all is anything kept that a browser would run."""
    with pytest.raises(InvalidValue, match="picture or video"):
        store.save([content])


async def test_chunks_that_break_off_keep_nothing(store: MediaStore) -> None:
    """The error is the caller's own, and comes back to the caller as it was."""

    def chunks() -> Iterator[bytes]:
        yield PHOTO[:1000]
        raise FileNotFoundError("the caller's")

    with pytest.raises(FileNotFoundError, match="the caller's"):
        store.save(chunks())
    with pytest.raises(StorageError):
        await store.open(MediaFile(DIGEST, "image/jpeg", len(PHOTO)))


@pytest.mark.parametrize(
    "file",
    [
        pytest.param(MediaFile("0" * 64, "image/jpeg", len(PHOTO)), id="never saved"),
        pytest.param(MediaFile(DIGEST, "image/png", len(PHOTO)), id="of another type"),
        pytest.param(MediaFile(DIGEST, "image/jpeg", len(PHOTO) - 1), id="shorter"),
        pytest.param(MediaFile(DIGEST, "image/jpeg", len(PHOTO) + 1), id="longer"),
        pytest.param(MediaFile(DIGEST.upper(), "image/jpeg", len(PHOTO)), id="upper case"),
        pytest.param(MediaFile("../" * 20 + "etc/passwd", "image/jpeg", 1), id="a path"),
        pytest.param(MediaFile("", "image/jpeg", len(PHOTO)), id="nothing"),
        pytest.param(MediaFile(DIGEST + "\n", "image/jpeg", len(PHOTO)), id="with a line end"),
        pytest.param(MediaFile(DIGEST, "image/../jpeg", len(PHOTO)), id="a path as type"),
    ],
)
async def test_a_file_that_is_not_there_is_our_fault(file: MediaFile, store: MediaStore) -> None:
    """Whoever asks was told by the archive that it is kept."""
    store.save([PHOTO])
    with pytest.raises(StorageError):
        await store.open(file)


SHARED = MemoryMedia()


@given(data=st.data(), is_memory=st.booleans())
async def test_any_part_can_be_read(
    data: st.DataObject, is_memory: bool, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.getbasetemp() / "any-part"
    store: MediaStore = SHARED if is_memory else FolderMedia(folder)
    file = store.save([VIDEO])
    opened = await store.open(file)
    for _ in range(3):
        offset = data.draw(st.integers(0, file.size - 1))
        size = data.draw(st.integers(1, file.size - offset))
        await opened.prepare(offset, size)
        assert VIDEO[offset : offset + size] == opened.read(offset, size)
    with pytest.raises(StorageError):
        opened.read(file.size - 1, 2)
    opened.close()
    opened.close()

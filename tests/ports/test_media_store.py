"""What every media store promises."""

import hashlib
import time
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from typing import TypeVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storykeep.core.errors import InvalidValue, StorageError
from storykeep.core.media import FileCorrupt, FileMissing, MediaFile, MediaStore
from storykeep.sources.demo import read_media
from storykeep.storage.bucket import Bucket
from storykeep.storage.media import FolderMedia
from storykeep.storage.s3 import S3Media
from storykeep.testing.media import MemoryMedia
from tests.seaweed import KEYS, Seaweed

T = TypeVar("T")

STORES = ("folder", "memory", "s3")
PHOTO, VIDEO = read_media("avatar_natgeo.jpg"), read_media("demo_video.mp4")
DIGEST = hashlib.sha256(PHOTO).hexdigest()
MINUTE = 60
"""More than the clocks of two machines, and a bucket's whole seconds, differ by."""


@pytest.fixture(scope="session")
def bucket(seaweed: Seaweed) -> Bucket:
    return seaweed.make_bucket("suite")


@pytest.fixture(params=STORES)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> MediaStore:
    return open_store(request, tmp_path)


def open_store(request: pytest.FixtureRequest, folder: Path) -> MediaStore:
    """Return an empty store of the kind that is asked for."""
    if request.param == "memory":
        return MemoryMedia()
    if request.param == "folder":
        return FolderMedia(folder / "media")
    at = request.getfixturevalue("bucket")
    prefix = hashlib.sha256(bytes(folder)).hexdigest()
    return S3Media(
        Bucket(name=at.name, endpoint=at.endpoint, prefix=prefix), KEYS, folder / "drafts"
    )


async def all_of(items: AsyncIterator[T]) -> list[T]:
    return [item async for item in items]


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
    file = store.save([PHOTO])
    assert file == store.save([PHOTO[:10], b"", PHOTO[10:]])
    assert [file] == await all_of(store.walk())


async def test_many_who_keep_the_same_bytes_at_once_keep_one_file(store: MediaStore) -> None:
    """Each is told that it is there, and each time all of it is."""
    start = Barrier(8)

    def save(_: int) -> MediaFile:
        start.wait()
        return store.save([VIDEO[:100_000], VIDEO[100_000:]])

    with ThreadPoolExecutor(start.parties) as pool:
        (file,) = set(pool.map(save, range(start.parties)))
    assert VIDEO == await read(store, file)
    assert [file] == await all_of(store.walk())


async def test_a_draft_is_nobody_s_until_it_is_kept(store: MediaStore) -> None:
    """Drafts do not know of each other."""
    photo, video = store.begin(), store.begin()
    photo.write(PHOTO)
    video.write(VIDEO[:1000])
    assert [] == await all_of(store.walk())
    assert [] == await all_of(store.strangers())
    kept = photo.keep()
    video.write(VIDEO[1000:])
    assert [kept] == await all_of(store.walk())
    assert video.keep().size == len(VIDEO)
    photo.drop()
    video.drop()
    assert PHOTO == await read(store, kept)


async def test_a_draft_that_is_dropped_was_never_there(store: MediaStore) -> None:
    draft = store.begin()
    draft.write(PHOTO)
    draft.drop()
    draft.drop()
    assert [] == await all_of(store.walk())


async def test_a_walk_comes_by_every_file_once(store: MediaStore) -> None:
    """What it tells of a file is enough to open it."""
    assert [] == await all_of(store.walk())
    kept = {store.save([PHOTO, bytes([number])]) for number in range(20)} | {store.save([VIDEO])}
    found = await all_of(store.walk())
    assert (len(kept), kept) == (len(found), set(found))
    assert [] == await all_of(store.strangers())
    for file in found:
        assert file.sha256 == hashlib.sha256(await read(store, file)).hexdigest()


async def test_a_file_that_is_deleted_is_gone(store: MediaStore) -> None:
    """A second time that is no error; and it can be kept again."""
    photo, video = store.save([PHOTO]), store.save([VIDEO])
    assert await store.delete(photo)
    assert [video] == await all_of(store.walk())
    with pytest.raises(FileMissing):
        await store.open(photo)
    assert not await store.delete(photo)
    assert photo == store.save([PHOTO])
    assert PHOTO == await read(store, photo)


async def test_what_was_kept_since_a_moment_is_spared(store: MediaStore) -> None:
    file, now = store.save([PHOTO]), time.time()
    assert [] == await all_of(store.walk(before=now - MINUTE))
    assert not await store.delete(file, before=now - MINUTE)
    assert [file] == await all_of(store.walk(before=now + MINUTE))
    assert await store.delete(file, before=now + MINUTE)
    assert [] == await all_of(store.walk())


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


@pytest.mark.parametrize("size", [len(PHOTO) - 1, len(PHOTO) + 1, 0])
async def test_a_file_of_another_size_is_corrupt(size: int, store: MediaStore) -> None:
    store.save([PHOTO])
    with pytest.raises(FileCorrupt):
        await store.open(MediaFile(DIGEST, "image/jpeg", size))


@pytest.mark.parametrize(
    "file",
    [
        pytest.param(MediaFile("0" * 64, "image/jpeg", len(PHOTO)), id="never saved"),
        pytest.param(MediaFile(DIGEST, "image/png", len(PHOTO)), id="of another type"),
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
    with pytest.raises(FileMissing):
        await store.open(file)


@pytest.fixture(scope="module", params=STORES)
def lasting(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> MediaStore:
    """A store that all examples share."""
    return open_store(request, tmp_path_factory.mktemp("lasting"))


@given(data=st.data())
async def test_any_part_can_be_read(data: st.DataObject, lasting: MediaStore) -> None:
    file = lasting.save([VIDEO])
    opened = await lasting.open(file)
    for _ in range(3):
        offset = data.draw(st.integers(0, file.size - 1))
        size = data.draw(st.integers(1, file.size - offset))
        if data.draw(st.booleans()):  # else it takes longer, and that is all
            await opened.prepare(offset, size)
        assert VIDEO[offset : offset + size] == opened.read(offset, size)
    with pytest.raises(StorageError):
        opened.read(file.size - 1, 2)
    opened.close()
    opened.close()

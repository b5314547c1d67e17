"""The archive and the media store compared, and what neither of them misses removed."""

import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from storykeep.core.errors import StorageError
from storykeep.core.media import SPARED, KeptFile, MediaFile
from storykeep.core.sighting import Kind
from storykeep.sources.demo import read_media
from storykeep.storage import library as library_module
from storykeep.storage.archive import SqlArchive
from storykeep.storage.library import (
    Checked,
    Library,
    LibraryStats,
    Share,
    check_files,
    find_orphans,
    remove_orphans,
)
from storykeep.storage.media import FolderMedia, StoredFile
from storykeep.storage.naming import name_of
from storykeep.testing import MemoryMedia
from tests.making import make_sighting, make_story
from tests.ports.adapters import open_database

PHOTO, VIDEO = read_media("avatar_natgeo.jpg"), read_media("demo_video.mp4")
PKS = (3_700_000_000_000_000_001, 3_700_000_000_000_000_002, 3_700_000_000_000_000_003)
LATER = SPARED + 60
"""Seconds after which nothing is young any more."""


@pytest.fixture
async def archive(tmp_path: Path) -> AsyncIterator[SqlArchive]:
    """Three stories without files."""
    async with open_database(tmp_path / "archive.db", "archive") as database:
        archive = SqlArchive(database)
        await archive.record(make_sighting(*map(make_story, PKS)))
        yield archive


@pytest.fixture
def library(archive: SqlArchive) -> Library:
    return archive.library


@pytest.fixture
def store(tmp_path: Path) -> FolderMedia:
    return FolderMedia(tmp_path / "media")


async def keep(archive: SqlArchive, pk: int, file: MediaFile) -> None:
    kind: Kind = "image" if file.content_type.startswith("image/") else "video"
    await archive.keep_file(KeptFile(pk, kind, file, "name.jpg"))


async def checked(library: Library, store: FolderMedia) -> list[Checked]:
    return [each async for each in check_files(library, store)]


async def test_every_file_is_told_once_in_pages(
    archive: SqlArchive, library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many stories share it, and wherever a page ends."""
    files = [MediaFile(f"{number:064x}", "image/jpeg", 10) for number in range(7)]
    files.insert(3, MediaFile(files[2].sha256, "video/mp4", 10))
    for file in files:
        for pk in PKS:
            await keep(archive, pk, file)
    for page in (1, 2, 3, 7, 8, 500):
        monkeypatch.setattr(library_module, "PAGE", page)
        assert files == [file async for file in library.files()]


async def test_numbers_count_a_shared_file_once(archive: SqlArchive, library: Library) -> None:
    empty = LibraryStats(all=Share(), by_type={}, by_stories={}, stories=3, stories_with_file=0)
    assert empty == await library.stats()
    photo, video = MediaFile("a" * 64, "image/jpeg", 10), MediaFile("b" * 64, "video/mp4", 500)
    await keep(archive, PKS[0], photo)
    await keep(archive, PKS[1], photo)
    await keep(archive, PKS[1], video)
    assert (
        LibraryStats(
            all=Share(2, 510),
            by_type={"image/jpeg": Share(1, 10), "video/mp4": Share(1, 500)},
            by_stories={1: Share(1, 500), 2: Share(1, 10)},
            stories=3,
            stories_with_file=2,
        )
        == await library.stats()
    )
    assert list(PKS[:2]) == await library.stories_of(photo)


async def test_what_is_whole_is_found_whole(
    archive: SqlArchive, library: Library, store: FolderMedia
) -> None:
    photo, video = store.save([PHOTO]), store.save([VIDEO])
    await keep(archive, PKS[0], photo)
    await keep(archive, PKS[1], video)
    found = await checked(library, store)
    assert sorted([photo.sha256, video.sha256]) == [each.file.sha256 for each in found]
    assert {None} == {each.problem for each in found}


@pytest.mark.parametrize("spoilt", [b"", PHOTO[:-1], PHOTO[:-1] + b"?", PHOTO + b"?", None])
async def test_what_is_not_whole_is_told(
    spoilt: bytes | None, archive: SqlArchive, library: Library, store: FolderMedia, tmp_path: Path
) -> None:
    """Also when it has the right length."""
    photo = store.save([PHOTO])
    await keep(archive, PKS[0], photo)
    path = tmp_path / "media" / name_of(photo)
    if spoilt is None:
        path.unlink()
    else:
        path.write_bytes(spoilt)
    assert [Checked(photo, "missing" if spoilt is None else "corrupt")] == await checked(
        library, store
    )


async def test_a_store_that_cannot_be_asked_is_no_store_without_files(
    archive: SqlArchive, library: Library, tmp_path: Path
) -> None:
    """An error ends the checking: it must not say that all is lost."""

    class Away(FolderMedia):
        async def open(self, file: MediaFile) -> StoredFile:
            raise StorageError(f"away with {file.sha256}")

    await keep(archive, PKS[0], FolderMedia(tmp_path).save([PHOTO]))
    with pytest.raises(StorageError, match="away"):
        await checked(library, Away(tmp_path))


async def test_a_file_that_goes_with_its_story_meanwhile_is_missed_by_nobody(
    archive: SqlArchive, library: Library, store: FolderMedia
) -> None:
    class Forgetful(Library):
        async def unknown(self, files: object) -> list[MediaFile]:
            assert isinstance(files, list)
            return files

    await keep(archive, PKS[0], MediaFile("a" * 64, "image/jpeg", 10))
    assert [] == await checked(Forgetful(library._database), store)


@pytest.mark.parametrize("kind", ["memory", "folder"])
async def test_only_what_no_story_has_is_removed(
    kind: str, archive: SqlArchive, library: Library, tmp_path: Path
) -> None:
    """And only when it is not young: its story may be about to be noted."""
    store = MemoryMedia() if kind == "memory" else FolderMedia(tmp_path / "media")
    known, orphan = store.save([PHOTO]), store.save([VIDEO])
    await keep(archive, PKS[0], known)
    now = time.time()
    assert [] == [file async for file in remove_orphans(library, store, now - SPARED)]
    pages = [page async for page in find_orphans(library, store, now + LATER)]
    assert [orphan] == [file for page in pages for file in page]
    assert [orphan] == [file async for file in remove_orphans(library, store, now + LATER)]
    assert [known] == [file async for file in store.walk()]


async def test_an_orphan_that_is_kept_again_meanwhile_stays(archive: SqlArchive) -> None:
    """Between asking who knows it and removing it, somebody may need it."""

    class Busy(Library):
        async def unknown(self, files: object) -> list[MediaFile]:
            clock.append(3 * LATER)
            assert [store.save([PHOTO])] == files
            return [orphan]

    clock = [0.0]
    store = MemoryMedia(lambda: clock[-1])
    orphan = store.save([PHOTO])
    busy = Busy(archive.library._database)
    assert [] == [file async for file in remove_orphans(busy, store, LATER)]
    assert [orphan] == [file async for file in store.walk()]


async def test_of_one_digest_the_type_that_is_kept_stays(
    archive: SqlArchive, library: Library
) -> None:
    """A newer storykeep may have read the type otherwise, and kept the bytes under that name."""
    kept, other = MediaFile("a" * 64, "image/jpeg", 10), MediaFile("a" * 64, "image/png", 10)
    await keep(archive, PKS[0], kept)
    assert [other] == await library.unknown([kept, other])

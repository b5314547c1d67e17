"""The keeper: one fetch for all who ask, whole files only, and nothing left of what fails."""

import asyncio
from pathlib import Path

import pytest

from storykeep.core.errors import (
    InvalidValue,
    MediaNotFound,
    QuotaReached,
    SourceDrift,
    SourceUnavailable,
    StorageError,
)
from storykeep.core.media import KeptFile, MediaFetcher, MediaFile, MediaStore, Wanted
from storykeep.core.mentions import word_of_story
from storykeep.core.sighting import Kind
from storykeep.service import keeper as module
from storykeep.service.keeper import Keeper
from storykeep.service.quota import DOUBTED, TRUSTED, Quota
from storykeep.sources.demo import read_media
from storykeep.storage.media import FolderMedia
from storykeep.testing import HandClock, MemoryArchive, MemoryMedia, ScriptedFetcher
from tests.full_disk import FullDisk
from tests.making import T0, make_sighting, make_story
from tests.service.fetching import HeldFetcher

PHOTO, OTHER = read_media("avatar_natgeo.jpg"), read_media("avatar_empty.jpg")
CLIP = read_media("demo_video.mp4")
CDN = "https://scontent.cdninstagram.com/v"
URL = f"{CDN}/photo_n.jpg?oe=1"


class Rig:
    """Three known stories, an empty store, and a keeper."""

    def __init__(
        self,
        fetcher: MediaFetcher,
        store: MediaStore | None = None,
        limit: int = 0,
        at_once: int = 16,
    ) -> None:
        self.archive, self.store = MemoryArchive(), store or MemoryMedia()
        self.clock = HandClock(T0)
        self.quota = Quota(limit, self.archive, self.clock)
        self.keeper = Keeper(self.archive, self.store, fetcher, self.quota, at_once=at_once)

    async def fill(self) -> "Rig":
        await self.archive.record(make_sighting(*(make_story(pk) for pk in (1, 2, 3))))
        return self

    async def keep(self, pk: int = 1, kind: Kind = "image", url: str = URL) -> MediaFile:
        return await self.keeper.keep(Wanted(story_pk=pk, kind=kind, url=url))

    async def kept(self, pk: int = 1) -> list[KeptFile]:
        return [*await self.archive.files_of(pk)]


async def settle(task: asyncio.Task[object]) -> None:
    with pytest.raises(asyncio.CancelledError):
        await task


# ---------------------------------------------------------------------------------- once for all


async def test_a_file_is_kept_and_noted_under_its_name() -> None:
    rig = await Rig(ScriptedFetcher({URL: PHOTO})).fill()
    file = await rig.keep()
    assert [KeptFile(1, "image", file, "photo_n.jpg")] == await rig.kept()
    assert (len(PHOTO), "image/jpeg", 1) == (file.size, file.content_type, rig.keeper.kept)


async def test_all_who_ask_at_once_are_one_fetch() -> None:
    """Also with another signature of the same address; and whoever asks later finds it kept."""
    fetcher = HeldFetcher(PHOTO)
    rig = await Rig(fetcher).fill()
    tasks = [asyncio.create_task(rig.keep(url=f"{CDN}/photo_n.jpg?oe={n}")) for n in range(64)]
    await fetcher.until(1)
    fetcher.release()
    files = await asyncio.gather(*tasks)
    files.append(await rig.keep())
    assert ({files[0]}, 1) == (set(files), len(fetcher.asked))


async def test_an_error_is_told_to_all_who_wait() -> None:
    fetcher = HeldFetcher(PHOTO, SourceUnavailable("it broke"))
    rig = await Rig(fetcher).fill()
    tasks = [asyncio.create_task(rig.keep()) for _ in range(3)]
    await fetcher.until(1)
    fetcher.release()
    told = await asyncio.gather(*tasks, return_exceptions=True)
    assert ["it broke"] * 3 == [str(error) for error in told]
    assert ({"SourceUnavailable": 1}, 0) == (rig.keeper.failures, rig.keeper.kept)


async def test_who_hangs_up_does_not_stop_the_keeping() -> None:
    fetcher = HeldFetcher(PHOTO)
    rig = await Rig(fetcher).fill()
    asking = asyncio.create_task(rig.keep())
    await fetcher.until(1)
    asking.cancel()
    await settle(asking)
    fetcher.release()
    await rig.keeper.close(60)
    assert [PHOTO] == [await content(rig.store, kept.file) for kept in await rig.kept()]


async def content(store: MediaStore, file: MediaFile) -> bytes:
    opened = await store.open(file)
    try:
        await opened.prepare(0, file.size)
        return opened.read(0, file.size)
    finally:
        opened.close()


async def test_two_stories_with_the_same_bytes_share_one_file() -> None:
    other = f"{CDN}/again_n.jpg"
    rig = await Rig(ScriptedFetcher({URL: PHOTO, other: PHOTO})).fill()
    assert await rig.keep(1) == await rig.keep(2, url=other)
    assert len(PHOTO) == await rig.archive.kept_bytes()


async def test_only_so_many_are_fetched_at_once_and_only_so_many_wait(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Who comes when that is full is told to come back."""
    monkeypatch.setattr(module, "MOST_WAITING", 3)
    fetcher = HeldFetcher(PHOTO)
    rig = await Rig(fetcher, at_once=2).fill()
    tasks = [asyncio.create_task(rig.keep(pk)) for pk in (1, 2, 3)]
    await fetcher.until(2)
    with pytest.raises(SourceUnavailable) as refused:
        await rig.keep(1, url=f"{CDN}/another.jpg")
    assert refused.value.retry_after
    fetcher.release()
    await asyncio.gather(*tasks)
    assert (2, 3) == (fetcher.most, len(fetcher.asked))


async def test_what_the_store_has_lost_is_fetched_again() -> None:
    fetcher = ScriptedFetcher({URL: PHOTO})
    rig = await Rig(fetcher, store := MemoryMedia()).fill()
    store.lose(await rig.keep())
    assert PHOTO == await content(store, await rig.keep())
    assert [URL, URL] == fetcher.asked


# ---------------------------------------------------------------------------- whole, or nothing


@pytest.mark.parametrize(
    ("kind", "sent", "error"),
    [
        ("video", PHOTO, SourceDrift),
        ("image", CLIP, SourceDrift),
        ("image", b"<html>sorry</html>", SourceDrift),
        ("image", b"", SourceDrift),
        ("image", MediaNotFound("gone"), MediaNotFound),
        ("image", InvalidValue("not there"), InvalidValue),
        ("image", SourceUnavailable("down"), SourceUnavailable),
    ],
)
async def test_of_what_is_not_the_file_nothing_is_left(
    kind: Kind, sent: bytes | Exception, error: type[Exception], tmp_path: Path
) -> None:
    rig = await Rig(ScriptedFetcher({URL: sent}), FolderMedia(tmp_path)).fill()
    with pytest.raises(error):
        await rig.keep(1, kind)
    assert ([], []) == (await rig.kept(), [each for each in tmp_path.rglob("*") if each.is_file()])


async def test_a_file_that_breaks_off_leaves_nothing(tmp_path: Path) -> None:
    fetcher = HeldFetcher(PHOTO, SourceUnavailable("it broke"))
    rig = await Rig(fetcher, FolderMedia(tmp_path)).fill()
    fetcher.release()
    with pytest.raises(SourceUnavailable):
        await rig.keep()
    assert [] == [each for each in tmp_path.rglob("*") if each.is_file()]


async def test_a_disk_that_is_full_is_our_fault_and_leaves_nothing(tmp_path: Path) -> None:
    """The connection to the CDN is given back."""
    fetcher = HeldFetcher(PHOTO)
    rig = await Rig(fetcher, FullDisk(tmp_path)).fill()
    with pytest.raises(StorageError):
        await rig.keep()
    assert (0, []) == (fetcher.open, [each for each in tmp_path.rglob("*") if each.is_file()])


async def test_the_end_of_the_server_waits_and_then_leaves_no_draft(tmp_path: Path) -> None:
    """Who still waits is told; nothing new is begun."""
    fetcher = HeldFetcher(PHOTO)
    rig = await Rig(fetcher, FolderMedia(tmp_path)).fill()
    asking = asyncio.create_task(rig.keep())
    await fetcher.until(1)
    await rig.keeper.close(0)
    for late in (asking, asyncio.create_task(rig.keep(2))):
        with pytest.raises(SourceUnavailable):
            await late
    assert ([], 0) == ([each for each in tmp_path.rglob("*") if each.is_file()], fetcher.open)


# ------------------------------------------------------------------------------------- the quota


async def test_what_does_not_fit_is_refused_and_nothing_is_deleted() -> None:
    other = f"{CDN}/other_n.jpg"
    fetcher = ScriptedFetcher({URL: PHOTO, other: OTHER})
    rig = await Rig(fetcher, limit=len(PHOTO) + len(OTHER) - 1).fill()
    await rig.keep()
    with pytest.raises(QuotaReached, match="STORYKEEP_MEDIA_QUOTA"):
        await rig.keep(2, url=other)
    assert (len(PHOTO), []) == (await rig.archive.kept_bytes(), await rig.kept(2))
    assert PHOTO == await content(rig.store, await rig.keep())


async def test_files_under_way_count_too() -> None:
    """Two that fit one by one, but not together."""
    fetcher = HeldFetcher(PHOTO)
    rig = await Rig(fetcher, limit=len(PHOTO) * 2 - 1).fill()
    tasks = [asyncio.create_task(rig.keep(pk)) for pk in (1, 2)]
    await fetcher.until(2)
    fetcher.release()
    told = await asyncio.gather(*tasks, return_exceptions=True)
    assert [MediaFile, QuotaReached] == sorted(map(type, told), key=lambda kind: kind.__name__)


async def test_a_full_store_is_not_fetched_for_until_somebody_made_room() -> None:
    """Whoever else keeps or erases files is noticed in time."""
    fetcher = ScriptedFetcher({URL: PHOTO})
    rig = await Rig(fetcher, limit=len(PHOTO)).fill()
    imported = KeptFile(3, "image", MediaFile("0" * 64, "image/jpeg", len(PHOTO)), "x.jpg")
    await rig.archive.keep_file(imported)
    with pytest.raises(QuotaReached):
        await rig.keep()
    assert [] == fetcher.asked
    rig.archive._kept.clear()
    rig.clock.turn(DOUBTED + 1)
    assert len(PHOTO) == (await rig.keep()).size
    rig.clock.turn(TRUSTED + 1)
    rig.archive._kept.clear()
    assert len(PHOTO) == (await rig.keep(2)).size


async def test_room_is_noticed_also_after_the_clock_was_set_back() -> None:
    rig = await Rig(ScriptedFetcher({URL: PHOTO}), limit=len(PHOTO)).fill()
    await rig.keep()
    with pytest.raises(QuotaReached):
        await rig.keep(2)
    rig.archive._kept.clear()
    rig.clock.turn(-3600)
    assert len(PHOTO) == (await rig.keep(2)).size


async def test_a_file_whose_story_is_erased_meanwhile_is_not_kept() -> None:
    fetcher = HeldFetcher(PHOTO)
    rig = await Rig(fetcher).fill()
    keeping = asyncio.create_task(rig.keep())
    await fetcher.until(1)
    rig.archive.erased[word_of_story(1)] = "story"
    fetcher.release()
    with pytest.raises(MediaNotFound, match="erased"):
        await keeping
    assert [] == [each async for each in rig.store.walk()]

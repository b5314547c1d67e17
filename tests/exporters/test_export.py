"""What lies in the folder of an export, and what happens when something is in its way."""

import json
import os
import shutil
import stat
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from storykeep.core.errors import StorageError
from storykeep.core.media import KeptFile, MediaFile
from storykeep.core.model import VIDEO
from storykeep.exporters.folder import ExportFolder
from tests.exporters.rig import Shelf, files_in, open_shelf
from tests.importers.rig import JPEG, MP4, PK
from tests.importers.test_orders import MADE, as_export
from tests.making import ACME, RIVAL, T0, make_seen, make_sighting, make_story, make_user

STEM = f"acme/2027-01-15_08-00-00_UTC_{PK}"
RECORD = f"storykeep/{ACME}.jsonl"


@pytest.fixture
async def shelf(tmp_path: Path) -> AsyncIterator[Shelf]:
    async with open_shelf(tmp_path / "first") as opened:
        await opened.record(make_sighting(make_story(PK)))
        yield opened


async def keep(shelf: Shelf, content: bytes, pk: int = PK) -> MediaFile:
    file = shelf.media.save([content])
    kind: Any = file.content_type.partition("/")[0]
    await shelf.archive.keep_file(KeptFile(pk, kind, file, "a.jpg"))
    return file


async def test_what_lies_in_the_folder(shelf: Shelf, tmp_path: Path) -> None:
    """Each file with a sidecar, dated when the story was taken; for their owner only."""
    await keep(shelf, JPEG)
    await keep(shelf, MP4)
    report = await shelf.export(tmp_path / "out")
    expected = [f"{STEM}{ending}" for ending in (".jpg", ".jpg.json", ".mp4", ".mp4.json")]
    assert [*expected, RECORD] == [*files_in(tmp_path / "out")]
    for name in expected:
        assert T0 == (tmp_path / "out" / name).stat().st_mtime
    assert JPEG == (tmp_path / "out" / f"{STEM}.jpg").read_bytes()
    modes = {stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "out").rglob("*.*")}
    assert {0o600} == modes
    folders = [tmp_path / "out", tmp_path / "out/acme", tmp_path / "out/storykeep"]
    assert {0o700} == {stat.S_IMODE(path.stat().st_mode) for path in folders}
    counted = (report.accounts, report.sightings, report.stories, report.files.new)
    assert (1, 1, 1, 2) == counted


async def test_a_sidecar_speaks_as_gallery_dl_does(shelf: Shelf, tmp_path: Path) -> None:
    await keep(shelf, JPEG)
    await shelf.export(tmp_path / "out")
    told = json.loads((tmp_path / "out" / f"{STEM}.jpg.json").read_bytes())
    for key, value in {
        "category": "instagram",
        "subcategory": "stories",
        "type": "story",
        "media_id": str(PK),
        "owner_id": str(ACME),
        "username": "acme",
        "date": "2027-01-15 08:00:00",
        "expires": "2027-01-16 08:00:00",
        "filename": f"2027-01-15_08-00-00_UTC_{PK}",
        "extension": "jpg",
    }.items():
        assert value == told[key], key
    assert str(PK) == told["storykeep"]["story"]["pk"]


async def test_a_story_without_a_file_has_its_description(shelf: Shelf, tmp_path: Path) -> None:
    report = await shelf.export(tmp_path / "out")
    assert [f"{STEM}.json", RECORD] == [*files_in(tmp_path / "out")]
    assert (1, 1) == (report.stories, report.without_files)


async def test_close_friends_and_private_stories_are_the_operators_own_too(
    shelf: Shelf, tmp_path: Path
) -> None:
    """And closed they stay for whoever reads only the sidecars."""
    private = make_user(RIVAL, "rival", is_private=True)
    story = make_seen(make_story(PK + 1, user=private), is_close_friends=True)
    await shelf.record(make_sighting(story, user=private))
    await shelf.export(tmp_path / "out", RIVAL)
    (tmp_path / "out/storykeep" / f"{RIVAL}.jsonl").unlink()
    async with open_shelf(tmp_path / "second") as second:
        await second.take(tmp_path / "out")
        kept = await second.archive.story(PK + 1)
        assert kept is not None
        assert (True, True) == (kept.is_close_friends, kept.account.is_private)


async def test_exporting_again_writes_nothing(shelf: Shelf, tmp_path: Path) -> None:
    """Every file stays the very same one."""
    await keep(shelf, JPEG)
    await shelf.export(tmp_path / "out")
    before = {path: path.stat().st_ino for path in (tmp_path / "out").rglob("*")}
    report = await shelf.export(tmp_path / "out")
    assert before == {path: path.stat().st_ino for path in (tmp_path / "out").rglob("*")}
    assert (0, 1) == (report.files.new, report.files.known)


@pytest.mark.parametrize("size", [0, 3, len(JPEG) - 1, len(JPEG) + 1])
async def test_a_file_that_is_not_whole_is_written_again(
    size: int, shelf: Shelf, tmp_path: Path
) -> None:
    await keep(shelf, JPEG)
    await shelf.export(tmp_path / "out")
    path = tmp_path / "out" / f"{STEM}.jpg"
    path.write_bytes((JPEG + b"x")[:size])
    os.utime(path, (T0, T0))
    report = await shelf.export(tmp_path / "out")
    assert (1, JPEG) == (report.files.new, path.read_bytes())


async def test_what_a_crash_left_is_gone_after_the_next(shelf: Shelf, tmp_path: Path) -> None:
    await keep(shelf, JPEG)
    (tmp_path / "out/storykeep").mkdir(parents=True)
    for name in ("unfinished.file", "unfinished.record"):
        (tmp_path / "out/storykeep" / name).write_bytes(b"half")
    await shelf.export(tmp_path / "out")
    assert [f"{STEM}.jpg", f"{STEM}.jpg.json", RECORD] == [*files_in(tmp_path / "out")]


async def test_a_file_that_is_lost_is_told_and_the_rest_is_there(
    shelf: Shelf, tmp_path: Path
) -> None:
    """The record does not speak of it, so that nobody looks for it in vain."""
    shelf.media.lose(await keep(shelf, JPEG))
    await keep(shelf, MP4)
    report = await shelf.export(tmp_path / "out")
    assert [(PK, "a.jpg")] == [(each.story_pk, each.name) for each in report.problems]
    assert f"{STEM}.jpg" not in files_in(tmp_path / "out")
    assert 1 == files_in(tmp_path / "out")[RECORD][0].count(b'"line":"file"')


async def test_a_damaged_file_is_not_exported(shelf: Shelf, tmp_path: Path) -> None:
    file = await keep(shelf, JPEG)
    shelf.media._contents[file] = JPEG[:-1] + b"x"
    report = await shelf.export(tmp_path / "out")
    assert ["damaged: its digest is another"] == [each.reason for each in report.problems]
    assert [f"{STEM}.json", RECORD] == [*files_in(tmp_path / "out")]


async def test_a_link_in_the_folder_is_not_followed(shelf: Shelf, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "out").mkdir()
    (tmp_path / "out/acme").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(StorageError, match="symbolic link"):
        await shelf.export(tmp_path / "out")
    assert [] == [*(tmp_path / "elsewhere").iterdir()]


async def test_a_link_in_a_files_place_is_replaced(shelf: Shelf, tmp_path: Path) -> None:
    await keep(shelf, JPEG)
    (tmp_path / "out/acme").mkdir(parents=True)
    (tmp_path / "precious").write_bytes(b"precious")
    (tmp_path / "out" / f"{STEM}.jpg").symlink_to(tmp_path / "precious")
    await shelf.export(tmp_path / "out")
    assert b"precious" == (tmp_path / "precious").read_bytes()
    assert JPEG == (tmp_path / "out" / f"{STEM}.jpg").read_bytes()


async def test_two_exports_into_one_folder_do_not_mix(shelf: Shelf, tmp_path: Path) -> None:
    with (
        closing(ExportFolder(tmp_path / "out")),
        pytest.raises(StorageError, match="Another export"),
    ):
        await shelf.export(tmp_path / "out")
    await shelf.export(tmp_path / "out")


async def test_a_folder_that_is_none_is_told(shelf: Shelf, tmp_path: Path) -> None:
    (tmp_path / "out").write_bytes(b"in the way")
    with pytest.raises(StorageError, match="cannot be written"):
        await shelf.export(tmp_path / "out")


async def test_hostile_names_stay_in_the_folder(shelf: Shelf, tmp_path: Path) -> None:
    names = ["../../evil", "/etc/evil", "storykeep", "con", "a\0b", "..", "x" * 4000]
    for number, name in enumerate(names, start=10):
        user = make_user(RIVAL + number, name)
        story = make_story(PK + number, user=user)
        await shelf.record(make_sighting(story, user=user))
        await keep(shelf, JPEG + b"%d" % number, PK + number)
    before = {path for path in tmp_path.rglob("*") if "out" not in path.parts}
    report = await shelf.export(tmp_path / "out")
    assert (len(names), []) == (report.files.new, report.problems)
    assert before == {path for path in tmp_path.rglob("*") if "out" not in path.parts}
    async with open_shelf(tmp_path / "second") as second:
        assert [] == (await second.take(tmp_path / "out")).problems
        assert await shelf.tables() == await second.tables()


async def test_without_its_record_an_export_is_read_as_gallery_dls(
    shelf: Shelf, tmp_path: Path
) -> None:
    """All that gallery-dl's words can say: stories, accounts, moments, and the files' bytes."""
    await shelf.record(make_sighting(make_story(PK, media_type=VIDEO), seen_at=T0 + 1))
    await keep(shelf, JPEG)
    await keep(shelf, MP4)
    await shelf.export(tmp_path / "out")
    for path in (tmp_path / "out/acme", tmp_path / "out"):
        async with open_shelf(tmp_path / f"read {path.name}") as second:
            if path.name == "out":
                (tmp_path / "out" / RECORD).unlink()
            report = await second.take(path)
            assert ([], [], 2) == (report.problems, report.skipped, report.media_new)
            kept = await second.archive.files_of(PK)
            assert shelf.contents().keys() == {each.file for each in kept}
            ours, theirs = await shelf.archive.story(PK), await second.archive.story(PK)
            assert ours is not None
            assert theirs is not None
            assert ours[:5] == theirs[:5]


async def test_without_its_record_a_made_pk_stays_one(shelf: Shelf, tmp_path: Path) -> None:
    """So that it is still found to be the story that a capture tells of later."""
    as_export(tmp_path / "in")
    await shelf.take(tmp_path / "in")
    await shelf.export(tmp_path / "out")
    shutil.rmtree(tmp_path / "out/storykeep")
    async with open_shelf(tmp_path / "second") as second:
        await second.take(tmp_path / "out")
        for opened in (shelf, second):
            histories = [await opened.archive.history(pk) for pk in (PK, *MADE)]
            assert [False, *(True for _ in MADE)] == [each and each.is_made for each in histories]

"""Folders of instaloader: stories and highlights, packed or not, and what else lies in them."""

import lzma
from pathlib import Path

import pytest

from storykeep.core.ids import make_highlight_pk
from storykeep.core.model import decode_story
from storykeep.importers import document
from tests.importers.rig import JPEG, MP4, OWNER, PK, Rig, left_out, make_item, stories
from tests.importers.sidecars import instaloader, make_node, stem_of
from tests.making import T0
from tests.payloads.loading import shared

SHARED = "two stories of this second share the name: not known whose it is"


@pytest.mark.parametrize("is_packed", [True, False])
@pytest.mark.parametrize(
    "folder", ["acme_wild", ":stories", "acme_wild/Best of 1\N{DIVISION SLASH}2"]
)
async def test_a_story_and_its_files(rig: Rig, folder: str, is_packed: bool) -> None:
    """The video and its picture, the owner by number, the sightings by their source."""
    name, ending = f"{folder}/{stem_of()}", ".json.xz" if is_packed else ".json"
    rig.write(name + ending, instaloader(make_node(PK, is_video=True), is_packed=is_packed))
    rig.write(f"{name}.jpg", JPEG)
    rig.write(f"{name}.mp4", MP4)
    rig.write("acme_wild/id", b"4400000001\n")
    report = await rig.run()
    assert ((1, 1, 0), 1, 2) == (stories(report), report.captures, report.media_new)
    assert ["id"] == [*left_out(report)]
    assert [("image", f"{stem_of()}.jpg"), ("video", f"{stem_of()}.mp4")] == await rig.kept()
    story = await rig.archive.story(PK)
    assert story is not None
    assert (OWNER, "acme_wild", T0) == (story.account.pk, story.account.username, story.taken_at)
    assert 5.0 == decode_story(story.wire).video_duration
    assert await rig.archive.is_seen(OWNER, not_by="captures")
    assert rig.progress.done == sum(p.stat().st_size for p in rig.folder.rglob("*") if p.is_file())


async def test_the_item_of_the_phone_goes_before(rig: Rig) -> None:
    item = make_item()
    rig.write("a.json.xz", instaloader({**make_node(PK), "iphone_struct": item}))
    await rig.run()
    story = await rig.archive.story(PK)
    assert story is not None
    assert "stp=dst-jpg_e15" in str(decode_story(story.wire).thumbnail_url)


@pytest.mark.parametrize("is_again", [False, True])
async def test_a_named_file_brings_those_beside_it(rig: Rig, is_again: bool) -> None:
    path = rig.write(f"{stem_of()}.json.xz", instaloader(make_node(PK)))
    rig.write(f"{stem_of()}.jpg", JPEG)
    rig.write(f"{PK}.mp4", MP4)
    if is_again:
        await rig.run(path)
    report = await rig.run(path)
    assert (0, 2) == (report.skipped_count, report.media_new + report.media_known)


async def test_posts_and_profiles_are_counted_and_left_out(rig: Rig) -> None:
    """With their pictures."""
    for kind in ("Post", "Profile", "Hashtag", "FrozenNodeIterator"):
        rig.write(f"{kind}.json.xz", instaloader({"id": "1", "__typename": "GraphImage"}, kind))
        rig.write(f"{kind}.jpg", JPEG)
    reasons = left_out(await rig.run())
    assert 8 == len(reasons)
    assert "a file of instaloader, but not of a story: Post" == reasons["Post.json.xz"]
    assert "beside Post.json.xz: a file of instaloader" in reasons["Post.jpg"]


async def test_two_stories_of_one_second(rig: Rig) -> None:
    """In folders of their own, each has its files."""
    for number in range(2):
        rig.write(f"{number}/{stem_of()}.json.xz", instaloader(make_node(PK + number)))
        rig.write(f"{number}/{stem_of()}.jpg", JPEG + b"%d" % number)
    assert 2 == (await rig.run()).media_new
    for number in range(2):
        [kept] = await rig.archive.files_of(PK + number)
        assert len(JPEG) + 1 == kept.file.size


@pytest.mark.parametrize("number", [0, 1])
async def test_two_stories_of_one_name(rig: Rig, number: int) -> None:
    """Which of them the file is, nobody knows, unless they are one."""
    rig.write(f"{stem_of()}.json", instaloader(make_node(PK), is_packed=False))
    rig.write(f"{stem_of()}.json.xz", instaloader(make_node(PK + number)))
    rig.write(f"{stem_of()}.jpg", JPEG)
    report = await rig.run()
    assert 1 + number == report.new
    expected = {f"{stem_of()}.jpg": SHARED} if number else {}
    assert expected == left_out(report)


async def test_a_photo_beside_a_video_is_another_story(rig: Rig) -> None:
    """The second of one second took the description, the files of the first stayed."""
    rig.write(f"{stem_of()}.json.xz", instaloader(make_node(PK)))
    rig.write(f"{stem_of()}.jpg", JPEG)
    rig.write(f"{stem_of()}.mp4", MP4)
    report = await rig.run()
    assert (1, 0) == (report.new, report.media_new)
    assert {f"{stem_of()}.jpg": SHARED, f"{stem_of()}.mp4": SHARED} == left_out(report)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (instaloader(make_node(PK))[:300], "broken xz: cut short"),
        (instaloader(make_node(PK))[:40] + b"noise" * 9, "broken xz: Corrupt input data"),
        (lzma.compress(b"notes"), "broken JSON: Expecting value: line 1 column 1 (char 0)"),
        (lzma.compress(b"[1]"), "JSON, but not of instaloader"),
        (lzma.compress(b'{"instaloader": 1'), "broken JSON: cut short"),
    ],
)
async def test_what_is_broken_is_left_out(rig: Rig, content: bytes, reason: str) -> None:
    rig.write("a.json.xz", content)
    rig.write("b.json.xz", instaloader(make_node(PK)))
    report = await rig.run()
    assert {"a.json.xz": reason} == left_out(report)
    assert (1, 1, 0) == stories(report)


async def test_a_bomb_is_not_set_off(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(document, "MAX_BYTES", 1 << 20)
    monkeypatch.setattr("storykeep.importers.instaloader.MAX_BYTES", 1 << 20)
    rig.write("a.json.xz", lzma.compress(bytes(50 << 20)))
    assert {"a.json.xz": "larger than 1 MiB: split it, or write JSON Lines"} == left_out(
        await rig.run()
    )


async def test_a_real_one(rig: Rig, tmp_path: Path) -> None:
    rig.write(f"{stem_of()}.json", shared("lib_instaloader_4.16_storyitem_video.json"))
    (tmp_path / f"{stem_of()}.mp4").write_bytes(MP4)
    report = await rig.run()
    assert ((1, 1, 0), 1, []) == (stories(report), report.media_new, report.problems)


BEST = "acme_wild/Best of 1\N{DIVISION SLASH}2"
COVER = "2024-02-27_11-29-06_UTC_cover.jpg"


async def test_a_folder_with_a_cover_is_a_highlight(rig: Rig) -> None:
    """The title is its name, its number is made, and its stories lie in the order of their times."""
    for number in (1, 0):
        rig.write(f"{BEST}/{number}.json.xz", instaloader(make_node(PK + number)))
    rig.write(f"{BEST}/{COVER}", JPEG)
    rig.write("acme_wild/other/3.json.xz", instaloader(make_node(PK + 3)))
    report = await rig.run()
    assert ((3, 3, 0), [COVER]) == (stories(report), [*left_out(report)])
    tray = await rig.archive.highlights(OWNER)
    assert tray is not None
    [pk] = [each.pk for each in tray.highlights]
    assert make_highlight_pk(OWNER, "Best of 1/2") == pk
    kept = await rig.archive.highlight(pk)
    assert kept is not None
    assert ("Best of 1/2", OWNER) == (kept.reel["title"], kept.account.pk)
    assert [str(PK), str(PK + 1)] == [decode_story(item.wire).pk for item in kept.items]


@pytest.mark.parametrize(
    ("folder", "title"),
    [("acme_wild/\N{ONE DOT LEADER}.dots", "..dots"), ("acme_wild/acme_wild", "acme_wild")],
)
async def test_a_title_is_as_it_was(folder: str, title: str, rig: Rig) -> None:
    rig.write(f"{folder}/{COVER}", JPEG)
    path = rig.write(f"{folder}/a.json.xz", instaloader(make_node(PK)))
    await rig.run(path)
    kept = await rig.archive.highlight(make_highlight_pk(OWNER, title))
    assert kept is not None
    assert title == kept.reel["title"]


@pytest.mark.parametrize("folder", ["acme_wild", "other/Best of", "Best of"])
async def test_a_cover_elsewhere_makes_no_highlight(rig: Rig, folder: str) -> None:
    """Only below a folder that has the name of the story's account."""
    rig.write(f"{folder}/{COVER}", JPEG)
    rig.write(f"{folder}/a.json.xz", instaloader(make_node(PK)))
    await rig.run()
    tray = await rig.archive.highlights(OWNER)
    assert tray is not None
    assert () == tray.highlights

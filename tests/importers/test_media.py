"""Pictures and videos go to the story that their name means, and to no other."""

import io
from pathlib import Path

import pytest
from PIL import Image

from storykeep.core.wanted import wanted_files
from storykeep.importers.files import media_kind
from storykeep.testing import MemoryArchive
from tests.importers.rig import JPEG, MP4, OWNER, PK, PNG, Rig, left_out, make_item, make_reel

UNKNOWN = "of no story that is known: import its capture, or name it PK.jpg"


@pytest.mark.parametrize("name", [f"{PK}.jpg", f"{PK}_{OWNER}.webp", "acme0_1080_n.jpg"])
async def test_a_file_belongs_to_a_story_by_its_name(rig: Rig, name: str) -> None:
    """PK.*, PK_USERPK.* and the name that the CDN gave a file lead to its story."""
    rig.write("a/capture.json", make_reel(0, 1))
    rig.write(f"b/{name}", JPEG)
    report = await rig.run()
    assert (1, 0, 0) == (report.media_new, report.media_known, report.skipped_count)
    assert [("image", name)] == await rig.kept(0)
    assert [] == await rig.kept(1)


async def test_the_kind_is_read_from_the_bytes(rig: Rig) -> None:
    """A video named .jpg is a video; the folders may come in any order."""
    rig.write(f"a/{PK}.jpg", MP4)
    rig.write("b.json", make_reel(0))
    rig.write(f"c/{PK}.mp4", PNG)
    assert 2 == (await rig.run()).media_new
    assert [("image", f"{PK}.mp4"), ("video", f"{PK}.jpg")] == await rig.kept()


async def test_again_they_are_known(rig: Rig) -> None:
    """The same bytes of the same story are known, under whatever name."""
    rig.write("a.json", make_reel(0))
    rig.write(f"{PK}.jpg", JPEG)
    await rig.run()
    rig.write(f"more/{PK}_{OWNER}.jpg", JPEG)
    report = await rig.run()
    assert (0, 2) == (report.media_new, report.media_known)
    assert [("image", f"{PK}.jpg")] == await rig.kept()


async def test_two_files_of_the_same_bytes_are_new_once(rig: Rig) -> None:
    """Of equal files in one run one is new, although they are taken at the same time."""
    rig.write("a.json", make_reel(0))
    for name in ("b", "c", "d"):
        rig.write(f"{name}/{PK}.jpg", JPEG)
    report = await rig.run()
    assert (1, 2) == (report.media_new, report.media_known)


async def test_a_story_of_an_earlier_import_counts_too(rig: Rig) -> None:
    """Media may come alone, once their story is in the archive."""
    await rig.run(rig.write("a/capture.json", make_reel(0)))
    report = await rig.run(rig.write(f"b/{PK}.jpg", JPEG))
    assert 1 == report.media_new


async def test_a_lost_file_comes_back(rig: Rig) -> None:
    """What the media store lost is there again after the same import."""
    rig.write("a.json", make_reel(0))
    rig.write(f"{PK}.jpg", JPEG)
    await rig.run()
    [kept] = await rig.archive.files_of(PK)
    rig.store.lose(kept.file)
    assert 1 == (await rig.run()).media_known
    assert JPEG == (await rig.store.open(kept.file)).read(0, len(JPEG))


@pytest.mark.parametrize(
    "name",
    [
        f"{PK + 1}.jpg",
        f"{PK}_{OWNER + 1}.jpg",
        f"{'9' * 19}.jpg",
        f"{'9' * 30}.jpg",
        f"x{PK}.jpg",
        f"{PK}",
        "other_n.jpg",
    ],
)
async def test_a_file_of_no_known_story_is_reported(rig: Rig, name: str) -> None:
    """A file that no story claims is left out, with what to do about it."""
    rig.write("a.json", make_reel(0))
    rig.write(name, JPEG)
    assert {name: UNKNOWN} == left_out(await rig.run())


async def test_a_name_of_several_stories_is_reported(rig: Rig) -> None:
    """A CDN name that two stories share says nothing; the pk says it all."""
    twin = {**make_item(1), "image_versions2": make_item(0)["image_versions2"]}
    rig.write("a.json", [make_item(0), twin])
    rig.write("acme0_1080_n.jpg", JPEG)
    reason = "2 stories have a file of this name: name it PK.jpg"
    assert {"acme0_1080_n.jpg": reason} == left_out(await rig.run())


async def test_beside_a_named_capture_its_media_are_taken(rig: Rig) -> None:
    """Of the files beside a named capture its own media are taken, the others ignored."""
    await rig.run(rig.write("else/other.json", make_reel(7)))
    capture = rig.write("capture.json", make_reel(0, 1))
    rig.write(f"{PK}.jpg", JPEG)
    rig.write("acme1_1080_n.jpg", PNG)
    rig.write(f"{PK + 7}.jpg", JPEG)
    rig.write(f"{PK + 1}.txt", b"not media")
    rig.write(f"below/{PK}.mp4", MP4)
    rig.write("notes.txt", b"notes")
    rig.write("other.json", make_reel(5))
    report = await rig.run(capture)
    assert (2, 2, 0) == (report.found, report.media_new, report.skipped_count)
    assert [[("image", f"{PK}.jpg")], [("image", "acme1_1080_n.jpg")], []] == [
        await rig.kept(number) for number in (0, 1, 7)
    ]


async def test_a_file_that_is_named_is_not_taken_twice(rig: Rig) -> None:
    """A media file that is named beside its capture counts once."""
    paths = rig.write("capture.json", make_reel(0)), rig.write(f"{PK}.jpg", JPEG)
    report = await rig.run(*paths)
    assert (1, 0) == (report.media_new, report.media_known)


async def test_a_picture_that_the_store_refuses_is_reported(rig: Rig) -> None:
    """The store has the last word on what it keeps."""
    rig.write("a.json", make_reel(0))
    rig.write(f"{PK}.jpg", b"")
    rig.write(f"{PK}_{OWNER}.jpg", b"%PDF-1.7")
    assert {
        f"{PK}.jpg": "empty",
        f"{PK}_{OWNER}.jpg": "neither a JSON object or list nor a picture or video",
    } == left_out(await rig.run())


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "GIF"])
def test_real_pictures_are_media(form: str) -> None:
    """What an image library writes is told from what is no media."""
    drawn = io.BytesIO()
    Image.new("RGB", (9, 16), "teal").save(drawn, form)
    assert "image" == media_kind(drawn.getvalue())
    assert None is media_kind(b"{}")


async def test_a_large_file_goes_through_in_pieces(rig: Rig, tmp_path: Path) -> None:
    """All bytes arrive, however many chunks they take."""
    content = MP4 + bytes(3_000_000)
    rig.write("a.json", make_reel(0))
    rig.write(f"{PK}.mp4", content)
    await rig.run(tmp_path)
    [kept] = await rig.archive.files_of(PK)
    assert len(content) == kept.file.size


async def test_what_the_cdn_still_has_is_queued_but_what_came_with_it_is_kept(rig: Rig) -> None:
    """A file beside its capture need not be fetched; and nothing is queued unless it is chosen."""
    rig.archive = archive = MemoryArchive()
    rig.write("reel.json", make_reel(0, 1))
    rig.write(f"{PK}.jpg", JPEG)
    await rig.run()
    assert [] == [*await archive.wanted.list()]
    rig.choose = lambda sighting: wanted_files(sighting, "shown", 0)
    await rig.run()
    (wanted,) = await archive.wanted.list()
    assert (PK + 1, "image", "") == (wanted.story_pk, wanted.kind, wanted.variant)

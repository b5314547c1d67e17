"""Instagram's data export: in every shape and place, whole or in parts."""

import json
from codecs import BOM_UTF8
from pathlib import Path

import pytest

from storykeep.core.ids import make_story_pk, make_user_pk
from storykeep.core.model import decode_story
from storykeep.importers.report import Report
from tests.importers.exporting import (
    NEW,
    OLD,
    OWNER,
    PLACES,
    ROOT,
    broken,
    make_entry,
    make_export,
    make_owner,
    write_folder,
    write_zip,
)
from tests.importers.rig import JPEG, MP4, Rig, left_out, stories
from tests.importers.test_strip import MAKE, exif, picture
from tests.making import T0
from tests.payloads.loading import shared

ACME = make_user_pk("acme")
NO_OWNER = "it does not say whose export it is: name the account with --username"


async def served(rig: Rig, name: str, second: int = 0, username: str = "acme") -> bytes:
    """Return the bytes that are kept for a story of an export."""
    files = await rig.archive.files_of(make_story_pk(T0 + second, username, name))
    assert 1 == len(files)
    return (await rig.store.open(files[0].file)).read(0, files[0].file.size)


@pytest.mark.parametrize("is_zip", [True, False], ids=["zip", "folder"])
@pytest.mark.parametrize("root", ["", ROOT, f"mine/{ROOT}"])
@pytest.mark.parametrize("place", [*PLACES, OLD])
async def test_every_known_shape(rig: Rig, place: str, root: str, is_zip: bool) -> None:
    """All stories with their files, under numbers and an account that were made here."""
    files = {**make_export(place, "a.jpg", "b.mp4", "c.webp"), OWNER: make_owner()}
    if is_zip:
        write_zip(rig.folder / "export.zip", files, root)
    else:
        write_folder(rig.folder / "export" / root, files)
    report = await rig.run()
    assert ((3, 3, 0), 3, 0, []) == (
        stories(report),
        report.media_new,
        report.skipped_count,
        report.problems,
    )
    assert [JPEG + b"0", MP4 + b"1", JPEG + b"2"] == [
        await served(rig, name, second) for second, name in enumerate(("a.jpg", "b.mp4", "c.webp"))
    ]
    reel = await rig.archive.reel(ACME, T0 + 10)
    assert reel is not None
    read = [decode_story(wire) for wire in reel.stories]
    assert [1, 2, 1] == [story.media_type for story in read]
    assert [0.0, None, 0.0] == [story.video_duration for story in read]
    assert {("acme", str(ACME))} == {(story.user.username, story.user.pk) for story in read}
    assert rig.progress.done == sum(
        path.stat().st_size for path in rig.folder.rglob("*") if path.is_file()
    )


async def test_again_nothing_changes(rig: Rig) -> None:
    write_zip(rig.folder / "a.zip", make_export(NEW, "a.jpg", "b.jpg"), ROOT)
    first, again = await rig.run(), await rig.run()
    assert ((2, 2, 0), (2, 0, 2)) == (stories(first), stories(again))
    assert (2, 0, 0, 2) == (*counts(first), *counts(again))


def counts(report: Report) -> tuple[int, int]:
    return report.media_new, report.media_known


@pytest.mark.parametrize("is_zip", [True, False], ids=["zips", "folders"])
async def test_an_export_in_several_parts(rig: Rig, is_zip: bool) -> None:
    """The list is in one, files are in others, and whose it is in a third."""
    whole = make_export(NEW, "a.jpg", "b.jpg")
    one, two = [uri for uri in whole if uri != NEW]
    parts = ({NEW: whole[NEW]}, {one: whole[one]}, {two: whole[two]}, {OWNER: make_owner()})
    for number, files in enumerate(parts):
        if is_zip:
            write_zip(rig.folder / f"part-{number}.zip", files)
        else:
            write_folder(rig.folder / f"part-{number}", files)
    report = await rig.run()
    assert ((2, 2, 0), 2, 0) == (stories(report), report.media_new, report.skipped_count)


async def test_two_accounts_side_by_side(rig: Rig) -> None:
    """Each has its own files, though they have the same names."""
    for name in ("acme", "rival"):
        files = make_export(NEW, "a.jpg", content={"a.jpg": JPEG + name.encode()})
        write_zip(rig.folder / f"{name}.zip", {**files, OWNER: make_owner(name)})
        write_folder(rig.folder / name, {**files, OWNER: make_owner(name)})
    report = await rig.run()
    assert (2, 2, []) == (report.new, report.media_new, report.problems)
    for name in ("acme", "rival"):
        assert JPEG + name.encode() == await served(rig, "a.jpg", username=name)


@pytest.mark.parametrize("where", ["root", "root in another", "zip", "folder"])
async def test_the_owner_may_be_in_the_name_only(rig: Rig, where: str) -> None:
    """Where the account's file is written in another language."""
    files = {**make_export(NEW, "a.jpg"), OWNER: make_owner(key="Benutzername")}
    if where == "folder":
        write_folder(rig.folder / ROOT, files)
    elif where == "zip":
        write_zip(rig.folder / f"{ROOT}.zip", files)
    else:
        write_zip(rig.folder / "a.zip", files, ROOT if where == "root" else f"mine/{ROOT}")
    assert (1, 1, 0) == stories(await rig.run())
    assert JPEG + b"0" == await served(rig, "a.jpg")


@pytest.mark.parametrize("is_zip", [True, False], ids=["zip", "folder"])
async def test_the_oldest_say_it_in_their_profile(rig: Rig, is_zip: bool) -> None:
    """Beside a list of stories that may begin with empty lists of other things."""
    files = make_export(OLD, "a.jpg")
    files[OLD] = json.dumps({**json.loads(files[OLD]), "photos": []}).encode()
    profile = {"biography": "", "date_joined": "2015-01-15T08:00:00", "username": "acme"}
    files["profile.json"] = json.dumps(profile).encode()
    if is_zip:
        write_zip(rig.folder / "a.zip", files)
    else:
        write_folder(rig.folder / "a", files)
    report = await rig.run()
    assert ((1, 1, 0), {}) == (stories(report), left_out(report))
    assert JPEG + b"0" == await served(rig, "a.jpg")


async def test_a_byte_order_mark_is_no_obstacle(rig: Rig) -> None:
    files = make_export(NEW, "a.jpg")
    write_folder(rig.folder / ROOT, {**files, NEW: BOM_UTF8 + files[NEW]})
    assert (1, 1, 0) == stories(await rig.run())


async def test_the_folder_with_the_owners_name_may_be_the_one_we_are_in(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(write_folder(rig.folder / ROOT, make_export(NEW, "a.jpg")))
    report = await rig.run(Path())
    assert ((1, 1, 0), 1) == (stories(report), report.media_new)


async def test_without_an_owner_it_has_to_be_named(rig: Rig) -> None:
    path = write_zip(rig.folder / "a.zip", make_export(NEW, "a.jpg"))
    assert {"a.zip": NO_OWNER} == left_out(await rig.run(path))
    assert (1, 1, 0) == stories(await rig.run(path, username="acme"))


@pytest.mark.parametrize("is_zip", [True, False], ids=["zip", "folder"])
async def test_html_is_refused_with_what_to_ask_for(rig: Rig, is_zip: bool) -> None:
    files = {"your_instagram_activity/media/stories.html": b"<html><head>", "start_here.html": b""}
    if is_zip:
        write_zip(rig.folder / "a.zip", files, ROOT)
    else:
        write_folder(rig.folder, files)
    reasons = left_out(await rig.run())
    assert (
        "ask Instagram for one in the format JSON" in reasons["a.zip" if is_zip else "stories.html"]
    )


async def test_texts_are_mended_and_place_and_device_left_out(rig: Rig) -> None:
    """In what is kept of the list, and in the files."""
    title = "Café à Paris \N{REGIONAL INDICATOR SYMBOL LETTER F}"
    entry = make_entry("a.jpg", title=title)
    photo = picture("JPEG", exif=exif(6))
    listed = json.dumps({"ig_stories": [entry]}).encode()
    assert broken(title) in json.loads(listed)["ig_stories"][0]["title"]
    write_zip(rig.folder / "a.zip", {NEW: listed, entry["uri"]: photo}, ROOT)
    await rig.run()
    kept = await served(rig, "a.jpg")
    assert MAKE.encode() not in kept
    [sighting] = rig.archive._sightings  # type: ignore[attr-defined]
    raw = sighting.stories[0].raw.decode()
    assert title in raw
    assert [] == [word for word in ("48.8", "latitude", "telltale", "HDR") if word in raw]


async def test_a_file_that_is_missing_is_told(rig: Rig) -> None:
    """Its story is imported all the same."""
    files = make_export(NEW, "a.jpg", "b.jpg")
    del files["media/stories/202701/b.jpg"]
    write_zip(rig.folder / "a.zip", files, ROOT)
    report = await rig.run()
    assert ((2, 2, 0), 1) == (stories(report), report.media_new)
    [trouble] = report.problems
    assert "is a part missing?" in trouble.problem.reason
    assert str(make_story_pk(T0 + 1, "acme", "b.jpg")) == trouble.problem.story_pk


async def test_the_published_shape(rig: Rig) -> None:
    listed = shared("export_stories_json_2025-12_shape.json")
    files = {NEW: json.dumps(listed).encode()}
    files |= {
        entry["uri"]: MP4 if "mp4" in entry["uri"] else JPEG for entry in listed["ig_stories"]
    }
    write_zip(rig.folder / "a.zip", files, ROOT)
    report = await rig.run()
    assert ((2, 2, 0), 2, []) == (stories(report), report.media_new, report.problems)


@pytest.mark.parametrize(
    "content",
    [
        b'{"ig_stories": [',
        b'{"ig_stories": "none"}',
        b'{"ig_stories": []}',
        b'{"ig_stories": [7, {}, {"uri": 7, "creation_timestamp": 1800000000}]}',
        b'{"ig_stories": [{"uri": "a.jpg", "creation_timestamp": 9}]}',
        b'{"ig_stories":' + b"[" * 5000,
    ],
)
async def test_a_broken_list_is_left_out(rig: Rig, content: bytes) -> None:
    """In a zip and as a file; what lies beside it is read."""
    write_zip(rig.folder / "a.zip", {NEW: content}, ROOT)
    write_folder(rig.folder / ROOT, {NEW: content})
    write_zip(rig.folder / "b.zip", make_export(NEW, "a.jpg"), ROOT)
    report = await rig.run()
    assert (1, 1, 0) == stories(report)
    assert {"a.zip", "stories.json"} <= set(left_out(report))


async def test_an_entry_may_stand_alone(rig: Rig) -> None:
    entry = make_entry("a.jpg")
    files = {NEW: json.dumps({"ig_stories": entry}).encode(), entry["uri"]: JPEG}
    write_folder(rig.folder / ROOT, files)
    assert (1, 1, 0) == stories(await rig.run())


async def test_no_address_leads_out_of_a_folder(rig: Rig) -> None:
    """Neither up, nor to the root, nor through a link."""
    secret = rig.write("secret/a.jpg", JPEG)
    entries = [make_entry("a.jpg", T0 + second) for second in range(3)]
    entries[0]["uri"] = "../secret/a.jpg"
    entries[1]["uri"] = str(secret)
    entries[2]["uri"] = "link/a.jpg"
    export = write_folder(rig.folder / ROOT, {NEW: json.dumps({"ig_stories": entries}).encode()})
    (export / "link").symlink_to(secret.parent)
    report = await rig.run(export)
    assert (3, 0) == (report.new, report.media_new)
    reasons = [trouble.problem.reason for trouble in report.problems]
    assert ["leads elsewhere"] * 2 == [r.partition("' ")[2].partition(":")[0] for r in reasons[:2]]
    assert "is not in the export" in reasons[2]


async def test_a_list_that_is_named_finds_its_folder(rig: Rig) -> None:
    export = write_folder(rig.folder / ROOT, make_export(NEW, "a.jpg"))
    report = await rig.run(export / NEW)
    assert ((1, 1, 0), 1) == (stories(report), report.media_new)
    assert (export / NEW).stat().st_size + len(JPEG) + 1 == rig.progress.done
    assert len(JPEG) + 1 == rig.progress.expected


async def test_what_else_is_in_an_export_is_none_of_our_business(rig: Rig, tmp_path: Path) -> None:
    """Other JSON, other media, and what a Mac adds to a zip."""
    other = {
        "your_instagram_activity/likes/liked.json": b'{"likes": [], "stories": "none"}',
        "your_instagram_activity/story.json": b'{"stories": [{"title": "polls"}]}',
        "media/posts/202701/x.jpg": JPEG,
        "__MACOSX/._stories.json": b"\0\5\26\7",
        "media/stories/202701/._a.jpg": b"\0\5\26\7",
    }
    write_zip(tmp_path / "a.zip", {**other, **make_export(NEW, "a.jpg")}, ROOT)
    report = await rig.run()
    assert ((1, 1, 0), 1, 0, []) == (
        stories(report), report.media_new, report.skipped_count, report.problems,
    )  # fmt: skip

"""Zips that mean harm, or are merely odd: told in the report, left out, never followed."""

import json
import stat
import zipfile
from pathlib import Path

import pytest

from storykeep.core.ids import make_story_pk
from storykeep.importers import zips
from storykeep.importers.port import File, Skipped
from storykeep.importers.zips import Member, list_members
from tests.importers.exporting import (
    NEW,
    OWNER,
    ROOT,
    make_entry,
    make_export,
    make_owner,
    write_zip,
)
from tests.importers.rig import JPEG, MP4, PNG, Rig, left_out, stories
from tests.making import T0

URI = "media/stories/202701/a.jpg"


def listed(path: Path) -> dict[str, str | None]:
    """Return the members of a zip, and why each is left out."""
    file = File(path, path.stat().st_size, 0)
    return {
        (found.name if isinstance(found, Member) else str(found.path)[len(str(path)) + 1 :]): (
            found.reason if isinstance(found, Skipped) else None
        )
        for found in list_members(file)
    }


def with_mode(name: str, mode: int) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name)
    info.create_system = 3
    info.external_attr = mode << 16
    return info


@pytest.mark.parametrize(
    "name", ["../a.jpg", "a/../../b.jpg", "/etc/passwd", "C:/a.jpg", "..\\a.jpg", "\\a.jpg", "a/.."]
)
async def test_a_name_that_leads_elsewhere_is_not_followed(rig: Rig, name: str) -> None:
    """It has its line, also if the list of stories names it, and nothing appears there."""
    entry = {**make_entry("a.jpg"), "uri": name}
    content = json.dumps({"ig_stories": [entry]}).encode()
    path = write_zip(rig.folder / "in" / "a.zip", {NEW: content, name: JPEG, OWNER: make_owner()})
    before = {*rig.folder.rglob("*")}
    report = await rig.run(path)
    assert ["in the zip: its name leads elsewhere: not followed"] == [
        s.reason for s in report.skipped
    ]
    assert (1, 0, 1) == (report.new, report.media_new, report.problem_count)
    assert before == {*rig.folder.rglob("*")}


@pytest.mark.parametrize(
    ("mode", "reason"),
    [
        (stat.S_IFLNK | 0o777, "in the zip: a symbolic link: not followed"),
        (stat.S_IFCHR | 0o600, "in the zip: not a regular file"),
        (stat.S_IFIFO | 0o600, "in the zip: not a regular file"),
    ],
)
async def test_links_and_devices_are_not_followed(rig: Rig, mode: int, reason: str) -> None:
    path = write_zip(rig.folder / "a.zip", make_export(NEW, "b.jpg"), ROOT)
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(with_mode(f"{ROOT}/{URI}", mode), b"/etc/passwd")
    report = await rig.run()
    assert {"a.jpg": reason} == left_out(report)
    assert 1 == report.media_new


async def test_of_two_members_of_a_name_the_first_counts(rig: Rig) -> None:
    path = write_zip(rig.folder / "a.zip", make_export(NEW, "a.jpg"), ROOT)
    with zipfile.ZipFile(path, "a") as archive, pytest.warns(UserWarning, match="Duplicate"):
        archive.writestr(f"{ROOT}/{URI}", PNG)
    report = await rig.run()
    assert {"a.jpg": "in the zip: another member has this name"} == left_out(report)
    [kept] = await rig.archive.files_of(make_story_pk(T0, "acme", "a.jpg"))
    assert "image/jpeg" == kept.file.content_type


def test_encrypted_members_are_left_out(tmp_path: Path) -> None:
    path = write_zip(tmp_path / "a.zip", {"a.jpg": JPEG, "b.jpg": JPEG})
    content = bytearray(path.read_bytes())
    for signature, flags in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
        content[content.index(signature) + flags] |= 1
    path.write_bytes(content)
    assert {"a.jpg": "in the zip: encrypted", "b.jpg": None} == listed(path)


async def test_names_in_odd_encodings_are_read(rig: Rig) -> None:
    """UTF-8 that does not say so, UTF-8 that does, and what old programs wrote."""
    names = [f"media/stories/202701/{letter}.jpg" for letter in "äöü"]
    entries = [{**make_entry("x", T0 + i), "uri": name} for i, name in enumerate(names)]
    path = rig.folder / "a.zip"
    mark = "x" * len("äöü".encode())
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(NEW, json.dumps({"ig_stories": entries}).encode())
        archive.writestr(names[0], JPEG)
        archive.writestr(names[1].replace("ö", mark[:2]), JPEG)
        archive.writestr(names[2].replace("ü", mark[:1]), JPEG)
    content = path.read_bytes()
    content = content.replace(b"202701/xx.jpg", b"202701/\xc3\xb6.jpg")
    path.write_bytes(content.replace(b"202701/x.jpg", b"202701/\x81.jpg"))
    report = await rig.run(username="acme")
    assert (3, 3, []) == (report.new, report.media_new, report.problems)


def test_a_name_that_lies_about_its_encoding_costs_no_other(tmp_path: Path) -> None:
    """It is read as old programs wrote."""
    path = write_zip(tmp_path / "a.zip", {"ö.jpg": JPEG, "ä.jpg": JPEG, "b.jpg": JPEG})
    path.write_bytes(path.read_bytes().replace("ä".encode(), b"\x81\x81"))
    assert {"ö.jpg": None, "üü.jpg": None, "b.jpg": None} == listed(path)


@pytest.mark.parametrize("name", ["bomb.jpg", "bomb.json"])
async def test_a_bomb_is_not_set_off(rig: Rig, name: str) -> None:
    """What would unpack to more than a hundred times its size is not unpacked."""
    files = make_export(NEW, "a.jpg")
    files[f"media/stories/202701/{name}"] = bytes(40 << 20)
    write_zip(rig.folder / "a.zip", files, ROOT)
    report = await rig.run()
    assert {name: "in the zip: it would unpack to more than 100 times its size"} == left_out(report)
    assert 1 == report.media_new


def test_many_small_bombs_are_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Members that share their bytes unpack to more than the zip could hold."""
    monkeypatch.setattr(zips, "SLACK", 100_000)
    path = write_zip(tmp_path / "a.zip", {f"{n}.jpg": bytes(90_000) for n in range(2000)})
    content = path.read_bytes()
    last = content.rindex(b"PK\3\4")
    directory = content[content.index(b"PK\1\2") :]
    shared = bytearray()
    for entry in directory.split(b"PK\1\2")[1:]:  # all of them begin where the last one does
        shared += b"PK\1\2" + entry[:38] + bytes(4) + entry[42:]
    head = content[last : content.index(b"PK\1\2")]
    end = bytearray(shared[shared.rindex(b"PK\5\6") :])
    end[16:20] = len(head).to_bytes(4, "little")
    path.write_bytes(head + shared[: shared.rindex(b"PK\5\6")] + end)
    reasons = listed(path)
    assert 2000 == len(reasons)
    assert "in the zip: the zip unpacks beyond measure" in reasons.values()
    assert sum(reason is None for reason in reasons.values()) * 90_000 <= (
        path.stat().st_size * 100 + 100_000
    )


def test_a_list_of_members_has_a_bound(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write_zip(tmp_path / "a.zip", {f"{n}.jpg": b"" for n in range(100)})
    monkeypatch.setattr(zips, "MAX_DIRECTORY", 1000)
    with pytest.raises(OSError, match="list of members is larger"):
        listed(path)


async def test_a_hundred_thousand_members(rig: Rig) -> None:
    """Only those that a list of stories names are opened."""
    path = write_zip(rig.folder / "a.zip", make_export(NEW, "a.jpg"), ROOT, method=0)
    with zipfile.ZipFile(path, "a") as archive:
        for number in range(100_000):
            archive.writestr(zipfile.ZipInfo(f"m/{number}.jpg"), b"")
    report = await rig.run()
    assert ((1, 1, 0), 1, 0) == (stories(report), report.media_new, report.skipped_count)


@pytest.mark.parametrize("share", [0.02, 0.5, 0.98, 0.9999])
async def test_a_truncated_zip_is_left_out(rig: Rig, share: float) -> None:
    path = write_zip(rig.folder / "a.zip", make_export(NEW, "a.jpg"), ROOT)
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * share)])
    [reason] = left_out(await rig.run()).values()
    assert reason.startswith("cannot be read: no zip that can be read")


async def test_a_damaged_member_costs_itself(rig: Rig) -> None:
    """Its checksum tells; what was written of it by then is not kept."""
    names = [f"{letter}.jpg" for letter in "abc"]
    content = {name: JPEG + name.encode() * 20_000 for name in names}
    path = write_zip(
        rig.folder / "a.zip", make_export(NEW, *names, content=content), ROOT, method=0
    )
    data = bytearray(path.read_bytes())
    at = data.index(b"b.jpgb.jpgb.jpg")
    data[at : at + 3] = b"xxx"
    path.write_bytes(data)
    report = await rig.run()
    assert (3, 2) == (report.new, report.media_new)
    assert left_out(report)["b.jpg"].startswith("cannot be read: damaged: Bad CRC-32")


async def test_a_member_of_an_unknown_method_is_left_out(rig: Rig) -> None:
    path = write_zip(rig.folder / "a.zip", make_export(NEW, "a.jpg", "b.jpg"), ROOT)
    data = bytearray(path.read_bytes())
    name = f"{ROOT}/{URI}".encode()
    data[data.rindex(name) - 46 + 10] = 97
    path.write_bytes(data)
    report = await rig.run()
    assert (2, 1) == (report.new, report.media_new)
    assert "damaged" in left_out(report)["a.jpg"]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "named as image, but is empty"),
        (b"<html>", "named as image, but is no picture or video"),
        (MP4, "named as image, but is video"),
    ],
    ids=["empty", "html", "video"],
)
async def test_media_that_are_not_what_their_name_says(
    rig: Rig, content: bytes, reason: str
) -> None:
    """Are told and left out; the story stays."""
    files = make_export(NEW, "a.jpg", "b.jpg", content={"a.jpg": content})
    write_zip(rig.folder / "a.zip", files, ROOT)
    report = await rig.run()
    assert (2, 1) == (report.new, report.media_new)
    assert reason in left_out(report)["a.jpg"]


async def test_a_truncated_list_in_a_zip(rig: Rig) -> None:
    files = make_export(NEW, "a.jpg")
    write_zip(rig.folder / "a.zip", {**files, NEW: files[NEW][:-50]}, ROOT)
    reasons = left_out(await rig.run())
    assert {"a.zip", "stories.json"} == set(reasons)
    assert all(reason.startswith("broken JSON") for reason in reasons.values())


async def test_a_zip_of_something_else(rig: Rig) -> None:
    write_zip(rig.folder / "a.zip", {"notes.txt": b"notes"})
    write_zip(rig.folder / "b.zip", {})
    reason = "no list of stories of a data export, nor a file of one"
    assert {"a.zip": reason, "b.zip": reason} == left_out(await rig.run())

"""An import meets every file once, whatever it is, and holds little of it at a time."""

import os
from collections.abc import Iterator, Sequence
from io import BufferedReader
from pathlib import Path

import pytest

from storykeep.core.errors import StorageError
from storykeep.core.media import Wanted
from storykeep.core.ports import Recorded
from storykeep.core.sighting import Problem, Sighting
from storykeep.importers.files import measure, outermost
from storykeep.importers.port import File, Finding, MediaFound, Skipped
from storykeep.importers.reading import read_files
from storykeep.testing import MemoryArchive
from tests.importers.rig import JPEG, MP4, PK, Rig, left_out, make_reel, stories
from tests.importers.sidecars import make_sidecar
from tests.making import make_sighting, make_story


async def test_every_file_is_in_one_count(rig: Rig) -> None:
    """Captures, media and what was left out are together what was met."""
    rig.write("a/1.json", make_reel(0, 1))
    rig.write("a/2.json", make_reel(1, 2))
    rig.write("a/b/broken.json", b"{")
    rig.write(f"a/b/{PK}.jpg", JPEG)
    rig.write("notes.txt", b"notes")
    report = await rig.run()
    assert {
        "found": 4,
        "new": 3,
        "known": 1,
        "files": {"met": 5, "captures": 2, "media_new": 1, "media_known": 0, "skipped": 2},
        "skipped": [
            {"path": f"{rig.folder}/a/b/broken.json", "reason": "broken JSON: cut short"},
            {
                "path": f"{rig.folder}/notes.txt",
                "reason": "neither a JSON object or list nor a picture or video",
            },
        ],
        "problem_count": 0,
        "problems": [],
        "stopped": None,
    } == report.record()


async def test_progress_ends_where_it_was_expected_to(rig: Rig) -> None:
    """What is done adds up to the bytes of all files, media beside a named capture too."""
    rig.write("a/lines.jsonl", b'{"hello": "world"}\n' * 1000)
    rig.write("a/1.json", make_reel(0, 1))
    rig.write(f"a/{PK}.jpg", JPEG)
    rig.write("a/notes.txt", b"notes")
    capture = rig.write("b/2.json", make_reel(2))
    rig.write(f"b/{PK + 2}.mp4", MP4)
    paths = rig.folder / "a", capture
    await rig.run(*paths)
    assert len(MP4) == rig.progress.expected
    assert measure(paths, rig.own_folder) + len(MP4) == rig.progress.done


async def test_links_pipes_and_devices_are_left_alone(rig: Rig) -> None:
    """Nothing outside the named folders is reached, and nothing can hang the run."""
    outside = rig.write("outside/capture.json", make_reel(0))
    inside = rig.folder / "inside"
    rig.write("inside/capture.json", make_reel(1))
    (inside / "file").symlink_to(outside)
    (inside / "folder").symlink_to(outside.parent)
    (inside / "dangling").symlink_to("nowhere")
    (inside / "loop").symlink_to(inside)
    os.mkfifo(inside / "pipe")
    report = await rig.run(inside)
    link = "a symbolic link: not followed"
    assert {
        "file": link,
        "folder": link,
        "dangling": link,
        "loop": link,
        "pipe": "not a regular file",
    } == left_out(report)
    assert (1, 1, 0) == stories(report)


async def test_a_device_that_is_named_is_left_alone(rig: Rig) -> None:
    """Endless files are not begun."""
    report = await rig.run(Path("/dev/zero"))
    assert {"zero": "not a regular file"} == left_out(report)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
async def test_what_may_not_be_read_is_left_out(rig: Rig) -> None:
    """A file or folder without permission is reported, those beside it are read."""
    rig.write("a.json", make_reel(0)).chmod(0)
    rig.write("b/c.json", make_reel(1)).parent.chmod(0)
    rig.write("d.json", make_reel(2))
    reason = "cannot be read: Permission denied"
    assert {"a.json": reason, "b": reason} == left_out(await rig.run())


@pytest.mark.skipif(not Path("/proc/self/mem").exists(), reason="needs Linux")
async def test_a_file_that_fails_while_it_is_read_is_left_out(rig: Rig) -> None:
    """An error of the disk is a reason like any other."""
    report = await rig.run(Path("/proc/self/mem"))
    assert {"mem": "cannot be read: Input/output error"} == left_out(report)


async def test_a_deep_tree_is_walked(rig: Rig) -> None:
    """Folders may lie many levels deep."""
    rig.write("/".join(["d"] * 400) + "/a.json", make_reel(0))
    assert (1, 1, 0) == stories(await rig.run())


async def test_names_that_are_no_text_are_told(rig: Rig) -> None:
    """A file name that is not UTF-8, or would command a terminal, is told as plain text."""
    (rig.folder / os.fsdecode(b"\xff\x1b[31m.txt")).write_bytes(b"notes")
    [skipped] = (await rig.run()).record()["skipped"]
    assert f"{rig.folder}/��[31m.txt" == skipped["path"]


async def test_its_own_folder_is_left_alone(rig: Rig) -> None:
    """The archive's own files are not read, from above or from within."""
    own = rig.write("own/a.json", make_reel(0))
    reason = "storykeep's own folder: left alone"
    assert {"own": reason} == left_out(await rig.run())
    assert {"own": reason} == left_out(await rig.run(own.parent))
    assert {"a.json": reason} == left_out(await rig.run(own))


def test_paths_within_others_are_met_once(tmp_path: Path) -> None:
    """Of paths that hold each other the outermost are walked, in their order."""
    a, b = tmp_path / "a", tmp_path / "b"
    assert [b, a] == outermost([b / "c", b, a, a / "x" / ".." / "y", a, b])


def test_media_come_last_in_their_order(rig: Rig) -> None:
    """Many paths come back as they were, also odd ones."""
    names = [os.fsdecode(b"\xff\n%03d" % number * 20) for number in range(800)]
    expected = [rig.write(name, JPEG) for name in names]
    capture = rig.write("\udcffz.json", make_reel(0))
    steps = list(read_files([rig.folder], rig.own_folder))
    found = [step.path for step in steps if isinstance(step.finding, File)]
    assert capture == steps[0].path
    assert expected == found


class BrokenArchive(MemoryArchive):
    """An archive whose disk is full after some sightings."""

    def __init__(self, room: int) -> None:
        super().__init__()
        self._room = room

    async def record(self, sighting: Sighting, wanted: Sequence[Wanted] = ()) -> Recorded:
        if not self._room:
            raise StorageError
        self._room -= 1
        return await super().record(sighting, wanted)


async def test_a_storage_that_refuses_stops_the_run(rig: Rig) -> None:
    """What was recorded until then is kept, and another run does the rest."""
    for number in range(200):
        rig.write(f"{number:03}.json", make_reel(number))
    rig.archive = broken = BrokenArchive(room=50)
    with pytest.raises(StorageError):
        await rig.run()
    broken._room = 1_000
    assert (200, 150, 50) == stories(await rig.run())


class Album:
    """A format of which each file is a story and says which file beside it is its picture."""

    def claims(self, head: bytes) -> bool:
        return head.startswith(b"album")

    def read(self, file: File, stream: BufferedReader) -> Iterator[Finding]:
        pk = int(stream.read().split()[1])
        yield make_sighting(make_story(pk))
        yield MediaFound(Picture(file.path.with_suffix(".jpg"), len(JPEG), 0), pk)
        yield Skipped(file.path / "member", "damaged")
        yield Problem("title", "no text", str(pk))


class Picture(File, frozen=True):
    """A file that only its format knows how to open."""

    def open(self) -> BufferedReader:
        path = self.path.with_name("pictures")
        return path.open("rb")


async def test_another_format_brings_its_own_media(tmp_path: Path) -> None:
    """An importer yields sightings, media, parts left out and problems; all are counted."""
    rig = Rig(tmp_path, importers=(Album(),))
    rig.write("a.album", b"album 17")
    (tmp_path / "own").mkdir()
    rig.write("pictures", JPEG)
    report = await rig.run(tmp_path / "a.album")
    assert (1, 1, 1) == (report.captures, report.media_new, report.problem_count)
    assert {"member": "damaged"} == left_out(report)
    assert ["a.jpg"] == [kept.name for kept in await rig.archive.files_of(17)]


async def test_no_media_of_an_erased_account_or_story_are_kept(rig: Rig) -> None:
    """Whoever saved them: nothing of them reaches the store."""
    archive = MemoryArchive()
    rig.archive = archive
    owner, story = make_sidecar(PK), make_sidecar(PK + 1)
    story |= {"owner_id": 5, "username": "other", "user": {"pk": 5, "username": "other"}}
    for pk, sidecar in ((PK, owner), (PK + 1, story)):
        rig.write(f"gallery-dl/{pk}.jpg.json", sidecar)
        rig.write(f"gallery-dl/{pk}.jpg", JPEG)
    rig.write(f"acme_wild/{PK + 2}.jpg", JPEG + b"bare")
    archive.erased |= {"user:4400000001": "account", "name:acme_wild": "account"}
    archive.erased[f"story:{PK + 1}"] = "story"
    report = await rig.run()
    assert (0, 0) == (report.new, report.media_new)
    assert {"its story was erased"} == set(left_out(report).values())
    assert [] == [file async for file in rig.store.walk()]

"""Looking after the kept files by the command line, in a folder and in a bucket."""

import asyncio
import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path

import pytest

from storykeep.app import Shelves, open_shelves
from storykeep.cli.media import Listing, _show_listing
from storykeep.cli.output import MAX_LISTED, MAX_SHOWN
from storykeep.core.media import KeptFile, MediaFile
from storykeep.settings import read_settings
from storykeep.sources.demo import read_media
from storykeep.storage.media import FolderMedia
from storykeep.storage.naming import name_of
from tests.making import make_sighting, make_story
from tests.seaweed import Seaweed
from tests.server import run

PHOTO, VIDEO = read_media("avatar_natgeo.jpg"), read_media("demo_video.mp4")
PKS = (3_700_000_000_000_000_001, 3_700_000_000_000_000_002)
NOTHING = {"count": 0, "size": 0, "listed": []}


@pytest.fixture(params=["folder", "s3"])
def environment(request: pytest.FixtureRequest, tmp_path: Path) -> Mapping[str, str]:
    """What says where the files are kept."""
    if request.param == "folder":
        return {"STORYKEEP_MEDIA": f"file://{tmp_path}/media"}
    seaweed: Seaweed = request.getfixturevalue("seaweed")
    name = f"cli-{hashlib.sha256(bytes(tmp_path)).hexdigest()[:16]}"
    return seaweed.settings(seaweed.make_bucket(name))


@pytest.fixture
def shelved(tmp_path: Path, environment: Mapping[str, str]) -> dict[str, MediaFile]:
    """Two stories that share a photo, one that lost its video, and an orphan."""

    async def fill(shelves: Shelves) -> dict[str, MediaFile]:
        await shelves.archive.record(make_sighting(*map(make_story, PKS)))
        files = {
            "photo": shelves.media.save([PHOTO]),
            "video": shelves.media.save([VIDEO]),
            "orphan": shelves.media.save([PHOTO, b"?"]),
        }
        for pk in PKS:
            await shelves.archive.keep_file(KeptFile(pk, "image", files["photo"], "a.jpg"))
        await shelves.archive.keep_file(KeptFile(PKS[0], "video", files["video"], "a.mp4"))
        return files

    shelves = open_shelves(read_settings({**environment, "STORYKEEP_DATA": str(tmp_path)}))
    try:
        return asyncio.run(fill(shelves))
    finally:
        shelves.close()


def listed(file: MediaFile, *stories: int) -> dict[str, object]:
    return {
        "sha256": file.sha256,
        "content_type": file.content_type,
        "size": file.size,
        "stories": list(stories),
    }


@pytest.mark.usefixtures("shelved")
def test_a_store_in_order_is_said_to_be(environment: Mapping[str, str], tmp_path: Path) -> None:
    """An orphan of the last hour may yet get its story: it is no finding."""
    done = run("media", "verify", data=tmp_path, env=environment)
    size = (len(PHOTO) + len(VIDEO)) / 1e6
    assert (
        f"2 files, {size:.1f} MB: 0 missing, 0 corrupt, 0 of no story, 0 strange.\n" == done.stdout
    )
    assert "" == done.stderr
    report = json.loads(run("media", "verify", "--json", data=tmp_path, env=environment).stdout)
    kinds = dict.fromkeys(("missing", "corrupt", "orphans", "strangers"), NOTHING)
    assert {"files": 2, "size": len(PHOTO) + len(VIDEO), **kinds} == report


def test_what_is_lost_is_told_with_the_stories_that_lack_it(
    shelved: Mapping[str, MediaFile], tmp_path: Path
) -> None:
    data = {"STORYKEEP_MEDIA": f"file://{tmp_path}/other"}
    assert shelved["photo"] == FolderMedia(tmp_path / "other").save([PHOTO])
    os.truncate(tmp_path / "other" / name_of(shelved["photo"]), 10)
    (tmp_path / "other" / "notes\x1b[2J.txt").touch()
    done = run("media", "verify", data=tmp_path, env=data, code=1)
    assert done.stdout.splitlines()[0].endswith("1 missing, 1 corrupt, 0 of no story, 1 strange.")
    photo, video = shelved["photo"], shelved["video"]
    assert [
        "",
        "Missing",
        f"  {video.sha256} video/mp4, of {PKS[0]}",
        "",
        "Corrupt",
        f"  {photo.sha256} image/jpeg, of {PKS[0]}, {PKS[1]}",
        "",
        "Strange",
        "  notes\N{REPLACEMENT CHARACTER}[2J.txt",
    ] == done.stdout.splitlines()[1:]
    assert "" == done.stderr
    told = json.loads(run("media", "verify", "--json", data=tmp_path, env=data, code=1).stdout)
    assert [listed(video, PKS[0])] == told["missing"]["listed"]
    assert [listed(photo, *PKS)] == told["corrupt"]["listed"]


def test_gc_removes_what_no_story_has_once_it_is_not_young(
    shelved: Mapping[str, MediaFile], environment: Mapping[str, str], tmp_path: Path
) -> None:
    orphan = shelved["orphan"]
    at_once = ("media", "gc", "--spare", "0")
    spared = run("media", "gc", data=tmp_path, env=environment)
    assert "0 files of no story, 0.0 MB: removed.\n" == spared.stdout
    told = [f"  {orphan.sha256} image/jpeg"]
    tried = run(*at_once, "--dry-run", data=tmp_path, env=environment).stdout.splitlines()
    assert told == tried[1:]
    assert tried[0].endswith(": would be removed.")
    document = json.loads(run(*at_once, "--json", data=tmp_path, env=environment).stdout)
    assert {
        "is_dry_run": False,
        "count": 1,
        "size": orphan.size,
        "listed": [listed(orphan)],
    } == document
    assert run(*at_once, data=tmp_path, env=environment).stdout.startswith("0 files")
    run("media", "verify", data=tmp_path, env=environment)


def test_gc_does_not_empty_the_store_of_another_archive(
    shelved: Mapping[str, MediaFile], environment: Mapping[str, str], tmp_path: Path
) -> None:
    """A mistyped data folder keeps nothing: that is no reason to remove everything."""
    assert shelved
    done = run("media", "gc", "--spare", "0", data=tmp_path / "typo", env=environment, code=1)
    assert "see that STORYKEEP_DATA and STORYKEEP_MEDIA belong together" in done.stderr
    run("media", "verify", data=tmp_path, env=environment)


@pytest.mark.usefixtures("shelved")
def test_numbers_are_told(environment: Mapping[str, str], tmp_path: Path) -> None:
    assert [
        f"2 files, {(len(PHOTO) + len(VIDEO)) / 1e6:.1f} MB",
        f"  image/jpeg: 1, {len(PHOTO) / 1e6:.1f} MB",
        f"  video/mp4: 1, {len(VIDEO) / 1e6:.1f} MB",
        f"  shared by 2 stories: 1, {len(PHOTO) / 1e6:.1f} MB",
        "2 stories: 2 with a file, 0 without",
    ] == run("media", "stats", data=tmp_path, env=environment).stdout.splitlines()
    told = json.loads(run("media", "stats", "--json", data=tmp_path, env=environment).stdout)
    photo, video = {"files": 1, "size": len(PHOTO)}, {"files": 1, "size": len(VIDEO)}
    assert {
        "all": {"files": 2, "size": len(PHOTO) + len(VIDEO)},
        "by_type": {"image/jpeg": photo, "video/mp4": video},
        "by_stories": {"1": video, "2": photo},
        "stories": 2,
        "stories_with_file": 2,
    } == told


@pytest.mark.parametrize("command", ["verify", "gc"])
def test_a_bucket_that_cannot_be_used_ends_the_command(
    command: str, shelved: Mapping[str, MediaFile], tmp_path: Path
) -> None:
    """And all is not said to be lost."""
    assert shelved
    environment = {
        "STORYKEEP_MEDIA": "s3://media?endpoint=http://127.0.0.1:9",
        "STORYKEEP_S3_ACCESS_KEY": "key-of-the-test",
        "STORYKEEP_S3_SECRET_KEY": "secret-of-the-test",
    }
    done = run("media", command, data=tmp_path, env=environment, code=1)
    assert "" == done.stdout
    assert "does not answer" in done.stderr.splitlines()[-1]
    assert "of-the-test" not in done.stderr


def test_a_report_lists_so_many_and_counts_all(capsys: pytest.CaptureFixture[str]) -> None:
    listing = Listing()
    for _ in range(MAX_LISTED + 5):
        listing.add(MediaFile("a" * 64, "image/jpeg", 2))
    assert (MAX_LISTED + 5, 2 * MAX_LISTED + 10) == (listing.count, listing.size)
    assert MAX_LISTED == len(listing.listed)
    _show_listing(listing)
    lines = capsys.readouterr().out.splitlines()
    assert MAX_SHOWN + 1 == len(lines)
    assert f"  and {MAX_LISTED + 5 - MAX_SHOWN} more: --json tells them" == lines[-1]

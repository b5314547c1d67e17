"""instaloader and gallery-dl, as they are, download from the fake Instagram.

They are told of a proxy and of an authority, which both read from the environment; nothing in
them is changed, and they ask for the addresses that they always ask for.
"""

import asyncio
import hashlib
import json
import lzma
import pickle
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import pytest

from storykeep.core.extract import read_capture
from storykeep.core.ids import make_highlight_pk
from storykeep.core.model import VIDEO, decode_story
from storykeep.exporters.names import DEFAULT
from storykeep.testing.clock import HandClock
from storykeep.testing.instagram import SESSION, STICKERS, FakeInstagram, create_world
from storykeep.testing.instagram.cdn import media_file
from storykeep.testing.instagram.items import Item
from tests.exporters.rig import open_shelf
from tests.importers.rig import Rig
from tests.server import environment

pytestmark = pytest.mark.clients


@pytest.fixture
def instagram() -> Iterator[FakeInstagram]:
    with FakeInstagram(create_world(HandClock(1_800_000_000))) as running:
        yield running
        assert [] == running.marks


def stories_of(instagram: FakeInstagram, username: str) -> list[Item]:
    account = instagram.world.account(username)
    assert account is not None
    return account.stories


def run(
    instagram: FakeInstagram, folder: Path, tool: str, *arguments: str
) -> subprocess.CompletedProcess[str]:
    """Run a tool in ``folder``."""
    authority = folder / "ca.pem"
    authority.write_bytes(instagram.authority)
    env = environment(
        HOME=str(folder),
        HTTPS_PROXY=instagram.origin,
        REQUESTS_CA_BUNDLE=str(authority),
    )
    return subprocess.run(
        [sys.executable, "-m", tool, *arguments],
        cwd=folder, env=env, capture_output=True, text=True, check=False, timeout=55,
    )  # fmt: skip


def instaloader(
    instagram: FakeInstagram, folder: Path, *arguments: str, complaint: str = ""
) -> None:
    """Let it run, logged in; it says nothing but ``complaint``."""
    session = folder / "session"
    cookies = {"sessionid": SESSION, "ds_user_id": "42", "csrftoken": "x"}
    session.write_bytes(pickle.dumps(cookies))
    quiet = ("--quiet", "--no-sleep", "--no-posts", "--no-profile-pic", "--login", "acme_viewer")
    done = run(instagram, folder, "instaloader", *quiet, "--sessionfile", str(session), *arguments)
    assert complaint in done.stderr
    assert bool(complaint) == bool(done.stderr) == bool(done.returncode), done.stderr


def gallery_dl(instagram: FakeInstagram, folder: Path, address: str) -> None:
    """Let it run with a session, as fast as it can."""
    cookies = folder / "cookies.txt"
    line = f".instagram.com\tTRUE\t/\tTRUE\t0\tsessionid\t{SESSION}"
    cookies.write_text(f"# Netscape HTTP Cookie File\n{line}\n")
    quick = ("-o", "sleep-request=0", "--write-metadata", "--destination", str(folder))
    done = run(instagram, folder, "gallery_dl", *quick, "--cookies", str(cookies), address)
    assert 0 == done.returncode, done.stderr


def read_node(path: Path) -> Any:
    return json.loads(lzma.open(path).read())


def test_instaloader_keeps_what_the_fake_shows(instagram: FakeInstagram, tmp_path: Path) -> None:
    """A picture and a description of each story; of a video the film too, each as it is served."""
    instaloader(instagram, tmp_path, "--stories", "acme_wild")
    folder = tmp_path / "acme_wild"
    assert (folder / "id").read_text().strip() == "4400000001"
    kept = sorted(folder.glob("20*.json.xz"))
    stories = stories_of(instagram, "acme_wild")
    assert len(STICKERS) + 1 == len(kept) == len(stories)
    for path, story in zip(kept, stories, strict=True):
        told = read_node(path)
        assert ("StoryItem", str(story["pk"])) == (
            told["instaloader"]["node_type"],
            told["node"]["id"],
        )
        ((sighting,), problems) = read_capture(told, source="instaloader", seen_at=0)
        assert ((), story["pk"]) == (problems, sighting.stories[0].pk)
        picture = path.with_name(path.name.replace(".json.xz", ".jpg"))
        assert picture.stat().st_mtime == story["taken_at"]
        assert picture.read_bytes() == media_file(f"/v/t51.71878-15/{story['pk']}_1080_n.jpg")
        film = picture.with_suffix(".mp4")
        assert film.exists() == (story["media_type"] == 2)
        if film.exists():
            assert film.read_bytes() == media_file(f"/o1/v/t2/f2/m78/{story['pk']}_720.mp4")


@pytest.mark.parametrize("is_text", [False, True])
def test_instaloader_adds_what_its_phone_saw_when_the_ids_are_numbers(
    instagram: FakeInstagram, tmp_path: Path, is_text: bool
) -> None:
    """It compares numbers; where Instagram sends texts, the old dialect is all there is."""
    (story,) = stories = stories_of(instagram, "acme_friend")
    pk = str(story["pk"])
    if is_text:
        stories[:] = [{**story, "pk": pk}]
    complaint = "high-quality video" if is_text else ""
    instaloader(instagram, tmp_path, "--stories", "acme_friend", complaint=complaint)
    (kept,) = (tmp_path / "acme_friend").glob("20*.json.xz")
    node = read_node(kept)["node"]
    assert is_text == ("iphone_struct" not in node)
    assert ("GraphStoryVideo", "acme_friend") == (node["__typename"], node["owner"]["username"])


def test_instaloader_keeps_a_highlight(instagram: FakeInstagram, tmp_path: Path) -> None:
    instaloader(instagram, tmp_path, "--highlights", "acme_wild")
    folder = tmp_path / "acme_wild" / "Best of"
    (node,) = (read_node(path)["node"] for path in folder.glob("*.json.xz"))
    assert "4400000001" == node["owner"]["id"]
    assert 3 == len([*folder.iterdir()])  # the cover, too


async def test_a_highlight_of_instaloader_is_imported_as_one(
    instagram: FakeInstagram, tmp_path: Path
) -> None:
    """It writes no number: one is made of account and title, until the real one is seen."""
    await asyncio.to_thread(instaloader, instagram, tmp_path, "--highlights", "acme_wild")
    rig = Rig(tmp_path / "acme_wild")
    await rig.run()
    tray = await rig.archive.highlights(4400000001)
    assert tray is not None
    [told] = tray.highlights
    kept = await rig.archive.highlight(told.pk)
    assert kept is not None
    assert (make_highlight_pk(4400000001, "Best of"), "Best of") == (kept.pk, kept.reel["title"])
    account = instagram.world.account("acme_wild")
    assert account is not None
    [upstream] = account.highlights
    expected = [str(item["pk"]) for item in upstream.items]
    assert expected == [decode_story(item.wire).pk for item in kept.items]


def test_instaloader_is_told_that_its_session_is_dead(
    instagram: FakeInstagram, tmp_path: Path
) -> None:
    instagram.world.sessions.clear()
    instaloader(instagram, tmp_path, "--stories", "acme_wild", complaint="login_required")


def test_gallery_dl_keeps_what_the_fake_shows(instagram: FakeInstagram, tmp_path: Path) -> None:
    """One file of each story, as it is served, with a description beside it."""
    gallery_dl(instagram, tmp_path, "https://www.instagram.com/stories/acme_wild/")
    folder = tmp_path / "instagram" / "acme_wild"
    stories = stories_of(instagram, "acme_wild")
    assert 2 * len(stories) == len([*folder.iterdir()])
    for story in stories:
        is_video = story["media_type"] == 2
        name = f"{story['pk']}.mp4" if is_video else f"{story['pk']}.jpg"
        url = f"/o1/v/t2/f2/m78/{story['pk']}_720.mp4"
        if not is_video:
            url = f"/v/t51.71878-15/{story['pk']}_1080_n.jpg"
        assert (folder / name).read_bytes() == media_file(url)
        told = json.loads((folder / f"{name}.json").read_bytes())
        assert ("instagram", "stories", "story") == (
            told["category"],
            told["subcategory"],
            told["type"],
        )
        assert (str(story["pk"]), "acme_wild", "4400000001") == (
            told["media_id"],
            told["username"],
            told["owner_id"],
        )
        assert story["code"] == told["shortcode"]
    mentioned = json.loads((folder / f"{stories[0]['pk']}.jpg.json").read_bytes())
    assert [{"id": "4400000010", "username": "acme_guest", "full_name": "Acme Guest"}] == (
        mentioned["tagged_users"]
    )


def test_gallery_dl_keeps_a_highlight(instagram: FakeInstagram, tmp_path: Path) -> None:
    gallery_dl(instagram, tmp_path, "https://www.instagram.com/acme_wild/highlights/")
    (told,) = (tmp_path / "instagram" / "acme_wild").glob("*.json")
    assert "Best of" == json.loads(told.read_bytes())["highlight_title"]


class Folder(NamedTuple):
    """What a tool wrote, below the folder that it ran in."""

    tool: Callable[[FakeInstagram, Path], None]
    name: str


TOOLS = {
    "instaloader": Folder(
        lambda fake, folder: instaloader(fake, folder, "--stories", "acme_wild"), "acme_wild"
    ),
    "gallery-dl": Folder(
        lambda fake, folder: gallery_dl(
            fake, folder, "https://www.instagram.com/stories/acme_wild/"
        ),
        "instagram",
    ),
}


@pytest.mark.parametrize("tool", TOOLS)
async def test_what_a_tool_wrote_is_imported_and_served_as_it_was_upstream(
    instagram: FakeInstagram, tmp_path: Path, tool: str
) -> None:
    """Every story but what the tool leaves out of it; and of each the bytes of the CDN."""
    run_tool, name = TOOLS[tool]
    await asyncio.to_thread(run_tool, instagram, tmp_path)
    rig = Rig(tmp_path / name)
    report = await rig.run()
    raw = stories_of(instagram, "acme_wild")
    assert (len(raw), len(raw), 0) == (report.found, report.new, report.known)
    upstream = read_capture({"reel": {"items": raw}}, source="upstream", seen_at=0)
    for seen in (each for sighting in upstream.sightings for each in sighting.stories):
        kept = await rig.archive.story(seen.pk)
        assert kept is not None
        served, story = decode_story(kept.wire), seen.story
        for field in ("pk", "id", "code", "taken_at", "media_type", "product_type"):
            assert getattr(served, field) == getattr(story, field)
        assert served.user.username == story.user.username
        mentioned = [mention.user.pk for mention in story.mentions]
        assert [mention.user.pk for mention in served.mentions] == mentioned
        kind = "video" if story.media_type == VIDEO else "image"
        path = urlsplit((story.video_url if kind == "video" else story.thumbnail_url) or "").path
        digest = hashlib.sha256(media_file(path)).hexdigest()
        files = await rig.archive.files_of(seen.pk)
        assert digest in {each.file.sha256 for each in files if each.kind == kind}


PATTERN = "{date_utc}_UTC_{mediaid}"
AGAIN: dict[str, tuple[str, Callable[[FakeInstagram, Path], None]]] = {
    "instaloader": (
        DEFAULT,
        lambda fake, folder: instaloader(
            fake, folder, "--stories", "acme_wild", "--filename-pattern", PATTERN
        ),
    ),
    "gallery-dl": ("instagram/{username}/{pk}", TOOLS["gallery-dl"].tool),
}


@pytest.mark.parametrize("tool", AGAIN)
async def test_a_tool_does_not_fetch_again_what_an_export_has(
    instagram: FakeInstagram, tmp_path: Path, tool: str
) -> None:
    """It finds the files under its own names, and leaves each as it is."""
    name, run_tool = AGAIN[tool]
    (tmp_path / "first").mkdir()
    (tmp_path / "second").mkdir()
    await asyncio.to_thread(run_tool, instagram, tmp_path / "first")
    async with open_shelf(tmp_path / "archive") as shelf:
        await shelf.take(tmp_path / "first")
        report = await shelf.export(tmp_path / "second", name=name)
    assert report.files.new > 0
    exported = media_in(tmp_path / "second")
    await asyncio.to_thread(run_tool, instagram, tmp_path / "second")
    assert exported == media_in(tmp_path / "second")


def media_in(folder: Path) -> dict[Path, tuple[int, int]]:
    """Return which file each is, and its time: one that is written again is another file."""
    found = {path: path.stat() for path in folder.rglob("*") if path.suffix in (".jpg", ".mp4")}
    return {path: (told.st_ino, told.st_mtime_ns) for path, told in found.items()}

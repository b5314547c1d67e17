"""Programs of others, as they are, list and download what was imported.

Each is run by its recipe in docs/howto/clients.md, in the folder of a server with TLS.  The CDN
that the captures name is the fake Instagram, to which ``HTTPS_PROXY`` leads them.
"""

import hashlib
import json
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from storykeep.testing.clock import HandClock
from storykeep.testing.instagram import FakeInstagram, Highlight, create_world
from storykeep.testing.instagram.cdn import media_file
from storykeep.testing.instagram.items import Item
from storykeep.testing.instagram.reels import (
    create_profile,
    create_reel,
    create_tray_entry,
    signed,
)
from tests.server import Server, environment, run, serving

pytestmark = pytest.mark.clients

ROOT = Path(__file__).parents[2]
PROGRAMS = ROOT / ".programs" / "bin"
RECIPES = re.findall(
    r"^## ([^\n]+)|^```shell\n(.*?)^```$",
    (ROOT / "docs/howto/clients.md").read_text("utf-8"),
    re.DOTALL | re.MULTILINE,
)

NAME = "acme_wild"


def recipe(title: str) -> str:
    """Return the commands below a heading, but those that serve."""
    found, heading = [], ""
    for named, code in RECIPES:
        heading = named or heading
        if code and heading == title and not code.startswith("storykeep serve"):
            found.append(code)
    return "".join(found).replace("natgeo", NAME)


class Keep:
    """A server with imported captures of one account, and the CDN that they name."""

    def __init__(self, folder: Path, instagram: FakeInstagram, server: Server) -> None:
        self.instagram = instagram
        self._folder = folder
        self._server = server
        account = instagram.world.account(NAME)
        assert account is not None
        (self.highlight,) = account.highlights
        self.stories = [story for story in account.stories if "audience" not in story]

    def follow(self, title: str, *more: str) -> tuple[Path, str]:
        """Do as a recipe says, and then ``more``; return the folder, and what ``more`` printed."""
        folder = self._folder / re.sub(r"\W", "", f"{title}{len(more)}")
        folder.mkdir()
        (folder / "data").symlink_to(self._server.data)
        env = environment(HOME=str(folder), HTTPS_PROXY=self.instagram.origin, NO_PROXY="localhost")
        env["PATH"] = f"{PROGRAMS}:{Path(sys.executable).parent}:{env['PATH']}"
        trusted = self._folder / "cdn.pem"
        trusted.write_bytes(self.instagram.authority)
        lines = [recipe("Before"), f"cat '{trusted}' >>trust.pem", "{", recipe(title)]
        script = "\n".join(["set -eu", *lines, "} >&2", *more])
        port = self._server.url.rpartition(":")[2]
        done = subprocess.run(
            ["sh", "-c", script.replace("localhost:8443", f"localhost:{port}")],
            cwd=folder, env=env, capture_output=True, text=True, check=False, timeout=55,
        )  # fmt: skip
        assert 0 == done.returncode, done.stderr
        return folder, done.stdout


@pytest.fixture(scope="module")
def keep(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Keep]:
    if not PROGRAMS.is_dir():
        pytest.fail("the programs are not installed: make test-clients installs them")
    folder = tmp_path_factory.mktemp("programs")
    clock = HandClock(int(time.time()))
    world = create_world(clock)
    account = world.account(NAME)
    assert account is not None
    (highlight,) = account.highlights
    captures: list[dict[str, Any]] = [
        {"user": create_profile(account), "status": "ok"},
        {"reel": create_reel(world, str(account.pk)), "broadcast": None, "status": "ok"},
        {"tray": [create_tray_entry(highlight)], "show_empty_state": False, "status": "ok"},
        {"reels": {highlight.id: create_reel(world, highlight.id)}, "status": "ok"},
    ]
    (folder / "captures").mkdir()
    for index, capture in enumerate(captures):
        text = json.dumps(signed(capture, clock()))
        (folder / "captures" / f"{index}.json").write_text(text)
    run("import", str(folder / "captures"), data=folder / "data")
    with (
        FakeInstagram(world) as instagram,
        serving(folder / "data", "--tls", demo=False) as server,
    ):
        yield Keep(folder, instagram, server)


def picture(story: Item) -> bytes:
    return media_file(f"/v/t51.71878-15/{story['pk']}_1080_n.jpg")


def is_film(story: Item) -> bool:
    return bool(story["media_type"] == 2)


def content(story: Item) -> bytes:
    return (
        media_file(f"/o1/v/t2/f2/m78/{story['pk']}_720.mp4") if is_film(story) else picture(story)
    )


def suffix(story: Item) -> str:
    return "mp4" if is_film(story) else "jpg"


def dated(story: Item) -> str:
    taken_at = datetime.fromtimestamp(story["taken_at"], UTC)
    return f"{taken_at:%Y-%m-%d_%H-%M-%S}_{story['pk']}.{suffix(story)}"


def read(folder: Path) -> dict[str, tuple[bytes, float]]:
    """Return what lies in a folder: of each file its bytes and its date."""
    return {path.name: (path.read_bytes(), path.stat().st_mtime) for path in folder.iterdir()}


def test_insta_dl_downloads_stories_and_a_highlight(keep: Keep) -> None:
    """Each under its own name, of the bytes and the second that were imported."""
    folder, _ = keep.follow("insta-dl")
    kept = {dated(story): (content(story), story["taken_at"]) for story in keep.stories}
    assert kept == read(folder / NAME / "stories")
    highlight = folder / NAME / "highlights" / f"{keep.highlight.pk}_{keep.highlight.title}"
    kept = {dated(item): (content(item), item["taken_at"]) for item in keep.highlight.items}
    assert kept == read(highlight)


def test_insta_dl_tells_an_account(keep: Keep) -> None:
    _, told = keep.follow("insta-dl", f"insta-dl info:{NAME}")
    profile = json.loads(told)
    assert ("4400000001", NAME, "Acme Wild") == (
        profile["pk"],
        profile["username"],
        profile["full_name"],
    )
    assert (True, False) == (profile["is_verified"], profile["is_private"])


def test_insto_downloads_stories_and_a_highlight(keep: Keep) -> None:
    folder, _ = keep.follow("insto")
    for name, items in (("stories", keep.stories), ("highlights", keep.highlight.items)):
        kept = {f"{each['pk']}.{suffix(each)}": (content(each), each["taken_at"]) for each in items}
        assert kept == read(folder / "output" / NAME / name)


def test_insto_lists_what_was_imported(keep: Keep) -> None:
    """Stories, oldest first, and the highlight."""
    listing = ("stories", "highlights")
    _, told = keep.follow("insto", *(f"insto @{NAME} -c {each} --json -" for each in listing))
    decoder = json.JSONDecoder()
    stories, end = decoder.raw_decode(told)
    highlights = json.loads(told[end:])
    kinds = {1: "image", 2: "video"}
    assert [
        (str(each["pk"]), each["taken_at"], each["expiring_at"], kinds[each["media_type"]], NAME)
        for each in keep.stories
    ] == [
        (
            each["pk"],
            each["taken_at"],
            each["expires_at"],
            each["media_type"],
            each["owner_username"],
        )
        for each in stories["data"]
    ]
    assert [(str(keep.highlight.pk), keep.highlight.title, 1)] == [
        (each["pk"], each["title"], each["item_count"]) for each in highlights["data"]
    ]


def cover(highlight: Highlight) -> bytes:
    return media_file(f"/v/t51.71878-15/{highlight.items[0]['pk']}_640_n.jpg")


def test_auto_archiver_archives_stories_and_a_highlight(keep: Keep) -> None:
    """Of a video also the picture; of a highlight also its cover."""
    if not (PROGRAMS / "auto-archiver").exists():
        pytest.skip("auto-archiver runs on no Python after 3.12")
    folder, _ = keep.follow("auto-archiver")
    archived = {path.read_bytes() for path in (folder / "local_archive").iterdir()}
    items = [*keep.stories, *keep.highlight.items]
    kept = {*map(content, items), *map(picture, items), cover(keep.highlight)}
    assert digests(kept) == digests(archived)


def digests(contents: set[bytes]) -> list[str]:
    return sorted(hashlib.sha256(each).hexdigest() for each in contents)

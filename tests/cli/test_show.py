"""``storykeep show``: a story, and which capture gave what of it."""

import json
from pathlib import Path
from typing import Any

import pytest

from storykeep.core.ids import make_story_pk, make_user_pk
from tests.importers.exporting import NEW, ROOT, make_export, write_folder, write_zip
from tests.importers.rig import JPEG, OWNER, PK
from tests.importers.sidecars import instaloader, make_node, make_sidecar, stem_of
from tests.making import T0
from tests.server import run

NAME = "acme_wild"
MADE = make_story_pk(T0, NAME, "a.jpg")
TAGGED = [{"id": "17", "username": "friend", "full_name": ""}]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """An archive with one story from three formats."""
    source = tmp_path / "in"
    write_zip(source / "export.zip", make_export(NEW, "a.jpg"), ROOT.replace("acme", NAME))
    sidecar = json.dumps(make_sidecar(PK, tagged_users=TAGGED)).encode()
    write_folder(source, {f"{stem_of()}.json.xz": instaloader(make_node(PK)), "x.json": sidecar})
    write_folder(source, {f"{stem_of()}.jpg": JPEG})
    run("import", str(source), data=tmp_path / "data")
    return tmp_path / "data"


def shown(data: Path, story_id: object) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(run("show", str(story_id), "--json", data=data).stdout)
    return found


@pytest.mark.parametrize("story_id", [PK, MADE, f"{PK}_{OWNER}"])
def test_it_tells_which_capture_gave_what(data: Path, story_id: object) -> None:
    """By any of its numbers; what several know the leading one gave."""
    found = shown(data, story_id)
    assert (PK, False, [MADE]) == (found["pk"], found["is_made"], found["twins"])
    assert (OWNER, False) == (found["account_pk"], found["account_is_made"])
    gave = {capture["source"]: capture["gave"] for capture in found["captures"]}
    assert ["instaloader", "gallery-dl", "instagram-export"] == [*gave]
    assert {"pk", "taken_at", "user.username"} <= {*gave["instaloader"]}
    assert ["mentions", "user.is_verified"] == gave["gallery-dl"]
    assert [] == gave["instagram-export"]
    assert {("image", f"{stem_of()}.jpg"), ("image", "a.jpg")} == {
        (file["kind"], file["name"]) for file in found["files"]
    }


def test_it_tells_people(data: Path) -> None:
    text = run("show", str(MADE), data=data).stdout
    assert f"Story     {PK}\nAlso      {MADE} (made here: no capture tells it)\n" in text
    assert f"Account   {NAME}, pk {OWNER}\n" in text
    assert "mentions user.is_verified" in text


def test_what_was_made_here_is_marked(tmp_path: Path) -> None:
    """The story's number and the account's."""
    path = write_zip(tmp_path / "a.zip", make_export(NEW, "a.jpg"))
    run("import", str(path), "--username", f"@{NAME.upper()}", data=tmp_path / "data")
    found = shown(tmp_path / "data", MADE)
    assert (MADE, True, True) == (found["pk"], found["is_made"], found["account_is_made"])
    assert make_user_pk(NAME) == found["account_pk"]
    text = run("show", str(MADE), data=tmp_path / "data").stdout
    assert 2 == text.count("(made here: no capture tells it)")


@pytest.mark.parametrize("story_id", ["1", "9" * 30])
def test_what_is_not_there(data: Path, story_id: str) -> None:
    done = run("show", story_id, data=data, code=1)
    assert f"Error: The archive has no story {story_id}: import it first.\n" == done.stderr

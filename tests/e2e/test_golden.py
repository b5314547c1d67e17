"""What Instagram sent, imported, comes back as the vendor answered it for the same stories."""

import json
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from storykeep.sources.demo import read_media
from tests.payloads.loading import SHARED, shared
from tests.server import create_key, run, serving

SENT = "real_ig_v1_user_story_natgeo_2026-04.json"
ANSWERED = "real_hikerapi_v1_user_stories_natgeo_2026-04.json"
AT = "2026-04-08T15:00:00Z"
PICTURE = read_media("demo_kept.jpg")


def comparable(value: Any) -> Any:
    """Objects as lists of pairs, so that order counts; of a CDN address its path.

    The two captures were fetched apart: the addresses differ in host and signature, no more.
    """
    if isinstance(value, dict):
        return [(name, comparable(inner)) for name, inner in value.items()]
    if isinstance(value, list):
        return [comparable(inner) for inner in value]
    if isinstance(value, str) and value.startswith("https://"):
        return urlsplit(value).path
    return value


@pytest.mark.parametrize(
    "target", ["/v1/user/stories?user_id=787132", "/v1/user/stories/by/username?username=natgeo"]
)
def test_the_golden_pair(target: str, tmp_path: Path) -> None:
    """Every key, its order, and every value; addresses by path."""
    answered = shared(ANSWERED)
    done = run("import", "--json", str(SHARED / SENT), data=tmp_path / "data")
    assert json.loads(done.stdout)["new"] == len(answered)
    key = create_key(tmp_path / "data")
    with serving(tmp_path / "data", demo=False) as server, server.client(key) as client:
        answer = client.get(f"{target}&at={AT}")
        assert comparable(answer.json()) == comparable(answered)
        assert client.get(target).json() == []
        for story in answered:
            alone = client.get("/v1/story/by/id", params={"id": story["id"]}).json()
            assert comparable(alone) == comparable(story)


@pytest.mark.parametrize("default", ["cdn", "stable"])
def test_the_golden_pair_with_stable_addresses(default: str, tmp_path: Path) -> None:
    """Every key, its order, and every value but the two addresses; those lead to the file."""
    answered = shared(ANSWERED)
    kept = answered[0]["pk"]
    folder = tmp_path / "import"
    folder.mkdir()
    (folder / "reel.json").write_bytes((SHARED / SENT).read_bytes())
    (folder / f"{kept}.jpg").write_bytes(PICTURE)
    run("import", str(folder), data=tmp_path / "data")
    key = create_key(tmp_path / "data", "--rate", "1000", "--media", default)
    asked = {"user_id": "787132", "at": AT, "media": "stable"}
    with serving(tmp_path / "data", demo=False) as server, server.client(key) as client:
        if default == "stable":
            del asked["media"]
        told = client.get("/v1/user/stories", params=asked).json()
        [address] = [story["thumbnail_url"] for story in told if story["pk"] == kept]
        assert address.startswith(f"{server.url}/media/")
        del client.headers["x-access-key"]
        assert PICTURE == client.get(address).content
    for mine, theirs in zip(told, answered, strict=True):
        # What is not kept died with the CDN's signature, months ago.
        assert {None, address} >= {mine["thumbnail_url"], mine["video_url"]}
        addresses = {name: mine[name] for name in ("thumbnail_url", "video_url")}
        assert comparable(mine) == comparable(theirs | addresses)


def test_an_import_takes_the_demos_place(tmp_path: Path) -> None:
    """Real data of an account ends its demo at the next request, without a restart."""
    shared(SENT)
    with serving(tmp_path / "data") as server, server.client(server.key) as client:
        assert len(client.get("/v1/user/stories?user_id=787132").json()) == 3
        run("import", str(SHARED / SENT), data=server.data)
        assert client.get("/v1/user/stories?user_id=787132").json() == []
        assert len(client.get(f"/v1/user/stories?user_id=787132&at={AT}").json()) == 3
        assert len(client.get("/v1/user/stories?user_id=4400000002").json()) == 3

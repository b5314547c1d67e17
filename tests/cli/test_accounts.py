"""The accounts of the archive by the command line."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.api.rig import HIDDEN, PRIVATE, private_reel
from tests.server import create_key, run, serving


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """An archive that has seen a private account under two names."""
    reels = [private_reel(), private_reel()]
    reels[1]["reel"]["user"]["username"] = "acme_renamed"
    reels[1]["reel"]["items"][0]["taken_at"] += 1
    for number, reel in enumerate(reels):
        (tmp_path / f"{number}.json").write_text(json.dumps(reel))
    paths = [str(tmp_path / f"{number}.json") for number in range(2)]
    run("import", *paths, data=tmp_path / "data")
    return tmp_path / "data"


def accounts(data: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(run("accounts", "list", "--json", data=data).stdout)
    return found


def test_an_account_is_listed_with_all_its_names(data: Path) -> None:
    (account,) = accounts(data)
    assert account.pop("seen_at").startswith("2026-04-08T14:")
    assert sorted(account.pop("usernames")) == ["acme_private", "acme_renamed"]
    assert account == {
        "pk": PRIVATE,
        "username": "acme_renamed",
        "full_name": "",
        "is_private": True,
        "is_own": False,
        "stories": 1,
    }


def test_an_account_of_ones_own_is_served_although_private(data: Path) -> None:
    """From the server's next request on, and no longer once the mark is taken away."""
    story = f"/v1/story/by/id?id={HIDDEN}"
    with (
        serving(data, demo=False) as server,
        server.client(create_key(data)) as client,
    ):
        assert client.get(story).status_code == 403
        done = run("accounts", "own", "@Acme_Renamed", data=data)
        assert done.stderr == "acme_renamed is marked as your own.\n"
        assert accounts(data)[0]["is_own"] is True
        assert client.get(story).status_code == 200
        run("accounts", "own", "acme_renamed", "--no", data=data)
        assert client.get(story).status_code == 403


def test_an_account_that_was_never_seen_cannot_be_marked(data: Path) -> None:
    done = run("accounts", "own", "nobody", data=data, code=1)
    assert done.stderr == "Error: The archive has not seen nobody: import it first.\n"
    done = run("accounts", "own", "no body", data=data, code=1)
    assert done.stderr.startswith("Error: Not a username: 'no body'.")


def test_a_database_that_is_none_is_told_with_its_cause(data: Path) -> None:
    (data / "archive.db").write_bytes(b"no database" * 1000)
    done = run("accounts", "list", data=data, code=1)
    assert done.stdout == ""
    cause, message = done.stderr.splitlines()
    assert json.loads(cause)["reason"] == "NotADBError: file is not a database"
    assert message.startswith("Error: The storage is out of order")

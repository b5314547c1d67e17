"""The vendor's Python client 1.8.3, as it is, over TLS: both kinds of it, all seven calls."""

import base64
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from storykeep.sources.demo import KEPT_PK, read_media
from tests.payloads.loading import HERE as PAYLOADS
from tests.server import Server, create_key, environment, run, serving

CALLS = Path(__file__).with_name("calls.py")
PAGE = f"https://www.instagram.com/stories/natgeo/{KEPT_PK}/"
IMPORTED = "3870830000001000003"
KEPT_FILE, IMPORTED_FILE = read_media("demo_kept.jpg"), read_media("avatar_empty.jpg")
MISSING = {"detail": "Story not found.", "exc_type": "StoryNotFound"}

KINDS = pytest.mark.parametrize("kind", ["sync", "async"])
Call = tuple[str, dict[str, Any]]

SEVEN: tuple[Call, ...] = (
    ("story_by_id_v1", {"id": str(KEPT_PK)}),
    ("story_by_url_v1", {"url": PAGE}),
    ("story_download_v1", {"id": str(KEPT_PK)}),
    ("story_download_by_story_url_v1", {"url": PAGE}),
    ("story_download_by_url_v1", {"url": PAGE}),
    ("user_stories_v1", {"user_id": "787132"}),
    ("user_stories_by_username_v1", {"username": "natgeo", "amount": 2, "force": True}),
)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("compat")
    with serving(folder / "data", "--tls") as started:
        yield started


def ask(server: Server, key: str, *calls: Call) -> dict[str, list[Any]]:
    """Return what each kind of client returned, in a process with an environment of its own."""
    done = subprocess.run(
        [sys.executable, str(CALLS)],
        input=json.dumps([key, calls]),
        env=environment(
            HIKERAPI_HOST=server.url.removeprefix("https://").replace("127.0.0.1", "localhost"),
            SSL_CERT_FILE=str(server.authority),
        ),
        capture_output=True, text=True, timeout=50, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    answers: dict[str, list[Any]] = json.loads(done.stdout)
    return answers


@pytest.fixture(scope="module")
def answers(server: Server) -> dict[str, list[Any]]:
    return ask(server, create_key(server.data), *SEVEN)


@KINDS
def test_all_seven_calls_return_what_they_promise(kind: str, answers: dict[str, list[Any]]) -> None:
    """Stories as objects, lists as lists, and of a file its very bytes."""
    by_id, by_url, *downloads, reel, named = answers[kind]
    assert (by_id["pk"], by_id["user"]["username"]) == (str(KEPT_PK), "natgeo")
    assert by_id == by_url
    assert [KEPT_FILE] * 3 == [base64.b64decode(each["bytes"]) for each in downloads]
    assert len(reel) == 3
    assert reel[:2] == named


def test_both_kinds_return_the_same(answers: dict[str, list[Any]]) -> None:
    assert answers["sync"] == answers["async"]


@KINDS
def test_accounts_are_returned_too(kind: str, server: Server) -> None:
    calls: tuple[Call, ...] = (
        ("user_by_username_v1", {"username": "natgeo"}),
        ("user_by_id_v1", {"id": "787132"}),
    )
    named, numbered = ask(server, create_key(server.data), *calls)[kind]
    assert (named["pk"], named["username"]) == (787132, "natgeo")
    assert named == numbered


@KINDS
def test_errors_are_returned_as_objects(kind: str, server: Server) -> None:
    """The client never raises: its callers look at ``exc_type``."""
    missing: Call = ("story_by_id_v1", {"id": "1"})
    private: Call = ("user_stories_by_username_v1", {"username": "demo_private"})
    empty: Call = ("user_stories_by_username_v1", {"username": "demo_empty"})
    absent, closed, nothing, left_out = ask(
        server,
        create_key(server.data),
        missing,
        private,
        empty,
        ("user_stories_v1", {"user_id": ""}),
    )[kind]
    assert absent == MISSING
    assert closed["exc_type"] == "PrivateAccount"
    assert nothing == []
    assert left_out["detail"][0]["loc"] == ["query", "user_id"]


@KINDS
def test_a_wrong_key_and_an_empty_balance_are_told(kind: str, server: Server) -> None:
    (wrong,) = ask(server, "wrong", SEVEN[0])[kind]
    assert (wrong["state"], wrong["exc_type"]) == (False, "AccessKeyInvalid")
    (broke,) = ask(server, create_key(server.data, "--units", "0", "--rate", "9"), SEVEN[0])[kind]
    expected = {
        "state": False,
        "error": "Top up your account at /docs",
        "exc_type": "InsufficientFunds",
    }
    assert expected == broke


def test_what_was_imported_comes_back_byte_for_byte(server: Server, tmp_path: Path) -> None:
    """Also while the server runs: the next question finds it."""
    captures = tmp_path / "captures"
    captures.mkdir()
    capture = (PAYLOADS / "constructed_v1_item_photo_plain.json").read_bytes()
    (captures / "capture.json").write_bytes(capture)
    (captures / f"{IMPORTED}.jpg").write_bytes(IMPORTED_FILE)
    key = create_key(server.data)
    download: Call = ("story_download_v1", {"id": IMPORTED})
    assert ask(server, key, download) == {"sync": [MISSING], "async": [MISSING]}
    run("import", str(captures), data=server.data)
    (file,) = ask(server, key, download)["sync"]
    assert base64.b64decode(file["bytes"]) == IMPORTED_FILE

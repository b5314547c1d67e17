"""Node: the examples with ``fetch``, and the vendor's client 1.7.11, as it is, over TLS."""

import base64
import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from storykeep.sources.demo import KEPT_PK, read_media
from tests.seed import samples
from tests.server import Server, create_key, environment, serving

pytestmark = pytest.mark.clients

HERE = Path(__file__).with_name("node")
FILE = read_media("demo_kept.jpg")
PAGE = f"https://www.instagram.com/stories/natgeo/{KEPT_PK}/"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(tmp_path_factory.mktemp("node") / "data", "--tls") as started:
        yield started


def node(script: str, asked: object, **env: str) -> Any:
    """Return what a script prints as JSON; skip, and say so, where Node is not at hand."""
    if shutil.which("node") is None:
        pytest.skip("Node is not installed")
    done = subprocess.run(
        ["node", script],
        cwd=HERE, input=json.dumps(asked), env=environment(**env),
        capture_output=True, text=True, timeout=50, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def ask(server: Server, token: str, *calls: tuple[object, ...]) -> list[Any]:
    """Return what the vendor's client returned or threw."""
    if not (HERE / "node_modules" / "hikerapi").is_dir():
        pytest.skip("the Node client is not installed: make test-clients")
    url = server.url.replace("127.0.0.1", "localhost")
    asked = {"baseUrl": url, "token": token, "calls": calls}
    answers: list[Any] = node("calls.cjs", asked, NODE_EXTRA_CA_CERTS=str(server.authority))
    return answers


def test_the_vendors_client_makes_all_seven_calls(server: Server) -> None:
    """Also with amount and force as its own examples send them."""
    key = create_key(server.data)
    by_id, by_url, *files, reel, named = ask(
        server,
        key,
        ("storyByIdV1", str(KEPT_PK)),
        ("storyByUrlV1", PAGE),
        ("storyDownloadV1", str(KEPT_PK)),
        ("storyDownloadByStoryUrlV1", PAGE),
        ("storyDownloadByUrlV1", PAGE),
        ("userStoriesV1", "787132"),
        ("userStoriesByUsernameV1", "natgeo", 0, False),
    )
    assert by_id["json"]["pk"] == str(KEPT_PK)
    assert by_id == by_url
    assert [FILE] * 3 == [base64.b64decode(each["bytes"]) for each in files]
    assert len(reel["json"]) == 3
    assert reel == named


def test_the_vendors_client_throws_our_errors(server: Server) -> None:
    """With the status, and the body under ``detail``."""
    story = ("storyByIdV1", "1")
    (missing,) = ask(server, create_key(server.data), story)
    assert missing == {
        "thrown": "HTTP 404: Not Found",
        "status": 404,
        "detail": {"detail": "Story not found.", "exc_type": "StoryNotFound"},
    }
    (wrong,) = ask(server, "wrong", story)
    assert (wrong["status"], wrong["detail"]["exc_type"]) == (401, "AccessKeyInvalid")
    (broke,) = ask(server, create_key(server.data, "--units", "0", "--rate", "9"), story)
    assert (broke["status"], broke["detail"]["exc_type"]) == (402, "InsufficientFunds")


def test_the_examples_with_fetch(tmp_path: Path) -> None:
    """Of a file up to the ``.json()``, which no file can be."""
    found = samples("fetch")
    with serving(tmp_path / "data") as server:
        codes = [each.runnable(server.url, server.key) for each in found]
        answers = node("samples.mjs", codes)
    for sample, answer in zip(found, answers, strict=True):
        assert answer["status"] == 200
        if sample.is_download:
            assert answer["type"] == "image/jpeg"
            assert base64.b64decode(answer["bytes"]) == FILE
        elif sample.path.startswith("/v1/user"):
            assert len(answer["data"]) == 3
        else:
            assert answer["data"]["pk"] == str(KEPT_PK)

"""The example calls of the documentation, taken from its page: host and key replaced, no more."""

import base64
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from storykeep.sources.demo import KEPT_PK, read_media
from tests.seed import Sample, samples
from tests.server import Server, environment, serving

RUNNER = Path(__file__).with_name("samples.py")
FILE = read_media("demo_kept.jpg")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(tmp_path_factory.mktemp("seed") / "data") as started:
        yield started


@pytest.fixture(scope="module")
def tls_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(tmp_path_factory.mktemp("seed-tls") / "data", "--tls") as started:
        yield started


def execute(server: Server, found: list[Sample]) -> list[dict[str, Any]]:
    done = subprocess.run(
        [sys.executable, str(RUNNER)],
        input=json.dumps([[each.at(server.url, server.key), each.is_download] for each in found]),
        env=environment(
            HIKERAPI_HOST=server.url.removeprefix("https://"), SSL_CERT_FILE=str(server.authority)
        ),
        capture_output=True, text=True, timeout=50, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    results: list[dict[str, Any]] = json.loads(done.stdout)
    return results


def assert_answers(sample: Sample, answer: Any) -> None:
    """A file's bytes, the story, or the three that are active."""
    if sample.is_download:
        assert answer == FILE
    elif sample.path.startswith("/v1/user"):
        assert [story["user"]["username"] for story in answer] == ["natgeo"] * 3
    else:
        assert answer["pk"] == str(KEPT_PK)


def test_the_page_has_an_example_of_each_kind_for_each_endpoint() -> None:
    paths = {
        kind: [each.path for each in samples(kind)]
        for kind in ("curl", "hikerapi", "requests", "fetch")
    }
    assert [7] * 4 == [len(set(each)) for each in paths.values()]


def test_the_curl_examples(server: Server, tmp_path: Path) -> None:
    for sample in samples("curl"):
        done = subprocess.run(
            ["sh", "-c", sample.at(server.url, server.key)],
            cwd=tmp_path, env=environment(), capture_output=True, timeout=30, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        assert_answers(sample, done.stdout if sample.is_download else json.loads(done.stdout))


def test_the_examples_with_requests(server: Server) -> None:
    """They print what came; of a file all but that."""
    found = samples("requests")
    for sample, result in zip(found, execute(server, found), strict=True):
        content = base64.b64decode(result["bytes"])
        assert result["status"] == 200
        if sample.is_download:
            assert result["type"] == "image/jpeg"
            assert_answers(sample, content)
        else:
            assert_answers(sample, json.loads(content))
            assert result["printed"] == f"{json.loads(content)}\n"


def test_the_examples_with_the_vendors_client(tls_server: Server) -> None:
    """It speaks https only, and takes the host from the environment."""
    found = samples("hikerapi")
    for sample, result in zip(found, execute(tls_server, found), strict=True):
        content = base64.b64decode(result.get("bytes", ""))
        assert_answers(sample, content if sample.is_download else result["json"])

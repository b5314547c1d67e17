"""A server whose files lie in a bucket: the same bytes, streamed through; and without them, 503."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path

import httpx2
import pytest

from storykeep.sources.demo import KEPT_PK, read_media
from tests.seaweed import Seaweed
from tests.server import Server, create_key, run, serving

KEPT = read_media("demo_kept.jpg")
DOWNLOAD = f"/v1/story/download?id={KEPT_PK}"


@pytest.fixture(scope="module")
def environment(seaweed: Seaweed) -> Mapping[str, str]:
    return seaweed.settings(seaweed.make_bucket("served"))


@pytest.fixture(scope="module")
def server(
    environment: Mapping[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    with serving(tmp_path_factory.mktemp("bucket") / "data", env=environment) as started:
        yield started


def ask(
    server: Server, key: str, target: str, method: str = "GET", **headers: str
) -> httpx2.Response:
    return httpx2.request(
        method,
        server.url + target,
        headers={"x-access-key": key, **headers},
        follow_redirects=False,
    )


def test_a_download_is_streamed_from_the_bucket(server: Server) -> None:
    """Whole, in part, or its headers alone; and nothing of it lies in the data folder."""
    key = create_key(server.data)
    whole = ask(server, key, DOWNLOAD)
    assert (200, KEPT, "image/jpeg") == (
        whole.status_code,
        whole.content,
        whole.headers["content-type"],
    )
    part = ask(server, key, DOWNLOAD, range="bytes=1000-1999")
    assert (206, KEPT[1000:2000]) == (part.status_code, part.content)
    head = ask(server, key, DOWNLOAD, "HEAD")
    assert (200, b"", str(len(KEPT))) == (
        head.status_code,
        head.content,
        head.headers["content-length"],
    )
    known = ask(server, key, DOWNLOAD, **{"if-none-match": whole.headers["etag"]})
    assert 304 == known.status_code
    assert [] == list(server.data.rglob("*.jpg"))
    assert [] == list((server.data / "drafts").iterdir())


def test_without_its_bucket_a_server_answers_all_but_files(
    server: Server, environment: Mapping[str, str]
) -> None:
    """It starts, it is ready, and a download is 503, free of charge, with the reason in the log."""
    data = server.data
    away = {**environment, "STORYKEEP_MEDIA": "s3://served?endpoint=http://127.0.0.1:9"}
    key = create_key(data, "--units", "10", "--rate", "100")
    with serving(data, env=away, demo=False) as crippled:
        assert 200 == httpx2.get(f"{crippled.url}/readyz").status_code
        assert 200 == ask(crippled, key, f"/v1/story/by/id?id={KEPT_PK}").status_code
        answer = ask(crippled, key, DOWNLOAD)
        assert (503, "StorageError") == (answer.status_code, answer.json()["exc_type"])
        assert "served" not in answer.text
        balance = ask(crippled, key, "/sys/balance").json()
        assert 9 == balance["requests"]
        crippled.process.terminate()
        crippled.process.wait()
        events = [json.loads(line) for line in crippled.complaints().splitlines()]
    reasons = [event["reason"] for event in events if event["event"] == "media_failed"]
    assert len(reasons) >= 1
    assert "does not answer" in reasons[0]
    for secret in (environment["STORYKEEP_S3_ACCESS_KEY"], environment["STORYKEEP_S3_SECRET_KEY"]):
        assert secret not in json.dumps(events)


def test_settings_do_not_show_the_keys(environment: Mapping[str, str], tmp_path: Path) -> None:
    shown = run("settings", data=tmp_path, env=environment).stdout
    assert environment["STORYKEEP_MEDIA"] in shown
    assert environment["STORYKEEP_S3_SECRET_KEY"] not in shown
    assert environment["STORYKEEP_S3_ACCESS_KEY"] not in shown

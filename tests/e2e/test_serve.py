"""``storykeep serve``: what it prints works, and it ends as it should."""

import json
import shutil
import socket
import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from tests.server import Server, create_key, environment, run, serving


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(tmp_path_factory.mktemp("serve") / "data") as started:
        yield started


@pytest.fixture(scope="module")
def key(server: Server) -> str:
    """One that is never refused for its rate, however quick the tests are."""
    return create_key(server.data)


def test_each_curl_line_that_is_printed_works(server: Server, tmp_path: Path) -> None:
    """Pasted one after the other, as quickly as can be."""
    if shutil.which("curl") is None:
        pytest.skip("curl is not installed")
    paths = []
    for line in server.curls:
        told = ["--fail", "--silent", "--show-error", "--write-out", "%{stderr}%{content_type}"]
        done = subprocess.run(
            [line[0], *told, *line[1:]],
            cwd=tmp_path, env=environment(), capture_output=True, timeout=30, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        paths.append(line[-1].removeprefix(server.url).partition("?")[0])
        if "-o" in line:
            assert done.stderr == b"image/jpeg"
            assert (tmp_path / "story.jpg").read_bytes().startswith(b"\xff\xd8")
        else:
            assert done.stderr == b"application/json"
            assert json.loads(done.stdout)
    assert paths == [
        "/v1/user/stories/by/username",
        "/v1/user/stories",
        "/v1/story/by/id",
        "/v1/story/by/url",
        "/v1/story/download",
        "/v1/story/download/by/story/url",
        "/v1/story/download/by/url",
        "/sys/balance",
    ]


def test_the_demo_is_what_the_documentation_shows(server: Server, key: str) -> None:
    """Three active stories whenever one asks, one of them with a mention and a sponsor."""
    with server.client(key) as client:
        reel = client.get("/v1/user/stories?user_id=787132").json()
        assert len(reel) == 3
        assert [bool(story["mentions"] and story["sponsor_tags"]) for story in reel].count(
            True
        ) == 1
        assert [bool(story["stickers"]) for story in reel].count(True) == 1
        for story in reel:
            address = story["video_url"] or story["thumbnail_url"]
            by_id = client.get("/v1/story/download", params={"id": story["id"]})
            by_url = client.get("/v1/story/download/by/url", params={"url": address})
            assert by_id.content == by_url.content
            kind = "video/mp4" if story["video_url"] else "image/jpeg"
            assert by_id.headers["content-type"] == kind
        for username, status in (("demo_private", 403), ("demo_empty", 200), ("demo_second", 200)):
            named = client.get("/v1/user/stories/by/username", params={"username": username})
            assert named.status_code == status
        assert "demo" in reel[0]["user"]["full_name"]


def test_a_head_has_no_body_on_the_wire(server: Server, key: str) -> None:
    """Neither of a file nor of a page nor of a refusal: the next answer follows at once."""
    host, port = server.url.removeprefix("http://").split(":")
    paths = ("/docs", "/v1/story/by/id?id=1", "/v1/story/download?id=3776832898280228145")
    ask = "HEAD {} HTTP/1.1\r\nhost: x\r\nx-access-key: {}\r\n\r\n"
    with socket.create_connection((host, int(port))) as plug, plug.makefile("rb") as answers:
        for path in paths:
            plug.sendall(ask.format(path, key).encode())
            head = [answers.readline() for _ in range(2)]
            while head[-1] != b"\r\n":
                head.append(answers.readline())
            assert any(line.lower().startswith(b"content-length: ") for line in head)
        plug.sendall(b"GET /livez HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
        assert answers.readline() == b"HTTP/1.1 200 OK\r\n"


def test_a_port_in_use_is_one_clear_line(server: Server, tmp_path: Path) -> None:
    port = server.url.rpartition(":")[2]
    done = run("serve", "--port", port, data=tmp_path / "data", code=1)
    assert done.stdout == ""
    hint = int(port) + 1
    expected = f"Error: Port {port} is in use: choose another, e.g. --port {hint}.\n"
    assert expected == done.stderr
    assert not (tmp_path / "data").exists()


def test_a_source_that_cannot_be_made_is_told_before_it_is_said_to_listen(tmp_path: Path) -> None:
    env = {"STORYKEEP_SOURCES": "hiker://a.example?key_file=nowhere"}
    done = run("serve", "--port", "0", data=tmp_path / "data", env=env, code=1)
    assert "" == done.stdout
    assert "cannot read nowhere" in done.stderr


def test_the_demos_key_is_kept_for_its_owner_alone_and_printed_again(tmp_path: Path) -> None:
    with serving(tmp_path / "data") as first:
        key = first.key
        path = first.data / "demo_key"
        assert f"{key}\n" == path.read_text()
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        with first.client(key) as client:
            balance = client.get("/sys/balance").json()
            assert balance == {"requests": 10000, "rate": 15, "currency": "USD", "amount": 0.0}
            client.get("/v1/user/stories?user_id=787132")
        assert first.stop() == 0
    with serving(tmp_path / "data") as second:
        assert key == second.key
        with second.client(key) as client:
            assert client.get("/sys/balance").json()["requests"] == 9998
    (record,) = json.loads(run("keys", "list", "--json", data=tmp_path / "data").stdout)
    assert key not in json.dumps(record)


def test_without_the_demo_it_says_how_to_begin(tmp_path: Path) -> None:
    """No account, no key, nothing found, and a hint."""
    with serving(tmp_path / "data", demo=False) as server:
        assert server.curls == []
        key = run("keys", "create", data=server.data).stdout.strip()
        with server.client(key) as client:
            answer = client.get("/v1/user/stories?user_id=787132")
        assert (answer.status_code, answer.json()["exc_type"]) == (404, "UserNotFound")
        assert server.stop() == 0
        assert "storykeep keys create" in server.complaints()


def test_only_its_own_messages_are_on_standard_error(tmp_path: Path) -> None:
    """Of JSON, one object a line, and nothing of a key or query in them."""
    with serving(tmp_path / "data") as server:
        with server.client("") as client:
            client.get(f"/v1/story/by/id?id=1&access_key={server.key}")
        assert server.stop() == 0
        lines = [json.loads(line) for line in server.complaints().splitlines()]
        assert [line["path"] for line in lines] == ["/v1/story/by/id"]
        assert server.key not in server.complaints()


def test_what_no_http_is_does_no_harm(server: Server) -> None:
    host, port = server.url.removeprefix("http://").split(":")
    for noise in (
        b"\x16\x03\x01\x02\x00\x01\x00",
        b"GET / HTTP/9.9\r\n\r\n",
        b"\r\n" * 9,
        b"A" * 70000,
    ):
        with socket.create_connection((host, int(port))) as plug:
            plug.sendall(noise)
    assert httpx2.get(f"{server.url}/livez", trust_env=False).status_code == 200

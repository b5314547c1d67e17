"""``storykeep emulate``: what it prints can be pasted, and it ends when it is told to."""

import json
import shlex
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.server import environment, run


@pytest.fixture
def emulator(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """It runs with a folder whose name has a space, and throttles the CDN."""
    with subprocess.Popen(
        [sys.executable, "-m", "storykeep", "--data", str(tmp_path / "my data"), "emulate",
         "--port", "0", "--fail", "cdninstagram.com=throttled"],
        env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        yield process
        process.kill()


def test_each_line_works_when_pasted(emulator: subprocess.Popen[str]) -> None:
    if shutil.which("curl") is None:
        pytest.skip("curl is not installed")
    assert emulator.stdout is not None
    greeting: list[str] = []
    while not greeting or not greeting[-1].startswith("curl --proxy"):
        greeting.append(emulator.stdout.readline())
        assert greeting[-1], emulator.communicate()
    answers = []
    for line in greeting:
        if line.startswith("curl "):
            command, *rest = shlex.split(line)
            done = subprocess.run(
                [command, "--fail", "--silent", "--show-error", *rest],
                env=environment(), check=True, capture_output=True, text=True,
            )  # fmt: skip
            answers.append(done.stdout)
    user, reel, graph, page = answers
    assert "acme_wild" == json.loads(user)["user"]["username"]
    items = json.loads(reel)["reel"]["items"]
    assert len(items) == len(json.loads(graph)["data"])
    assert '"profile_id":"4400000001"' in page
    origin = greeting[0].split()[-1]
    url = items[0]["image_versions2"]["candidates"][0]["url"]
    asked = subprocess.run(
        ["curl", "-s", "-w", "%{http_code}", "-H", f"Host: {url.split('/')[2]}",
         f"{origin}/{url.split('/', 3)[3]}"],
        env=environment(), check=True, capture_output=True, text=True,
    )  # fmt: skip
    assert asked.stdout.endswith("429")
    emulator.send_signal(signal.SIGTERM)
    _, log = emulator.communicate(timeout=40)
    assert 0 == emulator.returncode, log
    asked_for = [json.loads(line)["place"] for line in log.splitlines()]
    assert "i.instagram.com/api/v1/users/acme_wild/usernameinfo/" == asked_for[0]
    assert 5 == len(asked_for)


def test_a_wrong_kind_prints_those_there_are(tmp_path: Path) -> None:
    refused = run("emulate", "--fail", "feed/=challange", data=tmp_path, code=2)
    assert "challenge_required" in refused.stderr


def test_a_port_in_use_is_one_clear_line(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        refused = run("emulate", "--port", str(port), data=tmp_path, code=1)
    assert f"Error: Cannot listen on 127.0.0.1:{port}: " in refused.stderr
    assert 1 == len(refused.stderr.splitlines())

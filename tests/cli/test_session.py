"""The operator's sessions by the command line."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from storykeep.testing.instagram import SESSION, FakeInstagram
from tests.server import environment, run

KEY = {"STORYKEEP_SESSION_KEY": "k" * 32}


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data folder with a session that came from a file."""
    (tmp_path / "sessionid").write_text(f"{SESSION}\n")
    done = run("session", "add", "acme_viewer", str(tmp_path / "sessionid"), data=tmp_path, env=KEY)
    assert ("", "The session of account 42 is kept as acme_viewer.\n") == (done.stdout, done.stderr)
    return tmp_path


def test_a_session_is_listed_and_removed(data: Path) -> None:
    ready = {"name": "acme_viewer", "account": "42", "state": "ready"}
    closed = {
        "name": "acme_viewer",
        "account": None,
        "state": "not opened by STORYKEEP_SESSION_KEY",
    }
    assert [ready] == json.loads(run("session", "list", "--json", data=data, env=KEY).stdout)
    assert [closed] == json.loads(run("session", "list", "--json", data=data).stdout)
    run("session", "remove", "acme_viewer", data=data)
    assert [] == json.loads(run("session", "list", "--json", data=data).stdout)
    done = run("session", "remove", "acme_viewer", data=data, code=1)
    assert "There is no session 'acme_viewer'" in done.stderr


def test_a_session_comes_from_standard_input_too(tmp_path: Path) -> None:
    settings = json.dumps({"cookies": {"sessionid": SESSION}})
    command = [sys.executable, "-m", "storykeep", "--data", str(tmp_path), "session", "add", "a"]
    subprocess.run(command, input=settings, env=environment(**KEY), text=True, check=True)
    assert "42" in run("session", "list", data=tmp_path, env=KEY).stdout


def test_a_session_given_as_an_argument_is_refused_and_not_repeated(tmp_path: Path) -> None:
    done = run("session", "add", "acme_viewer", SESSION, data=tmp_path, env=KEY, code=1)
    assert "Give the name of a file" in done.stderr
    assert "fakeSession" not in done.stderr
    assert not (tmp_path / "sessions").exists()


def test_without_a_key_nothing_is_kept(tmp_path: Path) -> None:
    (tmp_path / "sessionid").write_text(SESSION)
    file = str(tmp_path / "sessionid")
    done = run("session", "add", "acme_viewer", file, data=tmp_path, code=1)
    assert "openssl rand" in done.stderr
    assert not (tmp_path / "sessions").exists()


def test_a_check_is_one_request(data: Path) -> None:
    with FakeInstagram() as fake:
        env = {**KEY, "STORYKEEP_INSTAGRAM_URL": fake.origin}
        done = run("session", "check", data=data, env=env)
        assert "Instagram accepts the session.\n" == done.stderr
        assert ["i.instagram.com/api/v1/users/42/info/"] == [each.place for each in fake.requests]
        fake.world.sessions.clear()
        done = run("session", "check", "acme_viewer", data=data, env=env, code=1)
        assert "Error: The session was ended." in done.stderr
        assert "fakeSession" not in done.stderr
        done = run("session", "check", "acme_other", data=data, env=env, code=1)
        assert "There is no session acme_other" in done.stderr

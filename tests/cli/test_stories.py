"""``get`` and ``download``: the archive here, and a server, by the same words."""

import json
import signal
import ssl
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from storykeep.core.model import encode_story
from storykeep.sources.demo import KEPT_PK, read_media
from tests.cli.test_output import on_a_terminal
from tests.client.scripted import Said, http, scripted
from tests.making import make_story
from tests.server import Server, environment, run, serving

PAGE = f"https://www.instagram.com/stories/natgeo/{KEPT_PK}/"
THEN = "2025-11-29T22:00:00Z"
KEPT = read_media("demo_kept.jpg")
NAME = f"natgeo_{KEPT_PK}.jpg"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(tmp_path_factory.mktemp("stories") / "data", "--tls") as started:
        yield started


@pytest.fixture(params=["here", "there"])
def asked(request: pytest.FixtureRequest, server: Server, tmp_path: Path) -> tuple[Path, list[str]]:
    """The data folder and the options that lead to the same stories."""
    if request.param == "here":
        return server.data, []
    key = str(server.data / "demo_key")
    options = ["--server", server.url, "--key-file", key, "--ca", str(server.authority)]
    return tmp_path / "nothing here", options


def get(asked: tuple[Path, list[str]], *words: str) -> Any:
    data, options = asked
    return json.loads(run("get", *words, "--json", *options, data=data).stdout)


def test_a_user_a_url_and_an_id_are_told_apart(asked: tuple[Path, list[str]]) -> None:
    assert len(get(asked, "NatGeo")) == len(get(asked, "@natgeo")) == 3
    (then,) = get(asked, "natgeo", "--at", THEN)
    for one in (str(KEPT_PK), f"{KEPT_PK}_787132", PAGE, PAGE.removeprefix("https://")):
        assert then == get(asked, one)


def test_json_is_what_the_wire_gives(asked: tuple[Path, list[str]], server: Server) -> None:
    trust = ssl.create_default_context(cafile=str(server.authority))
    with server.client(server.key, verify=trust) as client:
        for path, words in (
            (f"/v1/story/by/id?id={KEPT_PK}", [str(KEPT_PK)]),
            (f"/v1/user/stories?user_id=787132&at={THEN}", ["natgeo", "--at", THEN]),
        ):
            assert client.get(path).json() == get(asked, *words)


def test_people_see_when_what_who_and_which(asked: tuple[Path, list[str]]) -> None:
    data, options = asked
    lines = run("get", "natgeo", *options, data=data).stdout.splitlines()
    assert ["taken_at", "media", "mentions", "pk"] == lines[0].split()
    assert 4 == len(lines)
    assert any("video 5 s  @prada" in line for line in lines)
    shown = on_a_terminal("get", str(KEPT_PK), *options, data=data, NO_COLOR="1")
    assert "2025-11-29 21:59Z" in shown
    assert f"{KEPT_PK}" in shown


def test_files_are_saved_once_under_their_names(
    asked: tuple[Path, list[str]], tmp_path: Path
) -> None:
    data, options = asked
    to = tmp_path / "new" / "folder"
    words = ("download", "natgeo", "--at", THEN, "--to", str(to), *options)
    done = run(*words, data=data)
    assert f"{to / NAME}\n" == done.stdout
    assert "1 saved (0.1 MB), 0 there already\n" == done.stderr
    assert {NAME: KEPT} == {path.name: path.read_bytes() for path in to.iterdir()}
    stamp = (to / NAME).stat().st_mtime_ns
    again = run(*words, data=data)
    assert (done.stdout, "0 saved (0.0 MB), 1 there already\n") == (again.stdout, again.stderr)
    assert stamp == (to / NAME).stat().st_mtime_ns


def test_a_part_is_no_file_and_is_finished(asked: tuple[Path, list[str]], tmp_path: Path) -> None:
    """Nor is something else of that name."""
    data, options = asked
    (tmp_path / f"natgeo_{KEPT_PK}.part").write_bytes(KEPT[:1000])
    (tmp_path / f"natgeo_{KEPT_PK}.json").write_text("{}")
    done = run("download", str(KEPT_PK), "--to", str(tmp_path), *options, data=data)
    assert f"{tmp_path / NAME}\n" == done.stdout
    assert KEPT == (tmp_path / NAME).read_bytes()
    assert [] == [*tmp_path.glob("*.part*")]


def test_a_folder_that_refuses_is_told_with_the_next_step(server: Server, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    to = str(tmp_path / "file" / "folder")
    done = run("download", str(KEPT_PK), "--to", to, data=server.data, code=1)
    assert done.stderr.endswith("Choose another folder with --to.\n")


def test_an_interrupted_download_says_what_is_there_and_ends_with_130(tmp_path: Path) -> None:
    """What came of the next file waits to be resumed."""
    half = http(200, bytes(1000), length=2000, content_type="image/jpeg", etag='"v1"')
    first, second = encode_story(make_story(1)), encode_story(make_story(2))
    reel, whole = http(200, b"[%b,%b]" % (first, second)), http(200, b"x", content_type="image/png")
    with scripted(Said(reel), Said(whole), Said(half, "stall")) as server:
        process = subprocess.Popen(
            [sys.executable, "-m", "storykeep", "download", "a", "--server", server.url],
            env=environment(STORYKEEP_KEY="k"), cwd=tmp_path, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip
        while not [*tmp_path.glob("*_2.part")]:
            assert process.poll() is None
        process.send_signal(signal.SIGINT)
        printed, told = process.communicate(timeout=30)
    assert 130 == process.returncode
    (saved,) = tmp_path.glob("*_1.png")
    assert (f"{saved.name}\n", "1 saved (0.0 MB), 0 there already\n") == (printed, told)
    assert not [*tmp_path.glob("*_2.jpg")]


def test_a_bar_is_on_standard_error_alone(server: Server, tmp_path: Path) -> None:
    words = ("download", str(KEPT_PK), "--to", str(tmp_path))
    assert f"{tmp_path / NAME}\r\n" == on_a_terminal(*words, data=server.data, NO_COLOR="1")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["nobody"], "User not found. Import it first"),
        (["1"], "Story not found. Import it first"),
        (["demo_private"], "storykeep accounts own NAME"),
        (["no body"], "Not a username"),
        (["https://example.org/x"], "Not an Instagram story address"),
        (["natgeo", "--server", "127.0.0.1:8000"], "No access key for 127.0.0.1:8000: --key-file"),
    ],
)
def test_an_error_says_the_next_step(words: list[str], message: str, server: Server) -> None:
    for command in ("get", "download"):
        done = run(command, *words, data=server.data, code=1)
        assert "" == done.stdout
        assert message in done.stderr


def test_where_there_is_nothing_the_last_time_is_told(server: Server) -> None:
    empty = run("get", "demo_empty", data=server.data)
    assert ("", "demo_empty has no stories now.\n") == (empty.stdout, empty.stderr)
    none = run("get", "natgeo", "--at", "2024-01-01", data=server.data)
    assert "natgeo has no stories then. The archive saw the last: --at 2025-11-29" in none.stderr
    again = run("get", "natgeo", *none.stderr.split()[-2:], "--json", data=server.data)
    assert [str(KEPT_PK)] == [story["pk"] for story in json.loads(again.stdout)]


def test_a_story_without_a_file_is_counted(tmp_path: Path) -> None:
    """The others are saved; the exit code says that it is not all."""
    data, capture = tmp_path / "data", tmp_path / "capture.json"
    payload = Path(__file__).parents[1] / "payloads" / "constructed_v1_item_photo_plain.json"
    capture.write_bytes(payload.read_bytes())
    run("import", str(capture), data=data)
    done = run("download", "3870830000001000003", "--to", str(tmp_path), data=data, code=3)
    assert "" == done.stdout
    assert "Import the file" in done.stderr
    assert done.stderr.endswith("0 saved (0.0 MB), 0 there already, 1 without a file\n")


def test_a_key_comes_from_a_file_or_the_environment_and_is_not_shown(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("secret\n")
    for env in ({"STORYKEEP_KEY": "secret"}, {"STORYKEEP_KEY_FILE": str(tmp_path / "key")}):
        with scripted(Said(http(200, b"[]"))) as server:
            run("get", "natgeo", "--server", server.url, data=tmp_path / "data", env=env)
        assert "secret" == server.asked[0].headers["x-access-key"]
        told = run("settings", "--json", data=tmp_path / "data", env=env).stdout
        assert "secret" not in told


def test_the_words_of_a_server_cannot_steer_a_terminal(tmp_path: Path) -> None:
    """Nor lead a file out of its folder."""
    story = json.loads(run("get", str(KEPT_PK), "--json", data=demo(tmp_path)).stdout)
    user = {**story["user"], "username": "../../x\x1b[2J"}
    hostile = {**story, "user": user, "pk": "../1\x1b[2J", "mentions": [{"user": user}]}
    file = http(200, b"\xff\xd8\xff", content_type="image/../../x")
    wire = http(200, json.dumps([hostile]).encode())
    env = {"STORYKEEP_KEY": "k"}
    steered = http(400, b'{"detail":"\\u001b[2J","exc_type":"ValidationError"}')
    with scripted(Said(wire), Said(wire), Said(file), Said(steered)) as server:
        options = ["--server", server.url]
        shown = on_a_terminal("get", "natgeo", *options, data=tmp_path, NO_COLOR="1", **env)
        saved = run(
            "download", "natgeo", "--to", str(tmp_path / "to"), *options, data=tmp_path, env=env
        )
        refused = run("get", "natgeo", *options, data=tmp_path, env=env, code=1)
    assert "\x1b[2J" not in shown + refused.stderr
    (path,) = (tmp_path / "to").iterdir()
    assert f"{path}\n" == saved.stdout
    assert ".._.._x__2J_.._1__2J.bin" == path.name


def demo(folder: Path) -> Path:
    """A data folder with the demo's data."""
    with serving(folder / "data"):
        return folder / "data"


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_shell_learns_to_complete(shell: str, tmp_path: Path) -> None:
    script = run("completion", shell, data=tmp_path).stdout
    assert "_STORYKEEP_COMPLETE" in script
    words = {"COMP_WORDS": "storykeep do", "COMP_CWORD": "1" if shell != "fish" else "do"}
    done = subprocess.run(
        [sys.executable, "-c", "from storykeep.__main__ import main; main()"],
        env=environment(_STORYKEEP_COMPLETE=f"{shell}_complete", **words),
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert "download" in done.stdout

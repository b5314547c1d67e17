"""Records go to standard output, notes to standard error, and programs are respected."""

import json
import os
import pty
import re
import subprocess
import sys
from pathlib import Path

import pytest

from storykeep.cli import cli
from tests.server import environment, run

RECORDS = (
    ("keys", "list"),
    ("keys", "show", "1"),
    ("ledger", "1"),
    ("accounts", "list"),
    ("settings",),
)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("cli") / "data"
    run(
        "keys",
        "create",
        "--name",
        "[red]:boom:[/]\x1b[2J",
        "--expires",
        "2027-01-01T00:00:00Z",
        data=folder,
    )
    return folder


def on_a_terminal(*arguments: str, data: Path, **env: str) -> str:
    """Return what a command writes to a terminal of 80 columns."""
    parent, child = pty.openpty()
    with os.fdopen(parent, "rb", buffering=0) as terminal:
        subprocess.run(
            [sys.executable, "-m", "storykeep", "--data", str(data), *arguments],
            env=environment(TERM="xterm-256color", COLUMNS="80", **env), stdout=child, check=True,
        )  # fmt: skip
        os.close(child)
        written = b""
        try:
            while piece := terminal.read(65536):
                written += piece
        except OSError:  # what Linux says at the end
            pass
    return written.decode()


@pytest.mark.parametrize("command", RECORDS)
def test_json_is_one_document_and_nothing_else(command: tuple[str, ...], data: Path) -> None:
    done = run(*command, "--json", data=data)
    assert isinstance(json.loads(done.stdout), list | dict)
    assert done.stderr == ""


@pytest.mark.parametrize("command", RECORDS)
def test_a_record_is_a_line_for_who_is_no_terminal(command: tuple[str, ...], data: Path) -> None:
    """However long, and without a word for terminals."""
    told = json.loads(run(*command, "--json", data=data).stdout)
    lines = run(*command, data=data).stdout.splitlines()
    assert len(lines) == 1 + (len(told) if isinstance(told, list) else 1)
    assert "\x1b" not in "".join(lines)


def test_a_name_is_shown_as_it_is_and_does_nothing(data: Path) -> None:
    """Names come from strangers: neither markup nor a terminal's commands are obeyed."""
    shown = on_a_terminal("keys", "list", data=data, NO_COLOR="1")
    assert "[red]:boom" in shown
    assert "\x1b[2J" not in shown


def test_a_table_fits_a_terminal_and_has_no_colour_without_consent(data: Path) -> None:
    shown = on_a_terminal("settings", data=data, NO_COLOR="1")
    assert re.findall(r"\x1b\[[0-9;]*[34][0-9]m", shown) == []
    plain = re.sub(r"\x1b\[[0-9;]*m", "", shown)
    assert max(len(line) for line in plain.splitlines()) <= 80


def test_settings_say_where_each_came_from(tmp_path: Path) -> None:
    config, secret = tmp_path / "config.toml", tmp_path / "currency"
    config.write_text('charge = "found"\nunit_price = 0.5\n')
    secret.write_text("EUR\n")
    env = {
        "STORYKEEP_CONFIG": str(config),
        "STORYKEEP_CURRENCY_FILE": str(secret),
        "STORYKEEP_UNIT_PRICE": "0.25",
        "STORYKEEP_METRICS": "off",
    }
    told = json.loads(run("settings", "--json", data=tmp_path / "data", env=env).stdout)
    found = {each["setting"]: (each["value"], each["origin"]) for each in told}
    assert found["STORYKEEP_DATA"] == (str(tmp_path / "data"), "command line")
    assert found["STORYKEEP_CHARGE"] == ("found", str(config))
    assert found["STORYKEEP_UNIT_PRICE"] == (0.25, "STORYKEEP_UNIT_PRICE")
    assert found["STORYKEEP_CURRENCY"] == ("EUR", f"STORYKEEP_CURRENCY_FILE {secret}")
    assert found["STORYKEEP_METRICS"] == (False, "STORYKEEP_METRICS")
    assert found["STORYKEEP_QUERY_KEY"] == (True, "default")


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("STORYKEEP_CURENCY", "EUR", "There is no setting 'curency' (STORYKEEP_CURENCY). Did you mean STORYKEEP_CURRENCY?"),
        ("STORYKEEP_ZZZ", "1", "There is no setting 'zzz' (STORYKEEP_ZZZ)."),
        ("STORYKEEP_CHARGE", "all", "STORYKEEP_CHARGE='all' cannot be used: Invalid enum value 'all'."),
        ("STORYKEEP_REEL_CACHE", "-1", "STORYKEEP_REEL_CACHE='-1' cannot be used: Expected `int` >= 0."),
        ("STORYKEEP_CURRENCY_FILE", "/nowhere", "STORYKEEP_CURRENCY_FILE: cannot read /nowhere: [Errno 2] No such file or directory: '/nowhere'"),
    ],
)  # fmt: skip
def test_a_setting_that_cannot_be_is_told_in_one_line(
    name: str, value: str, message: str, tmp_path: Path
) -> None:
    """By every command, before anything is done."""
    for command in (("settings",), ("keys", "list"), ("serve",)):
        done = run(*command, data=tmp_path / "data", env={name: value}, code=1)
        assert (done.stdout, done.stderr) == ("", f"Error: {message}\n")
    assert not (tmp_path / "data").exists()


def test_a_source_that_is_unknown_stops_the_server(tmp_path: Path) -> None:
    env = {"STORYKEEP_SOURCES": "archive nowhere"}
    done = run("serve", "--port", "0", data=tmp_path / "data", env=env, code=1)
    assert done.stderr.endswith(
        "Error: STORYKEEP_SOURCES: there is no source 'nowhere', only archive, demo, graph, hiker, instagram.\n"
    )


def commands() -> list[tuple[str, ...]]:
    found: list[tuple[str, ...]] = [()]
    for name, command in cli.commands.items():
        found += [(name,), *((name, inner) for inner in getattr(command, "commands", ()))]
    return found


@pytest.mark.parametrize("command", commands())
def test_the_help_of_every_command_has_an_example(command: tuple[str, ...], tmp_path: Path) -> None:
    """And asking for it makes nothing."""
    done = run(*command, "--help", data=tmp_path / "data")
    assert f"Example: storykeep {' '.join(command)}".strip() in " ".join(done.stdout.split()) or (
        not command and "Example: storykeep" in done.stdout
    )
    assert not (tmp_path / "data").exists()


def test_wrong_usage_is_exit_code_2(tmp_path: Path) -> None:
    for wrong in (
        ("nonsense",),
        ("keys", "nonsense"),
        ("keys", "create", "--nonsense"),
        ("import",),
    ):
        done = run(*wrong, data=tmp_path / "data", code=2)
        assert done.stdout == ""
        assert "Usage: storykeep" in done.stderr

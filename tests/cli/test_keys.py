"""Access keys by the command line."""

import json
from pathlib import Path
from typing import Any

import apsw
import pytest

from storykeep.core.keys import digest_of, is_well_formed
from tests.server import run


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data"


def records(data: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(run("keys", "list", "--json", data=data).stdout)
    return found


def test_a_new_key_is_the_vendors_trial_unless_told_otherwise(data: Path) -> None:
    """The key alone goes to standard output, so that a script can take it."""
    done = run("keys", "create", data=data)
    key = done.stdout.removesuffix("\n")
    assert is_well_formed(key)
    assert done.stderr == "Key 1 (default): 100 units, 1 requests/s. It is not shown again.\n"
    (record,) = records(data)
    created_at = record.pop("created_at")
    assert created_at.endswith("Z")
    assert record == {
        "id": 1,
        "name": "default",
        "prefix": key[:12],
        "units": 100,
        "rate": 1.0,
        "media": "cdn",
        "expires_at": None,
        "state": "active",
    }


def test_a_key_is_what_it_was_asked_to_be(data: Path) -> None:
    """With --json one object, the secret under ``access_key``."""
    options = ("--name", "newsroom", "--units", "10000", "--rate", "0.5")
    done = run(
        "keys", "create", *options, "--expires", "2027-01-31T00:00:00+02:00", "--json", data=data
    )
    created = json.loads(done.stdout)
    assert done.stderr == ""
    assert is_well_formed(created.pop("access_key"))
    assert [created] == records(data)
    assert (created["name"], created["units"], created["rate"]) == ("newsroom", 10000, 0.5)
    assert created["expires_at"] == "2027-01-30T22:00:00Z"


def test_only_the_digest_of_a_key_is_kept(data: Path) -> None:
    """Nothing under the data folder holds the secret."""
    key = run("keys", "create", data=data).stdout.strip()
    for path in data.rglob("*"):
        assert path.is_dir() or key.encode() not in path.read_bytes()
    stored = apsw.Connection(str(data / "ledger.db")).execute("SELECT digest FROM access_key").get
    assert stored == digest_of(key.encode())


@pytest.mark.parametrize(
    "options",
    [
        ("--units", "-1"),
        ("--units", "many"),
        ("--rate", "0"),
        ("--rate", "nan"),
        ("--rate", "inf"),
        ("--expires", "tomorrow"),
        ("--rate", "0.000001"),
    ],
)
def test_a_key_that_cannot_be_is_wrong_usage(options: tuple[str, str], data: Path) -> None:
    done = run("keys", "create", *options, data=data, code=2)
    assert done.stdout == ""
    assert "Error: Invalid value" in done.stderr
    assert not data.exists()


def test_a_key_is_meant_by_id_prefix_or_name(data: Path) -> None:
    keys = [run("keys", "create", "--name", name, data=data).stdout.strip() for name in "ab"]
    for word in ("2", "b", keys[1][:12], keys[1]):
        record = json.loads(run("keys", "show", word, "--json", data=data).stdout)
        assert record == records(data)[1]
    run("keys", "create", "--name", "b", data=data)
    twice = run("keys", "show", "b", data=data, code=1)
    assert twice.stderr == "Error: 2 keys are called 'b': use the id.\n"
    missing = run("keys", "show", "c", data=data, code=1)
    assert missing.stderr == "Error: There is no key 'c': see `storykeep keys list`.\n"


def test_a_balance_is_topped_up_and_taken_from_never_below_zero(data: Path) -> None:
    run("keys", "create", data=data)
    assert json.loads(run("keys", "topup", "1", "50", "--json", data=data).stdout)["units"] == 150
    assert (
        json.loads(run("keys", "topup", "1", "--json", "--", "-150", data=data).stdout)["units"]
        == 0
    )
    refused = run("keys", "topup", "1", "--", "-1", data=data, code=1)
    assert refused.stderr == "Error: Key 1 (default) has only 0 units left to take.\n"
    told = json.loads(run("ledger", "1", "--json", data=data).stdout)
    assert [(each["reason"], each["units"], each["balance"]) for each in told] == [
        ("created", 100, 100),
        ("topup", 50, 150),
        ("topup", -150, 0),
    ]


def test_the_ledger_shows_the_last_entries_oldest_first(data: Path) -> None:
    run("keys", "create", "--units", "1", data=data)
    for _ in range(3):
        run("keys", "topup", "1", "1", data=data)
    told = json.loads(run("ledger", "default", "--last", "2", "--json", data=data).stdout)
    assert [each["balance"] for each in told] == [3, 4]
    assert ["at", "entry", "reason", "units", "balance"] == list(told[0])
    table = run("ledger", "default", "--last", "2", data=data).stdout.splitlines()
    assert table[0].split() == ["at", "reason", "units", "balance", "entry"]
    assert table[2].split() == [told[1]["at"], "topup", "1", "4", told[1]["entry"]]


def test_a_rotated_key_keeps_all_but_its_secret(data: Path) -> None:
    old = run("keys", "create", data=data).stdout.strip()
    before = records(data)[0]
    done = run("keys", "rotate", "1", data=data)
    new = done.stdout.strip()
    assert is_well_formed(new)
    assert new != old
    assert done.stderr == "Key 1 (default) has this secret now; the old one is void.\n"
    assert before | {"prefix": new[:12]} == records(data)[0]
    again = json.loads(run("keys", "rotate", "1", "--json", data=data).stdout)
    assert again.pop("access_key")[:12] == again["prefix"]
    assert again == records(data)[0]


def test_a_key_says_how_its_answers_address_files(data: Path) -> None:
    """From its beginning, or from when it is told to."""
    run("keys", "create", "--media", "stable", data=data)
    assert records(data)[0]["media"] == "stable"
    done = run("keys", "set", "1", "--media", "cdn", "--json", data=data)
    assert [json.loads(done.stdout)] == records(data)
    assert records(data)[0]["media"] == "cdn"
    table = run("keys", "set", "default", "--media", "stable", data=data).stdout.splitlines()
    assert "media" in table[0].split()
    assert "stable" in table[1].split()


@pytest.mark.parametrize("options", [(), ("--media", "both"), ("--media", "")])
def test_a_change_that_is_none_is_wrong_usage(options: tuple[str, ...], data: Path) -> None:
    run("keys", "create", data=data)
    run("keys", "set", "1", *options, data=data, code=2)
    assert records(data)[0]["media"] == "cdn"


def test_a_disabled_key_stays_in_the_list(data: Path) -> None:
    run("keys", "create", data=data)
    done = run("keys", "disable", "1", data=data)
    assert (done.stdout, done.stderr) == ("", "Key 1 (default) is disabled.\n")
    assert records(data)[0]["state"] == "disabled"


def test_an_expired_key_says_so(data: Path) -> None:
    run("keys", "create", "--expires", "2020-01-01T00:00:00Z", data=data)
    assert records(data)[0]["state"] == "expired"

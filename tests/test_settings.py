"""Settings: one place reads the environment, and a typo is never a default."""

from pathlib import Path

import pytest
from msgspec import structs

from storykeep.settings import Settings, SettingsError, read_settings, read_sourced


def test_nothing_has_to_be_set() -> None:
    assert Settings() == read_settings({"PATH": "/bin", "HOME": "/"})


@pytest.mark.parametrize(
    ("variable", "text", "name", "value"),
    [
        ("STORYKEEP_DATA", "elsewhere", "data", Path("elsewhere")),
        ("STORYKEEP_SOURCES", "demo archive", "sources", "demo archive"),
        ("STORYKEEP_REEL_CACHE", "0", "reel_cache", 0),
        ("STORYKEEP_UNIT_PRICE", "0.0006", "unit_price", 0.0006),
        ("STORYKEEP_QUERY_KEY", "off", "query_key", False),
        ("STORYKEEP_METRICS", "false", "metrics", False),
        ("STORYKEEP_ACCESS_LOG", "on", "access_log", True),
        ("STORYKEEP_CHARGE", "found", "charge", "found"),
        ("STORYKEEP_MEDIA_TTL", "3600", "media_ttl", 3600),
        ("STORYKEEP_PUBLIC_URL", "https://a.example", "public_url", "https://a.example"),
        ("STORYKEEP_PUBLIC_URL", "http://[::1]:80/a/b", "public_url", "http://[::1]:80/a/b"),
        ("STORYKEEP_PUBLIC_URL", "", "public_url", ""),
    ],
)
def test_the_environment_sets_a_value(variable: str, text: str, name: str, value: object) -> None:
    assert value == getattr(read_settings({variable: text}), name)


def test_a_value_may_lie_in_a_file(tmp_path: Path) -> None:
    (tmp_path / "currency").write_text("EUR\n")
    found = read_settings({"STORYKEEP_CURRENCY_FILE": str(tmp_path / "currency")})
    assert "EUR" == found.currency


def test_the_environment_overrides_the_file_and_the_command_line_both(tmp_path: Path) -> None:
    config = tmp_path / "storykeep.toml"
    config.write_text('currency = "GBP"\nreel_cache = 5\ndata = "a"\nmetrics = false\n')
    environment = {
        "STORYKEEP_CONFIG": str(config),
        "STORYKEEP_CURRENCY": "EUR",
        "STORYKEEP_DATA": "b",
    }
    expected = structs.replace(
        Settings(), currency="EUR", reel_cache=5, data=Path("c"), metrics=False
    )
    assert expected == read_settings(environment, data=Path("c"))


def test_each_setting_tells_where_it_came_from() -> None:
    origins = {
        sourced.name: sourced.origin
        for sourced in read_sourced({"STORYKEEP_CURRENCY": "EUR"}, data=Path("x"))
    }
    assert ("STORYKEEP_CURRENCY", "command line", "default") == (
        origins["currency"],
        origins["data"],
        origins["sources"],
    )


@pytest.mark.parametrize(
    ("environment", "hint"),
    [
        ({"STORYKEEP_CURENCY": "EUR"}, "Did you mean STORYKEEP_CURRENCY?"),
        ({"STORYKEEP_ZZZ": "1"}, "There is no setting 'zzz' (STORYKEEP_ZZZ)."),
        ({"STORYKEEP_REEL_CACHE": "much"}, "STORYKEEP_REEL_CACHE='much' cannot be used"),
        ({"STORYKEEP_REEL_CACHE": "-1"}, "STORYKEEP_REEL_CACHE='-1' cannot be used"),
        ({"STORYKEEP_DURABILITY": "none"}, "STORYKEEP_DURABILITY='none' cannot be used"),
        ({"STORYKEEP_CURRENCY_FILE": "/nowhere/x"}, "STORYKEEP_CURRENCY_FILE: cannot read"),
        ({"STORYKEEP_CONFIG": "/nowhere/x.toml"}, "STORYKEEP_CONFIG: cannot read"),
    ],
)
def test_what_cannot_be_used_is_said(environment: dict[str, str], hint: str) -> None:
    with pytest.raises(SettingsError) as raised:
        read_settings(environment)
    assert hint in str(raised.value)


def test_a_file_that_is_no_text_is_said(tmp_path: Path) -> None:
    (tmp_path / "binary").write_bytes(b"\xff\xfe")
    for name in ("STORYKEEP_CURRENCY_FILE", "STORYKEEP_CONFIG"):
        with pytest.raises(SettingsError, match=f"{name}: cannot read"):
            read_settings({name: str(tmp_path / "binary")})


def test_a_value_and_a_file_of_one_name_are_one_too_many(tmp_path: Path) -> None:
    (tmp_path / "currency").write_text("EUR\n")
    both = {"STORYKEEP_CURRENCY": "USD", "STORYKEEP_CURRENCY_FILE": str(tmp_path / "currency")}
    for environment in (both, dict(reversed(both.items()))):
        with pytest.raises(SettingsError, match="currency is set twice"):
            read_settings(environment)


@pytest.mark.parametrize("line", ["data = 5", "metrics = 'perhaps'", "currency = ['EUR']", "x = 1"])
def test_a_file_of_settings_is_read_as_strictly(tmp_path: Path, line: str) -> None:
    config = tmp_path / "storykeep.toml"
    config.write_text(line)
    with pytest.raises(SettingsError):
        read_settings({"STORYKEEP_CONFIG": str(config)})


@pytest.mark.parametrize(
    ("text", "expected"), [("on", True), ("off", False), ("1", True), ("0", False), ("TRUE", True)]
)
def test_a_claim_may_be_written_in_several_words(text: str, expected: bool) -> None:
    assert expected == read_settings({"STORYKEEP_METRICS": text}).metrics

"""A composition as an operator writes it."""

from pathlib import Path

import pytest

from storykeep.app import compose, open_shelves
from storykeep.settings import Settings, SettingsError
from storykeep.sources.archive import ArchiveSource
from storykeep.sources.combine import Chain
from storykeep.sources.demo import DemoSource
from storykeep.sources.words import BadWordError, Word, read_words
from storykeep.testing import HandClock


def test_a_composition_is_words_in_their_order() -> None:
    text = "archive?fresh=60  hiker://api.example.org:8443/?key_file=a%20b&tls=off instagram"
    assert [
        Word("archive", "", {"fresh": "60"}),
        Word("hiker", "api.example.org:8443", {"key_file": "a b", "tls": "off"}),
        Word("instagram", "", {}),
    ] == read_words(text)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "no source is named"),
        ("hiker://[", "is no source"),
        ("hiker://a.example/path", "a host"),
        ("hiker://user:secret@a.example", "a host"),
        ("elsewhere", "there is no source 'elsewhere', only archive, demo"),
        ("archive://a.example", "there is no source 'archive'"),
        ("archive?frehs=60", "archive has no option 'frehs'; it knows fresh"),
        ("archive?fresh=soon", "write seconds"),
        ("archive?fresh=-1", "write seconds"),
        ("archive?fresh=nan", "write seconds"),
        ("demo?x=1", "demo has no option 'x'; it knows none"),
    ],
)
def test_what_cannot_be_composed_is_told(text: str, says: str, tmp_path: Path) -> None:
    """And a secret that was written into an address is not repeated."""
    settings = Settings(data=tmp_path, sources=text)
    with pytest.raises(SettingsError, match="STORYKEEP_SOURCES: ") as raised:
        compose(settings, open_shelves(settings), HandClock())
    assert says in str(raised.value)
    assert "secret" not in str(raised.value)


def test_the_archive_alone_is_the_truth_however_fresh(tmp_path: Path) -> None:
    for text in ("archive", "archive?fresh=60"):
        settings = Settings(data=tmp_path, sources=text)
        source, upstreams = compose(settings, open_shelves(settings), HandClock())
        assert isinstance(source, ArchiveSource)
        assert source._is_truth
        assert {} == upstreams


def test_several_words_are_a_chain(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path, sources="demo archive")
    source, _ = compose(settings, open_shelves(settings), HandClock())
    assert isinstance(source, Chain)
    assert [DemoSource, ArchiveSource] == [type(each) for each in source._sources]


def test_a_time_that_is_not_given_is_none() -> None:
    assert Word("archive", "", {}).seconds("fresh") is None
    with pytest.raises(BadWordError):
        Word("archive", "", {"fresh": ""}).seconds("fresh")

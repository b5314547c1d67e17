"""A composition as an operator writes it."""

from pathlib import Path

import pytest

from storykeep.composition import Composition, compose, media_domains, open_cdn
from storykeep.settings import Settings, SettingsError
from storykeep.sources.archive import ArchiveSource
from storykeep.sources.combine import Chain, Coalesced, Fresh
from storykeep.sources.demo import DemoSource
from storykeep.testing import HandClock, MemoryArchive, MemoryOrigins


def composed(settings: Settings) -> Composition:
    clock = HandClock()
    return compose(settings, MemoryArchive(), MemoryOrigins(clock), clock)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "names no source"),
        ("hiker://user:hush@a.example", "write hiker://HOST"),
        ("hiker://a.example", "key_file"),
        ("graph", "token_file"),
        ("instagram?sesion=a", "sesion"),
        ("instagram instagram?session=", "instagram is named twice"),
        ("instagram archive instagram", "instagram is named twice"),
        ("elsewhere", "there is no source 'elsewhere', only archive, demo, graph"),
        ("archive://a.example", "there is no source 'archive'"),
        ("archive?frehs=60", "the options are fresh"),
        ("archive?fresh=soon", "the options are fresh"),
        ("archive?fresh=-1", "the options are fresh"),
        ("demo?x=1", "the options are"),
    ],
)
def test_what_cannot_be_composed_is_told(text: str, says: str, tmp_path: Path) -> None:
    """And a secret that was written into an address is not repeated."""
    settings = Settings(data=tmp_path, sources=text)
    with pytest.raises(SettingsError, match="STORYKEEP_SOURCES") as raised:
        composed(settings)
    assert says in str(raised.value)
    assert "hush" not in str(raised.value)


def test_the_archive_alone_is_the_truth_however_fresh(tmp_path: Path) -> None:
    for text in ("archive", "archive?fresh=60"):
        settings = Settings(data=tmp_path, sources=text)
        source, upstreams = composed(settings)
        assert isinstance(source, ArchiveSource)
        assert source._is_truth
        assert {} == upstreams


def test_several_words_are_a_chain(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path, sources="demo archive")
    source, _ = composed(settings)
    assert isinstance(source, Chain)
    assert [DemoSource, ArchiveSource] == [type(each) for each in source._sources]


async def test_a_live_source_stands_between_a_cache_and_a_fallback(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("keep_hush")
    word = f"hiker://a.example?key_file={tmp_path}/key"
    settings = Settings(data=tmp_path, sources=f"archive?fresh=60 {word} archive")
    composition = composed(settings)
    assert isinstance(composition.source, Chain)
    fresh, live, fallback = composition.source._sources
    assert (Fresh, Coalesced, ArchiveSource) == (type(fresh), type(live), type(fallback))
    assert not fallback._is_truth  # type: ignore[attr-defined]
    assert ["hiker://a.example"] == [each.name for each in composition.upstreams.values()]
    assert [word] == [*composition.upstreams]
    await composition.aclose()


# ------------------------------------------------------------------------------------- media


async def test_the_way_out_to_media_knows_the_domains_of_the_operator() -> None:
    settings = Settings(media_hosts="Media.example.net  b.example")
    assert ("media.example.net", "b.example") == media_domains(settings)
    cdn = open_cdn(settings)
    assert "a.media.example.net" == cdn._read("https://a.media.example.net/n.jpg").host
    await cdn.aclose()
    assert () == media_domains(Settings())


def test_a_media_host_that_is_none_is_an_error_of_the_setting() -> None:
    with pytest.raises(SettingsError, match=r"STORYKEEP_MEDIA_HOSTS: '10\.0\.0\.1' is no domain"):
        open_cdn(Settings(media_hosts="a.example 10.0.0.1"))

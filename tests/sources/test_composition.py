"""A composition as an operator writes it."""

from pathlib import Path
from typing import Literal

import pytest

from storykeep import composition
from storykeep.composition import (
    Composition,
    compose,
    file_chooser,
    media_domains,
    media_policy,
    open_cdn,
)
from storykeep.core.model import VIDEO
from storykeep.settings import Settings, SettingsError
from storykeep.sources.archive import ArchiveSource, Fresh
from storykeep.sources.combine import Chain, Coalesced
from storykeep.sources.demo import DemoSource
from storykeep.testing import HandClock, MemoryArchive, MemoryOrigins, ScriptedUpstream
from tests.making import T0, make_sighting, make_story

CDN = "https://scontent.cdninstagram.com"


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
        source, upstreams, live = composed(settings)
        assert isinstance(source, ArchiveSource)
        assert source._is_truth
        assert ({}, None) == (upstreams, live)


def test_several_words_are_a_chain(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path, sources="demo archive")
    source = composed(settings).source
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


LIVE = (
    "instagram",
    "archive?fresh=60 instagram archive",
    "graph?token_file=a",
    "hiker://a.example",
)


@pytest.mark.parametrize("sources", LIVE)
def test_beside_a_live_source_files_are_kept_unless_told_otherwise(sources: str) -> None:
    assert "always" == media_policy(Settings(sources=sources))


@pytest.mark.parametrize("sources", ["archive", "demo archive", "archive?fresh=60"])
def test_without_a_live_source_none_is_kept_unless_told_otherwise(sources: str) -> None:
    assert "off" == media_policy(Settings(sources=sources))


@pytest.mark.parametrize("sources", ["archive", "instagram"])
@pytest.mark.parametrize("policy", ["off", "on-demand", "always"])
def test_what_was_told_holds_for_any_source(
    policy: Literal["off", "on-demand", "always"], sources: str
) -> None:
    assert policy == media_policy(Settings(sources=sources, keep_media=policy))


SEEN = make_sighting(
    make_story(
        1,
        media_type=VIDEO,
        thumbnail_url=f"{CDN}/1.jpg?oe={T0 + 9:X}",
        video_url=f"{CDN}/1.mp4?oe={T0 + 9:X}",
    )
)


@pytest.mark.parametrize("policy", ["auto", "off", "on-demand"])
def test_only_who_always_keeps_chooses_files_of_what_is_seen(
    policy: Literal["auto", "off", "on-demand"],
) -> None:
    assert 0 == len(file_chooser(Settings(keep_media=policy), HandClock(T0))(SEEN))


def test_files_are_chosen_as_the_settings_say_at_that_moment() -> None:
    clock = HandClock(T0)
    shown = file_chooser(Settings(keep_media="always"), clock)
    both = file_chooser(Settings(keep_media="always", keep_files="thumbnails"), clock)
    assert ["video"] == [each.kind for each in shown(SEEN)]
    assert ["video", "image"] == [each.kind for each in both(SEEN)]
    clock.turn(9)
    assert 0 == len(both(SEEN))


async def test_what_a_live_source_answers_is_queued(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """In a composition as the settings make it."""
    upstream = ScriptedUpstream("instagram", stories={1: SEEN})
    monkeypatch.setitem(composition.UPSTREAMS, "instagram", lambda *_: upstream)
    archive, clock = MemoryArchive(), HandClock(T0)
    settings = Settings(data=tmp_path, sources="instagram", keep_files="thumbnails")
    composed = compose(settings, archive, MemoryOrigins(clock), clock)
    await composed.source.story(1)
    assert ["image", "video"] == [each.kind for each in await archive.wanted.list()]
    await composed.aclose()


# ------------------------------------------------------------------------------------- media


async def test_the_way_out_to_media_knows_the_domains_of_the_operator() -> None:
    settings = Settings(media_hosts="Media.example.net  b.example")
    assert ("media.example.net", "b.example") == media_domains(settings)
    cdn = open_cdn(settings)
    assert "a.media.example.net" == cdn._read("https://a.media.example.net/n.jpg").host
    await cdn.aclose()
    assert () == media_domains(Settings())


def test_files_on_the_domains_of_the_operator_are_wanted_too() -> None:
    url = "https://a.media.example.net/1.jpg"
    seen = make_sighting(make_story(1, thumbnail_url=url))
    settings = Settings(keep_media="always")
    assert [] == [*file_chooser(settings, HandClock(T0))(seen)]
    hosts = Settings(keep_media="always", media_hosts="media.example.net")
    assert [url] == [each.url for each in file_chooser(hosts, HandClock(T0))(seen)]


def test_a_media_host_that_is_none_is_an_error_of_the_setting() -> None:
    with pytest.raises(SettingsError, match=r"STORYKEEP_MEDIA_HOSTS: '10\.0\.0\.1' is no domain"):
        open_cdn(Settings(media_hosts="a.example 10.0.0.1"))

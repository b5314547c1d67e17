"""What captures said is told as they said it: the best of a story, the last of a reel."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import json

from storykeep.core.ports import Archive
from storykeep.core.sighting import DAY, Dialect, Sighting
from tests.making import ACME, RIVAL, T0, make_seen, make_sighting, make_story, make_user
from tests.ports.adapters import open_archive
from tests.ports.drawn import ACCOUNTS, PKS, drawn_sightings

STORY, OTHER = make_story(1), make_story(2)


def envelope(word: str, dialect: Dialect = "v1") -> bytes:
    return json.encode({"answer": {"word": word}, "reel": {"id": ACME}, "dialect": dialect})


def look(at: int, word: str, dialect: Dialect = "v1", source: str = "test") -> Sighting:
    """A reel of two stories, the later one first."""
    raw = json.encode({"word": word})
    seen = [make_seen(story, dialect=dialect, raw=raw) for story in (OTHER, STORY)]
    return make_sighting(*seen, seen_at=at, source=source, envelope=envelope(word, dialect))


async def word_of(archive: Archive, at: int) -> str | None:
    reel = await archive.raw_reel(ACME, at)
    return None if reel is None else json.decode(reel.envelope)["answer"]["word"]


async def test_the_private_api_tells_most_and_of_it_the_newest(archive: Archive) -> None:
    for at, word, dialect in (
        (3, "web", "xdt"),
        (2, "new", "v1"),
        (1, "old", "v1"),
        (9, "bought", "vendor"),
    ):
        await archive.record(look(T0 + at, word, dialect, source=word))  # type: ignore[arg-type]
    found = await archive.raw_items([1, 2, 3])
    assert {1, 2} == set(found)
    for pk, item in found.items():
        assert (pk, "v1", b'{"word":"new"}') == (item.pk, item.dialect, item.item)
        assert (T0 + 2, "new", T0 + DAY) == (item.seen_at, item.source, item.expiring_at)


async def test_a_reel_is_told_as_last_seen_until_then(archive: Archive) -> None:
    """In the order of the capture; for a day; and in a dialect that is told raw."""
    await archive.record(look(T0, "first"))
    await archive.record(look(T0 + 9, "second"))
    await archive.record(look(T0 + 12, "bought", "vendor"))
    assert [None, "first", "first", "second", "second", None] == [
        await word_of(archive, T0 + at) for at in (-1, 0, 8, 9, DAY + 8, DAY + 9)
    ]
    reel = await archive.raw_reel(ACME, T0 + 20)
    assert reel is not None
    assert [2, 1] == [item.pk for item in reel.items]
    assert await archive.raw_reel(RIVAL, T0 + 20) is None


async def test_what_is_for_close_friends_says_so(archive: Archive) -> None:
    seen = make_seen(STORY, is_close_friends=True, raw=b"{}")
    await archive.record(make_sighting(seen, envelope=envelope("a")))
    reel = await archive.raw_reel(ACME, T0)
    assert reel is not None
    assert [True] == [item.is_close_friends for item in reel.items]
    assert (await archive.raw_items([1]))[1].is_close_friends


@pytest.mark.parametrize("name", ["sqlite"])
@given(st.lists(drawn_sightings(is_owner_fixed=True), max_size=4), st.data())
async def test_all_archives_tell_the_same_in_any_order(
    name: str,
    tmp_path_factory: pytest.TempPathFactory,
    sightings: list[Sighting],
    data: st.DataObject,
) -> None:
    order = data.draw(st.permutations(sightings))
    answers = []
    for kind, given_order in (("memory", sightings), (name, order)):
        async with open_archive(kind, Path(tmp_path_factory.mktemp("a"))) as archive:
            for sighting in given_order:
                await archive.record(sighting)
            answers.append(
                [
                    await archive.raw_items(PKS),
                    *[await archive.raw_reel(pk, T0 + 1) for pk in ACCOUNTS],
                ]
            )
    assert answers[0] == answers[1]


async def test_a_mere_name_has_nothing_raw(archive: Archive) -> None:
    await archive.record(make_sighting(user=make_user(), envelope=envelope("a", "legacy")))
    assert await archive.raw_reel(ACME, T0) is None
    assert {} == await archive.raw_items([1])

"""Whatever JSON comes: nothing but NotACapture is raised, and what is lost is reported."""

from collections.abc import Iterator
from copy import deepcopy
from math import inf, isfinite, nan
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec import json

from storykeep.core.extract import Capture, NotACapture
from storykeep.core.extract.node import read_pk
from storykeep.core.ids import MAX_PK
from storykeep.core.model import decode_story, encode_story
from storykeep.core.sighting import Sighting
from tests.payloads.loading import CAPTURES, CONSTRUCTED_ITEMS, payload
from tests.payloads.reading import NOW, capture

DEPTH = 100_000
DOCUMENTS = {name: payload(name) for name in CAPTURES}
ITEMS = {name: DOCUMENTS[name] for name in CONSTRUCTED_ITEMS}
ALL_STICKERS = "constructed_v1_user_story_all_stickers.json"

EVERY_ITEM = [
    *ITEMS.items(),
    *enumerate(payload("vendor_user_stories.json")),
    *enumerate(payload("legacy_reels_media.json")["data"]["reels_media"][0]["items"]),
    *enumerate(
        payload("xdt_reels_media.json")["data"]["xdt_api__v1__feed__reels_media"]["reels_media"][0][
            "items"
        ]
    ),
]

Path = tuple[str | int, ...]


def deep(kind: type) -> Any:
    """A list or an object that no recursion gets to the bottom of."""
    value: Any = kind()
    for _ in range(DEPTH):
        value = [value] if kind is list else {"a": value}
    return value


MONSTERS = {
    "a deep list": deep(list),
    "a deep object": deep(dict),
    "a huge number": 10**5000,
    "a list of a huge number": [10**5000],
}
"""What Hypothesis cannot print goes by a name."""
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.integers(min_value=10**15, max_value=10**25),
    st.sampled_from([0, -1, 2**31, MAX_PK, MAX_PK + 1, 2**64, -(2**64), 10**400]),
    st.floats(),
    st.sampled_from([nan, inf, -inf, 1e300, 0.5, 1775658001.0]),
    st.text(st.characters(exclude_categories=[]), max_size=8),
    st.sampled_from(
        [
            "\ud800",
            "a\udfff",
            "0.5",
            "nan",
            "1e999",
            "1775658001",
            "2026-04-08T14:20:01Z",
            "9999-12-31T23:59:59-14:00",
            "0001-01-01T00:00:00+14:00",
            "4400000002",
            "1_2",
            "https://scontent.cdninstagram.com/a.jpg",
            "https://scontent.cdninstagram.com/%ff%00",
            "https://[",
            "javascript:alert(1)",
            "GraphTappableMention",
            "XDTMediaDict",
            "٣",
        ]
    ),
)
HOSTILE = st.one_of(
    SCALARS,
    st.recursive(
        SCALARS,
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(["pk", "id", "user", "url", "name", "items", "x", "\ud800"]),
                inner,
                max_size=3,
            )
        ),
        max_leaves=8,
    ),
    st.sampled_from(sorted(MONSTERS)),
)


def unveil(value: Any) -> Any:
    """Return the monster that goes by the name ``value``; any other value as it is."""
    return MONSTERS.get(value, value) if isinstance(value, str) else value


def paths(document: Any) -> Iterator[Path]:
    """Go through the places of everything in ``document``."""
    pending: list[tuple[Path, Any]] = [((), document)]
    while pending:
        path, value = pending.pop()
        yield path
        if isinstance(value, dict):
            pending += [((*path, key), entry) for key, entry in value.items()]
        elif isinstance(value, list):
            pending += [((*path, index), entry) for index, entry in enumerate(value)]


PATHS = {name: sorted(paths(document), key=repr) for name, document in DOCUMENTS.items()}


def put(document: Any, path: Path, value: Any) -> Any:
    """Replace what lies at ``path``, if it is still there."""
    if not path:
        return value
    parent = document
    try:
        for key in path[:-1]:
            parent = parent[key]
        parent[path[-1]] = value
    except (IndexError, KeyError, TypeError):
        pass
    return document


def drop(document: Any, path: Path) -> Any:
    """Take away what lies at ``path``, if it is still there."""
    parent = document
    try:
        for key in path[:-1]:
            parent = parent[key]
        del parent[path[-1]]
    except (IndexError, KeyError, TypeError):
        pass
    return document


def check(document: Any) -> Capture:
    """Read ``document``, and hold what came out to every promise."""
    try:
        read = capture(document)
    except NotACapture:
        return Capture((), ())
    for problem in read.problems:
        assert problem.field.isprintable()
        assert problem.reason.isprintable()
    for sighting in read.sightings:
        check_sighting(sighting)
    return read


def check_sighting(sighting: Sighting) -> None:
    assert 0 < sighting.user_pk <= MAX_PK
    if sighting.envelope is not None:
        assert {"answer", "reel", "dialect"} == json.decode(sighting.envelope).keys()
    newest = max((seen.taken_at for seen in sighting.stories), default=NOW)
    assert newest <= sighting.seen_at <= newest + 86400
    for seen in sighting.stories:
        story = seen.story
        assert story == decode_story(encode_story(story))
        assert isinstance(json.decode(seen.raw), dict)
        assert 0 < seen.pk <= MAX_PK
        assert f"{story.pk}_{sighting.user.pk}" == story.id
        assert seen.taken_at < seen.expiring_at
        assert isfinite(story.video_duration or 0.0)
        assert len(set(seen.files)) == len(seen.files)


def is_told(path: str, item: Any, read: Capture) -> bool:
    """Tell whether a Problem says that ``item`` was left out: by its place or by its pk."""
    pk = read_pk(item.get("pk") or item.get("id")) if isinstance(item, dict) else None
    return any(
        problem.field.startswith(path) or (pk is not None and problem.story_pk == pk)
        for problem in read.problems
    )


MANY = settings(max_examples=300, suppress_health_check=list(HealthCheck))


@MANY
@given(st.data(), st.sampled_from(sorted(DOCUMENTS)))
def test_hostile_captures(data: st.DataObject, name: str) -> None:
    """Random parts of a capture are replaced by random JSON."""
    document = deepcopy(DOCUMENTS[name])
    for path in data.draw(st.lists(st.sampled_from(PATHS[name]), min_size=1, max_size=6)):
        document = put(document, path, unveil(data.draw(HOSTILE)))
    check(document)


@MANY
@given(st.data(), st.sampled_from(sorted(DOCUMENTS)))
def test_truncated_captures(data: st.DataObject, name: str) -> None:
    """Random keys of a capture are missing."""
    document = deepcopy(DOCUMENTS[name])
    for path in data.draw(st.lists(st.sampled_from(PATHS[name]), min_size=1, max_size=40)):
        document = drop(document, path)
    check(document)


@MANY
@given(st.data(), st.sampled_from(sorted(ITEMS)))
def test_hostile_item(data: st.DataObject, name: str) -> None:
    """As long as pk, time and owner are left alone, the story is there."""
    item = deepcopy(ITEMS[name])
    keys = sorted(item.keys() - {"pk", "id", "taken_at", "user"})
    for key in data.draw(st.lists(st.sampled_from(keys), min_size=1, max_size=6)):
        item[key] = unveil(data.draw(HOSTILE))
    read = check({"reel": {"items": [item]}})
    assert [1] == [len(sighting.stories) for sighting in read.sightings]


@MANY
@given(st.lists(HOSTILE, min_size=1, max_size=4), st.integers(0, 17))
def test_hostile_items_in_a_reel(strangers: list[Any], place: int) -> None:
    """Bad items between good ones: the good ones are there, the bad ones are reported."""
    document = payload(ALL_STICKERS)
    items = document["reel"]["items"]
    strangers = [unveil(stranger) for stranger in strangers]
    items[place:place] = strangers
    read = check(document)
    assert [17] == [len(sighting.stories) for sighting in read.sightings]
    for index, stranger in enumerate(strangers):
        assert is_told(f"reel.items[{place + index}]", stranger, read)


@MANY
@given(HOSTILE)
def test_any_json(value: Any) -> None:
    """A document may be anything at all."""
    check(unveil(value))


@pytest.mark.parametrize("monster", MONSTERS)
@pytest.mark.parametrize("key", ["id", "user", "reel_type", "__typename", "media_ids", "items"])
def test_hostile_highlights(key: str, monster: str) -> None:
    entry = {"id": "highlight:7", "title": "a", "user": {"pk": 1, "username": "a"}, "items": []}
    hostile = entry | {key: MONSTERS[monster]}
    for document in ({"tray": [hostile, entry]}, {"reels": {"a": hostile}}, hostile):
        check(document)


@pytest.mark.parametrize(("name", "item"), EVERY_ITEM)
def test_one_null_at_a_time(name: str | int, item: dict[str, Any]) -> None:
    """Any one value of an item may be null or missing: only without its time is it no story.

    Number and owner are told twice; where the number is not, it is needed too.
    """
    needed = {("taken_at",), ("taken_at_timestamp",)} | ({("id",)} if "pk" not in item else set())
    for path in paths(item):
        if path and path not in needed:
            for change in (put(deepcopy(item), path, None), drop(deepcopy(item), path)):
                read = check({"reel": {"items": [change], "user": {"pk": 4400000001}}})
                stories = [len(sighting.stories) for sighting in read.sightings]
                assert ([1], path) == (stories, path), name


@pytest.mark.parametrize("value", [None, [], {}, "", 7, True, nan])
def test_one_value_for_all(value: object) -> None:
    """An item of which all but number, time and owner is one value is still a story."""
    item = dict.fromkeys(set().union(*ITEMS.values()), value)
    kept = ("pk", "taken_at", "user")
    item |= {key: ITEMS["constructed_v1_item_photo_plain.json"][key] for key in kept}
    read = check({"reel": {"items": [item]}})
    assert [1] == [len(sighting.stories) for sighting in read.sightings]

"""Reading kept captures anew: a mapper that knows more mends old stories, and nothing else moves."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from msgspec import json, structs

from storykeep.core.extract import read_capture
from storykeep.core.links import CdnFile
from storykeep.core.model import decode_story
from storykeep.core.sighting import SeenFile, SeenStory, Sighting
from storykeep.storage.archive import SqlArchive
from storykeep.storage.reextract import STEP, Change, Step, Unreadable
from storykeep.storage.sqlite import SqliteDatabase
from tests.making import ACME, T0, make_seen, make_sighting, make_story
from tests.payloads.loading import CAPTURES, payload
from tests.ports.adapters import open_database

PLAIN = payload("constructed_v1_item_photo_plain.json")


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[SqliteDatabase]:
    async with open_database(tmp_path / "archive.db", "archive") as opened:
        yield opened


@pytest.fixture
def archive(database: SqliteDatabase) -> SqlArchive:
    return SqlArchive(database)


async def run(archive: SqlArchive, *, is_dry_run: bool = False) -> Step:
    """Read all anew; return the steps as one."""
    whole = Step(0)
    async for step in archive.reextract(is_dry_run=is_dry_run):
        assert step.stories <= STEP
        whole = Step(
            step.last_pk,
            whole.stories + step.stories,
            whole.captures + step.captures,
            whole.changes + step.changes,
            whole.unreadable + step.unreadable,
        )
    return whole


async def everything(database: SqliteDatabase) -> list[Any]:
    def dump(db: Any) -> list[Any]:
        tables = ("story", "payload", "sighted_story", "file_name")
        return [sorted(db.raw.execute(f"SELECT * FROM {table}").fetchall()) for table in tables]

    return await database.read(dump)


def capture(*items: dict[str, Any], seen_at: int = T0) -> Sighting:
    document = {"reel": {"user": PLAIN["user"], "items": [*items]}}
    (sighting,) = read_capture(document, source="test", seen_at=seen_at).sightings
    return structs.replace(sighting, seen_at=seen_at)


def item(pk: int = 1) -> dict[str, Any]:
    return {**PLAIN, "pk": pk, "id": f"{pk}_{ACME}"}


def as_read_by_an_older_mapper(
    sighting: Sighting, forget: Callable[[SeenStory], SeenStory]
) -> Sighting:
    return structs.replace(sighting, stories=tuple(map(forget, sighting.stories)))


def without_picture(seen: SeenStory) -> SeenStory:
    story = structs.replace(seen.story, thumbnail_url=None)
    return structs.replace(seen, story=story, files=())


async def test_what_the_mapper_of_today_has_read_stays_byte_for_byte(
    archive: SqlArchive, database: SqliteDatabase
) -> None:
    for name in CAPTURES:
        for sighting in read_capture(payload(name), source="test", seen_at=T0).sightings:
            await archive.record(sighting)
    before = await everything(database)
    step = await run(archive)
    assert [] == step.changes
    assert [] == step.unreadable
    assert await archive.story_count() == step.stories
    assert before == await everything(database)


async def test_a_mapper_that_knows_more_mends_old_stories(
    archive: SqlArchive, database: SqliteDatabase
) -> None:
    sighting = capture(*map(item, range(1, STEP + 20)))
    await archive.record(as_read_by_an_older_mapper(sighting, without_picture))
    step = await run(archive)
    assert [Change(pk, ("thumbnail_url",)) for pk in range(1, STEP + 20)] == step.changes
    kept = await archive.story(1)
    assert kept is not None
    assert sighting.stories[0].story == decode_story(kept.wire)
    (name, *_) = (file.name for file in sighting.stories[0].files)
    assert STEP + 19 == len(await archive.stories_named(CdnFile(name)))
    after = await everything(database)
    assert [] == (await run(archive)).changes
    assert after == await everything(database)


async def test_cache_keys_that_were_not_kept_then_are_added(archive: SqlArchive) -> None:
    url = "https://scontent.cdninstagram.com/old_n.jpg?ig_cache_key=OTk%3D.3&oe=1"
    versions = {"candidates": [{"url": url, "width": 1, "height": 1}]}
    sighting = capture({**item(), "image_versions2": versions})
    keyless = structs.replace(sighting.stories[0], files=(SeenFile("image", "old_n.jpg"),))
    await archive.record(structs.replace(sighting, stories=(keyless,)))
    moved = CdnFile("new_n.jpg", "OTk=.3")
    assert [] == await archive.stories_named(moved)
    assert [] == (await run(archive)).changes
    assert [(1, "image")] == await archive.stories_named(moved)


async def test_the_captures_are_known_as_if_they_were_read_so_from_the_first(
    archive: SqlArchive, database: SqliteDatabase, tmp_path: Path
) -> None:
    """So what is recorded later finds them; two that are read alike now are one."""
    sighting = capture(item())
    await archive.record(as_read_by_an_older_mapper(sighting, without_picture))
    again = structs.replace(sighting, seen_at=T0 + 60)
    await archive.record(again)
    await run(archive)
    async with open_database(tmp_path / "other.db", "archive") as other:
        await SqlArchive(other).record(sighting)
        await SqlArchive(other).record(again)
        assert await everything(other) == await everything(database)


async def test_a_dry_run_tells_the_same_and_changes_nothing(
    archive: SqlArchive, database: SqliteDatabase
) -> None:
    sighting = capture(*map(item, range(1, STEP + 20)))
    await archive.record(as_read_by_an_older_mapper(sighting, without_picture))
    before = await everything(database)
    told = await run(archive, is_dry_run=True)
    assert before == await everything(database)
    assert told == await run(archive)
    assert before != await everything(database)


async def test_what_is_no_story_any_longer_stays_and_is_told(
    archive: SqlArchive, database: SqliteDatabase
) -> None:
    broken = make_seen(make_story(1), raw=b'{"pk":"1","display_url":5}')
    other = make_seen(make_story(2), raw=json.encode({**item(3), "user": {"pk": ACME}}))
    await archive.record(make_sighting(broken, other))
    before = await everything(database)
    step = await run(archive)
    assert [] == step.changes
    assert [
        Unreadable(1, "taken_at: missing: the item is left out"),
        Unreadable(2, "pk: now 3"),
    ] == step.unreadable
    assert before == await everything(database)


async def test_what_an_importer_made_is_not_the_mappers(archive: SqlArchive) -> None:
    await archive.record(make_sighting(make_seen(make_story(1), dialect="file", raw=b"{}")))
    step = await run(archive)
    assert (1, 1, [], []) == (step.stories, step.captures, step.changes, step.unreadable)


async def test_a_run_that_was_killed_is_finished_by_another(archive: SqlArchive) -> None:
    sighting = capture(*map(item, range(1, 2 * STEP + 1)))
    await archive.record(as_read_by_an_older_mapper(sighting, without_picture))
    async for _ in archive.reextract():
        break
    changed = (await run(archive)).changes
    assert [*range(STEP + 1, 2 * STEP + 1)] == [change.story_pk for change in changed]


async def test_a_twin_passes_on_what_it_learned(archive: SqlArchive) -> None:
    """What is kept under a made pk is served with the story that it is."""
    told = make_seen(make_story(1, thumbnail_url=None), dialect="file", raw=b"{}")
    twin = as_read_by_an_older_mapper(capture({**item(2), "taken_at": T0}), without_picture)
    made = structs.replace(twin.stories[0], is_made=True)
    await archive.record(make_sighting(told))
    await archive.record(structs.replace(twin, stories=(made,)))
    before = await archive.story(2)
    assert before is not None
    assert (1, None) == (before.pk, decode_story(before.wire).thumbnail_url)
    changed = {change.story_pk: change.fields for change in (await run(archive)).changes}
    assert {1: ("thumbnail_url",), 2: ("thumbnail_url",)} == changed
    after = await archive.story(2)
    assert after is not None
    assert 1 == after.pk
    assert decode_story(after.wire).thumbnail_url is not None


def test_files_of_an_item_have_names() -> None:
    """Else the tests above would show nothing."""
    assert isinstance(capture(item()).stories[0].files[0], SeenFile)

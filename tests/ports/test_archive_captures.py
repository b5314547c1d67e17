"""Captures of the same stories in several dialects, put into the archive in every order."""

import itertools
from pathlib import Path
from typing import Any

import pytest

from storykeep.core.extract import read_capture
from storykeep.core.links import CdnFile
from storykeep.core.model import decode_story
from storykeep.core.ports import Archive
from storykeep.core.sighting import Sighting
from tests.making import T0
from tests.payloads.loading import payload
from tests.ports.adapters import ARCHIVES, open_archive

DOCUMENTS = (
    "constructed_v1_user_story_all_stickers.json",
    "constructed_v1_item_photo_plain.json",
    "vendor_user_stories.json",
    "xdt_reels_media.json",
)
SIGHTINGS: dict[str, tuple[Sighting, ...]] = {
    name: read_capture(payload(name), source="test", seen_at=T0).sightings for name in DOCUMENTS
}
STORIES = {seen.pk: seen for name in DOCUMENTS for each in SIGHTINGS[name] for seen in each.stories}
ACCOUNTS = {each.user_pk: each.user for name in DOCUMENTS for each in SIGHTINGS[name]}
MOMENTS = sorted({at for seen in STORIES.values() for at in (seen.taken_at, seen.expiring_at - 1)})


async def everything_of(archive: Archive) -> list[Any]:
    """All that is served of these stories."""
    return [
        *[await archive.story(pk) for pk in STORIES],
        *[await archive.account(user.username or "") for user in ACCOUNTS.values()],
        *[await archive.reel(pk, at) for pk in ACCOUNTS for at in MOMENTS],
        *[
            sorted(await archive.stories_named(CdnFile(file.name)))
            for seen in STORIES.values()
            for file in seen.files
        ],
    ]


async def record(archive: Archive, *names: str) -> None:
    for name in names:
        for sighting in SIGHTINGS[name]:
            await archive.record(sighting)


def test_the_documents_have_stories_in_common() -> None:
    """Else there would be nothing to merge."""
    dialects: dict[int, set[str]] = {}
    for name in DOCUMENTS:
        for sighting in SIGHTINGS[name]:
            for seen in sighting.stories:
                dialects.setdefault(seen.pk, set()).add(seen.dialect)
    assert {"v1", "xdt"} in dialects.values()
    assert {"v1", "vendor"} in dialects.values()


@pytest.mark.parametrize("name", ARCHIVES)
async def test_the_order_of_the_documents_does_not_show(name: str, tmp_path: Path) -> None:
    expected: list[Any] = []
    for number, order in enumerate(itertools.permutations(DOCUMENTS)):
        (tmp_path / str(number)).mkdir()
        async with open_archive(name, tmp_path / str(number)) as archive:
            await record(archive, *order)
            answers = await everything_of(archive)
        expected = expected or answers
        assert expected == answers, order


@pytest.mark.parametrize("name", ARCHIVES)
async def test_the_richest_dialect_is_served(name: str, tmp_path: Path) -> None:
    """What the private API knows of a story is not lost to a poorer capture that came later."""
    async with open_archive(name, tmp_path) as archive:
        await record(archive, *DOCUMENTS)
        for seen in (seen for each in SIGHTINGS[DOCUMENTS[0]] for seen in each.stories):
            kept = await archive.story(seen.pk)
            assert kept is not None
            served = decode_story(kept.wire)
            for field in ("stickers", "hashtags", "locations", "mentions", "thumbnail_url"):
                assert getattr(seen.story, field) in (getattr(served, field), [], None)
            assert seen.is_close_friends <= kept.is_close_friends

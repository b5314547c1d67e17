"""The cache of joined reels: what it keeps, for how long, and how much of it."""

from pathlib import Path

import pytest

from storykeep.core.errors import StorageError
from storykeep.core.ports import Account, Reel, create_reel
from storykeep.storage.archive import SqlArchive
from storykeep.storage.reels import ReelCache
from tests.making import ACME, T0, make_sighting, make_story
from tests.ports.adapters import CACHE, open_database
from tests.storage.sqlite_rig import sql

VERSION = 7
KB = 1024


def make_reel(pk: int, size: int = KB) -> Reel:
    """Return a reel that costs about ``size`` bytes of cache."""
    return create_reel(Account(pk, None, is_private=False), [b"x" * (size // 2 - 256)])


def filled(capacity: int, *pks: int) -> ReelCache:
    cache = ReelCache(capacity)
    cache.find(0, T0, VERSION)
    for pk in pks:
        cache.keep(pk, T0, T0 + 10, make_reel(pk))
    return cache


def known(cache: ReelCache, *pks: int) -> list[int]:
    return [pk for pk in pks if cache.find(pk, T0, VERSION) is not None]


def test_a_reel_is_known_from_when_it_was_read_until_before_it_changes() -> None:
    cache = filled(CACHE, 1)
    assert make_reel(1) == cache.find(1, T0, VERSION)
    assert make_reel(1) == cache.find(1, T0 + 9, VERSION)
    assert None is cache.find(1, T0 - 1, VERSION)
    assert None is cache.find(1, T0 + 10, VERSION)
    assert None is cache.find(2, T0, VERSION)


def test_a_commit_ends_all_that_was_known() -> None:
    cache = filled(CACHE, 1, 2)
    assert None is cache.find(1, T0, VERSION + 1)
    assert None is cache.find(2, T0, VERSION + 1)
    assert None is cache.find(1, T0, VERSION)


def test_who_was_asked_for_least_lately_goes_first() -> None:
    cache = filled(3 * KB + KB // 2, 1, 2, 3)
    assert [1, 2, 3] == known(cache, 1, 2, 3)
    assert [1] == known(cache, 1)
    cache.keep(4, T0, T0 + 10, make_reel(4))
    assert [1, 3, 4] == known(cache, 1, 2, 3, 4)


def test_what_does_not_fit_is_not_kept() -> None:
    cache = filled(3 * KB)
    cache.keep(1, T0, T0 + 10, make_reel(1, 4 * KB))
    assert [] == known(cache, 1)
    cache.keep(2, T0, T0 + 10, make_reel(2))
    assert [2] == known(cache, 2)


def test_a_reel_that_is_kept_anew_takes_the_room_of_one() -> None:
    cache = filled(3 * KB + KB // 2, *[1] * 1000, 2, 3)
    assert [1, 2, 3] == known(cache, 1, 2, 3)


def test_room_is_given_back_by_a_commit() -> None:
    cache = filled(3 * KB + KB // 2, 1, 2, 3)
    cache.find(0, T0, VERSION + 1)
    for pk in (4, 5, 6):
        cache.keep(pk, T0, T0 + 10, make_reel(pk))
    assert all(cache.find(pk, T0, VERSION + 1) for pk in (4, 5, 6))


async def test_a_reel_is_forgotten_when_the_file_had_to_be_opened_anew(tmp_path: Path) -> None:
    """SQLite counts commits from the beginning then: the same number means another state."""
    path = tmp_path / "archive.db"
    async with open_database(path, "archive") as database, open_database(path, "archive") as other:
        ours, theirs = SqlArchive(database, cache_bytes=CACHE), SqlArchive(other)
        await theirs.record(make_sighting(make_story(1)))
        before = await ours.reel(ACME, T0)
        with pytest.raises(StorageError):
            await database.read(sql("SELECT nonsense"))
        await theirs.record(make_sighting(make_story(2)))
        after = await ours.reel(ACME, T0)
        assert before is not None
        assert after is not None
        assert (1, 2) == (len(before.stories), len(after.stories))

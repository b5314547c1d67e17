"""Wanted files: queued with what was seen, taken out by what is kept, never lost in between."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import NamedTuple

import pytest
from msgspec import structs

from storykeep.core.errors import StorageError
from storykeep.core.ids import make_user_pk
from storykeep.core.media import KeptFile, MediaFile, Wanted, WantedFiles
from storykeep.core.ports import Archive
from storykeep.core.sighting import Kind, SeenStory
from storykeep.storage.archive import SqlArchive
from storykeep.storage.wanted import SqlWantedFiles
from storykeep.testing import MemoryArchive
from tests.making import RIVAL, T0, make_seen, make_sighting, make_story, make_user
from tests.ports.adapters import open_database

CDN = "https://scontent.cdninstagram.com"
PHOTO = MediaFile("ab" * 32, "image/jpeg", 3)
SMALL = MediaFile("cd" * 32, "image/jpeg", 2)


class Shelf(NamedTuple):
    """An archive and its queue."""

    archive: Archive
    wanted: WantedFiles

    async def want(self, *files: Wanted, seen_at: int = T0) -> None:
        """Record that the stories of ``files`` were seen, with these files."""
        stories = [make_story(pk) for pk in dict.fromkeys(each.story_pk for each in files)]
        await self.archive.record(make_sighting(*stories, seen_at=seen_at), files)

    async def list(self) -> list[Wanted]:
        return [*await self.wanted.list()]


@pytest.fixture(params=["memory", "sqlite"])
async def shelf(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Shelf]:
    if request.param == "memory":
        archive = MemoryArchive()
        yield Shelf(archive, archive.wanted)
        return
    async with open_database(tmp_path / "archive.db", "archive") as database:
        yield Shelf(SqlArchive(database), SqlWantedFiles(database))


def file(
    pk: int = 1,
    kind: Kind = "image",
    variant: str = "",
    *,
    expires_at: int | None = T0 + 9,
    next_at: int = T0,
) -> Wanted:
    return Wanted(
        story_pk=pk,
        kind=kind,
        variant=variant,
        url=f"{CDN}/{pk}.{kind}?oe={expires_at}",
        expires_at=expires_at,
        next_at=next_at,
    )


def kept(pk: int = 1, kind: Kind = "image", variant: str = "") -> KeptFile:
    return KeptFile(pk, kind, SMALL if variant else PHOTO, f"{pk}.jpg", variant)


def made(pk: int) -> SeenStory:
    """A story that an importer made a pk for."""
    seen = make_seen(make_story(pk, thumbnail_url=None), dialect="export", raw=b"{}")
    return structs.replace(seen, is_made=True)


async def test_where_nothing_was_asked_for_nothing_is_wanted(shelf: Shelf) -> None:
    await shelf.archive.record(make_sighting(make_story(1)))
    assert [] == await shelf.list()
    assert [] == [*await shelf.wanted.due(T0, 10)]
    assert await shelf.wanted.next_at() is None


async def test_what_a_sighting_wants_is_queued_as_it_is(shelf: Shelf) -> None:
    files = [file(1), file(2, expires_at=None), file(2, "image", "640x1136"), file(2, "video")]
    await shelf.want(*reversed(files))
    assert files == await shelf.list()
    assert T0 == await shelf.wanted.next_at()


async def test_it_is_queued_too_where_the_sighting_is_known(shelf: Shelf) -> None:
    await shelf.archive.record(make_sighting(make_story(1)))
    await shelf.want(file(1))
    await shelf.want(file(1))
    assert [file(1)] == await shelf.list()


async def test_files_of_other_stories_are_not_queued(shelf: Shelf) -> None:
    """Nor those of a story that is refused, because it is another account's."""
    await shelf.archive.record(make_sighting(make_story(1)))
    thief = make_user(RIVAL, "rival")
    claim = make_sighting(make_story(1, user=thief), make_story(2, user=thief), user=thief)
    for _ in range(2):
        await shelf.archive.record(claim, [file(1), file(2), file(3)])
        assert [file(2)] == await shelf.list()


async def test_the_longest_due_is_the_first(shelf: Shelf) -> None:
    late, later, latest = (file(pk, next_at=T0 - pk) for pk in (1, 2, 3))
    second = file(2, "video", next_at=T0 - 2)
    await shelf.want(late, later, latest, second, file(4, next_at=T0 + 1))
    assert [latest, later, second, late] == [*await shelf.wanted.due(T0, 10)]
    assert [latest, later] == [*await shelf.wanted.due(T0, 2)]
    assert [] == [*await shelf.wanted.due(T0 - 3.5, 10)]
    assert [latest] == [*await shelf.wanted.due(T0 - 2.5, 10)]
    assert T0 - 3 == await shelf.wanted.next_at()


async def test_what_became_of_a_try_is_kept(shelf: Shelf) -> None:
    await shelf.want(file(1), file(2))
    tried = structs.replace(file(1), tries=3, next_at=T0 + 60, reason="ä '; --\n")
    await shelf.wanted.put(tried)
    assert [tried, file(2)] == await shelf.list()
    assert [file(2)] == [*await shelf.wanted.due(T0, 10)]
    assert [file(2), tried] == [*await shelf.wanted.due(T0 + 60, 10)]


async def test_what_is_given_up_is_not_due(shelf: Shelf) -> None:
    await shelf.want(file(1), file(2))
    lost = structs.replace(file(1), tries=1, reason="gone", is_given_up=True)
    await shelf.wanted.put(lost)
    assert [file(2)] == [*await shelf.wanted.due(T0 + 1000, 10)]
    assert [lost] == [*await shelf.wanted.list(is_given_up=True)]
    assert [file(2)] == [*await shelf.wanted.list(is_given_up=False)]
    await shelf.wanted.put(structs.replace(file(2), is_given_up=True))
    assert await shelf.wanted.next_at() is None


async def test_what_was_given_up_may_be_tried_again(shelf: Shelf) -> None:
    await shelf.want(file(1))
    await shelf.wanted.put(structs.replace(file(1), tries=1, reason="gone", is_given_up=True))
    await shelf.wanted.put(file(1))
    assert [file(1)] == [*await shelf.wanted.due(T0, 10)]


@pytest.mark.parametrize("is_given_up", [False, True])
@pytest.mark.parametrize("expires_at", [T0 + 10, None])
async def test_an_address_that_is_good_for_longer_takes_the_place(
    shelf: Shelf, expires_at: int | None, *, is_given_up: bool
) -> None:
    """And begins anew, also where the older one was given up."""
    await shelf.want(file(1))
    await shelf.wanted.put(
        structs.replace(file(1), tries=3, next_at=T0 + 60, reason="gone", is_given_up=is_given_up)
    )
    newer = file(1, expires_at=expires_at, next_at=T0 + 1)
    await shelf.want(newer, seen_at=T0 + 1)
    assert [newer] == await shelf.list()


@pytest.mark.parametrize("first", [T0 + 9, None])
async def test_another_address_that_is_not_good_for_longer_does_not(
    shelf: Shelf, first: int | None
) -> None:
    """Else each look at a reel would begin its tries anew: all addresses of a day end together."""
    await shelf.want(file(1, expires_at=first))
    tried = structs.replace(file(1, expires_at=first), tries=3, next_at=T0 + 60, reason="busy")
    await shelf.wanted.put(tried)
    for expires_at in {T0 + 8, T0 + 9, first}:
        other = structs.replace(file(1, expires_at=expires_at), url=f"{CDN}/other.jpg")
        await shelf.want(other, seen_at=T0 + 1)
        assert [tried] == await shelf.list()


async def test_of_addresses_without_an_end_another_one_replaces_where_it_was_given_up(
    shelf: Shelf,
) -> None:
    """Those of the operator's own hosts: the same one again is no news."""
    first = file(1, expires_at=None)
    await shelf.want(first)
    given_up = structs.replace(first, tries=1, reason="gone", is_given_up=True)
    await shelf.wanted.put(given_up)
    await shelf.want(first, seen_at=T0 + 1)
    assert [given_up] == await shelf.list()
    other = structs.replace(first, url=f"{CDN}/other.jpg")
    await shelf.want(other, seen_at=T0 + 2)
    assert [other] == await shelf.list()


async def test_what_became_of_an_older_address_is_no_longer_told(shelf: Shelf) -> None:
    await shelf.want(file(1))
    newer = file(1, expires_at=T0 + 99)
    await shelf.want(newer)
    await shelf.wanted.put(structs.replace(file(1), tries=1, reason="gone", is_given_up=True))
    assert [newer] == await shelf.list()


async def test_what_is_kept_is_no_longer_wanted(shelf: Shelf) -> None:
    """Neither now nor when it is seen again; what was tried meanwhile does not bring it back."""
    files = [file(1), file(1, "video"), file(1, "image", "640x1136"), file(2)]
    await shelf.want(*files)
    await shelf.archive.keep_file(kept(1))
    for expires_at in (T0 + 9, T0 + 99):
        await shelf.wanted.put(structs.replace(file(1), tries=1))
        await shelf.want(file(1, expires_at=expires_at), seen_at=expires_at)
        assert sorted(files[1:], key=key) == await shelf.list()


async def test_a_variant_is_kept_by_itself(shelf: Shelf) -> None:
    """Even if its bytes are those of another one."""
    files = [file(1), file(1, "image", "360x640"), file(1, "image", "640x1136")]
    await shelf.want(*files)
    small = kept(1, "image", "360x640")
    await shelf.archive.keep_file(small)
    assert [files[0], files[2]] == await shelf.list()
    whole = structs.replace(small, variant="")
    await shelf.archive.keep_file(whole)
    assert [files[2]] == await shelf.list()
    found = sorted(await shelf.archive.files_of(1), key=lambda each: each.variant)
    assert [whole, small] == found
    another = file(1, "image", "750x1334")
    await shelf.want(*files, another, seen_at=T0 + 1)
    assert [files[2], another] == await shelf.list()


async def test_a_file_that_is_kept_for_a_twin_is_kept(shelf: Shelf) -> None:
    """An export was imported before the story was seen, or while its file was wanted."""
    await shelf.archive.record(make_sighting(made(7)))
    await shelf.archive.keep_file(kept(7))
    await shelf.want(file(1), file(1, "video"))
    assert [file(1, "video")] == await shelf.list()


async def test_a_twin_that_is_found_later_has_kept_it_too(shelf: Shelf) -> None:
    await shelf.want(file(1))
    await shelf.archive.record(make_sighting(made(7)))
    assert [file(1)] == await shelf.list()
    await shelf.archive.keep_file(kept(7))
    assert [] == await shelf.list()


async def test_what_is_kept_counts_from_the_moment_that_two_stories_are_one(shelf: Shelf) -> None:
    other = make_seen(make_story(8, T0 + 5))
    await shelf.archive.record(make_sighting(structs.replace(made(7), raw=b"[]"), other))
    await shelf.archive.keep_file(kept(7))
    await shelf.archive.record(make_sighting(make_story(1), make_story(2)), [file(1), file(2)])
    assert [file(1), file(2)] == await shelf.list()  # two of one second: it may be either
    await shelf.archive.keep_file(kept(2))  # the same bytes: it is this one
    assert [file(1)] == await shelf.list()


async def test_it_counts_too_once_an_account_is_known_by_its_name(shelf: Shelf) -> None:
    named, nameless = make_user(make_user_pk("acme"), "acme"), make_user(username=None)
    await shelf.archive.record(make_sighting(made(7), user=named))
    await shelf.archive.keep_file(kept(7))
    await shelf.archive.record(make_sighting(make_story(1), user=nameless), [file(1)])
    assert [file(1)] == await shelf.list()
    await shelf.archive.record(make_sighting(seen_at=T0 + 1))
    assert [] == await shelf.list()


def key(wanted: Wanted) -> tuple[int, Kind, str]:
    return wanted.story_pk, wanted.kind, wanted.variant


async def test_what_was_queued_outlasts_the_process(tmp_path: Path) -> None:
    async with open_database(tmp_path / "archive.db", "archive") as database:
        await SqlArchive(database).record(make_sighting(make_story(1)), [file(1)])
    async with open_database(tmp_path / "archive.db", "archive") as database:
        assert [file(1)] == [*await SqlWantedFiles(database).list()]
        assert await SqlArchive(database).story(1) is not None


async def test_what_cannot_be_queued_leaves_the_sighting_out_too(tmp_path: Path) -> None:
    impossible = structs.replace(file(1), url=None)
    async with open_database(tmp_path / "archive.db", "archive") as database:
        archive = SqlArchive(database)
        with pytest.raises(StorageError):
            await archive.record(make_sighting(make_story(1)), [impossible])
        assert await archive.story(1) is None
        assert await archive.account("acme") is None

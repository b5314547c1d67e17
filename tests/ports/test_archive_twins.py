"""One story from several imports is one story, whatever came first."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from storykeep.core.ids import make_story_pk, make_user_pk
from storykeep.core.media import KeptFile, MediaFile
from storykeep.core.model import decode_story
from storykeep.core.ports import Account, Archive
from storykeep.core.sighting import DAY, Provenance, SeenStory, Sighting
from storykeep.storage.archive import SqlArchive
from storykeep.testing import MemoryArchive
from tests.making import ACME, HOUR, RIVAL, T0, make_seen, make_sighting, make_story, make_user
from tests.ports.adapters import open_database, pks
from tests.ports.drawn_imports import ACCOUNTS, MADE, NAMES, REAL, TIMES, Import, drawn_imports

slowly = settings(max_examples=60)

NAMED = make_user_pk("acme")
BY_NAME = make_user(NAMED, "acme", is_private=None)
PHOTO, OTHER = MediaFile("aa" * 32, "image/jpeg", 5), MediaFile("bb" * 32, "image/jpeg", 6)


def exported(file: str, taken_at: int = T0) -> SeenStory:
    story = make_story(make_story_pk(taken_at, "acme", file), taken_at, BY_NAME, thumbnail_url=None)
    return structs.replace(make_seen(story, dialect="export"), is_made=True)


def export(*stories: SeenStory) -> Sighting:
    return make_sighting(*stories, user=BY_NAME, source="export", envelope=None)


async def keep(archive: Archive, pk: int, file: MediaFile) -> None:
    await archive.keep_file(KeptFile(pk, "image", file, f"{pk}.jpg"))


async def wire_of(archive: Archive, pk: int) -> bytes:
    story = await archive.story(pk)
    assert story is not None
    return story.wire


# ---------------------------------------------------------------------------------------- accounts


async def test_an_account_known_by_name_only_is_served(archive: Archive) -> None:
    """Under a pk that was made of the name."""
    seen = exported("a")
    await archive.record(export(seen))
    account = Account(NAMED, "acme", is_private=False)
    assert account == await archive.account("acme")
    assert [seen.pk] == await pks(archive, T0, NAMED)


async def test_it_becomes_the_account_that_has_the_name(archive: Archive) -> None:
    """Its stories are that account's then; the made number leads there too."""
    seen = exported("a")
    await archive.record(export(seen))
    await archive.record(make_sighting(user=make_user(is_private=True)))
    story = await archive.story(seen.pk)
    assert story is not None
    assert Account(ACME, "acme", is_private=True) == story.account == await archive.account("acme")
    served = decode_story(story.wire)
    assert (f"{seen.pk}_{ACME}", str(ACME)) == (served.id, served.user.pk)
    assert [[seen.pk]] * 2 == [await pks(archive, T0, pk) for pk in (ACME, NAMED)]
    assert await archive.is_seen(ACME, not_by="test")


async def test_of_two_who_had_the_name_it_is_neither(archive: Archive) -> None:
    """And as private as the more private of them."""
    seen = exported("a")
    await archive.record(make_sighting())
    await archive.record(export(seen))
    assert [seen.pk] == await pks(archive, T0, ACME)
    await archive.record(make_sighting(user=make_user(RIVAL, "acme", is_private=True)))
    story = await archive.story(seen.pk)
    assert story is not None
    assert Account(NAMED, "acme", is_private=True) == story.account
    assert [[], []] == [await pks(archive, T0, pk) for pk in (ACME, RIVAL)]
    assert RIVAL == (await archive.account("acme") or story.account).pk


async def test_who_is_known_by_number_takes_a_story_from_who_is_known_by_name(
    archive: Archive,
) -> None:
    """A folder may have any name; when all its stories are another's, nobody has that name."""
    owner = make_user(make_user_pk("holiday"), "holiday", is_private=None)
    bare = make_seen(make_story(1, T0 - 5, owner, thumbnail_url=None), dialect="file")
    await archive.record(make_sighting(bare, user=owner, envelope=None))
    assert await archive.account("holiday") is not None
    await archive.record(make_sighting(make_story(1)))
    assert None is await archive.account("holiday")
    assert None is await archive.reel(make_user_pk("holiday"), T0)
    alone = MemoryArchive()
    await alone.record(make_sighting(make_story(1)))
    assert await alone.story(1) == await archive.story(1)


# ------------------------------------------------------------------------------------------- twins


async def test_of_one_second_by_itself_they_are_one(archive: Archive) -> None:
    """Lists show it once; by either pk it is the same, and so are its files."""
    seen = exported("a")
    await archive.record(export(seen))
    await keep(archive, seen.pk, OTHER)
    await archive.record(make_sighting(make_story(1)))
    await keep(archive, 1, PHOTO)
    assert [1] == await pks(archive, T0)
    assert await archive.story(1) == await archive.story(seen.pk)
    for pk in (1, seen.pk):
        assert {PHOTO, OTHER} == {kept.file for kept in await archive.files_of(pk)}
    found = await archive.files_of_stories([seen.pk, 1])
    assert {1, seen.pk} == set(found)
    assert [{PHOTO, OTHER}] * 2 == [{kept.file for kept in files} for files in found.values()]


async def test_what_is_captured_of_a_twin_later_is_told_of_the_story(archive: Archive) -> None:
    """Of an export that comes a second time and knows more."""
    seen = exported("a")
    await archive.record(export(seen))
    await archive.record(make_sighting(make_story(1, video_duration=None)))
    more = structs.replace(seen, story=structs.replace(seen.story, video_duration=5.0), raw=b"{}")
    await archive.record(structs.replace(export(more), seen_at=T0 + 5))
    story = await archive.story(1)
    assert story is not None
    assert 5.0 == decode_story(story.wire).video_duration
    assert Provenance("archive", T0 + 5, "archived") == story.provenance


async def test_two_of_one_second_are_told_by_their_media(archive: Archive) -> None:
    """Until then they are apart; what is left over by itself needs no file."""
    ours = exported("a"), exported("b")
    await archive.record(make_sighting(make_story(1), make_story(2)))
    await archive.record(export(*ours))
    assert 4 == len(await pks(archive, T0))
    await keep(archive, ours[0].pk, PHOTO)
    assert 4 == len(await pks(archive, T0))
    await keep(archive, 2, PHOTO)
    assert [1, 2] == await pks(archive, T0)
    assert await wire_of(archive, 2) == await wire_of(archive, ours[0].pk)
    assert await wire_of(archive, 1) == await wire_of(archive, ours[1].pk)


async def test_a_third_that_comes_later_puts_them_apart(archive: Archive) -> None:
    """What was the only one of its second may turn out not to be."""
    seen = exported("a")
    await archive.record(export(seen))
    await archive.record(make_sighting(make_story(1)))
    assert [1] == await pks(archive, T0)
    await archive.record(make_sighting(make_story(2)))
    assert {1, 2, seen.pk} == {*await pks(archive, T0)}


async def test_media_tell_across_a_few_hours(archive: Archive) -> None:
    """A format may have the moment of the upload, or of another clock."""
    seen = exported("a", T0 + 2 * HOUR)
    await archive.record(export(seen))
    await archive.record(make_sighting(make_story(1)))
    for pk in (1, seen.pk):
        await keep(archive, pk, PHOTO)
    assert [1] == await pks(archive, T0 + 3 * HOUR)
    assert [] == await pks(archive, T0 + DAY)


async def test_a_picture_that_was_posted_twice_is_two_stories(archive: Archive) -> None:
    """Each second finds its own, and nobody else's."""
    ours = exported("a"), exported("b", T0 + HOUR)
    await archive.record(export(*ours))
    await archive.record(make_sighting(make_story(1)))
    for pk in (1, ours[0].pk, ours[1].pk):
        await keep(archive, pk, PHOTO)
    assert [1, ours[1].pk] == await pks(archive, T0 + HOUR)


async def test_a_real_pk_is_never_a_twin(archive: Archive) -> None:
    """The same picture twice within a second, captured: two stories."""
    await archive.record(make_sighting(make_story(1), make_story(2)))
    for pk in (1, 2):
        await keep(archive, pk, PHOTO)
    assert [1, 2] == await pks(archive, T0)


async def test_two_exports_that_name_a_file_differently(archive: Archive) -> None:
    ours = sorted((exported("a"), exported("b")), key=lambda seen: seen.pk)
    await archive.record(export(*ours))
    for seen in ours:
        await keep(archive, seen.pk, PHOTO)
    assert [ours[0].pk] == await pks(archive, T0, NAMED)


async def test_what_a_twin_knows_is_not_lost(archive: Archive) -> None:
    seen = exported("a")
    await archive.record(
        make_sighting(make_story(1, user=make_user(username=None), media_type=None))
    )
    await archive.record(make_sighting())
    await archive.record(export(seen))
    served = decode_story(await wire_of(archive, 1))
    assert (1, "acme", str(ACME)) == (served.media_type, served.user.username, served.user.pk)


# ---------------------------------------------------------------------------------- random histories


async def everything_of(archive: Archive) -> dict[object, Any]:
    """All that is served of this small world."""

    async def files(pk: int) -> list[tuple[object, ...]]:
        return sorted((kept.file.sha256, kept.name) for kept in await archive.files_of(pk))

    return {
        **{("account", name): await archive.account(name) for name in NAMES},
        **{("story", pk): await archive.story(pk) for pk in (*REAL, *MADE)},
        **{("files", pk): await files(pk) for pk in (*REAL, *MADE)},
        **{("reel", pk, at): await archive.reel(pk, at) for pk in ACCOUNTS for at in TIMES},
        **{("seen", pk): await archive.is_seen(pk, not_by="demo") for pk in ACCOUNTS},
    }


@asynccontextmanager
async def sql_archive() -> AsyncIterator[Archive]:
    with TemporaryDirectory(prefix="storykeep-") as folder:
        async with open_database(Path(folder) / "archive.db", "archive") as database:
            yield SqlArchive(database)


async def feed(archive: Archive, history: Sequence[Import]) -> dict[object, Any]:
    for sighting, files in history:
        await archive.record(sighting)
        for file in files:
            await archive.keep_file(file)
    return await everything_of(archive)


@slowly
@given(st.lists(drawn_imports(), min_size=2, max_size=6), st.data())
async def test_the_order_of_imports_does_not_show(
    history: Sequence[Import], data: st.DataObject
) -> None:
    """Nor that some were imported twice; and SQL answers as the fake does."""
    order = data.draw(st.permutations([*history, *history[:2]]))
    expected = await feed(MemoryArchive(), history)
    assert expected == await feed(MemoryArchive(), order)
    async with sql_archive() as archive:
        assert expected == await feed(archive, order)

"""Erasing: the archive is left as if what is erased had never been seen."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from msgspec import json, structs

from storykeep.core.erasure import Erasure, Wish
from storykeep.core.errors import InvalidValue
from storykeep.core.extract import read_capture
from storykeep.core.ids import make_user_pk
from storykeep.core.media import KeptFile, MediaFile
from storykeep.core.mentions import MASK, Scope, word_of_name, word_of_story, word_of_user
from storykeep.core.model import StoryMention, UserShort
from storykeep.core.ports import Recorded
from storykeep.core.sighting import SeenFile, SeenHighlight, SeenStory, Sighting
from storykeep.core.zstd import decompress
from storykeep.service.erase import erase
from storykeep.storage.archive import SqlArchive
from storykeep.storage.erase import STEP, SqlEraser
from storykeep.storage.origins import SqlOrigins
from storykeep.storage.sqlite import SqliteDatabase
from storykeep.testing import MemoryArchive, MemoryMedia
from tests.making import (
    ACME,
    RIVAL,
    T0,
    make_profile,
    make_seen,
    make_sighting,
    make_story,
    make_user,
)
from tests.payloads.loading import CAPTURES, payload
from tests.ports.adapters import open_database
from tests.ports.drawn import drawn_sightings
from tests.ports.test_archive_properties import everything_of
from tests.ports.test_archive_tombstones import mentioning

JPEG = bytes.fromhex("ffd8ffe000104a46494600010100000100010000ffd9")
RIVALS = make_user(RIVAL, "rival")
PK = 3776832898280228145
ACCOUNT: dict[str, Scope] = {word_of_user(ACME): "account"}
TABLES = (
    "account", "username", "sighting", "story", "sighted_story", "payload", "file_name",
    "kept_file", "wanted_file", "doomed_file", "profile", "highlight", "highlight_story",
)  # fmt: skip


class House:
    """An archive with what erases in it, and the files."""

    def __init__(self, database: SqliteDatabase) -> None:
        self.database = database
        self.archive = SqlArchive(database)
        self.eraser = SqlEraser(database)
        self.store = MemoryMedia()

    async def erase(self, wish: Wish, *, is_dry_run: bool = False) -> Erasure:
        erasing = await self.eraser.plan(wish)
        return await erase(erasing, self.eraser, self.store, is_dry_run=is_dry_run)

    async def keep(self, pk: int, content: bytes = JPEG, name: str = "a.jpg") -> MediaFile:
        file = self.store.save([content])
        await self.archive.keep_file(KeptFile(pk, "image", file, name))
        return file

    async def dump(self, *, ids: bool = False) -> dict[str, list[Any]]:
        """All rows; the ids of sightings count from where they like."""

        def work(db: Any) -> dict[str, list[Any]]:
            found = {}
            for table in TABLES:
                columns = [row[1] for row in db.raw.execute(f"PRAGMA table_info({table})")]
                found_rows = db.raw.execute(f"SELECT * FROM {table}").fetchall()
                rows = [dict(zip(columns, row, strict=True)) for row in found_rows]
                for row in [] if ids else rows:
                    row.pop("id", None)
                    row.pop("sighting_id", None)
                found[table] = sorted(rows, key=repr)
            return found

        await asyncio.sleep(0)
        return await self.database.read(work)

    async def bodies(self) -> bytes:
        """All that is kept, also what is kept compressed."""
        rows = [row for table in (await self.dump()).values() for row in table]
        values = [value for row in rows for value in row.values() if value is not None]
        packed = [value for value in values if isinstance(value, bytes)]
        opened = [decompress(each) for each in packed if each.startswith(b"\x28\xb5\x2f\xfd")]
        return b"\n".join([*opened, *packed, str(values).encode()]).lower()


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with open_database(tmp_path / "archive.db", "archive") as database:
        yield House(database)


async def test_an_account_goes_with_all_that_it_has(house: House) -> None:
    before = await house.dump()
    story = make_seen(make_story(1), files=(SeenFile("image", "a_n.jpg"),))
    await house.archive.record(make_sighting(story, make_story(2)))
    await house.archive.record(make_sighting(user=make_user(username="acme_old"), seen_at=T0 - 9))
    file = await house.keep(1)
    expected = Erasure(
        stories=2, captures=2, sightings=2, usernames=2, file_names=1, files=1, bytes=len(JPEG)
    )
    done = await house.erase(ACCOUNT)
    done.done = 0
    assert expected == done
    assert before == await house.dump()
    assert [] == [each async for each in house.store.walk()]
    assert file.size == len(JPEG)


async def test_others_stay_byte_for_byte(house: House, tmp_path: Path) -> None:
    """As if the erased account had never been seen."""
    theirs = [
        make_sighting(make_story(3, user=RIVALS), user=RIVALS, seen_at=T0 + shift)
        for shift in range(3)
    ]
    async with open_database(tmp_path / "other.db", "archive") as database:
        other = House(database)
        for sighting in theirs:
            await other.archive.record(sighting)
            await house.archive.record(sighting)
            await house.archive.record(make_sighting(make_story(1), seen_at=sighting.seen_at))
        await house.erase(ACCOUNT)
        assert await other.dump() == await house.dump()


async def test_a_file_that_another_story_has_too_stays(house: House) -> None:
    await house.archive.record(make_sighting(make_story(1), make_story(2)))
    await house.archive.record(make_sighting(make_story(3, user=RIVALS), user=RIVALS))
    shared = await house.keep(1)
    await house.keep(2)
    await house.keep(3)
    own = await house.keep(2, JPEG + b"own")
    done = await house.erase(ACCOUNT)
    assert (1, own.size, 1) == (done.files, done.bytes, done.shared_files)
    assert [shared] == [each async for each in house.store.walk()]
    assert 1 == len(await house.archive.files_of(3))


async def test_one_story_goes_and_its_account_stays(house: House) -> None:
    await house.archive.record(make_sighting(make_story(1), make_story(2)))
    await house.archive.record(make_sighting(make_story(1), seen_at=T0 + 1))
    done = await house.erase({word_of_story(1): "story"})
    assert (1, 1, 0, 0) == (done.stories, done.captures, done.sightings, done.usernames)
    assert await house.archive.story(1) is None
    assert await house.archive.story(2) is not None
    assert await house.archive.is_erased(story_pk=1)


async def test_a_story_goes_under_all_its_pks(house: House) -> None:
    """Also one that a made pk stood for."""
    made = structs.replace(make_seen(make_story(77)), is_made=True)
    await house.archive.record(make_sighting(make_story(1)))
    await house.archive.record(make_sighting(made, seen_at=T0 + 1))
    twin = await house.archive.story(77)
    assert twin is not None
    assert 1 == twin.pk
    done = await house.erase({word_of_story(77): "story"})
    assert 2 == done.stories
    assert await house.archive.is_erased(story_pk=1)
    assert await house.archive.is_erased(story_pk=77)
    assert (await house.dump())["story"] == []


async def test_a_made_story_that_loses_its_twin_stands_for_itself(house: House) -> None:
    """And may be another's: of two real stories of one second nobody knew which it was."""
    made = structs.replace(make_seen(make_story(77)), is_made=True)
    await house.archive.record(make_sighting(make_story(1), make_story(2), made))
    await house.erase({word_of_story(1): "story"})
    story = await house.archive.story(77)
    assert story is not None
    assert 2 == story.pk


async def test_an_account_goes_with_those_that_its_names_made(house: House) -> None:
    """Also under a name that only its stories tell."""
    for name in ("acme", "acme_before"):
        pk = str(make_user_pk(name))
        user = UserShort(pk=pk, id=pk, username=name)
        await house.archive.record(make_sighting(make_story(1, user=user), user=user))
    await house.archive.record(make_sighting(make_story(1), make_story(2)))
    done = await house.erase(ACCOUNT)
    assert (2, 3) == (done.sightings - 1, done.usernames)
    assert {table: [] for table in TABLES} == await house.dump()
    assert await house.archive.is_erased(username="acme_before")


async def test_a_name_that_another_account_had_too_stays(house: House) -> None:
    """It is their name as well; the account itself is known by its number."""
    heir = make_user(RIVAL, "acme")
    await house.archive.record(make_sighting(make_story(1)))
    await house.archive.record(make_sighting(make_story(3, user=heir), user=heir, seen_at=T0 + 1))
    erasing = await house.eraser.plan(ACCOUNT)
    assert ("acme",) == erasing.shared_names
    await house.erase(ACCOUNT)
    assert not await house.archive.is_erased(username="acme")
    assert await house.archive.story(3) is not None
    assert await house.archive.account("acme") is not None
    assert await house.archive.is_erased(user_pk=ACME)


async def test_a_name_that_several_had_must_be_told_by_number(house: House) -> None:
    await house.archive.record(make_sighting())
    await house.archive.record(make_sighting(user=make_user(RIVAL, "acme")))
    with pytest.raises(InvalidValue, match=f"say which by its pk: {ACME}, {RIVAL}"):
        await house.eraser.plan({word_of_name("acme"): "account"})


async def test_a_name_means_its_account(house: House) -> None:
    await house.archive.record(make_sighting(make_story(1)))
    await house.erase({word_of_name("acme"): "account"})
    assert await house.archive.is_erased(user_pk=ACME)
    assert await house.archive.story(1) is None


async def test_who_was_never_seen_can_be_erased(house: House) -> None:
    await house.archive.record(make_sighting(mentioning(1, RIVALS)))
    done = await house.erase({word_of_user(RIVAL): "account", word_of_name("rival"): "account"})
    assert (0, 1) == (done.stories, done.mentioned_in)
    assert await house.archive.is_erased(user_pk=RIVAL)
    assert b"rival" not in await house.bodies()


# ---------------------------------------------------------------------------------------- mentions


@pytest.mark.parametrize("scope", ["account", "mentions"])
async def test_no_capture_of_others_names_them_afterwards(house: House, scope: Scope) -> None:
    """In items, in what was read from them, in envelopes, in answers, in profiles."""
    who = make_user(RIVAL, "planted.name_7")
    envelope = json.encode({"reel": {"viewers": [{"user": {"pk": RIVAL}}]}})
    user = make_user(full_name="with @planted.name_7")
    await house.archive.record(make_sighting(mentioning(1, who), envelope=envelope, user=user))
    await house.archive.record(make_sighting(make_story(2)))
    assert b"planted" in await house.bodies()
    wish = {word_of_user(RIVAL): scope, word_of_name("planted.name_7"): scope}
    done = await house.erase(wish)
    assert (1, 2) == (done.mentioned_in, done.mentions)
    bodies = await house.bodies()
    assert b"planted" not in bodies
    assert str(RIVAL).encode() not in bodies


async def test_what_an_origin_said_last_names_nobody(house: House) -> None:
    """It may quote another server's words, and its numbers are nobody's."""
    origins = SqlOrigins(house.database, lambda: T0)
    said = "who is planted.name_7? resting until 4400000002"
    await origins.change("hiker", lambda health: structs.replace(health, error=said))
    await origins.change("hiker", lambda health: structs.replace(health, asked_at=float(RIVAL)))
    await house.erase({word_of_name("planted.name_7"): "mentions", word_of_user(RIVAL): "mentions"})
    await asyncio.sleep(0)
    health = await origins.health("hiker")
    assert f"who is {MASK}? resting until {MASK}" == health.error
    assert float(RIVAL) == health.asked_at


@pytest.mark.parametrize("is_before", [False, True])
async def test_it_does_not_matter_which_came_first(
    house: House, is_before: bool, tmp_path: Path
) -> None:
    """A capture or the erasing: what is left is the same, digests too."""
    history = [
        *(each for name in CAPTURES for each in _read(name)),
        make_sighting(mentioning(1, RIVALS, make_user(RIVAL + 1, "friend"))),
    ]
    wish: dict[str, Scope] = {
        word_of_user(304662892): "mentions",
        word_of_name("prada"): "mentions",
        word_of_user(RIVAL): "mentions",
        word_of_name("rival"): "mentions",
        word_of_name("acme_friend"): "mentions",
    }
    async with open_database(tmp_path / "other.db", "archive") as database:
        other = House(database)
        await other.erase(wish)
        for sighting in history:
            await other.archive.record(sighting)
            await house.archive.record(sighting)
        await house.erase(wish)
        if is_before:  # and again, to both
            for sighting in history:
                assert 0 == (await house.archive.record(sighting)).new
                assert 0 == (await other.archive.record(sighting)).new
        assert await other.dump() == await house.dump()


def _read(name: str) -> Sequence[Sighting]:
    return read_capture(payload(name), source="test", seen_at=T0).sightings


async def test_what_is_read_anew_stays_erased(house: House) -> None:
    for name in CAPTURES:
        for sighting in _read(name):
            await house.archive.record(sighting)
    wish: dict[str, Scope] = {
        word_of_user(304662892): "mentions",
        word_of_name("prada"): "mentions",
        word_of_name("acme_friend"): "mentions",
    }
    assert 0 < (await house.erase(wish)).mentioned_in
    before = await house.dump()
    changes = [change async for step in house.archive.reextract() for change in step.changes]
    assert [] == changes
    assert before == await house.dump()


async def test_what_others_highlights_say_is_cut_and_counted(house: House) -> None:
    told = SeenHighlight(pk=7, reel=json.encode({"title": "with @acme", "id": "highlight:7"}))
    look = structs.replace(make_sighting(user=RIVALS), highlights=(told,))
    await house.archive.record(look)
    await house.archive.record(make_sighting(make_story(1)))
    done = await house.erase(ACCOUNT)
    kept = await house.archive.highlight(7)
    assert kept is not None
    assert (1, f"with @{MASK}") == (done.mentions, kept.reel["title"])


@pytest.mark.parametrize("told_by", ["items", "media_ids"])
async def test_a_cover_goes_with_an_erased_story_where_nobody_says_of_which_it_is(
    told_by: str, house: House
) -> None:
    """As it does when the highlight is seen after the erasing."""
    cover = {"media_id": None, "cropped_image_version": {"url": "https://x.fbcdn.net/1.jpg"}}
    ids = [PK] if told_by == "media_ids" else []
    reel = {"id": "highlight:7", "media_count": 2, "media_ids": ids, "cover_media": cover}
    items = (PK, 2) if told_by == "items" else (2,)
    look = structs.replace(
        make_sighting(make_story(PK), make_story(2)),
        highlights=(SeenHighlight(pk=7, reel=json.encode(reel), items=items, is_whole=True),),
    )
    await house.archive.record(look)
    wish: dict[str, Scope] = {word_of_story(PK): "story"}
    dry, done = await house.erase(wish, is_dry_run=True), await house.erase(wish)
    assert structs.replace(dry, done=0) == structs.replace(done, done=0)
    kept = await house.archive.highlight(7)
    expected = reel | {"media_count": 1, "media_ids": [], "cover_media": None}
    assert kept is not None
    assert expected | {"latest_reel_media": kept.reel["latest_reel_media"]} == kept.reel
    before = await house.dump()
    await house.archive.record(look)
    assert before["highlight"] == (await house.dump())["highlight"]


@settings(max_examples=60)
@given(st.lists(drawn_sightings(is_owner_fixed=True), max_size=6), st.data())
async def test_the_archive_is_left_as_if_it_had_been_told_before(
    sightings: Sequence[Sighting], data: st.DataObject
) -> None:
    """The fake, which has the tombstones from the first, answers as SQL does after the erasing.

    Of two profiles of one moment the one is kept whose bytes, cut or not, have the greater digest.
    """
    profiles = {(s.user_pk, s.seen_at, s.profile) for s in sightings if s.profile is not None}
    assume(len(profiles) == len({each[:2] for each in profiles}))
    who = data.draw(st.sampled_from([ACME, RIVAL]))
    extra = make_sighting(mentioning(9, make_user(), RIVALS), user=make_user(5, "third"))
    fake = MemoryArchive()
    with TemporaryDirectory(prefix="storykeep-") as folder:
        async with open_database(Path(folder) / "archive.db", "archive") as database:
            house = House(database)
            for sighting in [*sightings, extra]:
                await house.archive.record(sighting)
            erasing = await house.eraser.plan({word_of_user(who): "account"})
            fake.erased |= erasing.words
            for sighting in [*sightings, extra]:
                await fake.record(sighting)
            await erase(erasing, house.eraser, house.store)
            assert await everything_of(fake) == await everything_of(house.archive)
            assert await fake.story(9) == await house.archive.story(9)


# ------------------------------------------------------------------- dry runs, crashes, tombstones


async def fill(house: House, stories: int = STEP * 2 + 5) -> None:
    """Record more than one step can take."""
    seen: list[SeenStory] = [make_seen(make_story(pk)) for pk in range(1, stories + 1)]
    await house.archive.record(make_sighting(*seen))
    others = [mentioning(1000 + pk, make_user(), user=RIVALS) for pk in range(4)]
    await house.archive.record(make_sighting(*others, make_story(2000, user=RIVALS), user=RIVALS))
    for pk in (1, STEP + 1, 1000):
        await house.keep(pk)
    for pk in (2, STEP + 2):
        await house.keep(pk, JPEG + b"both")


async def test_a_dry_run_tells_the_same_and_changes_nothing(house: House) -> None:
    await fill(house)
    before = await house.dump(ids=True)
    told = await house.erase(ACCOUNT, is_dry_run=True)
    assert before == await house.dump(ids=True)
    assert not await house.archive.is_erased(user_pk=ACME)
    assert 2 == len([each async for each in house.store.walk()])
    done = await house.erase(ACCOUNT)
    told.done = done.done  # what is gone is not looked at again
    assert told == done
    assert (STEP * 2 + 5, 4, 1, 1) == (
        told.stories, told.mentioned_in, told.files, told.shared_files,
    )  # fmt: skip


async def test_what_was_interrupted_is_finished_by_another_run(house: House) -> None:
    """After each of its steps, and with other words."""
    await fill(house)
    left = -1
    for taken in range(1, 30):
        erasing = await house.eraser.plan(ACCOUNT if taken % 2 else {word_of_story(5555): "story"})
        await house.eraser.condemn(erasing)
        steps = house.eraser.erase(erasing)
        for _ in range(taken):
            if await anext(steps, None) is None:
                left = taken
                break
        assert await house.archive.is_erased(user_pk=ACME, username="acme")
        if left > 0:
            break
    assert 0 < left
    await house.erase({word_of_story(5555): "story"})
    bodies = await house.bodies()
    assert b"acme" not in bodies
    assert str(ACME).encode() not in bodies
    assert 1 == len([each async for each in house.store.walk()])
    assert (await house.dump())["doomed_file"] == []


async def test_what_is_recorded_meanwhile_is_refused(house: House) -> None:
    await fill(house)
    erasing = await house.eraser.plan(ACCOUNT)
    await house.eraser.condemn(erasing)
    number = 5000
    async for _ in house.eraser.erase(erasing):
        number += 1
        assert 0 == (await house.archive.record(make_sighting(make_story(number)))).new
        late = make_sighting(mentioning(number, make_user(), user=RIVALS), user=RIVALS)
        assert 1 == (await house.archive.record(late)).new
    bodies = await house.bodies()
    assert b"acme" not in bodies
    assert str(ACME).encode() not in bodies


async def test_a_lifted_tombstone_lets_all_of_it_come_again(house: House, tmp_path: Path) -> None:
    await fill(house)
    history = [make_sighting(make_story(1)), make_sighting(mentioning(1, make_user()), user=RIVALS)]
    async with open_database(tmp_path / "other.db", "archive") as database:
        other = House(database)
        await fill(other)
        await house.erase(ACCOUNT)
        assert 0 == await house.eraser.lift({word_of_user(RIVAL): "account"})
        assert 0 < await house.eraser.lift(ACCOUNT)
        assert not await house.archive.is_erased(user_pk=ACME, username="acme", story_pk=1)
        await fill(house)
        kept = [(await each.archive.story(pk)) for each in (house, other) for pk in (1, 1003)]
        assert kept[:2] == kept[2:]
    assert 2 == len(history)


async def test_a_lifted_tombstone_is_lifted_alone(house: House) -> None:
    await house.erase(ACCOUNT)
    await house.erase({word_of_story(1): "story"})
    await house.eraser.lift(ACCOUNT)
    assert await house.archive.is_erased(story_pk=1)
    assert not await house.archive.is_erased(user_pk=ACME)


async def test_who_was_not_to_be_mentioned_can_be_erased_whole(house: House) -> None:
    """And asking for less afterwards brings nothing back."""
    await house.erase({word_of_user(ACME): "mentions"})
    await house.erase(ACCOUNT)
    await house.erase({word_of_user(ACME): "mentions"})
    assert await house.archive.is_erased(user_pk=ACME)
    assert 0 == (await house.archive.record(make_sighting(make_story(1)))).new


async def test_a_tombstone_holds_neither_number_nor_name(house: House) -> None:
    """Nor does another archive make the same of them."""
    await house.archive.record(make_sighting(make_story(123456789)))
    await house.erase(ACCOUNT)

    def digests(db: Any) -> list[Any]:
        return db.raw.execute("SELECT digest FROM tombstone").fetchall()  # type: ignore[no-any-return]

    await asyncio.sleep(0)
    found = await house.database.read(digests)
    assert 3 == len(found)  # the account's, its name's, its story's
    assert {32} == {len(digest) for (digest,) in found}


def test_mentioning_mentions() -> None:
    """Else the tests above would show nothing."""
    seen = mentioning(1, RIVALS)
    assert [StoryMention(user=RIVALS, x=0.5)] == seen.story.mentions
    assert b"rival" in seen.raw
    assert Recorded(1, 0) != Recorded(0, 1)


async def test_a_profile_goes_with_its_account_and_loses_mentions_of_others(house: House) -> None:
    own = make_profile(biography="@rival's friend")
    theirs = make_profile(RIVALS, biography="of @acme", pinned=[{"pk": ACME, "username": "acme"}])
    await house.archive.record(make_sighting(profile=own))
    await house.archive.record(make_sighting(user=RIVALS, profile=theirs))
    before = await house.dump()
    dry = await house.erase(ACCOUNT, is_dry_run=True)
    assert before == await house.dump()
    assert dry == await house.erase(ACCOUNT)
    assert await house.archive.profile(ACME) is None
    profile = await house.archive.profile(RIVAL)
    assert profile is not None
    assert make_profile(RIVALS, biography=f"of @{MASK}", pinned=[]) == profile.raw
    assert b"acme" not in await house.bodies()

"""An archive of an older version is one of today once it was opened."""

from pathlib import Path

import apsw

from storykeep.core.links import CdnFile
from storykeep.core.media import KeptFile, MediaFile, Wanted
from storykeep.core.ports import AccessKey
from storykeep.core.signing import MediaForm
from storykeep.storage.archive import SqlArchive
from storykeep.storage.database import read_schema
from storykeep.storage.keyring import SqlKeyring
from storykeep.storage.sqlite import SqliteDatabase
from storykeep.storage.wanted import SqlWantedFiles
from tests.making import T0, make_profile, make_sighting, make_story
from tests.ports.adapters import open_database, pks

OLD_STORY = """
INSERT INTO account (pk, username, is_private, seen_at) VALUES (4400000001, 'acme', 0, 1);
INSERT INTO username VALUES ('acme', 4400000001, 1, 1);
INSERT INTO story (pk, account_pk, taken_at, expiring_at, is_close_friends, wire)
VALUES (1, 4400000001, 1800000000, 1800086400, 0, x'7b22706b223a2231227d');
"""


async def test_what_was_kept_before_is_still_served(tmp_path: Path) -> None:
    """And what is recorded from now on stands beside it."""
    old = apsw.Connection(str(tmp_path / "archive.db"))
    old.execute(read_schema("archive")[0])
    old.execute(OLD_STORY)
    old.execute("PRAGMA user_version = 1")
    old.close()
    database = SqliteDatabase(tmp_path / "archive.db", "archive", synchronous="OFF")
    archive = SqlArchive(database)
    try:
        story = await archive.story(1)
        assert story is not None
        assert b'{"pk":"1"}' == story.wire
        await archive.record(make_sighting(make_story(2)))
        reel = await archive.reel(4400000001, T0)
        assert reel is not None
        assert 2 == len(reel.stories)
    finally:
        database.close()


async def test_a_key_from_before_answers_as_before(tmp_path: Path) -> None:
    """With the CDN's addresses; and it may be told otherwise."""
    old = apsw.Connection(str(tmp_path / "ledger.db"))
    old.execute(read_schema("ledger")[0])
    old.execute(
        "INSERT INTO access_key (name, prefix, digest, rate, balance, created_at)"
        " VALUES ('old', 'keep_1234567', x'31', 15.0, 7, 1)"
    )
    old.execute("PRAGMA user_version = 1")
    old.close()
    database = SqliteDatabase(tmp_path / "ledger.db", "ledger", synchronous="OFF")
    try:
        keyring = SqlKeyring(database)
        forms: tuple[MediaForm, ...] = ("cdn", "stable")
        for media in forms:
            key = AccessKey(1, "old", "keep_1234567", 15.0, 7, 1, media=media)
            assert key == await keyring.find(b"1")
            await keyring.set_media(1, "stable")
    finally:
        database.close()


async def test_it_is_upgraded_once(tmp_path: Path) -> None:
    for _ in range(2):
        database = SqliteDatabase(tmp_path / "archive.db", "archive", synchronous="OFF")
        await SqlArchive(database).record(make_sighting(make_story(1)))
        assert [1] == await pks(SqlArchive(database), T0)
        database.close()


OLD_FILES = """
INSERT INTO kept_file VALUES (1, 'image', 'ab', 'image/jpeg', 3, '1.jpg');
INSERT INTO kept_file VALUES (1, 'video', 'cd', 'video/mp4', 4, '1.mp4');
INSERT INTO file_name VALUES ('old_n.jpg', 1, 'image');
"""


async def test_files_that_were_kept_before_variants_are_those_that_are_shown(
    tmp_path: Path,
) -> None:
    """So they are not wanted again, and they are found by a cache key that nobody had noted."""
    old = apsw.Connection(str(tmp_path / "archive.db"))
    for migration in read_schema("archive")[:4]:
        old.execute(migration)
    old.execute(OLD_STORY)
    old.execute(OLD_FILES)
    old.execute("PRAGMA user_version = 4")
    old.close()
    async with open_database(tmp_path / "archive.db", "archive") as database:
        archive, wanted = SqlArchive(database), SqlWantedFiles(database)
        photo = KeptFile(1, "image", MediaFile("ab", "image/jpeg", 3), "1.jpg")
        video = KeptFile(1, "video", MediaFile("cd", "video/mp4", 4), "1.mp4")
        assert [photo, video] == [*await archive.files_of(1)]
        assert [photo] == [*await archive.files_named(CdnFile("old_n.jpg"))]
        assert [photo] == [*await archive.files_named(CdnFile("new_n.jpg", "MQ==.3"))]
        files = [
            Wanted(story_pk=1, kind="image", variant=variant, url="https://a.fbcdn.net/1.jpg")
            for variant in ("", "1x1")
        ]
        await archive.record(make_sighting(make_story(1)), files)
        assert files[1:] == [*await wanted.list()]


async def test_an_account_from_before_profiles_is_told_as_then(tmp_path: Path) -> None:
    """And what its page tells from now on is kept."""
    old = apsw.Connection(str(tmp_path / "archive.db"))
    for migration in read_schema("archive")[:6]:
        old.execute(migration)
    old.execute(OLD_STORY)
    old.execute("PRAGMA user_version = 6")
    old.close()
    async with open_database(tmp_path / "archive.db", "archive") as database:
        archive = SqlArchive(database)
        for raw in (None, make_profile()):
            await archive.record(make_sighting(profile=raw))
            profile = await archive.profile(4400000001)
            assert profile is not None
            assert ("acme", raw) == (profile.user.username, profile.raw)

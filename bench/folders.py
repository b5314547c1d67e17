"""Data folders full of stories, and keys to ask for them with."""

import asyncio
import json
import random
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

from msgspec import Struct

from bench.process import own_environment, python
from bench.stories import DAY, FIRST_ACCOUNT, FIRST_PK, wire_story
from storykeep.app import Shelves, open_shelves
from storykeep.core.media import KeptFile, MediaFile
from storykeep.core.model import encode_story
from storykeep.settings import Settings
from storykeep.storage.database import Connection
from storykeep.storage.sqlite import SqliteDatabase

ACTIVE = 3
"""Stories in each account's reel now."""
UNITS, RATE = 10**12, 1_000_000
"""Enough never to be refused."""
HEAD = bytes.fromhex("000000186674797069736f6d0000020069736f6d69736f32")
"""How an MP4 begins: the media store keeps nothing else than media."""


class Shape(Struct, frozen=True):
    """What an archive is filled with: each account has three active stories and older ones.

    Of those each is a day older than the next.
    """

    accounts: int
    stories_each: int
    bytes_each: int

    @property
    def pks(self) -> range:
        """All stories."""
        return range(FIRST_PK, FIRST_PK + self.accounts * self.stories_each)

    @property
    def account_pks(self) -> range:
        """All accounts."""
        return range(FIRST_ACCOUNT, FIRST_ACCOUNT + self.accounts)


def fill_archive(folder: Path, shape: Shape) -> None:
    """Write the archive with SQL: an import of a million would take minutes."""
    database = SqliteDatabase(folder / "archive.db", "archive")

    def work(db: Connection) -> None:
        now = int(time.time())
        accounts = [(pk, f"account{pk}", "", None, 0, 0, now, now) for pk in shape.account_pks]
        db.run_each("put_account", accounts)
        db.run_each("put_username", [(row[1], row[0], now) for row in accounts])
        db.run_each("put_story", _stories(shape, now))
        db.run_each("see_reel", [(pk, now) for pk in shape.account_pks])

    asyncio.run(database.write(work))
    database.close()


def _stories(shape: Shape, now: int) -> Iterator[tuple[object, ...]]:
    """Yield rows by their time, as pks are: neighbours are of different accounts."""
    story = wire_story(shape.bytes_each)
    wire, old_pk, old_account = encode_story(story), story.pk.encode(), story.user.pk.encode()
    for index, pk in enumerate(shape.pks):
        position, account = divmod(index, shape.accounts)
        later = shape.stories_each - 1 - position
        taken_at = now - 60 * (later + 1) - max(0, later + 1 - ACTIVE) * DAY
        body = wire.replace(old_pk, b"%d" % pk)
        body = body.replace(old_account, b"%d" % (FIRST_ACCOUNT + account))
        yield pk, FIRST_ACCOUNT + account, taken_at, taken_at + DAY, 0, body, 0, now, b""


def write_paths(
    folder: Path, shape: Shape, *, reels_most: int = 500, stories_most: int = 1500
) -> tuple[Path, Path]:
    """Write two files of paths for wrk, in random order: reels, and stories."""
    chosen = random.Random(1)
    reels, stories = folder / "reels.txt", folder / "stories.txt"
    accounts = chosen.sample(shape.account_pks, min(shape.accounts, reels_most))
    pks = chosen.sample(shape.pks, min(len(shape.pks), stories_most))
    reels.write_text("".join(f"/v1/user/stories?user_id={pk}\n" for pk in accounts))
    stories.write_text("".join(f"/v1/story/by/id?id={pk}\n" for pk in pks))
    return reels, stories


def create_key(folder: Path) -> dict[str, str]:
    """Return the headers of a new key of the storykeep in ``folder``."""
    command = [*storykeep(folder), "keys", "create", "--json"]
    made = subprocess.run(
        [*command, "--units", str(UNITS), "--rate", str(RATE)],
        check=True,
        capture_output=True,
        env=own_environment(),
    )
    return {"x-access-key": json.loads(made.stdout)["access_key"]}


def storykeep(folder: Path) -> list[str]:
    """Return our command on ``folder``."""
    return python("-m", "storykeep", "--data", str(folder))


def keep_file(folder: Path, story_pk: int, size: int) -> Path:
    """Give a story of the archive a media file of ``size`` bytes; return where it lies."""
    noise = random.Random(size)

    async def work(shelves: Shelves) -> MediaFile:
        file = shelves.media.save([HEAD, noise.randbytes(size - len(HEAD))])
        await shelves.archive.keep_file(KeptFile(story_pk, "video", file, f"{story_pk}.mp4"))
        return file

    shelves = open_shelves(Settings(data=folder))
    try:
        file = asyncio.run(work(shelves))
    finally:
        shelves.close()
    return next((folder / "media").rglob(f"{file.sha256}*"))

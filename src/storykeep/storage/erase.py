"""Eraser in SQL: short transactions, of which each leaves the archive whole.

Stories go first, then what others' captures say, then sightings and at last the accounts with
their names: by these an erasure that was interrupted is gone on with.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from functools import partial

from storykeep.core.erasure import Erasing, Erasure, Wish
from storykeep.core.media import MediaFile
from storykeep.core.mentions import Scope, is_telling, word_of_story
from storykeep.core.zstd import decompress
from storykeep.storage.cutting import (
    DOCUMENTS,
    cut_accounts,
    cut_document,
    cut_story,
    rename_files,
)
from storykeep.storage.database import Connection, Row, Work, take_step
from storykeep.storage.forget import forget_account, forget_sighting, forget_story
from storykeep.storage.plan import plan
from storykeep.storage.sqlite import SqliteDatabase
from storykeep.storage.tombstones import lay, lift
from storykeep.storage.twins import Second, seconds_of, settle_twins

STEP = 50
"""Stories or sightings of one transaction: whoever else writes waits for no more."""
SCAN = 500
"""Captures that are looked through at once, without holding anybody up."""


class SqlEraser:
    """The eraser port on a database that holds the schema "archive"."""

    def __init__(self, database: SqliteDatabase) -> None:
        self._database = database

    async def plan(self, wish: Wish) -> Erasing:
        """What the wish means here, with what an interrupted erasure left."""
        return await self._database.read(partial(plan, wish))

    async def size(self) -> int:
        """How many captures and sightings there are to look at."""
        return int((await self._database.read(lambda db: db.rows("erasable_size")))[0][0])

    async def condemn(self, erasing: Erasing) -> None:
        """Lay the tombstones."""
        await self._database.write(partial(_condemn, erasing))

    async def erase(self, erasing: Erasing, *, is_dry_run: bool = False) -> AsyncIterator[Erasure]:
        """Take it out, step by step; a dry run undoes each step."""
        take = partial(take_step, self._database, is_dry_run=is_dry_run)
        files: dict[MediaFile, set[int]] = {}
        async for pks in self._stories(erasing):
            for file, pk in await self._database.read(partial(_files_of, pks)):
                files.setdefault(file, set()).add(pk)
            yield await take(partial(_forget_stories, pks, erasing))
        async for step in self._cut_mentions(erasing, take):
            yield step
        for account in sorted(erasing.accounts, reverse=True):  # made ones refer to the other
            async for ids in self._pages("sightings_of_after", account):
                yield await take(partial(_forget_sightings, ids, erasing))
            yield await take(partial(_forget_account, account))
        yield await self._database.read(partial(_count_files, files))

    async def doomed_files(self) -> Sequence[MediaFile]:
        """Files that stories had which are gone, and no story has now."""

        def work(db: Connection) -> list[MediaFile]:
            db.run("spare_shared_files")
            return [MediaFile(*row) for row in db.rows("doomed_files")]

        return await self._database.write(work)

    async def let_go(self, file: MediaFile) -> None:
        """Forget a doomed file."""
        await self._database.write(lambda db: db.run("let_go_of_file", file.sha256))

    async def shred(self) -> None:
        """Write the database anew, so that its files hold nothing but what is kept."""
        await self._database.shred()

    async def lift(self, wish: Wish) -> int:
        """Take tombstones away; return how many."""
        return await self._database.write(partial(lift, wish))

    async def _cut_mentions(
        self, erasing: Erasing, take: Callable[[Work[Erasure]], Awaitable[Erasure]]
    ) -> AsyncIterator[Erasure]:
        """Take those who are erased out of what is kept of others."""
        looked_at: set[int] = set()
        async for count, hits in self._scan("payload", erasing):
            yield Erasure(done=count)
            pks = sorted({row[1] for row in hits} - looked_at)
            looked_at.update(pks)
            for pk in pks:
                yield await take(partial(cut_story, pk, erasing))
        for what in DOCUMENTS:
            async for count, hits in self._scan(what, erasing):
                yield Erasure(done=count)
                for row in hits:
                    yield await take(partial(cut_document, what, row[0], erasing))
        yield await take(partial(cut_accounts, erasing))
        for kind, _, name in (word.partition(":") for word in erasing.words):
            if kind == "name" and is_telling(name):
                rows = await self._read("files_called", name)
                yield await take(partial(rename_files, rows, erasing))

    async def _stories(self, erasing: Erasing) -> AsyncIterator[list[int]]:
        """Go through the stories to forget: first single ones, then whole accounts'."""
        for word, scope in erasing.words.items():
            if scope == "story":
                yield [int(word.partition(":")[2])]
        for account in erasing.accounts:
            async for pks in self._pages("stories_of_after", account):
                yield pks

    async def _pages(self, query: str, account: int) -> AsyncIterator[list[int]]:
        """Go through the numbers that ``query`` finds of an account."""
        after = -1
        while rows := await self._read(query, account, after, STEP):
            after = rows[-1][0]
            yield [row[0] for row in rows]

    async def _scan(self, what: str, erasing: Erasing) -> AsyncIterator[tuple[int, list[Row]]]:
        """Look through what is kept compressed: how much it was, and where the words stand."""
        needles = [word.partition(":")[2].encode() for word in erasing.words]
        after, last = 0, (await self._read(f"last_{what}"))[0][0]  # later ones come cut
        while needles and (rows := await self._read(f"scan_{what}s", after, last, SCAN)):
            after = rows[-1][0]
            yield len(rows), [row for row in rows if _has_any(needles, row[-1])]

    async def _read(self, query: str, *values: int | str) -> list[Row]:
        await asyncio.sleep(0)  # a turn of its own: no snapshot is held for long
        return await self._database.read(lambda db: db.rows(query, *values))


def _has_any(needles: Iterable[bytes], body: bytes) -> bool:
    text = decompress(body).lower()
    return any(needle in text for needle in needles)


def _condemn(erasing: Erasing, db: Connection) -> None:
    db.row("wipe_what_is_deleted")
    lay(erasing.words, db)
    db.run_each("doom_account", [(pk,) for pk in erasing.accounts])


def _forget_stories(pks: list[int], erasing: Erasing, db: Connection) -> Erasure:
    step = Erasure()
    touched: set[Second] = set()
    stories: dict[str, Scope] = {word_of_story(pk): "story" for pk in pks}
    lay({**erasing.words, **stories}, db)
    for pk in pks:
        facts = db.row("story_facts", pk)
        if facts is None:
            continue
        if facts[0] not in erasing.accounts:  # whose stories all go
            touched |= seconds_of(db, pk)
        forget_story(pk, step, db)
    settle_twins(db, touched)
    return step


def _forget_sightings(ids: list[int], erasing: Erasing, db: Connection) -> Erasure:
    touched = [forget_sighting(each, erasing.accounts, db) for each in ids]
    settle_twins(db, set[Second]().union(*touched))
    return Erasure(sightings=len(ids))


def _forget_account(pk: int, db: Connection) -> Erasure:
    names = len(db.rows("usernames_of", pk))
    db.run("check_references_later")  # of a dry run, in which the stories are there still
    forget_account(pk, db)
    return Erasure(usernames=names)


def _files_of(pks: list[int], db: Connection) -> list[tuple[MediaFile, int]]:
    return [(MediaFile(*row), pk) for pk in pks for row in db.rows("kept_files_of", pk)]


def _count_files(files: dict[MediaFile, set[int]], db: Connection) -> Erasure:
    """Count the files of stories that are gone, or would be."""
    step = Erasure()
    for file, gone in files.items():
        if {pk for (pk,) in db.rows("holders_of_file", file.sha256)} - gone:
            step.shared_files += 1
        else:
            step.files += 1
            step.bytes += file.size
    return step

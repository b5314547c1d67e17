"""Eraser in SQL: short transactions, of which each leaves the archive whole.

Stories go first, then what others' captures say, then sightings and at last the accounts with
their names: by these an erasure that was interrupted is gone on with.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from functools import partial

from storykeep.core.erasure import Erasing, Erasure, Wish
from storykeep.core.errors import InvalidValue
from storykeep.core.ids import is_made_user
from storykeep.core.media import MediaFile
from storykeep.core.mentions import Scope, is_telling, word_of_name, word_of_story, word_of_user
from storykeep.core.zstd import decompress
from storykeep.storage.database import Connection, Row, Work, method_of, take_step
from storykeep.storage.forget import (
    DOCUMENTS,
    cut_accounts,
    cut_document,
    cut_highlights,
    cut_story,
    forget_account,
    forget_sighting,
    forget_story,
    rename_files,
)
from storykeep.storage.sqlite import SqliteDatabase
from storykeep.storage.tombstones import lay, lift
from storykeep.storage.twins import Second, find_owner, seconds_of, settle_twins

STEP = 50
"""Stories or sightings of one transaction: whoever else writes waits for no more."""
SCAN = 500
"""Captures that are looked through at once, without holding anybody up."""


def _plan(db: Connection, wish: Wish) -> Erasing:
    """Return what the wish means, with accounts that an interrupted erasure left.

    Raises InvalidValue for a name that several accounts had.
    """
    words: dict[str, Scope] = {}
    accounts = {pk for (pk,) in db.rows("doomed_accounts")}
    persons: dict[int, Scope] = dict.fromkeys(accounts, "account")
    for word, scope in wish.items():
        kind, _, value = word.partition(":")
        words[word] = scope
        if kind == "story":
            words |= {word_of_story(pk): scope for pk, _ in db.rows("story_group", int(value))}
            continue
        pk = int(value) if kind == "user" else _find_named(value, db)
        if pk is not None:
            persons.setdefault(pk if kind == "user" else find_owner(db, pk), scope)
    for pk in [pk for pk, scope in persons.items() if scope == "account"]:
        account = find_owner(db, pk)
        # With those that are it, and are known by a name only.
        twins = db.rows("made_twins_of_account", account) + db.rows("made_claimants", account)
        accounts |= {account, *(twin for (twin,) in twins)}
    persons |= dict.fromkeys(accounts, "account")
    names, shared = _names_of(persons, db)
    words |= {word_of_user(pk): scope for pk, scope in persons.items()}
    words |= {word_of_name(name): scope for name, scope in names.items()}
    for name in shared:
        words.pop(word_of_name(name), None)
    return Erasing(words, frozenset(accounts), tuple(sorted(shared)))


def _find_named(name: str, db: Connection) -> int | None:
    """Return the account of that name.  Raises InvalidValue when several had it."""
    found = [pk for (pk,) in db.rows("accounts_named", name)]
    real = [pk for pk in found if not is_made_user(pk)]
    if len(real) > 1:
        several = ", ".join(map(str, real))
        raise InvalidValue(f"Several accounts had the name {name}: say which by its pk: {several}.")
    return next(iter(real or found), None)


def _names_of(persons: dict[int, Scope], db: Connection) -> tuple[dict[str, Scope], set[str]]:
    """Return the names that were theirs alone, and those that others had too."""
    names: dict[str, Scope] = {}
    shared: set[str] = set()
    for pk, scope in persons.items():
        for (name,) in db.rows("usernames_of", pk):
            holders = {holder for (holder,) in db.rows("accounts_named", name)}
            if any(not is_made_user(holder) for holder in holders - persons.keys()):
                shared.add(name)
            elif names.get(name) != "account":
                names[name] = scope
    return names, shared


def _condemn(db: Connection, erasing: Erasing) -> None:
    """Lay the tombstones."""
    db.row("wipe_what_is_deleted")
    lay(erasing.words, db)
    db.run_each("doom_account", [(pk,) for pk in erasing.accounts])


class SqlEraser:
    """The eraser port on a database that holds the schema "archive"."""

    def __init__(self, database: SqliteDatabase) -> None:
        self._database = database

    plan = method_of(_plan)
    condemn = method_of(_condemn, is_write=True)
    lift = method_of(lift, is_write=True)

    async def size(self) -> int:
        """How many captures and sightings there are to look at."""
        return int((await self._database.read(lambda db: db.rows("erasable_size")))[0][0])

    async def erase(self, erasing: Erasing, *, is_dry_run: bool = False) -> AsyncIterator[Erasure]:
        """Take it out, step by step; a dry run undoes each step."""
        take = partial(take_step, self._database, is_dry_run=is_dry_run)
        files: dict[MediaFile, set[int]] = {}
        async for pks in self._stories(erasing):
            for pk in pks:
                for row in await self._read("kept_files_of", pk):
                    files.setdefault(MediaFile(*row), set()).add(pk)
            yield await take(partial(_forget_stories, pks, erasing))
        async for step in self._cut_mentions(erasing, take):
            yield step
        for account in sorted(erasing.accounts, reverse=True):  # made ones refer to the other
            async for ids in self._pages("sightings_of_after", account):
                yield await take(partial(_forget_sightings, ids, erasing))
            yield await take(partial(forget_account, account))
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

    async def _cut_mentions(
        self, erasing: Erasing, take: Callable[[Work[Erasure]], Awaitable[Erasure]]
    ) -> AsyncIterator[Erasure]:
        """Take those who are erased out of what is kept of others."""
        for what in ("payload", *DOCUMENTS):
            cut = cut_story if what == "payload" else partial(cut_document, what)
            looked_at: set[int] = set()  # a story may have many captures
            async for count, pks in self._scan(what, erasing):
                yield Erasure(done=count)
                for pk in sorted(pks - looked_at):
                    yield await take(partial(cut, pk, erasing))
                looked_at |= pks
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

    async def _scan(self, what: str, erasing: Erasing) -> AsyncIterator[tuple[int, set[int]]]:
        """Look through what is kept compressed: how much it was, and where the words stand.

        The columns are where to go on, what it is of, and the text; the first two may be one.
        """
        needles = [word.partition(":")[2].encode() for word in erasing.words]
        after, last = 0, (await self._read(f"last_{what}"))[0][0]  # later ones come cut
        while needles and (rows := await self._read(f"scan_{what}s", after, last, SCAN)):
            after = rows[-1][0]
            texts = ((row[-2], decompress(row[-1]).lower()) for row in rows)
            yield len(rows), {pk for pk, text in texts if any(each in text for each in needles)}

    async def _read(self, query: str, *values: int | str) -> list[Row]:
        await asyncio.sleep(0)  # a turn of its own: no snapshot is held for long
        return await self._database.read(lambda db: db.rows(query, *values))


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
            cut_highlights(pk, db)
        forget_story(pk, step, db)
    settle_twins(db, touched)
    return step


def _forget_sightings(ids: list[int], erasing: Erasing, db: Connection) -> Erasure:
    touched = [forget_sighting(each, erasing.accounts, db) for each in ids]
    settle_twins(db, set[Second]().union(*touched))
    return Erasure(sightings=len(ids))


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

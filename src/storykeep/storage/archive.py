"""Archive in SQL: what was seen, when, by whom, and the Stories that follow from it."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from functools import partial
from typing import Any

from msgspec import Struct, json

from storykeep.core.copies import AccountCopy, Copied
from storykeep.core.erasure import words_of
from storykeep.core.links import CdnFile
from storykeep.core.media import KeptFile, MediaFile, Wanted
from storykeep.core.mentions import cut_file_name
from storykeep.core.model import UserShort
from storykeep.core.ports import Account, KeptStory, Profile, Recorded, Reel, create_reel
from storykeep.core.sighting import DAY, MAX_LIFETIME, Kind, Provenance, Sighting
from storykeep.core.zstd import decompress
from storykeep.storage.database import Connection, Database, as_struct, method_of
from storykeep.storage.highlights import read_highlight, read_tray
from storykeep.storage.history import read_history
from storykeep.storage.library import Library
from storykeep.storage.reading_out import ReadOut
from storykeep.storage.readings import read_items, read_reel
from storykeep.storage.record import record
from storykeep.storage.reels import ReelCache
from storykeep.storage.reextract import Step, reextract
from storykeep.storage.restore import Renamed, restore_account, restore_sighting
from storykeep.storage.tombstones import admit_to, is_any_gone, look_up
from storykeep.storage.twins import seconds_of, settle_twins


class AccountRecord(Struct, frozen=True, kw_only=True):
    """An account as the operator sees it."""

    pk: int
    username: str | None
    full_name: str | None
    is_private: bool | None
    is_own: bool
    seen_at: int
    stories: int
    """How many are kept."""
    usernames: list[str]
    """All names it was seen with."""


def _keep_file(db: Connection, kept: KeptFile) -> None:
    """Note that the media store has this file of the story."""
    pk, file, name = kept.story_pk, kept.file, kept.name
    if erased := look_up(db):
        name = cut_file_name(name, erased)
    facts = (file.sha256, file.content_type, file.size, name, kept.variant)
    db.run("put_kept_file", pk, kept.kind, *facts)
    if db.changes():  # a file may tell which story another one is
        settle_twins(db, seconds_of(db, pk))
    db.run("drop_kept_wanted", pk)


def _kept_file(row: Sequence[Any]) -> KeptFile:
    story_pk, kind, sha256, content_type, size, name, variant = row
    return KeptFile(story_pk, kind, MediaFile(sha256, content_type, size), name, variant)


def _find_files(db: Connection, file: CdnFile) -> Sequence[KeptFile]:
    """Return the kept files of all stories that this file of the CDN belongs to."""
    for name in file.names:
        if rows := db.rows("files_named", name):
            return [_kept_file(row) for row in rows]
    of_story = db.rows("files_of_stories", f"[{file.story_pk}]") if file.story_pk else []
    return [_kept_file(row[1:]) for row in of_story if row[2] == "image"]


def _find_stories(db: Connection, file: CdnFile) -> Sequence[tuple[int, Kind]]:
    """Return the stories (pk, kind) that this file of the CDN was seen in."""
    for name in file.names:
        if rows := db.rows("stories_named", name):
            return [(pk, kind) for pk, kind in rows]
    pk = file.story_pk
    return [(pk, "image")] if pk and db.row("story_facts", pk) else []


class SqlArchive(ReadOut):
    """The archive port on a database that holds the schema "archive"."""

    def __init__(self, database: Database, *, cache_bytes: int = 0) -> None:
        """``cache_bytes`` bounds the cache of joined reels; 0 switches it off."""
        super().__init__(database)
        self.library = Library(database)
        self._cache = ReelCache(cache_bytes) if cache_bytes else None
        self._renamed: Renamed = {}
        self.heard: Callable[[], None] = lambda: None
        """Called once files were queued here."""

    async def record(self, sighting: Sighting, wanted: Sequence[Wanted] = ()) -> Recorded:
        """Keep the sighting, its account, stories, raw payloads and file names; queue files."""
        recorded = await self._database.write(partial(record, sighting, wanted))
        if wanted:
            self.heard()
        return recorded

    async def is_erased(
        self,
        *,
        user_pk: int | None = None,
        username: str | None = None,
        story_pk: int | None = None,
    ) -> bool:
        """Whether the operator had the account or the story erased."""
        words = words_of(user_pk=user_pk, username=username, story_pk=story_pk)
        return await self._database.read(partial(is_any_gone, words))

    async def admit(self, sighting: Sighting) -> Sighting | None:
        """What of a sighting may be kept and shown."""
        return (await self._database.read(partial(admit_to, sighting))).sighting

    async def account(self, username: str) -> Account | None:
        """Who had that name last."""
        row = await self._database.read(lambda db: db.row("account_by_username", username))
        return Account(row[0], row[1], bool(row[2])) if row else None

    async def profile(self, user_pk: int) -> Profile | None:
        """What was last seen of the account itself; None for an account never seen."""
        row = await self._database.read(lambda db: db.row("profile_by_pk", user_pk))
        if row is None:
            return None
        pk, username, full_name, picture, is_private, is_verified, raw, seen_at = row
        user = UserShort(
            pk=str(pk),
            id=str(pk),
            username=username,
            full_name=full_name or "",
            profile_pic_url=picture or None,
            is_private=None if is_private is None else bool(is_private),
            is_verified=None if is_verified is None else bool(is_verified),
        )
        kept = Provenance("archive", seen_at, "archived")
        return Profile(user, None if raw is None else decompress(raw), kept)

    async def reel(self, user_pk: int, at: int) -> Reel | None:
        """The stories active then, oldest first; None for an account never seen."""
        if self._cache is None:
            return await self._database.read(lambda db: _read_reel(db, user_pk, at, at)[0])
        # The version is read first: a commit in between makes the entry stale, never wrong.
        reel = self._cache.find(user_pk, at, self._database.version())
        if reel is None:
            reel, until = await self._database.read(
                lambda db: _read_reel(db, user_pk, at, at + DAY)
            )
            if reel is not None:
                self._cache.keep(user_pk, at, until, reel)
        return reel

    async def story(self, pk: int) -> KeptStory | None:
        """One story; also a close-friends one, which the caller must not serve."""
        row = await self._database.read(lambda db: db.row("story_by_pk", pk))
        if row is None:
            return None
        found, owner, taken_at, expiring_at, is_hidden, wire, username, is_private, seen_at = row
        account = Account(owner, username, bool(is_private))
        kept = Provenance("archive", seen_at, "archived")
        return KeptStory(found, account, taken_at, expiring_at, bool(is_hidden), wire, kept)

    raw_items = method_of(read_items)
    raw_reel = method_of(read_reel)
    highlights = method_of(read_tray)
    highlight = method_of(read_highlight)
    history = method_of(read_history)
    keep_file = method_of(_keep_file, is_write=True)
    files_named = method_of(_find_files)
    stories_named = method_of(_find_stories)

    async def privacy_told_at(self, user_pk: int) -> int:
        """When it was last told whether the account is private; 0: never."""
        row = await self._database.read(lambda db: db.row("privacy_told_at", user_pk))
        return row[0] if row else 0

    async def is_seen(self, user_pk: int, *, not_by: str) -> bool:
        """Whether a source other than ``not_by`` has seen the account."""
        row = await self._database.read(lambda db: db.row("is_seen_by_others", user_pk, not_by))
        return row is not None

    async def accounts(self) -> Sequence[AccountRecord]:
        """All accounts ever seen, by name."""
        rows = await self._database.read(lambda db: db.rows("accounts"))
        return [as_struct(AccountRecord, (*row, json.decode(names))) for *row, names in rows]

    async def own(self, user_pk: int, *, is_own: bool) -> None:
        """Mark the account as the operator's own: it is served although private."""
        await self._database.write(lambda db: db.run("own_account", user_pk, int(is_own)))

    async def story_count(self, user_pk: int | None = None) -> int:
        """How many stories are kept; of an account, those that are served."""
        query = ("story_count",) if user_pk is None else ("stories_of_account_count", user_pk)
        return int((await self._database.read(lambda db: db.rows(*query)))[0][0])

    def reextract(self, *, is_dry_run: bool = False) -> AsyncIterator[Step]:
        """Read what is kept of all stories anew, step by step; a dry run changes nothing."""
        return reextract(self._database, is_dry_run=is_dry_run)

    async def restore(self, copy: AccountCopy | Copied) -> Recorded:
        """Keep what another archive kept.  Raises InvalidValue for what refers to nothing."""
        if isinstance(copy, Copied):
            return await self._database.write(partial(restore_sighting, copy, self._renamed))
        await self._database.write(partial(restore_account, copy))
        return Recorded(0, 0)

    async def kept_bytes(self) -> int:
        """How many bytes all kept files have; all are looked at, so not on the event loop."""
        rows = await self._database.write(lambda db: db.rows("kept_bytes"))
        return int(rows[0][0])

    async def files_of(self, story_pk: int) -> Sequence[KeptFile]:
        """The kept files of a story, under whichever of its pks."""
        return (await self.files_of_stories([story_pk])).get(story_pk, [])

    async def files_of_stories(self, pks: Sequence[int]) -> Mapping[int, Sequence[KeptFile]]:
        """As ``files_of``, of many stories at once, by the pks that were asked with."""
        wanted = json.encode(pks).decode()
        found: dict[int, list[KeptFile]] = {}
        for pk, *file in await self._database.read(lambda db: db.rows("files_of_stories", wanted)):
            found.setdefault(pk, []).append(_kept_file(file))
        return found

    async def files_with_digest(self, sha256: str) -> Sequence[KeptFile]:
        """The stories that have this file, by their pks."""
        rows = await self._database.read(lambda db: db.rows("files_with_digest", sha256))
        return [_kept_file(row) for row in rows]


def _read_reel(db: Connection, user_pk: int, at: int, horizon: int) -> tuple[Reel | None, int]:
    """Return the reel at ``at``, and until when it stays so if that is before ``horizon``.

    With ``horizon`` beyond ``at`` stories that begin until then are read too, because they
    end the reel's validity.  A story that expires after the upper bound of the range begins
    after the horizon, since none lives longer than MAX_LIFETIME.
    """
    row = db.row("account_by_pk", user_pk)
    if row is None:
        return None, at
    account = Account(row[0], row[1], bool(row[2]))
    stories = db.rows("active_stories", account.pk, at, horizon + MAX_LIFETIME, horizon)
    active = sorted(story for story in stories if story[0] <= at)
    until = min([horizon, *(story[2] if story[0] <= at else story[0] for story in stories)])
    kept = Provenance("archive", row[3], "archived")
    return create_reel(account, [story[3] for story in active], kept), until

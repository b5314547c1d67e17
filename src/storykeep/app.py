"""The composition root: settings in, a running application out."""

import secrets
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from msgspec import Struct

from storykeep.api.asgi import Receive, Scope, Send
from storykeep.api.cors import Cors
from storykeep.api.handlers import create_handlers
from storykeep.api.observe import AccessLog, Metrics, Observer
from storykeep.api.pages import create_pages
from storykeep.api.server import Api, Policy
from storykeep.core.endpoints import CHARGED
from storykeep.core.ports import Clock, StorySource
from storykeep.core.upstream import UNHEARD, Drift, SessionStore, Upstream
from storykeep.service.gate import Gate
from storykeep.service.media import Media
from storykeep.service.stories import Stories
from storykeep.settings import Settings, SettingsError
from storykeep.sources.archive import ArchiveSource
from storykeep.sources.combine import Chain, Coalesced, Fresh
from storykeep.sources.demo import DemoFetcher, DemoSource
from storykeep.sources.instagram import create_instagram
from storykeep.sources.recorded import Recorded
from storykeep.sources.words import BadWordError, Word, read_words
from storykeep.storage.archive import SqlArchive
from storykeep.storage.keyring import SqlKeyring
from storykeep.storage.ledger import SqlLedger
from storykeep.storage.limiter import MemoryLimiter
from storykeep.storage.media import FolderMedia
from storykeep.storage.sqlite import SqliteDatabase

if TYPE_CHECKING:
    from storykeep.sources.instagram.upstream import InstagramUpstream


class Shelves(Struct, frozen=True):
    """What is kept, in two databases and a folder.

    The archive and the ledger are two files, so that a long import never holds up a charge.
    """

    archive: SqlArchive
    keyring: SqlKeyring
    ledger: SqlLedger
    media: FolderMedia
    databases: tuple[SqliteDatabase, SqliteDatabase]

    def close(self) -> None:
        """Finish what was begun, then close."""
        for database in self.databases:
            database.close()


def open_shelves(settings: Settings) -> Shelves:
    """Return the shelves of ``settings.data``; files are made when first used."""
    synchronous = settings.durability.upper()
    archive = SqliteDatabase(settings.data / "archive.db", "archive", synchronous="FULL")
    ledger = SqliteDatabase(settings.data / "ledger.db", "ledger", synchronous=synchronous)
    return Shelves(
        archive=SqlArchive(archive, cache_bytes=settings.reel_cache),
        keyring=SqlKeyring(ledger),
        ledger=SqlLedger(ledger),
        media=FolderMedia(settings.data / "media"),
        databases=(archive, ledger),
    )


def open_sessions(settings: Settings) -> SessionStore:
    """Return the sessions in ``settings.data``."""
    from storykeep.storage.sessions import FolderSessions  # 15 MB that few need

    return FolderSessions(settings.data / "sessions", settings.session_key)


def open_instagram(
    settings: Settings, clock: Clock, session: str = "", drift: Drift = UNHEARD
) -> "InstagramUpstream":
    """Return Instagram by that session, else by the first.  Raises SourceUnavailable."""
    return create_instagram(
        open_sessions(settings),
        clock,
        drift,
        session=session,
        base_url=settings.instagram_url,
        time_limit=settings.source_timeout,
    )


class Composition(NamedTuple):
    """Where stories come from: one source, and the live origins in it by their names."""

    source: StorySource
    upstreams: Mapping[str, Upstream]


UpstreamMaker = Callable[[Word, Settings, Shelves, Clock], Upstream]

UPSTREAMS: Mapping[str, UpstreamMaker] = {
    "instagram": lambda word, settings, _, clock: open_instagram(
        settings, clock, word.take(("session",)).get("session", "")
    ),
}
"""The kinds of live origins, and who makes one of its word."""


def compose(settings: Settings, shelves: Shelves, clock: Clock) -> Composition:
    """Return what ``settings.sources`` composes.  Raises SettingsError.

    Each live origin is ``Coalesced(Recorded(…))``.  Without one the archive is the truth; with
    one it is a cache where it says ``fresh=``, and a fallback elsewhere.
    """
    upstreams: dict[str, Upstream] = {}
    sources: list[StorySource] = []
    try:
        words = read_words(settings.sources)
        is_truth = not any(word.kind in UPSTREAMS for word in words)
        for word in words:
            if word.kind in UPSTREAMS:
                upstream = UPSTREAMS[word.kind](word, settings, shelves, clock)
                upstreams = _with(upstreams, upstream)
                facts_for = settings.facts_fresh
                recorded = Recorded(upstream, shelves.archive, clock, facts_for=facts_for)
                sources.append(Coalesced(recorded))
            else:
                sources.append(_create_own(word, shelves, clock, is_truth=is_truth))
    except BadWordError as error:
        raise SettingsError(f"STORYKEEP_SOURCES: {error}") from error
    return Composition(sources[0] if len(sources) == 1 else Chain(*sources), upstreams)


def _with(upstreams: dict[str, Upstream], upstream: Upstream) -> dict[str, Upstream]:
    if upstream.name in upstreams:
        raise BadWordError(f"{upstream.name} is named twice.")
    return {**upstreams, upstream.name: upstream}


def _create_own(word: Word, shelves: Shelves, clock: Clock, *, is_truth: bool) -> StorySource:
    """Return a source that needs nobody else."""
    if word.kind == "demo" and not word.address:
        word.take(())
        # The demo is no live source: beside it the archive is still the truth.
        return DemoSource(shelves.archive, clock)
    if word.kind != "archive" or word.address:
        known = ", ".join(("archive", "demo", *UPSTREAMS))
        raise BadWordError(f"there is no source {word.kind!r}, only {known}.")
    word.take(("fresh",))
    fresh = word.seconds("fresh")
    if fresh is None or is_truth:
        return ArchiveSource(shelves.archive, clock, is_truth=is_truth)
    return Fresh(shelves.archive, clock, fresh)


def create_services(
    settings: Settings, shelves: Shelves, clock: Clock, source: StorySource | None = None
) -> tuple[Stories, Media]:
    """Return the use cases over ``source``, else over what ``settings.sources`` composes."""
    source = source or compose(settings, shelves, clock).source
    stories = Stories(source)
    fetcher = DemoFetcher() if "demo" in settings.sources.split() else None
    return stories, Media(stories, source, shelves.archive, shelves.media, fetcher)


def create_app(
    settings: Settings,
    shelves: Shelves,
    clock: Clock = time.time,
    source: StorySource | None = None,
) -> "App":
    """Return the ASGI application over ``shelves``.

    ``source`` answers instead of what ``settings.sources`` composes: a program may bring its own.
    """
    stories, media = create_services(settings, shelves, clock, source)
    gate = Gate(shelves.keyring, MemoryLimiter(), shelves.ledger, clock, settings.billing_url)
    metrics = Metrics()
    access_log = AccessLog() if settings.access_log else None
    api = Api(
        handlers=create_handlers(
            stories, media, unit_price=settings.unit_price, currency=settings.currency
        ),
        gate=gate,
        media=media,
        pages=create_pages(_check_of(shelves), metrics if settings.metrics else None),
        policy=Policy(
            charged=CHARGED if settings.charge == "contract" else frozenset(),
            takes_query_key=settings.query_key,
            cors=Cors(settings.cors_origins),
        ),
        observer=Observer(metrics, access_log),
        clock=clock,
        boot_id=secrets.token_hex(8),
    )
    return App(api, shelves, access_log)


class App:
    """The API with its life: whoever serves it tells it when it ends."""

    def __init__(self, api: Api, shelves: Shelves, access_log: AccessLog | None) -> None:
        """The shelves are closed at the end."""
        self.api = api
        self._shelves = shelves
        self._access_log = access_log

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        if scope["type"] == "http":
            await self.api(scope, receive, send)
        else:
            await self._live(receive, send)

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        self._shelves.close()
        if self._access_log is not None:
            self._access_log.flush()
        await send({"type": "lifespan.shutdown.complete"})


def _check_of(shelves: Shelves) -> Callable[[], Any]:
    async def check() -> None:
        """Raise StorageError unless both databases can be read and written."""
        for database in shelves.databases:
            await database.check()

    return check

"""The composition root: settings in, a running application out."""

import secrets
import time
from collections.abc import Callable, Mapping
from typing import Any

from msgspec import Struct

from storykeep.api.asgi import Receive, Scope, Send
from storykeep.api.cors import Cors
from storykeep.api.handlers import create_handlers
from storykeep.api.observe import AccessLog, Metrics, Observer
from storykeep.api.origins import measure_origins
from storykeep.api.pages import create_pages
from storykeep.api.server import Api, Policy
from storykeep.core.endpoints import CHARGED
from storykeep.core.governor import Pace
from storykeep.core.ports import Clock, StorySource
from storykeep.service.gate import Gate
from storykeep.service.media import Media
from storykeep.service.stories import Stories
from storykeep.settings import Settings, SettingsError
from storykeep.sources.archive import ArchiveSource
from storykeep.sources.combine import Chain
from storykeep.sources.demo import DemoFetcher, DemoSource
from storykeep.sources.governed import Governed
from storykeep.storage.archive import SqlArchive
from storykeep.storage.keyring import SqlKeyring
from storykeep.storage.ledger import SqlLedger
from storykeep.storage.limiter import MemoryLimiter
from storykeep.storage.media import FolderMedia
from storykeep.storage.origins import SqlOrigins
from storykeep.storage.sqlite import SqliteDatabase


class Shelves(Struct, frozen=True):
    """What is kept, in two databases and a folder.

    The archive and the ledger are two files, so that a long import never holds up a charge.
    """

    archive: SqlArchive
    origins: SqlOrigins
    keyring: SqlKeyring
    ledger: SqlLedger
    media: FolderMedia
    databases: tuple[SqliteDatabase, SqliteDatabase]

    def close(self) -> None:
        """Finish what was begun, then close."""
        for database in self.databases:
            database.close()


def open_shelves(settings: Settings, clock: Clock = time.time) -> Shelves:
    """Return the shelves of ``settings.data``; files are made when first used."""
    synchronous = settings.durability.upper()
    archive = SqliteDatabase(settings.data / "archive.db", "archive", synchronous="FULL")
    ledger = SqliteDatabase(settings.data / "ledger.db", "ledger", synchronous=synchronous)
    return Shelves(
        archive=SqlArchive(archive, cache_bytes=settings.reel_cache),
        origins=SqlOrigins(archive, clock),
        keyring=SqlKeyring(ledger),
        ledger=SqlLedger(ledger),
        media=FolderMedia(settings.data / "media"),
        databases=(archive, ledger),
    )


def create_source(settings: Settings, shelves: Shelves, clock: Clock) -> StorySource:
    """Return the source that ``settings.sources`` composes.  Raises SettingsError."""
    makers: Mapping[str, Callable[[], StorySource]] = {
        # The demo is no live source: beside it the archive is still the truth.
        "archive": lambda: ArchiveSource(shelves.archive, clock, is_truth=True),
        "demo": lambda: DemoSource(shelves.archive, clock),
    }
    names = settings.sources.split()
    if unknown := [name for name in names if name not in makers] or ([""] if not names else []):
        known = ", ".join(makers)
        raise SettingsError(f"STORYKEEP_SOURCES: there is no source {unknown[0]!r}, only {known}.")
    sources = [makers[name]() for name in names]
    return sources[0] if len(sources) == 1 else Chain(*sources)


def create_upstreams(
    settings: Settings,  # noqa: ARG001 - until a live source is known
    shelves: Shelves,  # noqa: ARG001
    clock: Clock,  # noqa: ARG001
) -> Mapping[str, Governed]:
    """Return the live ones of ``settings.sources``, by the words that name them there."""
    return {}


def read_pace(settings: Settings) -> Pace:
    """Return how gently live sources are asked."""
    return Pace(hour=settings.budget_hour, day=settings.budget_day, spacing=settings.spacing)


def create_services(
    settings: Settings, shelves: Shelves, clock: Clock, source: StorySource | None = None
) -> tuple[Stories, Media]:
    """Return the use cases over ``source``, else over what ``settings.sources`` composes."""
    source = source or create_source(settings, shelves, clock)
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
    upstreams = create_upstreams(settings, shelves, clock).values()
    paces = {upstream.name: upstream.pace for upstream in upstreams}
    metrics = Metrics(measure_origins(paces, shelves.origins, clock))
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

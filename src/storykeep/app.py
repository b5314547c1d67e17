"""The composition root: settings in, a running application out."""

import secrets
import time
from collections.abc import Callable
from typing import Any

from msgspec import Struct

from storykeep.api.asgi import Receive, Scope, Send
from storykeep.api.cors import Cors
from storykeep.api.handlers import create_handlers
from storykeep.api.observe import AccessLog, Metrics, Observer
from storykeep.api.origins import measure_origins
from storykeep.api.pages import create_pages
from storykeep.api.server import Api, Policy
from storykeep.composition import Composition, compose, open_media
from storykeep.core.endpoints import CHARGED
from storykeep.core.media import MediaStore
from storykeep.core.ports import Clock, StorySource
from storykeep.service.gate import Gate
from storykeep.service.media import Media
from storykeep.service.stories import Stories
from storykeep.settings import Settings
from storykeep.sources.demo import DemoFetcher
from storykeep.storage.archive import SqlArchive
from storykeep.storage.erase import SqlEraser
from storykeep.storage.keyring import SqlKeyring
from storykeep.storage.ledger import SqlLedger
from storykeep.storage.limiter import MemoryLimiter
from storykeep.storage.origins import SqlOrigins
from storykeep.storage.sqlite import SqliteDatabase
from storykeep.storage.wanted import SqlWantedFiles


class Shelves(Struct, frozen=True):
    """What is kept, in two databases and a media store.

    The archive and the ledger are two files, so that a long import never holds up a charge.
    """

    archive: SqlArchive
    eraser: SqlEraser
    origins: SqlOrigins
    keyring: SqlKeyring
    ledger: SqlLedger
    media: MediaStore
    wanted: SqlWantedFiles
    databases: tuple[SqliteDatabase, SqliteDatabase]

    def close(self) -> None:
        """Finish what was begun, then close."""
        for database in self.databases:
            database.close()


def open_shelves(settings: Settings, clock: Clock = time.time) -> Shelves:
    """Return the shelves of ``settings``; files are made when first used.

    Raises SettingsError for a media store that cannot be one.
    """
    synchronous = settings.durability.upper()
    archive = SqliteDatabase(settings.data / "archive.db", "archive", synchronous="FULL")
    ledger = SqliteDatabase(settings.data / "ledger.db", "ledger", synchronous=synchronous)
    return Shelves(
        archive=SqlArchive(archive, cache_bytes=settings.reel_cache),
        eraser=SqlEraser(archive),
        origins=SqlOrigins(archive, clock),
        keyring=SqlKeyring(ledger),
        ledger=SqlLedger(ledger),
        media=open_media(settings, clock),
        wanted=SqlWantedFiles(archive),
        databases=(archive, ledger),
    )


def create_services(
    settings: Settings, shelves: Shelves, source: StorySource
) -> tuple[Stories, Media]:
    """Return the use cases over ``source``."""
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
    if source is None:
        composition = compose(settings, shelves.archive, shelves.origins, clock)
    else:
        composition = Composition(source)
    stories, media = create_services(settings, shelves, composition.source)
    gate = Gate(shelves.keyring, MemoryLimiter(), shelves.ledger, clock, settings.billing_url)
    paces = {upstream.name: upstream.pace for upstream in composition.upstreams.values()}
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
    return App(api, shelves, composition, access_log)


class App:
    """The API with its life: whoever serves it tells it when it ends."""

    def __init__(
        self,
        api: Api,
        shelves: Shelves,
        composition: Composition,
        access_log: AccessLog | None,
    ) -> None:
        """The composition and the shelves are closed at the end."""
        self.api = api
        self._shelves = shelves
        self._composition = composition
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
        await self._composition.aclose()
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

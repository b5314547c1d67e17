"""The composition root: settings in, a running application out."""

import asyncio
import logging
import random
import secrets
import time
from collections.abc import Callable
from functools import cache, partial
from typing import TYPE_CHECKING, Any, NamedTuple

from msgspec import Struct

from storykeep.api.asgi import Receive, Scope, Send
from storykeep.api.cors import Cors
from storykeep.api.handlers import create_handlers
from storykeep.api.highlights import create_highlight_handlers
from storykeep.api.keeping import measure_keeping
from storykeep.api.observe import AccessLog, Metrics, Observer
from storykeep.api.origins import measure_origins
from storykeep.api.pages import create_pages
from storykeep.api.raw import create_raw_handlers
from storykeep.api.server import Api, Files, Policy
from storykeep.composition import (
    Composition,
    compose,
    compose_fetcher,
    media_domains,
    media_policy,
    open_cdn,
    open_media,
)
from storykeep.core.endpoints.row import CHARGED
from storykeep.core.media import MediaFetcher, MediaStore
from storykeep.core.options import read_size
from storykeep.core.ports import Clock, StorySource
from storykeep.core.signing import MIN_SECRET
from storykeep.core.throttle import MemoryLimiter
from storykeep.service.gate import Gate
from storykeep.service.highlights import Highlights
from storykeep.service.keeper import Keeper
from storykeep.service.media import Media
from storykeep.service.quota import Quota
from storykeep.service.raw import RawStories
from storykeep.service.stable import StableAddresses
from storykeep.service.stories import Stories
from storykeep.service.worker import Worker
from storykeep.settings import Settings, SettingsError
from storykeep.storage.archive import SqlArchive
from storykeep.storage.erase import SqlEraser
from storykeep.storage.keyring import SqlKeyring
from storykeep.storage.ledger import SqlLedger
from storykeep.storage.origins import SqlOrigins
from storykeep.storage.secret import open_secret
from storykeep.storage.sqlite import SqliteDatabase
from storykeep.storage.wanted import SqlWantedFiles

if TYPE_CHECKING:
    from storykeep.sources.cdn.fetcher import CdnFetcher

log = logging.getLogger(__name__)

KEEP_SECONDS = 10.0
"""How long a stopping server waits for files that are being fetched; the queue has the rest."""


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


class Services(NamedTuple):
    """The use cases, and who works for them in the background."""

    stories: Stories
    media: Media
    keeper: Keeper
    worker: Worker | None
    """None where no file is kept before it is asked for."""
    cdn: "CdnFetcher | None"
    """Ours to close."""

    async def aclose(self, seconds: float = 0.0) -> None:
        """Wait so long for files that are being fetched, then leave nothing of them."""
        await self.keeper.close(seconds)
        if self.cdn is not None:
            await self.cdn.aclose()


def create_services(
    settings: Settings,
    shelves: Shelves,
    composition: Composition,
    clock: Clock = time.time,
    fetcher: MediaFetcher | None = None,
) -> Services:
    """Return the use cases over ``composition``; files come by ``fetcher``, else from the CDN."""
    archive, source = shelves.archive, composition.source
    policy = media_policy(settings)
    cdn = open_cdn(settings) if fetcher is None and policy != "off" else None
    keeper = Keeper(
        archive,
        shelves.media,
        compose_fetcher(settings, fetcher or cdn),
        Quota(read_size(settings.media_quota), archive, clock),
        at_once=2 * settings.keep_at_once,
    )
    worker = None
    if policy == "always":
        worker = Worker(
            shelves.wanted, keeper, clock, asyncio.sleep, random.random,
            at_once=settings.keep_at_once, per_host=max(1, settings.keep_at_once // 2),
        )  # fmt: skip
        archive.heard = worker.wake
    stories, live = Stories(source), None if policy == "off" else composition.live
    domains = media_domains(settings)
    media = Media(stories, source, archive, shelves.media, keeper, live, domains)
    return Services(stories, media, keeper, worker, cdn)


def read_media_secret(settings: Settings) -> Callable[[], bytes]:
    """Return what returns the secret of stable addresses, and may raise StorageError.

    One that the settings do not tell is made in the data folder when it is first needed.
    Raises SettingsError for one that is too short.
    """
    told = settings.media_key.encode()
    if not told:
        return cache(partial(open_secret, settings.data / "media_key"))
    if len(told) < MIN_SECRET:
        raise SettingsError(f"STORYKEEP_MEDIA_KEY needs {MIN_SECRET} random characters or more.")
    return lambda: told


def create_stable(settings: Settings, shelves: Shelves, clock: Clock) -> StableAddresses:
    """Return what gives out addresses of kept files.  Raises SettingsError."""
    secret = read_media_secret(settings)
    return StableAddresses(shelves.archive, secret, clock, settings.media_ttl)


def create_app(
    settings: Settings,
    shelves: Shelves,
    clock: Clock = time.time,
    source: StorySource | None = None,
    fetcher: MediaFetcher | None = None,
) -> "App":
    """Return the ASGI application over ``shelves``.

    ``source`` answers instead of what ``settings.sources`` composes, and ``fetcher`` brings files
    instead of the CDN: a program may bring its own.
    """
    if source is None:
        composition = compose(settings, shelves.archive, shelves.origins, clock)
    else:
        composition = Composition(source)
    services = create_services(settings, shelves, composition, clock, fetcher)
    raw = RawStories(shelves.archive, clock)
    stable = create_stable(settings, shelves, clock)
    gate = Gate(shelves.keyring, MemoryLimiter(), shelves.ledger, clock, settings.billing_url)
    paces = {upstream.name: upstream.pace for upstream in composition.upstreams.values()}
    metrics = Metrics(
        measure_origins(paces, shelves.origins, clock),
        measure_keeping(services.keeper, services.worker),
    )
    access_log = AccessLog() if settings.access_log else None
    api = Api(
        handlers={
            **create_handlers(
                services.stories,
                services.media,
                raw,
                unit_price=settings.unit_price,
                currency=settings.currency,
            ),
            **create_raw_handlers(services.stories, raw),
            **create_highlight_handlers(Highlights(composition.source)),
        },
        gate=gate,
        files=Files(services.media, stable),
        pages=create_pages(_check_of(shelves), metrics if settings.metrics else None),
        policy=Policy(
            charged=CHARGED if settings.charge == "contract" else frozenset(),
            takes_query_key=settings.query_key,
            cors=Cors(settings.cors_origins),
            public_url=settings.public_url,
        ),
        observer=Observer(metrics, access_log),
        clock=clock,
        boot_id=secrets.token_hex(8),
    )
    return App(api, shelves, composition, services, access_log)


class App:
    """The API with its life: whoever serves it tells it when it ends."""

    def __init__(
        self,
        api: Api,
        shelves: Shelves,
        composition: Composition,
        services: Services,
        access_log: AccessLog | None,
    ) -> None:
        """The services, the composition and the shelves are closed at the end."""
        self.api = api
        self._shelves = shelves
        self._composition = composition
        self._services = services
        self._access_log = access_log

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        if scope["type"] == "http":
            await self.api(scope, receive, send)
        else:
            await self._live(receive, send)

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()
        worker = self._services.worker
        work = asyncio.create_task(worker.run()) if worker is not None else None
        if work is not None:
            work.add_done_callback(_tell_end)
        await send({"type": "lifespan.startup.complete"})
        await receive()
        if work is not None:
            work.cancel()
            await asyncio.gather(work, return_exceptions=True)
        await self._services.aclose(KEEP_SECONDS)
        await self._composition.aclose()
        self._shelves.close()
        if self._access_log is not None:
            self._access_log.flush()
        await send({"type": "lifespan.shutdown.complete"})


def _tell_end(work: asyncio.Task[None]) -> None:
    """Say in the log that the worker is no more, unless it was told to end."""
    if not work.cancelled():
        log.critical("worker_ended", exc_info=work.exception())


def _check_of(shelves: Shelves) -> Callable[[], Any]:
    async def check() -> None:
        """Raise StorageError unless both databases can be read and written."""
        for database in shelves.databases:
            await database.check()

    return check

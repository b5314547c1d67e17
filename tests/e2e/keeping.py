"""A live Instagram whose files are kept: in this process, with time in the test's hand."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from msgspec import structs

from storykeep.api.asgi import Message
from storykeep.app import App, Shelves, create_app, open_shelves
from storykeep.cli.keys import create_access_key
from storykeep.composition import open_sessions
from storykeep.core.media import MediaStore, Wanted
from storykeep.settings import Settings
from storykeep.sources.cdn.limits import Limits
from storykeep.sources.instagram.session import read_session
from storykeep.testing import HandClock
from storykeep.testing.instagram import SESSION, FakeInstagram
from storykeep.testing.instagram.cdn import media_file
from tests.api.rig import Answer, ask
from tests.sources.cdn.rig import fetcher_at

CDN = "cdninstagram"
"""What stands in the place of every request for a file."""
REEL = "/v1/user/stories/by/username?username="
UNITS = 100_000


class Kept(NamedTuple):
    """An application that serves, and what lies behind it."""

    fake: FakeInstagram
    app: App
    key: str
    shelves: Shelves
    clock: HandClock
    folder: Path

    async def ask(self, target: str) -> Answer:
        return await ask(self.app, target, headers={"x-access-key": self.key})

    async def balance(self) -> int:
        balance: int = (await self.ask("/sys/balance")).json()["requests"]
        return balance

    async def wanted(self) -> list[Wanted]:
        return [*await self.shelves.wanted.list()]

    async def until_tried(self) -> list[Wanted]:
        """Wait until nothing is due any more; return what is still wanted."""
        while await self.shelves.wanted.due(self.clock(), 1):
            await asyncio.sleep(0.005)
        return await self.wanted()

    def files(self) -> list[Path]:
        """All that lies in the media folder, drafts too."""
        return [path for path in (self.folder / "media").rglob("*") if path.is_file()]


def settings_of(folder: Path, fake: FakeInstagram, **more: Any) -> Settings:
    """A session at the fake Instagram, and no waiting."""
    settings = Settings(
        **{
            "data": folder,
            "sources": "instagram archive",
            "session_key": "k" * 32,
            "instagram_url": fake.origin,
            "access_log": False,
            "spacing": 0.0,
            "budget_hour": 0,
            "budget_day": 0,
            **more,
        }
    )
    open_sessions(settings).save("acme_viewer", read_session(SESSION))
    return settings


@asynccontextmanager
async def keeping(
    folder: Path,
    fake: FakeInstagram,
    clock: HandClock,
    limits: Limits | None = None,
    media: MediaStore | None = None,
    **settings: Any,
) -> AsyncIterator[Kept]:
    """Serve, as a server does from its start to its end."""
    chosen = settings_of(folder, fake, **settings)
    shelves = open_shelves(chosen, clock)
    if media is not None:
        shelves = structs.replace(shelves, media=media)
    fetcher = fetcher_at(fake.origin, limits=limits or Limits())
    app = create_app(chosen, shelves, clock, fetcher=fetcher)
    _, key = await create_access_key(shelves, "test", UNITS, 1e6)
    async with living(app):
        yield Kept(fake, app, key, shelves, clock, folder)
    await fetcher.aclose()


@asynccontextmanager
async def living(app: App) -> AsyncIterator[None]:
    """Tell the application that it begins and, in the end, that it ends."""
    told: asyncio.Queue[Message] = asyncio.Queue()
    said: asyncio.Queue[Message] = asyncio.Queue()
    life = asyncio.create_task(app({"type": "lifespan"}, told.get, said.put))
    told.put_nowait({"type": "lifespan.startup"})
    assert "lifespan.startup.complete" == (await said.get())["type"]
    try:
        yield
    finally:
        told.put_nowait({"type": "lifespan.shutdown"})
        await life


def sent_at(url: str) -> bytes:
    """What the CDN sends for an address."""
    return media_file(urlsplit(url).path)

"""The application over real shelves, asked in this process: no socket, and a clock that stands."""

import asyncio
import json
import shutil
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple
from urllib.parse import unquote

from storykeep.app import create_app, open_shelves
from storykeep.cli.keys import create_access_key
from storykeep.core.extract import read_capture
from storykeep.core.media import KeptFile, MediaFile
from storykeep.core.ports import AccessKey, LedgerLine, StorySource
from storykeep.core.sighting import Kind
from storykeep.settings import Settings
from storykeep.sources.demo import read_media
from tests.payloads.loading import payload

NOW = 1_775_660_000
"""2026-04-08T14:53:20Z: the stories of ``constructed_v1_user_story_all_stickers`` are active."""

PUBLIC, PRIVATE, EMPTY = 4400000001, 4400000010, 4400000011
PHOTO, VIDEO, UNKEPT = 3870830000001000003, 3870830000002000006, 3870830000003000009
"""Stories of the public account; what UNKEPT shows is not in the media store."""
CLOSE_FRIENDS, HIDDEN = 3870830000017000051, 3870830000001000777
"""A story for close friends, and one of the private account."""
HIGHLIGHT = 17900000000000123
"""One of the public account, of the story PHOTO."""
ACTIVE = 16
"""How many stories the public account has now."""

PHOTO_BYTES, VIDEO_BYTES = read_media("avatar_empty.jpg"), read_media("demo_video.mp4")
UNITS = 1000


class Answer(NamedTuple):
    """What came back."""

    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        """The body as JSON; it must say that it is."""
        assert self.headers["content-type"] == "application/json"
        return json.loads(self.body)


async def ask(
    app: Any, target: str, *, method: str = "GET", headers: Mapping[str, str] | None = None
) -> Answer:
    """Send one request to an ASGI application; ``target`` is a path with a query, as sent."""
    path, _, query = target.partition("?")
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": unquote(path),
        "raw_path": path.encode(),
        "query_string": query.encode("latin-1"),
        "root_path": "",
        "headers": [
            (name.lower().encode(), value.encode("latin-1"))
            for name, value in {"host": "testserver", **(headers or {})}.items()
        ],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 80),
    }
    events = [{"type": "http.request", "body": b"", "more_body": False}]
    sent: list[Any] = []

    async def receive() -> Any:
        if not events:
            await asyncio.Event().wait()  # the caller stays on the line
        return events.pop()

    async def send(message: Any) -> None:
        sent.append(message)

    await app(scope, receive, send)
    start, *pieces = sent
    assert not pieces[-1].get("more_body", False)
    found: dict[str, str] = {}
    for raw_name, raw_value in start["headers"]:
        name, value = raw_name.decode(), raw_value.decode("latin-1")
        assert name == name.lower()
        assert name not in found or name == "vary", f"{name} was sent twice"
        found[name] = f"{found[name]}, {value}" if name in found else value
    # As ASGI has it, the server leaves out what is not for a HEAD; tests/e2e asks a real one.
    body = b"" if method == "HEAD" else b"".join(piece.get("body", b"") for piece in pieces)
    return Answer(start["status"], found, body)


class Rig:
    """An application with something on its shelves, and a key to it."""

    def __init__(self, folder: Path, source: StorySource | None, settings: dict[str, Any]) -> None:
        self.folder = folder
        self.now = float(NOW)
        read = Settings(data=folder, **{"access_log": False, **settings})
        self.shelves = open_shelves(read)
        self.app = create_app(read, self.shelves, lambda: self.now, source)
        self.secret = ""

    async def get(
        self, target: str, *, key: str | None = None, method: str = "GET", **headers: str
    ) -> Answer:
        """Ask with the rig's key, or another, or none (""); ``if_range`` is If-Range."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        secret = self.secret if key is None else key
        keyed = {"x-access-key": secret} if secret else {}
        return await ask(self.app, target, method=method, headers=keyed | named)

    async def create_key(
        self, units: int = UNITS, rate: float = 1000.0, expires_at: int | None = None
    ) -> tuple[AccessKey, str]:
        """Return a new key and its secret."""
        return await create_access_key(self.shelves, "test", units, rate, expires_at)

    async def balance(self) -> int:
        """What the rig's key has left, by the keyring."""
        return (await self.shelves.keyring.list())[0].balance

    async def entries(self, key_id: int = 1) -> list[LedgerLine]:
        """The charges of a key, oldest first."""
        return [*await self.shelves.ledger.entries(key_id, 1000)][1:]

    async def keep(self, pk: int, kind: Kind, content: bytes, name: str) -> MediaFile:
        """Put a file of a story into the media store."""
        file = self.shelves.media.save([content])
        await self.shelves.archive.keep_file(KeptFile(pk, kind, file, name))
        return file

    def flush_log(self) -> None:
        """Write the access log now, not a moment later."""
        log = self.app._access_log
        assert log is not None
        log.flush()

    async def fill(self) -> None:
        """A public account, a private one, one without stories, two files, and a key."""
        for document in (
            payload("constructed_v1_user_story_all_stickers.json"),
            private_reel(),
            empty_reel(),
            highlight(),
        ):
            for sighting in read_capture(document, source="test", seen_at=NOW).sightings:
                await self.shelves.archive.record(sighting)
        await self.keep(PHOTO, "image", PHOTO_BYTES, "photo_n.jpg")
        await self.keep(VIDEO, "video", VIDEO_BYTES, "video_n.mp4")
        await self.keep(HIDDEN, "image", PHOTO_BYTES, "hidden_n.jpg")
        _, self.secret = await self.create_key()


@asynccontextmanager
async def open_rig(
    folder: Path, source: StorySource | None = None, **settings: Any
) -> AsyncIterator[Rig]:
    """Open a filled rig; ``source`` answers instead of the archive."""
    shutil.copytree(await _filled(), folder, dirs_exist_ok=True)
    rig = Rig(folder, source, settings)
    rig.secret = (folder / "secret").read_text()
    try:
        yield rig
    finally:
        rig.shelves.close()


async def _filled(made: list[TemporaryDirectory[str]] = []) -> Path:  # noqa: B006 - kept on purpose
    """Return the folder that every rig begins as, filled once a process."""
    if not made:
        made.append(TemporaryDirectory(prefix="storykeep-"))
        rig = Rig(Path(made[0].name), None, {})
        await rig.fill()
        rig.shelves.close()
        (rig.folder / "secret").write_text(rig.secret)
    return Path(made[0].name)


def private_reel() -> Any:
    """A capture of a private account with one story."""
    owner = {"pk": PRIVATE, "username": "acme_private", "full_name": "", "is_private": True}
    item = payload("constructed_v1_item_photo_plain.json")
    item |= {"pk": HIDDEN, "id": f"{HIDDEN}_{PRIVATE}", "user": owner}
    return {"reel": {"id": PRIVATE, "user": owner, "items": [item]}, "status": "ok"}


def empty_reel() -> Any:
    """A capture of an account that had none."""
    owner = {"pk": EMPTY, "username": "acme_empty", "full_name": "", "is_private": False}
    return {"reel": {"id": EMPTY, "user": owner, "items": []}, "status": "ok"}


def highlight() -> Any:
    """A capture of a highlight of the public account."""
    item = payload("constructed_v1_item_photo_plain.json")
    item |= {"pk": PHOTO, "id": f"{PHOTO}_{PUBLIC}"}
    reel = {"id": f"highlight:{HIGHLIGHT}", "user": item["user"], "title": "Kept", "items": [item]}
    return {"reels": {reel["id"]: reel}, "status": "ok"}

"""Whom ``get`` and ``download`` ask: the archive here, or a server, by the same calls."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

import click
from msgspec import structs

from storykeep.app import Shelves, create_services
from storykeep.cli.demo import has_demo, with_demo
from storykeep.cli.keys import with_shelves
from storykeep.composition import compose
from storykeep.core import errors
from storykeep.core.model import Story, decode_story
from storykeep.service.media import Media
from storykeep.service.stories import Stories
from storykeep.settings import Settings

if TYPE_CHECKING:
    from storykeep.client import AsyncClient
    from storykeep.client.download import Downloaded, Progress

T = TypeVar("T")

STRIDE = 1 << 20
"""Bytes of a file that are copied at once."""

HINTS = {
    errors.UserNotFound: "Import it first: storykeep import; or ask a server: --server URL.",
    errors.StoryNotFound: "Import it first: storykeep import; or ask a server: --server URL.",
    errors.MediaNotFound: "Import the file, named PK.jpg or PK.mp4.",
    errors.PrivateAccount: "If it is your own: storykeep accounts own NAME.",
}
"""What to do about an answer of the archive here."""


Api: TypeAlias = "Here | AsyncClient"
"""Who is asked: both have the methods that are needed."""


class Here:
    """The archive here: no server, no key, no charge."""

    def __init__(self, stories: Stories, media: Media) -> None:
        """What a server would answer with."""
        self._stories = stories
        self._media = media

    async def story_by_id_v1(self, id: str) -> Story:
        """One story.  Raises InvalidValue, StoryNotFound, PrivateAccount."""
        return decode_story((await self._stories.by_id(id)).wire)

    async def story_by_url_v1(self, url: str) -> Story:
        """One story by its address; raises as by id."""
        return decode_story((await self._stories.by_url(url)).wire)

    async def user_stories_by_username_v1(
        self, username: str, *, at: datetime | None = None
    ) -> list[Story]:
        """The stories active then.  Raises InvalidValue, UserNotFound, PrivateAccount."""
        moment = None if at is None else int(at.timestamp())
        reel = await self._stories.of_username(username, moment)
        return [decode_story(wire) for wire in reel.stories]

    async def story_download_v1(
        self, id: str, to: str | Path, progress: "Progress | None" = None
    ) -> "Downloaded":
        """A copy of the kept file.  Raises MediaNotFound, StorageError, OSError."""
        from storykeep.client.download import Downloaded
        from storykeep.client.part import Part

        part, kept = Part(Path(to)), await self._media.open_found(await self._media.by_id(id))
        file = kept.file
        try:
            part.begin(None)
            for at in range(0, file.size, STRIDE):
                size = min(STRIDE, file.size - at)
                await kept.prepare(at, size)
                part.write(kept.read(at, size))
                if progress is not None:
                    progress(part.size, file.size)
            if part.sha256 != file.sha256:
                part.begin(None)
                raise errors.StorageError(f"The kept file of story {id} is damaged.")
            return Downloaded(part.publish(file.extension), file)
        finally:
            part.close()
            kept.close()


def with_api(settings: Settings, work: Callable[[Api], Awaitable[T]]) -> T:
    """Run ``work`` on the server of the settings or, without one, on the archive here."""
    if settings.server:
        return asyncio.run(_ask_server(settings, work))

    async def ask_here(shelves: Shelves) -> T:
        # What a demo server shows of this folder is there without it too.
        chosen = with_demo(settings) if has_demo(settings) else settings
        async with (
            aclosing(compose(chosen, shelves.archive, shelves.origins, time.time)) as composition,
            aclosing(create_services(chosen, shelves, composition)) as services,
        ):
            return await work(Here(services.stories, services.media))

    try:
        return with_shelves(settings, ask_here)
    except errors.Absent as absent:
        raise click.ClickException(told(absent)) from absent


def told(absent: errors.Absent) -> str:
    """Return what is not there and, where it is the archive here that says so, what to do."""
    return f"{absent} {HINTS.get(type(absent), '')}".strip()


async def _ask_server(settings: Settings, work: Callable[[Api], Awaitable[T]]) -> T:
    from storykeep.client import AsyncClient

    if not settings.key:
        raise click.ClickException(
            f"No access key for {settings.server}: --key-file FILE, or set STORYKEEP_KEY."
        )
    try:
        client = AsyncClient(settings.server, settings.key, verify=settings.ca or True)
    except (ValueError, OSError) as error:
        raise click.ClickException(f"Cannot ask {settings.server!r}: {error}.") from error
    async with client:
        return await work(client)


def _choose(ctx: click.Context, option: click.Parameter, value: Any) -> None:
    """Put into the settings what an option says of the server."""
    if value is not None:
        if isinstance(value, Path):
            value = value.read_text("ascii", "replace").strip()
        ctx.obj = structs.replace(ctx.obj, **{str(option.name): value})


_choice = partial(click.option, expose_value=False, callback=_choose)
_FILE = click.Path(exists=True, dir_okay=False)
_KEY_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


def server_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that choose a server, in the settings that the command gets.

    A key is no option: others on the machine could read it in the list of processes.
    """
    for option in (
        _choice("--ca", type=_FILE, help="Trust the authority in this file.  [env: STORYKEEP_CA]"),
        _choice(
            "--key-file", "key", type=_KEY_FILE,
            help="File with its access key.  [env: STORYKEEP_KEY]",
        ),
        _choice("--server", help="Ask this server instead.  [env: STORYKEEP_SERVER]"),
    ):  # fmt: skip
        command = option(command)
    return command

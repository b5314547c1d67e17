"""Stories for people: shown in a table, or saved as files."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from storykeep.api.download import file_stem
from storykeep.cli.asking import Api, server_options, told, with_api
from storykeep.cli.keys import as_json, with_shelves
from storykeep.cli.output import plain, read_time, show, time_text
from storykeep.core.errors import Absent
from storykeep.core.ids import read_username
from storykeep.core.media import EXTENSIONS
from storykeep.core.model import VIDEO, Story
from storykeep.settings import Settings

if TYPE_CHECKING:
    from storykeep.client.download import Progress

PARTLY = 3

COLUMNS = {"taken_at": "cyan", "media": "", "mentions": "green", "pk": "bold"}
"""What a table shows of a story, and in which colour."""

_WHAT = click.argument("what", metavar="USER|URL|ID")
_AT = click.option("--at", help="The stories of a USER that were active at this ISO 8601 time.")


@click.command()
@_WHAT
@_AT
@server_options
@as_json
@click.pass_obj
def get(settings: Settings, what: str, at: str | None, *, as_json: bool) -> None:
    """Show the stories of a USER that are active now, or the one of a URL or an ID.

    A word of digits, perhaps with the owner's behind a _, is the ID of a story: write @123 for
    an account of that name.  Asked is the archive here, without a key and without a charge;
    with --server, a server.

    Example: storykeep get natgeo --at 2026-04-08T15:00:00Z
    """
    moment = read_time(at) if at else None
    found = with_api(settings, partial(_find, what=what, at=moment))
    stories = found if isinstance(found, list) else [found]
    if as_json:
        show(found, as_json=True)
    elif stories:
        show([_record(story) for story in stories], as_json=False, columns=COLUMNS)
    else:
        click.echo(_nothing(settings, what, moment), err=True)


@click.command()
@_WHAT
@_AT
@click.option(
    "--to", type=click.Path(file_okay=False, path_type=Path), default=Path(), show_default="here",
    help="Folder for the files; it is made.",
)  # fmt: skip
@server_options
@click.pass_obj
def download(settings: Settings, what: str, at: str | None, to: Path) -> None:
    """Save the photos and videos of a USER's stories, or of the story of a URL or an ID.

    WHAT is read as by `storykeep get`.  Files are named {username}_{pk}.{ext}, and those that
    are there already are not fetched again.  A file has its name only when it is whole; what
    was cut is resumed by the same command.  Each file's path is a line of standard output.

    Example: storykeep download natgeo --to stories

    \b
    Exit codes:
      0    every file is there
      1    refused or failed, the message says why; what was saved by then stays
      2    wrong usage
      3    some stories have no file, the messages say why
      130  interrupted; what was saved by then stays
    """  # noqa: D301 - click's mark for lines that stay as they are
    moment = read_time(at) if at else None
    saved = Saved()

    async def work(api: Api) -> int:
        found = await _find(api, what, moment)
        stories = found if isinstance(found, list) else [found]
        with _bar() as begin:
            for number, story in enumerate(stories, 1):
                progress = begin(f"{number}/{len(stories)} {file_stem(None, story.pk)}")
                await saved.save(api, story, to, progress)
        return len(stories)

    try:
        if not with_api(settings, work):
            click.echo(_nothing(settings, what, moment), err=True)
    except OSError as error:
        raise click.ClickException(f"{error}. Choose another folder with --to.") from error
    finally:
        saved.tell()
    sys.exit(PARTLY if saved.absent else 0)


class Saved:
    """What a download has done so far."""

    def __init__(self) -> None:
        self.paths: list[Path] = []
        self.new = self.bytes = self.absent = 0

    async def save(self, api: Api, story: Story, to: Path, progress: "Progress | None") -> None:
        """Save the story's file, unless it is there."""
        stem = file_stem(story.user.username, story.pk)
        if path := _file_called(stem, to):
            self.paths.append(path)
            return
        try:
            done = await api.story_download_v1(story.id, to / f"{stem}.{{ext}}", progress)
        except Absent as absent:
            self.absent += 1
            click.echo(f"{stem}: {plain(told(absent))}", err=True)
            return
        self.paths.append(done.path)
        self.new += 1
        self.bytes += done.file.size

    def tell(self) -> None:
        """Print the paths of the files that are there and, where there was one, the counts."""
        if not self.paths and not self.absent:
            return
        for path in self.paths:
            click.echo(path)
        known = len(self.paths) - self.new
        words = f"{self.new} saved ({self.bytes / 1e6:.1f} MB), {known} there already"
        click.echo(f"{words}, {self.absent} without a file" if self.absent else words, err=True)


def _file_called(stem: str, folder: Path) -> Path | None:
    """Return the media file of that name, whichever its type."""
    paths = (folder / f"{stem}.{extension}" for extension in EXTENSIONS.values())
    return next((path for path in paths if path.is_file()), None)


@contextmanager
def _bar() -> Iterator[Callable[[str], "Progress | None"]]:
    """Show a bar on standard error, if that is a terminal, for one file after the other."""
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, TextColumn, TransferSpeedColumn
    from rich.progress import Progress as Bar
    from rich.table import Column

    name = TextColumn("{task.description}", table_column=Column(no_wrap=True))
    columns = (name, BarColumn(), DownloadColumn(), TransferSpeedColumn())
    with Bar(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("Asking", total=None)

        def begin(description: str) -> "Progress":
            bar.reset(task, description=description, total=None)
            return lambda so_far, total: bar.update(task, completed=so_far, total=total)

        yield begin


async def _find(api: Api, what: str, at: datetime | None) -> Story | list[Story]:
    """Return what ``what`` means: a page's address, a story's id, or an account's name."""
    is_one = "/" in what or what.replace("_", "").isdecimal()
    if is_one and at:
        raise click.BadParameter("it chooses among the stories of a USER.", param_hint="--at")
    if "/" in what:
        return await api.story_by_url_v1(what if "//" in what else f"https://{what}")
    if is_one:
        return await api.story_by_id_v1(what)
    return await api.user_stories_by_username_v1(what, at=at)


def _record(story: Story) -> dict[str, str]:
    """Return a story as a table shows it; times are UTC."""
    is_video = story.media_type == VIDEO
    return {
        "taken_at": story.taken_at.astimezone(UTC).strftime("%Y-%m-%d %H:%MZ"),
        "media": f"video {story.video_duration or 0:.0f} s" if is_video else "photo",
        "mentions": " ".join(f"@{each.user.username}" for each in story.mentions),
        "pk": story.pk,
    }


def _nothing(settings: Settings, what: str, at: datetime | None) -> str:
    """Say that there are no stories and, where that is known, when there were some."""
    when = "then" if at else "now"
    words = f"{what} has no stories {when}."
    if settings.server:
        return f"{words} --at TIME asks for those of another moment, of a storykeep server."
    name = read_username(what)
    accounts = with_shelves(settings, lambda shelves: shelves.archive.accounts())
    known = [each for each in accounts if each.username == name and each.stories]
    return (
        f"{words} The archive saw the last: --at {time_text(known[0].seen_at)}" if known else words
    )

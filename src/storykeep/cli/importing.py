"""Importing what people have already: a bar while it runs, a report at the end."""

import sys
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import aclosing, contextmanager
from functools import partial
from pathlib import Path

import click

from storykeep.app import Shelves
from storykeep.cli.keys import as_json, with_shelves
from storykeep.cli.output import show
from storykeep.composition import file_chooser
from storykeep.core.errors import StorageError
from storykeep.core.ids import read_username
from storykeep.importers.beside import EndedEarlyError, beside
from storykeep.importers.files import measure
from storykeep.importers.reading import read_files
from storykeep.importers.report import Report, Trouble, path_text
from storykeep.importers.run import Import, Progress
from storykeep.settings import Settings

DONE, FAILED, PARTLY, NOTHING, STORAGE, INTERRUPTED = 0, 1, 3, 4, 5, 130

MAX_SHOWN = 20
"""How many reasons people are shown; programs get all that the report has."""

_PATH = click.Path(exists=True, readable=False, path_type=Path)
_KEPT = "What the report counts is kept."


@click.command("import")
@click.argument("paths", nargs=-1, required=True, type=_PATH)
@click.option(
    "--username",
    callback=lambda _context, _option, name: name and read_username(name),
    help="Whose the data exports are, if they do not say it.",
)
@as_json
@click.pass_obj
def import_command(
    settings: Settings, paths: tuple[Path, ...], *, username: str | None, as_json: bool
) -> None:
    """Import stories and media: files, and folders with all that is in them.

    It reads Instagram's data export in JSON (zips or folders), what instaloader and gallery-dl
    saved with metadata, folders of files named USERNAME/PK.jpg, and captured answers: JSON of
    at most 64 MiB a document, or JSON Lines, of Instagram's private API, its web pages, or a
    Stories API (v1 and v2).  What a file is, its content says.  Beside captures a picture or
    video belongs to a story by its name, PK.jpg or the name that the CDN gave it.  Running it
    again changes nothing, and finishes what was interrupted.

    Example: storykeep import ~/instagram-me-2026-04-08.zip ~/captures

    \b
    Exit codes:
      0    everything was read
      1    the reading failed; what was imported by then is kept
      2    wrong usage
      3    imported, but some files were left out or some parts could not be read
      4    nothing could be imported
      5    the storage refused; what was imported by then is kept
      130  interrupted; what was imported by then is kept
    """  # noqa: D301 - click's mark for lines that stay as they are
    report = Report()

    async def work(shelves: Shelves) -> None:
        with _progress(paths, settings.data) as progress:
            read = partial(read_files, username=username)
            async with aclosing(beside(read, paths, settings.data)) as reading:
                named = frozenset(paths)
                choose = file_chooser(settings, time.time)
                into = Import(named, shelves.archive, shelves.media, report, progress, choose)
                await into.run(reading)

    code = _run(settings, work, report)
    if as_json:
        show(report.record(), as_json=True)
    else:
        _show(report)
    if report.stopped:
        click.echo(f"{report.stopped} Run it again to finish the rest.", err=True)
    sys.exit(code)


def _run(settings: Settings, work: Callable[[Shelves], Awaitable[None]], report: Report) -> int:
    """Run ``work`` and return the exit code; ``report`` says why it stopped, if it did."""
    try:
        with_shelves(settings, work)
    except KeyboardInterrupt:
        report.stopped = "Interrupted: what the report counts is kept."
        return INTERRUPTED
    except EndedEarlyError as error:
        report.stopped = f"Stopped: the reading ended early, {error}. {_KEPT}"
        return FAILED
    except StorageError as error:
        reason = str(error.__cause__ or error).rstrip(".")
        report.stopped = f"Stopped: {reason}. {_KEPT}"
        return STORAGE
    if not report.imported:
        return NOTHING
    return PARTLY if report.skipped_count or report.problem_count else DONE


@contextmanager
def _progress(paths: Sequence[Path], own_folder: Path) -> Iterator[Progress]:
    """Show a bar on standard error, if that is a terminal."""
    if not sys.stderr.isatty():
        yield Progress()
        return
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, TaskProgressColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    columns = (BarColumn(), TaskProgressColumn(), DownloadColumn(), TimeRemainingColumn())
    with Bar(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("Importing", total=measure(paths, own_folder))
        yield Progress(
            advance=partial(bar.advance, task),
            expect=lambda size: bar.update(task, total=(bar.tasks[task].total or 0) + size),
        )


def _show(report: Report) -> None:
    """Print the report for people: counts, then a line for each file or part left out."""
    from rich.console import Console
    from rich.text import Text

    console = Console(soft_wrap=True, highlight=False)
    media = report.media_new + report.media_known
    for label, counts in (
        ("Stories", f"{report.found} found, {report.new} new, {report.known} known"),
        ("Media", f"{media} found, {report.media_new} new, {report.media_known} known"),
        ("Files", f"{report.imported} imported, {report.skipped_count} left out"),
    ):
        console.print(Text.assemble((f"{label:<9}", "bold"), counts))
    skipped = [(path_text(path), reason, 1) for path, reason in report.skipped]
    problems = [(_place(each), each.problem.reason, each.problem.times) for each in report.problems]
    for title, lines, count in (
        ("Left out", skipped, report.skipped_count),
        ("Could not be read", problems, report.problem_count),
    ):
        if lines:
            console.print(Text(f"\n{title}", style="bold"))
        for place, reason, times in lines[:MAX_SHOWN]:
            often = f" ({times:,} times)" if times > 1 else ""
            console.print(Text.assemble(f"  {place}: ", (reason, "yellow"), often))
        if more := count - sum(times for _, _, times in lines[:MAX_SHOWN]):
            console.print(Text(f"  and {more} more: --json tells them", style="dim"))


def _place(trouble: Trouble) -> str:
    """Say where in which story of which file something was."""
    problem = trouble.problem
    story = f"story {problem.story_pk}" if problem.story_pk else ""
    return ", ".join(filter(None, (path_text(trouble.path), story, problem.field)))

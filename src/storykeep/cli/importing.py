"""Importing what people have already: a bar while it runs, a report at the end."""

import sys
import time
from contextlib import aclosing
from functools import partial
from pathlib import Path

import click

from storykeep.app import Shelves
from storykeep.cli.keys import as_json
from storykeep.cli.output import progress_bar
from storykeep.cli.reporting import Told, run_reported
from storykeep.composition import file_chooser
from storykeep.core.ids import read_username
from storykeep.importers.beside import beside
from storykeep.importers.files import measure
from storykeep.importers.reading import read_files
from storykeep.importers.report import Report, Trouble, path_text
from storykeep.importers.run import Import
from storykeep.settings import Settings

_PATH = click.Path(exists=True, readable=False, path_type=Path)
_COLUMNS = "Bar TaskProgress Download TimeRemaining"


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
    saved with metadata, folders of files named USERNAME/PK.jpg, what `storykeep export` wrote,
    and captured answers: JSON of at most 64 MiB a document, or JSON Lines, of Instagram's
    private API, its web pages, or a Stories API (v1 and v2).  What a file is, its content says.
    Beside captures a picture or video belongs to a story by its name, PK.jpg or the name that
    the CDN gave it.  Running it again changes nothing, and finishes what was interrupted.

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
        size = measure(paths, settings.data) if sys.stderr.isatty() else 0
        read = partial(read_files, username=username)
        async with aclosing(beside(read, paths, settings.data)) as reading:
            with progress_bar("Importing", size, _COLUMNS) as (advance, expect):
                into = Import(
                    frozenset(paths),
                    shelves.archive,
                    shelves.media,
                    report,
                    advance,
                    expect,
                    file_chooser(settings, time.time),
                    shelves.archive.restore,
                )
                await into.run(reading)

    run_reported(settings, work, report, _tell, as_json=as_json, done="kept")


def _tell(report: Report) -> Told:
    """Return what people are told."""
    media = report.media_new + report.media_known
    skipped = [(path_text(path), reason, 1) for path, reason in report.skipped]
    problems = [(_place(each), each.problem.reason, each.problem.times) for each in report.problems]
    return Told(
        report.record(),
        report.imported > 0,
        [
            ("Stories", f"{report.found} found, {report.new} new, {report.known} known"),
            ("Media", f"{media} found, {report.media_new} new, {report.media_known} known"),
            ("Files", f"{report.imported} imported, {report.skipped_count} left out"),
        ],
        [
            ("Left out", skipped, report.skipped_count),
            ("Could not be read", problems, report.problem_count),
        ],
    )


def _place(trouble: Trouble) -> str:
    """Say where in which story of which file something was."""
    problem = trouble.problem
    story = f"story {problem.story_pk}" if problem.story_pk else ""
    return ", ".join(filter(None, (path_text(trouble.path), story, problem.field)))

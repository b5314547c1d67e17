"""Exporting what is kept: folders for people and other tools, from which all can be restored."""

from collections.abc import AsyncIterator, Iterable
from contextlib import closing
from pathlib import Path

import click

from storykeep.app import Shelves
from storykeep.cli.keys import as_json
from storykeep.cli.output import plain, progress_bar
from storykeep.cli.reporting import Told, run_reported
from storykeep.core.errors import InvalidValue
from storykeep.core.ids import MAX_PK, read_username
from storykeep.exporters.folder import ExportFolder
from storykeep.exporters.names import DEFAULT, Template, read_template
from storykeep.exporters.report import Report
from storykeep.exporters.run import Export
from storykeep.settings import Settings

_FOLDER = click.Path(file_okay=False, path_type=Path)


def _read_name(_context: click.Context, _option: click.Parameter, text: str) -> Template:
    try:
        return read_template(text)
    except InvalidValue as error:
        raise click.BadParameter(str(error)) from error


@click.command()
@click.argument("users", metavar="[USER]...", nargs=-1)
@click.argument("folder", metavar="DIR", type=_FOLDER)
@click.option("--all", "is_all", is_flag=True, help="Every account in the archive.")
@click.option(
    "--name", "template", default=DEFAULT, show_default=True, callback=_read_name,
    help="What files are called: {username}, {pk} and {taken_at}, with / between folders.",
)  # fmt: skip
@as_json
@click.pass_obj
def export(
    settings: Settings,
    users: tuple[str, ...],
    folder: Path,
    template: Template,
    *,
    is_all: bool,
    as_json: bool,
) -> None:
    """Export accounts, each a name or a pk, into the folder DIR.

    Each story has its files, dated when it was taken, and a description beside each that
    gallery-dl's readers understand.  DIR/storykeep holds a record of each account, from which
    `storykeep import DIR` makes an empty archive the same as this one.  All of it is there,
    private accounts' and close friends' stories too: it is yours, and only you can read it.
    Running it again writes what is new, and finishes what was interrupted.

    Example: storykeep export --all ~/stories

    \b
    Exit codes:
      0    everything is in the folder
      1    an account is not known; nothing was exported
      2    wrong usage
      3    exported, but some files are lost or damaged in the store
      4    nothing to export
      5    the archive or the folder refused; what was exported by then is there
      130  interrupted; what was exported by then is there
    """  # noqa: D301 - click's mark for lines that stay as they are
    if is_all == bool(users):
        raise click.UsageError("Name the accounts, or say --all.")
    own = settings.data.resolve()
    if own in (folder.resolve(), *folder.resolve().parents):
        raise click.UsageError("DIR is storykeep's own folder: choose another.")
    report = Report()

    async def work(shelves: Shelves) -> None:
        pks = [] if is_all else [await _find(shelves, user) for user in dict.fromkeys(users)]
        count = shelves.archive.story_count
        stories = sum([await count(pk) for pk in pks]) if pks else await count()
        bar = progress_bar("Exporting", stories, "Bar TaskProgress MofNComplete TimeRemaining")
        with closing(ExportFolder(folder)) as into, bar as (advance, _):
            exporting = Export(shelves.archive, shelves.media, into, template, report, advance)
            await exporting.run(_each(dict.fromkeys(pks)) if pks else shelves.archive.records())

    run_reported(settings, work, report, _tell, as_json=as_json, done="there")


async def _find(shelves: Shelves, user: str) -> int:
    """Return the account of a name, else of a pk."""
    account = await shelves.archive.account(read_username(user))
    if account is not None:
        return account.pk
    if user.isdecimal() and int(user) <= MAX_PK:
        profile = await shelves.archive.profile(int(user))
        if profile is not None:
            return int(profile.user.pk)
    raise click.ClickException(f"The archive has not seen {plain(user)}: see accounts list.")


async def _each(pks: Iterable[int]) -> AsyncIterator[int]:
    for pk in pks:
        yield pk


def _tell(report: Report) -> Told:
    """Return what people are told."""
    files = report.files
    lost = [
        (f"story {each.story_pk}, {plain(each.name)}", plain(each.reason), 1)
        for each in report.problems
    ]
    return Told(
        report,
        report.accounts > 0,
        [
            ("Accounts", f"{report.accounts}, seen {report.sightings} times"),
            ("Stories", f"{report.stories}, of {report.without_files} no file is kept"),
            ("Files", f"{files.new + files.known}, {files.new} new, {files.known} known"),
        ],
        [("Not exported", lost, report.problem_count)],
    )

"""Reading kept captures anew: a bar while it runs, a report at the end."""

from collections import Counter

import click
from msgspec import Struct, field

from storykeep.app import Shelves
from storykeep.cli.keys import as_json, on_shelves
from storykeep.cli.output import MAX_LISTED, progress_bar, show, show_some
from storykeep.storage.reextract import Change, Step, Unreadable


class Report(Struct):
    """What reading anew changed, or would change."""

    is_dry_run: bool
    stories: int = 0
    captures: int = 0
    changed: int = 0
    fields: Counter[str] = field(default_factory=Counter)
    """How many stories changed in each."""
    changes: list[Change] = field(default_factory=list)
    unreadable_count: int = 0
    unreadable: list[Unreadable] = field(default_factory=list)

    def add(self, step: Step) -> None:
        """Count a step."""
        self.stories += step.stories
        self.captures += step.captures
        self.changed += len(step.changes)
        self.fields.update(name for change in step.changes for name in change.fields)
        self.changes += step.changes[: MAX_LISTED - len(self.changes)]
        self.unreadable_count += len(step.unreadable)
        self.unreadable += step.unreadable[: MAX_LISTED - len(self.unreadable)]


@click.command()
@click.option("--dry-run", is_flag=True, help="Tell what would change, and change nothing.")
@as_json
@on_shelves
async def reextract(shelves: Shelves, *, dry_run: bool, as_json: bool) -> None:
    """Read the captures that are kept anew, so that a newer storykeep mends old stories.

    The server may run meanwhile, and an interrupted run is finished by another one.  A capture
    that can no longer be read is told, and what was read of it before stays.

    Example: storykeep reextract --dry-run
    """
    report = Report(dry_run)
    with progress_bar("Reading", await shelves.archive.story_count()) as (advance, _):
        async for step in shelves.archive.reextract(is_dry_run=dry_run):
            report.add(step)
            advance(step.stories)
    show(report, as_json=as_json, tell=_tell)


def _tell(report: Report) -> None:
    """Print the report for people: counts, what changed by field, then some stories."""
    done = "would change" if report.is_dry_run else "changed"
    click.echo(f"{report.stories} stories, {report.captures} captures: {report.changed} {done}.")
    for name, count in report.fields.most_common():
        click.echo(f"  {name}: {count}")
    told = [f"  {each.story_pk}: {', '.join(each.fields)}" for each in report.changes]
    show_some(told, report.changed, f"\nStories that {done}")
    told = [f"  {each.story_pk}: {each.reason}" for each in report.unreadable]
    show_some(told, report.unreadable_count, "\nCaptures that can no longer be read")

"""Imports and exports: how they end, what their reports tell people, and their exit codes."""

import sys
from collections.abc import Awaitable, Callable, Sequence
from typing import NamedTuple, TypeVar

import click

from storykeep.app import Shelves
from storykeep.cli.keys import with_shelves
from storykeep.cli.output import MAX_SHOWN, show
from storykeep.core.errors import StorageError
from storykeep.exporters import report as exports
from storykeep.importers import report as imports
from storykeep.importers.beside import EndedEarlyError
from storykeep.settings import Settings

DONE, FAILED, PARTLY, NOTHING, STORAGE, INTERRUPTED = 0, 1, 3, 4, 5, 130


Report = TypeVar("Report", imports.Report, exports.Report)


class Told(NamedTuple):
    """What people are told of a report."""

    record: object
    """All of it, fit for JSON."""
    is_any: bool
    """Whether anything was imported or exported."""
    counts: Sequence[tuple[str, str]]
    """Each below its label."""
    left_out: Sequence[tuple[str, list[tuple[str, str, int]], int]]
    """Below each title: places with their reasons, and how often; and how many there are."""


def run_reported(
    settings: Settings,
    work: Callable[[Shelves], Awaitable[None]],
    report: Report,
    tell: Callable[[Report], Told],
    *,
    as_json: bool,
    done: str,
) -> None:
    """Run ``work``, print the report, and exit; what it counts by the end is ``done``."""
    stopped, code = "", NOTHING
    try:
        with_shelves(settings, work)
    except KeyboardInterrupt:
        stopped, code = "Interrupted: what", INTERRUPTED
    except EndedEarlyError as error:
        stopped, code = f"Stopped: the reading ended early, {error}. What", FAILED
    except StorageError as error:
        reason = str(error.__cause__ or error).rstrip(".")
        stopped, code = f"Stopped: {reason}. What", STORAGE
    if stopped:
        report.stopped = f"{stopped} the report counts is {done}."
    told = tell(report)
    if told.is_any and not stopped:
        code = PARTLY if any(count for *_, count in told.left_out) else DONE
    show(told.record, as_json=as_json, tell=lambda _: _show(told))
    if stopped:
        click.echo(f"{report.stopped} Run it again to finish the rest.", err=True)
    sys.exit(code)


def _show(told: Told) -> None:
    """Print counts, then a line for each thing that was left out."""
    from rich.console import Console
    from rich.text import Text

    console = Console(soft_wrap=True, highlight=False)
    for label, counts in told.counts:
        console.print(Text.assemble((f"{label:<9}", "bold"), counts))
    for title, lines, count in told.left_out:
        if lines:
            console.print(Text(f"\n{title}", style="bold"))
        for place, reason, times in lines[:MAX_SHOWN]:
            often = f" ({times:,} times)" if times > 1 else ""
            console.print(Text.assemble(f"  {place}: ", (reason, "yellow"), often))
        if more := count - sum(times for _, _, times in lines[:MAX_SHOWN]):
            console.print(Text(f"  and {more} more: --json tells them", style="dim"))

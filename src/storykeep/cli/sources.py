"""The sources: how they are composed, how the live ones fare, and closing a breaker."""

import sys
import time
from contextlib import aclosing
from math import ceil
from typing import Any

import click

from storykeep.app import Shelves
from storykeep.cli.keys import as_json, on_shelves, with_shelves
from storykeep.cli.output import MAX_SHOWN, show, time_text
from storykeep.composition import Composition, compose
from storykeep.core.errors import SourceError
from storykeep.core.governor import refusal, reset, used, windows
from storykeep.settings import Settings
from storykeep.sources.governed import Governed

COLUMNS = ("source", "state", "hour", "day", "balance", "again", "last_error")


@click.group(invoke_without_command=True)
@as_json
@click.pass_context
def sources(ctx: click.Context, *, as_json: bool) -> None:
    """Show where stories come from, in the order in which it is asked, and how that fares.

    Of a live source: whether it may be asked now or when, its questions of the last hour and day
    of those it may be asked, what is left there where it sells answers, its last error, and what
    of its answers was not understood.

    Example: storykeep sources
    """
    if ctx.invoked_subcommand is not None:
        return
    settings: Settings = ctx.obj

    async def work(shelves: Shelves) -> list[dict[str, Any]]:
        async with aclosing(_open(settings, shelves)) as composition:
            live = composition.upstreams
            words = settings.sources.split()
            return [await _record(shelves, word, live.get(word)) for word in words]

    records = with_shelves(settings, work)
    show(records, as_json=as_json, columns=COLUMNS)
    drift = [{"source": each["source"], **line} for each in records for line in each["drift"]]
    if drift and not as_json:
        click.echo()
        columns = ("source", "not_understood", "times", "at")
        show(drift, as_json=False, columns=columns, most=MAX_SHOWN)


@sources.command()
@as_json
@click.pass_obj
@on_shelves
async def check(shelves: Shelves, settings: Settings, *, as_json: bool) -> None:
    """Ask each live source something harmless, which counts as a question to it.

    The exit code is 1 when one of them does not answer.

    Example: storykeep sources check
    """
    async with aclosing(_open(settings, shelves)) as composition:
        records = [await _check(upstream) for upstream in composition.upstreams.values()]
    if not records and not as_json:
        click.echo("STORYKEEP_SOURCES names no live source: there is nothing to check.", err=True)
        return
    show(records, as_json=as_json, columns=("source", "answers", "error", "retry_after"))
    sys.exit(0 if all(record["answers"] for record in records) else 1)


@sources.command("reset")
@click.argument("name")
@click.pass_obj
@on_shelves
async def reset_source(shelves: Shelves, settings: Settings, name: str) -> None:
    """Let a source be asked again that is stopped or rests, also while the server runs.

    Settle first what its error says.  What it was asked still counts.

    Example: storykeep sources reset instagram
    """
    async with aclosing(_open(settings, shelves)) as composition:
        names = [upstream.name for upstream in composition.upstreams.values()]
    if name not in names:
        known = f"only {', '.join(names)}" if names else "STORYKEEP_SOURCES names none"
        raise click.ClickException(f"There is no live source {name!r}, {known}.")
    before = await shelves.origins.health(name)
    await shelves.origins.change(name, reset)
    since = f" It was stopped at {time_text(before.stopped_at)}." if before.stopped_at else ""
    click.echo(f"{name} may be asked again.{since}", err=True)


def _open(settings: Settings, shelves: Shelves) -> Composition:
    return compose(settings, shelves.archive, shelves.origins, time.time)


async def _record(shelves: Shelves, word: str, upstream: Governed | None) -> dict[str, Any]:
    """Return how the source that ``word`` names is shown; one that is not live is always there."""
    if upstream is None:
        return {"source": word, "state": "here", **dict.fromkeys(COLUMNS[2:]), "drift": []}
    health, now = await shelves.origins.health(upstream.name), time.time()
    reason = refusal(health, upstream.pace, now)
    wait = getattr(reason, "retry_after", None)
    budgets = {
        window: f"{used(health, seconds, now)} of {budget or 'any'}"
        for window, budget, seconds in windows(upstream.pace)
    }
    return {
        "source": word,
        "name": health.source,
        "state": "stopped" if health.stopped_at else "ready" if reason is None else "waiting",
        **budgets,
        "balance": health.balance,
        "again": time_text(ceil(now + wait)) if wait else None,
        "last_error": health.error,
        "last_error_at": time_text(health.error_at),
        "asked_at": time_text(int(health.asked_at) or None),
        "answered_at": time_text(health.answered_at),
        "results": health.results,
        "drift": [
            {"not_understood": count.field, "times": count.times, "at": time_text(count.seen_at)}
            for count in await shelves.origins.drift(upstream.name)
        ],
    }


async def _check(upstream: Governed) -> dict[str, Any]:
    error, wait = None, None
    try:
        await upstream.check()
    except SourceError as caught:
        error, wait = str(caught), caught.retry_after
    return {
        "source": upstream.name,
        "answers": error is None,
        "error": error,
        "retry_after": None if wait is None else ceil(wait),
    }

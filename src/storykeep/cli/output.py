"""How records are shown: a table for people, one JSON document for programs."""

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from typing import Any

import click
from msgspec import json

Advance = Callable[[int], None]

MAX_SHOWN = 20
"""How many lines of a kind people are shown; programs get all that there are."""
MAX_LISTED = 10_000
"""How many of a kind a report has one by one; all are counted."""
UNBOUNDED = 10_000
"""The width of what is no terminal, in characters."""


def show(
    records: Any,
    *,
    as_json: bool,
    columns: Sequence[str] | Mapping[str, str] = (),
    most: int | None = None,
    tell: Callable[[Any], None] | None = None,
) -> None:
    """Print ``records``: as JSON, or by ``tell``, or as a table of ``columns`` (their keys).

    Where these are a mapping, it says in which style each is.
    A table has a line for each of the first ``most``, and standard error says what is missing.
    """
    if as_json:
        click.echo(json.format(json.encode(records)).decode())
        return
    if tell is not None:
        tell(records)
        return
    from rich.console import Console
    from rich.table import Table

    styles = columns if isinstance(columns, Mapping) else {}
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        is_id = column == "pk"  # in two halves nobody can copy it
        table.add_column(column, overflow="fold", no_wrap=is_id, style=styles.get(column))
    for record in records[:most]:
        table.add_row(*(plain(record[name]) for name in columns))
    # For a program that reads it, a record is a line however long.
    width = None if sys.stdout.isatty() else UNBOUNDED
    Console(width=width, markup=False, emoji=False, highlight=False).print(table)
    if most and len(records) > most:
        click.echo(f"and {len(records) - most} more: --json tells them", err=True)


def show_some(lines: Sequence[str], count: int, title: str = "") -> None:
    """Print the first of ``lines``, below ``title`` if there are any; ``count`` counts all."""
    if title and lines:
        click.echo(title)
    for line in lines[:MAX_SHOWN]:
        click.echo(line)
    if count > MAX_SHOWN:
        click.echo(f"  and {count - MAX_SHOWN} more: --json tells them")


@contextmanager
def progress_bar(doing: str, total: int, columns: str = "") -> Iterator[tuple[Advance, Advance]]:
    """Show a bar on standard error, if that is a terminal.

    It yields what hears that so many more are done, and that there are so many more to do.
    ``columns`` names rich's, where they are others than its usual ones.
    """
    if not sys.stderr.isatty():
        yield (lambda _: None), (lambda _: None)
        return
    from rich import progress
    from rich.console import Console

    shown = [getattr(progress, f"{name}Column")() for name in columns.split()]
    with progress.Progress(*shown, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(doing, total=total)

        def expect(more: int) -> None:
            nonlocal total
            total += more
            bar.update(task, total=total)

        yield partial(bar.advance, task), expect


def time_text(seconds: int | None) -> str | None:
    """Return Unix seconds as ISO 8601 in UTC."""
    if seconds is None:
        return None
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def read_time(text: str) -> datetime:
    """Return an ISO 8601 time; one without a zone is UTC.  Raises BadParameter."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise click.BadParameter(f"{text!r} is no ISO 8601 time: 2027-01-31T00:00:00Z") from error
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def plain(value: Any) -> str:
    """Return ``value`` as text that cannot steer a terminal: names come from strangers."""
    text = "" if value is None else str(value)
    return "".join(
        letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in text
    )

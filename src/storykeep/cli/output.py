"""How records are shown: a table for people, one JSON document for programs."""

import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import click
from msgspec import json

UNBOUNDED = 10_000
"""The width of what is no terminal, in characters."""


def show(records: Any, *, as_json: bool, columns: Sequence[str] = ()) -> None:
    """Print ``records``: as JSON, or as a table of ``columns`` (keys of the records)."""
    if as_json:
        click.echo(json.format(json.encode(records)).decode())
        return
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        table.add_column(column, overflow="fold")
    for record in records:
        table.add_row(*(_cell(record[name]) for name in columns))
    # For a program that reads it, a record is a line however long.
    width = None if sys.stdout.isatty() else UNBOUNDED
    Console(width=width, markup=False, emoji=False, highlight=False).print(table)


def time_text(seconds: int | None) -> str | None:
    """Return Unix seconds as ISO 8601 in UTC."""
    if seconds is None:
        return None
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _cell(value: Any) -> str:
    """Return ``value`` as text that cannot steer a terminal: names come from strangers."""
    text = "" if value is None else str(value)
    return "".join(
        letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in text
    )

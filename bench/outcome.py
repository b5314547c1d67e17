"""What a section found: tables of everything, and one verdict for each target."""

from collections.abc import Sequence
from typing import NamedTuple

from rich.console import Console
from rich.table import Table

SLACK = 0.1
"""A figure may be so much worse than its target: other work on the machine does that."""


class Verdict(NamedTuple):
    """A figure beside the target it must meet."""

    what: str
    figure: float
    target: float
    unit: str = ""
    is_least: bool = False
    """The target is a least, not a most."""

    @property
    def is_met(self) -> bool:
        """With the slack."""
        if self.is_least:
            return self.figure >= self.target * (1 - SLACK)
        return self.figure <= self.target * (1 + SLACK)

    @property
    def word(self) -> str:
        """``ok``, or ``ok (slack)`` where only the slack saves it, or ``missed``."""
        if not self.is_met:
            return "missed"
        exact = self.figure >= self.target if self.is_least else self.figure <= self.target
        return "ok" if exact else "ok (slack)"


class Outcome(NamedTuple):
    """All that a section found."""

    tables: list[Table]
    verdicts: list[Verdict]


def create_table(title: str, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> Table:
    """Return a table: names to the left, numbers to the right."""
    table = Table(title=title, title_justify="left", title_style="bold", box=None, pad_edge=False)
    for number, column in enumerate(columns):
        table.add_column(column, justify="right" if number else "left")
    for row in rows:
        table.add_row(*(figure(cell) if isinstance(cell, float) else str(cell) for cell in row))
    return table


def figure(number: float) -> str:
    """Return a number in about three digits."""
    size = abs(number)
    digits = 0 if size >= 100 else 1 if size >= 10 else 2
    return f"{number:,.{digits}f}"


def show_verdicts(console: Console, verdicts: Sequence[Verdict]) -> None:
    """Print one line for each target."""
    table = Table(
        title=f"Targets ({SLACK:.0%} slack)",
        title_justify="left",
        title_style="bold",
        box=None,
        pad_edge=False,
        show_header=False,
    )
    table.add_column(overflow="fold")
    table.add_column(justify="right", no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True)
    styles = {"ok": "green", "ok (slack)": "yellow", "missed": "red"}
    for verdict in verdicts:
        table.add_row(
            verdict.what,
            f"{figure(verdict.figure)}{verdict.unit}",
            f"{'≥' if verdict.is_least else '≤'} {verdict.target:,g}{verdict.unit}",
            f"[{styles[verdict.word]}]{verdict.word}[/]",
        )
    console.print(table)

"""The settings in force."""

import os
from pathlib import Path
from typing import Any

import click

from storykeep.cli.keys import as_json
from storykeep.cli.output import show
from storykeep.settings import PREFIX, SECRET, Sourced, read_sourced


@click.command()
@as_json
@click.pass_context
def settings(ctx: click.Context, *, as_json: bool) -> None:
    """Show every setting, its value and where it came from.

    Example: STORYKEEP_CURRENCY=EUR storykeep settings
    """
    data = ctx.find_root().params.get("data")
    records = [
        {
            "setting": f"{PREFIX}{sourced.name.upper()}",
            "value": _shown(sourced),
            "origin": sourced.origin,
        }
        for sourced in read_sourced(os.environ, data=data)
    ]
    show(records, as_json=as_json, columns=("setting", "value", "origin"))


def _shown(sourced: Sourced) -> Any:
    if sourced.name in SECRET and sourced.value:
        return "…"
    return str(sourced.value) if isinstance(sourced.value, Path) else sourced.value

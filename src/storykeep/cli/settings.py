"""The settings in force."""

import os
from pathlib import Path

import click

from storykeep.cli.keys import as_json
from storykeep.cli.output import show
from storykeep.settings import PREFIX, read_sourced


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
            "value": str(sourced.value) if isinstance(sourced.value, Path) else sourced.value,
            "origin": sourced.origin,
        }
        for sourced in read_sourced(os.environ, data=data)
    ]
    show(records, as_json=as_json, columns=("setting", "value", "origin"))

"""The files of stories."""

import click

from storykeep.cli.media_store import gc, stats, verify


@click.group()
def media() -> None:
    """Look after the files of stories.

    Example: storykeep media stats
    """


for _command in (gc, stats, verify):
    media.add_command(_command)

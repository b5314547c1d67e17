"""The command line.  Records go to standard output, bars and notes to standard error.

Exit codes: 0 done · 1 refused or failed, the message says why and what to do · 2 wrong usage ·
what else ``import`` and ``download`` answer stands in their help · 130 interrupted.
"""

import os
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import click

from storykeep import __version__
from storykeep.cli.output import plain
from storykeep.core.errors import StorykeepError
from storykeep.logs import configure_logs
from storykeep.settings import SettingsError, read_settings

INTERRUPTED = 130

COMMANDS = {
    "accounts": "accounts:accounts",
    "completion": "completion:completion",
    "download": "stories:download",
    "emulate": "emulate:emulate",
    "erase": "erase:erase",
    "export": "export:export",
    "get": "stories:get",
    "import": "importing:import_command",
    "keys": "keys:keys",
    "ledger": "ledger:ledger",
    "media": "media:media",
    "reextract": "reextract:reextract",
    "serve": "serve:serve",
    "session": "session:session",
    "settings": "settings:settings",
    "show": "show:show_story",
    "sources": "sources:sources",
}


class _Commands(click.Group):
    """Loads a command when it is asked for, and tells our own errors in one line."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """Return the names."""
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Return the command of that name."""
        if cmd_name not in COMMANDS:
            return None
        module, _, name = COMMANDS[cmd_name].partition(":")
        command: click.Command = getattr(import_module(f"{__name__}.{module}"), name)
        return command

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command."""
        try:
            return super().invoke(ctx)
        except StorykeepError as error:  # whose words may be another server's
            raise click.ClickException(plain(str(error))) from error
        except SettingsError as error:
            raise click.ClickException(str(error)) from error
        except KeyboardInterrupt:
            sys.exit(INTERRUPTED)


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="storykeep")
@click.option(
    "--data",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder of archive, ledger, media and certificates.  [env: STORYKEEP_DATA; default: data]",
)
@click.pass_context
def cli(ctx: click.Context, data: Path | None) -> None:
    """A self-hosted Instagram Stories API that keeps what it has seen.

    Example: storykeep --data ~/stories serve
    """
    configure_logs()
    os.umask(0o077)  # what is kept is nobody else's to read
    ctx.obj = read_settings(os.environ, data=data)

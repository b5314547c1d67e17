"""Completion of commands and options by the shell."""

import click
from click.shell_completion import BashComplete, FishComplete, ZshComplete

SHELLS = {"bash": BashComplete, "zsh": ZshComplete, "fish": FishComplete}


@click.command()
@click.argument("shell", type=click.Choice(list(SHELLS)))
@click.pass_context
def completion(ctx: click.Context, shell: str) -> None:
    """Print the script that teaches a shell to complete this command.

    \b
    Example: storykeep completion bash
    In ~/.bashrc:                   eval "$(storykeep completion bash)"
    In ~/.zshrc, after compinit:    eval "$(storykeep completion zsh)"
    In ~/.config/fish/config.fish:  storykeep completion fish | source
    """  # noqa: D301 - click's mark for lines that stay as they are
    root = ctx.find_root().command
    click.echo(SHELLS[shell](root, {}, "storykeep", "_STORYKEEP_COMPLETE").source())

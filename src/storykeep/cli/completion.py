"""Completion of commands and options by the shell."""

import click
from click.shell_completion import get_completion_class


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def completion(ctx: click.Context, shell: str) -> None:
    """Print the script that teaches a shell to complete this command.

    \b
    Example: storykeep completion bash
    In ~/.bashrc:                   eval "$(storykeep completion bash)"
    In ~/.zshrc, after compinit:    eval "$(storykeep completion zsh)"
    In ~/.config/fish/config.fish:  storykeep completion fish | source
    """  # noqa: D301 - click's mark for lines that stay as they are
    script = get_completion_class(shell)
    if script is None:  # pragma: no cover - click has all three
        raise click.ClickException(f"This click cannot complete in {shell}: update it.")
    root = ctx.find_root().command
    click.echo(script(root, {}, "storykeep", "_STORYKEEP_COMPLETE").source())

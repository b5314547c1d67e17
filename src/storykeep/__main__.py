"""``python -m storykeep`` and the ``storykeep`` command."""

import sys


def main() -> None:
    """Run the command line; without the server's dependencies say how to get them."""
    try:
        from storykeep.cli import cli
    except ModuleNotFoundError as error:
        if error.name is not None and error.name.startswith("storykeep"):
            raise
        sys.exit(f"storykeep: {error.name} is missing: pip install 'storykeep[server]'")
    cli(prog_name="storykeep")


if __name__ == "__main__":
    main()

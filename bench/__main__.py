"""``python -m bench [--quick] [SECTION …]``: measure, print tables, compare with the targets.

Exit code 0 when everything could be measured, whether or not it met its target; 1 when
something could not run; 2 for wrong usage.
"""

import argparse
import os
import sys
import tempfile
import time
from importlib import import_module
from pathlib import Path

from rich.console import Console

from bench.machine import Unavailable, require_cores
from bench.outcome import Verdict, show_verdicts
from bench.session import Session

SECTIONS = (
    "endpoints",
    "charge",
    "growth",
    "downloads",
    "keep",
    "live",
    "start",
    "imports",
    "exports",
)


def main() -> int:
    """Run the sections asked for."""
    arguments = _read_arguments()
    console = Console(width=None if sys.stdout.isatty() else 120)
    verdicts: list[Verdict] = []
    failed = []
    begun = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="storykeep-bench-", dir=arguments.folder) as root:
        session = Session(Path(root), is_quick=arguments.quick)
        for name in arguments.sections or SECTIONS:
            print(f"{name} ", end="", file=sys.stderr, flush=True)
            try:
                require_cores()
                outcome = import_module(f"bench.sections.{name}").run(session)
            except Unavailable as error:
                console.print(f"[red]{name} could not run:[/] {error}\n")
                failed.append(name)
                continue
            print(file=sys.stderr)
            for table in outcome.tables:
                console.print(table, "")
            verdicts += outcome.verdicts
    show_verdicts(console, verdicts)
    console.print(f"\n{time.monotonic() - begun:.0f} s.")
    return 1 if failed else 0


def _read_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("sections", nargs="*", metavar="SECTION", help=", ".join(SECTIONS))
    parser.add_argument("--quick", action="store_true", help="a minute's look: no figure to quote")
    parser.add_argument(
        "--folder",
        default=os.environ.get("TMPDIR", "/var/tmp"),
        help="where to write; it must be a disk, not memory [default: /var/tmp]",
    )
    arguments = parser.parse_args()
    if unknown := set(arguments.sections) - set(SECTIONS):
        parser.error(f"no such section: {', '.join(sorted(unknown))}")
    return arguments


if __name__ == "__main__":
    sys.exit(main())

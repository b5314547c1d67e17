"""The machine: one core serves and the other asks; programs that are not Python's."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

ASKING, SERVING = (sorted(os.sched_getaffinity(0)) * 2)[:2]
"""Two cores; of several the first two."""


class Unavailable(Exception):
    """Something that the bench needs is not there; the text says what to do."""


@contextmanager
def on_core(core: int) -> Iterator[None]:
    """Start processes on one core: they inherit it."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {core})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def require_cores() -> None:
    """Raise Unavailable on a machine whose single core would do both jobs."""
    if ASKING == SERVING:
        raise Unavailable("The bench needs two cores: one serves, the other asks.")


def require(program: str, package: str) -> str:
    """Return the path of ``program``, installed first where we may.  Raises Unavailable."""
    found = _find(program)
    if found is None and os.geteuid() == 0 and shutil.which("apt-get"):
        print(f"installing {package} ...", flush=True)
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        for step in (["update"], ["install", "-y", "--no-install-recommends", package]):
            subprocess.run(
                ["apt-get", "-qq", *step], check=False, env=environment, stdout=subprocess.DEVNULL
            )
        found = _find(program)
    if found is None:
        raise Unavailable(f"{program} is missing: install it (Debian, Ubuntu: {package}).")
    return found


def _find(program: str) -> str | None:
    return shutil.which(program, path=f"{os.environ.get('PATH', '')}:/usr/sbin")

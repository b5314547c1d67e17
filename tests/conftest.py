"""What holds for every test: nothing is reached but loopback."""

import os
import sys
from collections.abc import Iterator

import pytest
from hypothesis import settings

from tests.seaweed import Seaweed, run_seaweed

# That a machine has other things to do is no fault of what is tested.
settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")

LOOPBACK = ("127.", "::1", "localhost")

# A developer's own settings are not the tests'.
for name in [name for name in os.environ if name.startswith("STORYKEEP_")]:
    del os.environ[name]


def _stay_at_home(event: str, arguments: tuple[object, ...]) -> None:
    """Refuse to connect to another machine, or to ask for its address."""
    if event == "socket.connect":
        address = arguments[1]
    elif event == "socket.getaddrinfo":
        address = arguments
    else:
        return
    host = address[0] if isinstance(address, tuple) else address
    name = host.decode() if isinstance(host, bytes) else host
    is_local = name is None or (isinstance(name, str) and name.startswith((*LOOPBACK, "/", "\0")))
    if not is_local and name != "":
        raise RuntimeError(f"tests reach loopback only, not {name!r}")


sys.addaudithook(_stay_at_home)


@pytest.fixture(scope="session")
def seaweed() -> Iterator[Seaweed]:
    """An S3 server that runs from the first test that asks for it to the last; it must start."""
    with run_seaweed() as server:
        yield server

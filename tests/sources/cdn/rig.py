"""A fetcher whose every way out is watched."""

import socket
import ssl
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from storykeep.sources.cdn.fetcher import CdnFetcher
from storykeep.testing.instagram import cdn_dialer, public_address
from storykeep.testing.instagram.cdn import media_file

URL = "https://scontent.cdninstagram.com/v/n.jpg?oe=FFFFFFFF"
PUBLIC = "157.240.0.63"
PHOTO = media_file("/n.jpg")
LARGE = PHOTO + bytes(range(256)) * 1200
"""A picture of five chunks: what follows its end is nobody's concern."""

NOBODY = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""Trust that takes no time to load: connections are plain."""


class Trap:
    """A server on loopback that nobody may reach."""

    def __init__(self, listener: socket.socket) -> None:
        self._listener = listener
        self.port: int = listener.getsockname()[1]

    def connections(self) -> int:
        """How many came: the system has taken them in, accepted or not."""
        count = 0
        while True:
            try:
                self._listener.accept()[0].close()
            except BlockingIOError:
                return count
            count += 1


@contextmanager
def trap() -> Iterator[Trap]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setblocking(False)
        yield Trap(listener)


class Names:
    """A resolver that answers what it was told, the last again and again, and counts."""

    def __init__(self, *answers: Sequence[str]) -> None:
        self._answers = list(answers)
        self.asked: list[str] = []

    async def __call__(self, name: str) -> Sequence[str]:
        self.asked.append(name)
        return self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]


class Dialed:
    """A dialer to one server, which remembers what it was asked for."""

    def __init__(self, origin: str) -> None:
        self._dial = cdn_dialer(origin)
        self.asked: list[tuple[str, int]] = []

    async def __call__(self, address: str, port: int, timeout: float) -> Any:
        self.asked.append((address, port))
        return await self._dial(address, port, timeout)


def fetcher_at(origin: str, **options: Any) -> CdnFetcher:
    """A fetcher that reaches ``origin`` for every name."""
    given = {"resolve": public_address, "dial": cdn_dialer(origin), "trust": NOBODY, **options}
    return CdnFetcher(**given)


async def fetched(fetcher: CdnFetcher, url: str = URL) -> bytes:
    """The whole file, and the connections closed."""
    try:
        return b"".join([chunk async for chunk in fetcher.fetch(url)])
    finally:
        await fetcher.aclose()

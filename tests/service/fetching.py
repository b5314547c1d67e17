"""A fetcher whose files arrive when the test lets them."""

import asyncio
from collections.abc import AsyncGenerator


class HeldFetcher:
    """Sends the first bytes of a file at once and the rest, or an error, when released."""

    def __init__(self, content: bytes, error: Exception | None = None) -> None:
        self.content, self.error = content, error
        self.asked: list[str] = []
        self.open = 0
        """How many files are under way."""
        self.most = 0
        """How many were at once."""
        self._held = asyncio.Event()
        self._arrived = asyncio.Event()

    async def fetch(self, url: str) -> AsyncGenerator[bytes, None]:
        self.asked.append(url)
        self.open += 1
        self.most = max(self.most, self.open)
        self._arrived.set()
        try:
            yield self.content[:100]
            await self._held.wait()
            if self.error is not None:
                raise self.error
            yield self.content[100:]
        finally:
            self.open -= 1

    async def until(self, count: int) -> None:
        """Wait until so many have been asked for."""
        while len(self.asked) < count:
            self._arrived.clear()
            await self._arrived.wait()

    def release(self) -> None:
        """Let all come."""
        self._held.set()

"""A MediaFetcher that does as it is told."""

from collections.abc import AsyncGenerator, Mapping

from storykeep.core.errors import MediaNotFound

PIECE = 1000
"""Bytes come in pieces of this size, as they do from afar."""


class ScriptedFetcher:
    """Sends the bytes, or raises the exception, that it was given for an address."""

    def __init__(self, files: Mapping[str, bytes | Exception] | None = None) -> None:
        """Nothing lies at any other address."""
        self._files = files or {}
        self.asked: list[str] = []
        """The addresses so far."""

    async def fetch(self, url: str) -> AsyncGenerator[bytes, None]:
        """The bytes of a CDN address."""
        self.asked.append(url)
        content = self._files.get(url, MediaNotFound())
        if isinstance(content, Exception):
            raise content
        for offset in range(0, len(content), PIECE):
            yield content[offset : offset + PIECE]

"""The bytes of one file, across broken connections."""

from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress

import httpcore2

from storykeep.core.errors import SourceUnavailable
from storykeep.sources.cdn.answers import Answer, Offer, read_offer, read_rest
from storykeep.sources.cdn.limits import Meter

BROKEN = (httpcore2.NetworkError, httpcore2.RemoteProtocolError)
"""How a connection breaks off."""

CHUNK = 1 << 16
"""Chunks have at least so many bytes, but for the last, and less than twice as many."""

RESUMES = 3


class Body:
    """What an answer offers, gone on with after a break where the server can.  Close it."""

    _offer: Offer
    _size: int | None

    def __init__(
        self, answer: Answer, meter: Meter, again: Callable[[Mapping[str, str]], Awaitable[Answer]]
    ) -> None:
        """``again`` asks for the same file with more headers."""
        self._answer = answer
        self._meter = meter
        self._again = again
        self._resumes = 0
        self._broke_at: int | None = None

    async def begin(self) -> bytes:
        """The first bytes, if it is a file that may be kept.  Raises MediaNotFound, SourceError."""
        self._offer = read_offer(self._answer)
        self._size = self._offer.size
        self._meter.allow(self._size or 0)
        chunk = await self.chunk()
        self._offer.check_type(chunk)
        return chunk

    async def chunk(self) -> bytes:
        """The next bytes; none at the end of the whole file.  Raises SourceError."""
        pieces: list[bytes] = []
        size = 0
        while size < CHUNK and (piece := await self._piece()):
            pieces.append(piece)
            size += len(piece)
        return b"".join(pieces)

    async def aclose(self) -> None:
        """Give the connection back."""
        await self._answer.aclose()

    async def _piece(self) -> bytes:
        while True:
            with suppress(*BROKEN):
                piece = await self._meter.timed(self._answer.read())
                if piece or self._size in (None, self._meter.received):
                    return piece
            await self._resume()

    async def _resume(self) -> None:
        """Ask for what is missing, if the last time brought anything."""
        start, offer = self._meter.received, self._offer
        if self._resumes == RESUMES or start == self._broke_at:
            raise SourceUnavailable("The connection to the CDN breaks off again and again.")
        if offer.version is None or self._answer.headers.get("accept-ranges") == "none":
            raise SourceUnavailable("The connection broke off, and the CDN sends no parts.")
        self._resumes += 1
        self._broke_at = start
        await self._answer.aclose()
        self._answer = await self._again({"range": f"bytes={start}-", "if-range": offer.version})
        self._size = read_rest(self._answer, offer, start)

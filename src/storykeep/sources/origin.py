"""How a source asks a server over HTTP: within bounds, and failing as a source does."""

import asyncio
import random
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import httpx2
from msgspec import json

from storykeep.client.aio import Sleep, drive
from storykeep.client.answers import NO_JSON, Answer
from storykeep.client.effects import Flow, Send, Wait, body_of
from storykeep.client.errors import (
    BodyCut,
    CertificateRefused,
    ConnectionFailed,
    NotUnderstood,
    TimedOut,
    TransportFailed,
)
from storykeep.core.errors import SourceDrift, SourceTimeout, SourceUnavailable

MOST_BYTES = 4 << 20
"""Of an answer: a reel of a hundred stories has less than one of these megabytes."""

LIMIT = 20.0
"""Seconds that a question may take, all tries and waits together."""

# A compressed answer could be a thousand times larger than what was counted.
_PLAIN = {"accept": "application/json", "accept-encoding": "identity"}
_FAILED = 500


class Told(NamedTuple):
    """An answer, whatever its status."""

    status: int
    headers: Mapping[str, str]
    """Found by their names in lower case."""
    body: bytes

    def document(self) -> Any:
        """The JSON that the body is; None when it is none."""
        try:
            return json.decode(self.body)
        except NO_JSON:
            return None


class Origin:
    """A server that answers JSON, asked by GET.

    An answer is bounded in bytes and seconds.  What may pass is tried once more, a moment later:
    a lost connection, and a 5xx that does not say itself when to come back.
    """

    def __init__(
        self,
        name: str,
        http: httpx2.AsyncClient,
        *,
        limit: float = LIMIT,
        sleep: Sleep = asyncio.sleep,
        random: Callable[[], float] = random.random,
    ) -> None:
        """``name`` is what errors call it; ``http`` follows no redirect."""
        self.name = name
        self._http = http
        self._limit = limit
        self._sleep = sleep
        self._random = random

    async def ask(self, path: str, query: Mapping[str, str]) -> Told:
        """Return the answer.  Raises SourceUnavailable, SourceTimeout, SourceDrift."""
        flow = self._tried(Send(path, query, _PLAIN))
        try:
            async with asyncio.timeout(self._limit):
                return await drive(flow, self._http, self._sleep)
        except (TimeoutError, TimedOut):
            raise SourceTimeout(
                f"{self.name} did not answer within {self._limit:g} seconds."
            ) from None
        except CertificateRefused:
            raise SourceUnavailable(
                f"{self.name} shows a certificate that is not trusted: name its authority."
            ) from None
        except NotUnderstood as error:
            raise SourceDrift(f"{self.name}: {error}") from None
        except TransportFailed as error:
            raise SourceUnavailable(f"{self.name}: {error}") from None

    async def aclose(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    def _tried(self, send: Send) -> Flow[Told]:
        try:
            told = yield from _fetch(send)
        except (ConnectionFailed, BodyCut):
            told = None
        if told is not None and (told.status < _FAILED or "retry-after" in told.headers):
            return told
        yield Wait(0.5 + self._random())
        return (yield from _fetch(send))


def read_secret(path: str) -> str:
    """Return what the file holds, without the end of its line.  Raises ValueError."""
    try:
        secret = Path(path).read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is no text"
        raise ValueError(f"cannot read {path}: {reason}") from None
    if not secret or not (secret.isascii() and secret.isprintable()):
        raise ValueError(f"{path} must hold one secret, in printable ASCII")
    return secret


def _fetch(send: Send) -> Flow[Told]:
    answer: Answer = yield send
    if answer.headers.get("content-encoding", "identity") != "identity":
        raise answer.failure(NotUnderstood, "The answer is compressed, which was not asked for.")
    body = yield from body_of(answer, MOST_BYTES)
    return Told(answer.status, answer.headers, body)

"""The guarded fetcher: a MediaFetcher that asks the CDN, and nobody else."""

import asyncio
import ssl
import time
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import aclosing
from functools import cached_property, partial
from typing import NamedTuple

import httpcore2
import httpx2

from storykeep import __version__
from storykeep.core.errors import InvalidValue, SourceDrift, SourceTimeout, SourceUnavailable
from storykeep.core.links import split_cdn_url
from storykeep.sources.cdn.answers import REDIRECTS, Answer
from storykeep.sources.cdn.body import BROKEN, Body
from storykeep.sources.cdn.limits import Limits, Meter
from storykeep.sources.guard import Dial, Guard, Resolve, dial, resolve

HOPS = 3
"""Redirects that are followed."""

CONNECTIONS, IDLE_CONNECTIONS, IDLE_SECONDS = 64, 16, 30.0

_HEADERS = {
    "accept": "image/*,video/*",
    "accept-encoding": "identity",  # what is kept are the bytes that were sent
    "user-agent": f"storykeep/{__version__}",
}


class Place(NamedTuple):
    """Where a file lies: what was checked is what is asked, and nothing is parsed again."""

    host: str
    target: str


class CdnFetcher:
    """Fetches files from Instagram's CDN by https, and from domains that the operator added.

    Every address, also each that a redirect leads to, is checked before its name is resolved, and
    connections are made to public addresses only: see ``Guard``.  Nothing is read from the
    environment, and nothing is written.  One fetcher serves all tasks of an event loop.
    """

    def __init__(
        self,
        domains: Sequence[str] = (),
        *,
        limits: Limits = Limits(),
        resolve: Resolve = resolve,
        dial: Dial = dial,
        trust: ssl.SSLContext | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """``domains`` are asked beside Instagram's: each itself, and what lies under it.

        ``trust`` says which certificates are good, by default those that the system trusts;
        ``clock`` counts seconds and never goes back.
        """
        self._domains = domains
        self._limits = limits
        self._guard = Guard(resolve, dial)
        self._trust = trust
        self._clock = clock

    async def fetch(self, url: str) -> AsyncGenerator[bytes, None]:
        """The bytes of the file, in chunks of 64 to 128 KiB: all of them or an error.

        Raises InvalidValue for an address that may not be asked, before anything is; MediaNotFound
        for one that has expired (403) or where nothing lies (404, 410); SourceThrottled,
        SourceUnavailable and SourceTimeout for what may pass; SourceDrift for what is no picture
        or video, too large, or leads elsewhere.  Who reads no further closes it.
        """
        place, answer = await self._follow(url)
        meter = Meter(self._limits, self._clock)
        async with aclosing(Body(answer, meter, partial(self._ask, place))) as body:
            chunk = await body.begin()
            while chunk:
                yield chunk
                chunk = await body.chunk()

    async def aclose(self) -> None:
        """Close the connections, if there ever was one."""
        if "_pool" in vars(self):
            await self._pool.aclose()

    @cached_property
    def _pool(self) -> httpcore2.AsyncConnectionPool:
        """Made when it is needed: reading the system's certificates takes a while."""
        return httpcore2.AsyncConnectionPool(
            ssl_context=self._trust or httpx2.create_ssl_context(trust_env=False),
            max_connections=CONNECTIONS,
            max_keepalive_connections=IDLE_CONNECTIONS,
            keepalive_expiry=IDLE_SECONDS,
            network_backend=self._guard,
        )

    async def _follow(self, url: str) -> tuple[Place, Answer]:
        """Return the answer that is no redirect, and where it was given."""
        place = self._read(url)
        for _ in range(HOPS + 1):
            answer = await self._ask(place)
            if answer.status not in REDIRECTS:
                return place, answer
            await answer.aclose()
            place = self._led(place, answer.headers.get("location", ""))
        raise SourceDrift(f"The CDN sends us on more than {HOPS} times.")

    def _led(self, place: Place, location: str) -> Place:
        """Return where a redirect leads: to a path there, or to a whole address."""
        is_path = location.startswith("/") and not location.startswith("//")
        try:
            return self._read(f"https://{place.host}{location}" if is_path else location)
        except InvalidValue:
            raise SourceDrift("The CDN sends us to an address that is not asked.") from None

    def _read(self, url: str) -> Place:
        parts = split_cdn_url(url, self._domains)
        path = parts.path or "/"
        return Place(parts.hostname or "", f"{path}?{parts.query}" if parts.query else path)

    async def _ask(self, place: Place, more: Mapping[str, str] = {}) -> Answer:
        """Return the head of the answer.  Raises SourceUnavailable, SourceTimeout."""
        try:
            async with asyncio.timeout(self._limits.head):
                try:
                    return await self._send(place, more)
                except (httpcore2.ReadError, httpcore2.RemoteProtocolError):
                    # A connection that was kept may have been closed meanwhile.
                    return await self._send(place, more)
        except (TimeoutError, httpcore2.TimeoutException):
            raise SourceTimeout(f"{place.host} did not answer in time.") from None
        except BROKEN as error:
            words = f"{place.host} hung up before it answered."
            if "CERTIFICATE_VERIFY_FAILED" in str(error):
                words = f"{place.host} shows a certificate that is not trusted."
            raise SourceUnavailable(words) from None

    async def _send(self, place: Place, more: Mapping[str, str]) -> Answer:
        limits = self._limits
        request = httpcore2.Request(
            "GET",
            httpcore2.URL(scheme="https", host=place.host, target=place.target),
            headers=[*{"host": place.host, **_HEADERS, **more}.items()],
            extensions={
                "timeout": {
                    "pool": limits.head,
                    "connect": limits.connect,
                    "write": limits.silence,
                    "read": limits.silence,
                }
            },
        )
        return Answer(await self._pool.handle_async_request(request))

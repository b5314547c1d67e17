"""One request and what becomes known of it on the way: key, price, charge, balance."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache
from math import ceil
from typing import NamedTuple
from urllib.parse import parse_qsl

from msgspec import Struct

from storykeep.api.asgi import Headers
from storykeep.core.endpoints.row import AnyEndpoint
from storykeep.core.errors import InvalidValue, RateLimited, SourceError, StorykeepError
from storykeep.core.ports import AccessKey
from storykeep.core.sighting import Provenance
from storykeep.core.throttle import Decision, burst_of

MAX_REQUEST_ID = 128

_HOST = re.compile(r"(?:[A-Za-z0-9._-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(?::[0-9]{1,5})?", re.ASCII)


class Request(NamedTuple):
    """A request, whichever way it came in."""

    method: str
    path: str
    query: bytes
    headers: dict[bytes, bytes]
    scheme: str = "http"


class Answer(NamedTuple):
    """An answer, whichever way it goes out."""

    status: int
    headers: Headers
    body: bytes


class Exchange:
    """A keyed request; its headers tell what was learnt, also when it is refused half way."""

    __slots__ = (
        "balance", "charged", "decision", "endpoint", "entry", "headers", "key", "method",
        "params", "path", "price", "provenance", "query", "request_id", "scheme", "started",
        "status",
    )  # fmt: skip

    def __init__(self, request: Request, entry: str, started: float) -> None:
        """``entry`` is our own id of the request: never the caller's, or calls would be free."""
        self.method, self.path, self.query, self.headers, self.scheme = request
        self.entry = entry
        self.request_id = _read_request_id(self.headers) or entry
        self.started = started
        self.status = 0
        self.params: Struct | None = None
        self.endpoint: AnyEndpoint | None = None
        self.key: AccessKey | None = None
        self.decision: Decision | None = None
        self.price: int | None = None
        self.balance: int | None = None
        self.provenance: Provenance | None = None
        self.charged = 0

    def base_url(self, public_url: str) -> str:
        """What addresses of ours begin with: ``public_url``, else how the caller reached us.

        Raises InvalidValue where the caller does not say that in a Host header.
        """
        if public_url:
            return public_url
        host = self.headers.get(b"host", b"").decode("latin-1")
        if _HOST.fullmatch(host) is None:
            raise InvalidValue("The Host header names no host: send the one that was connected to.")
        return f"{self.scheme}://{host}"

    def common_headers(self) -> Headers:
        """The headers that every answer carries, as far as they are known."""
        headers = [(b"x-request-id", self.request_id.encode("latin-1"))]
        if self.price is not None:
            headers.append((b"x-hiker-info", b'{"reqs": %d}' % self.price))
        key, decision = self.key, self.decision
        if key is not None and decision is not None:
            # The whole burst is there again when the theoretical arrival time has come.
            full_in = max(1, ceil(decision.arrival - self.started))
            headers += (
                (b"ratelimit-policy", _policy(key.rate)),
                (b"ratelimit", b'"default";r=%d;t=%d' % (decision.remaining, full_in)),
            )
        if self.balance is not None:
            headers.append((b"x-quota-remaining", b"%d" % self.balance))
        if self.provenance is not None:
            headers += _tell(self.provenance)
            if self.provenance.seen_at is not None:
                headers.append((b"age", b"%d" % max(0, self.started - self.provenance.seen_at)))
        return headers


def read_secret(
    headers: Mapping[bytes, bytes],
    query: bytes,
    *,
    takes_query_key: bool,
) -> bytes | None:
    """Return the access key of the header or, where that is allowed, of the query."""
    secret = headers.get(b"x-access-key")
    if not secret and takes_query_key and b"access_key=" in query:
        given = dict(parse_qsl(query.decode("latin-1"))).get("access_key")
        secret = given.encode() if given is not None else None
    return secret


def retry_header(error: StorykeepError) -> Headers:
    """Return ``Retry-After`` in whole seconds, rounded up, where the wait is known."""
    if isinstance(error, (RateLimited, SourceError)) and error.retry_after is not None:
        return [(b"retry-after", b"%d" % max(1, ceil(error.retry_after)))]
    return []


@lru_cache(maxsize=4096)
def _tell(provenance: Provenance) -> Headers:
    """Return what is the same however often it is told; not to be changed."""
    source, seen_at, outcome = provenance
    headers = [
        (b"x-storykeep-source", source.encode()),
        (b"x-storykeep-outcome", outcome.encode()),
    ]
    if seen_at is not None:
        moment = datetime.fromtimestamp(seen_at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        headers.append((b"x-storykeep-seen-at", moment.encode()))
    return headers


@lru_cache(maxsize=1024)
def _policy(rate: float) -> bytes:
    """Return the RateLimit-Policy of a rate; there are few of them."""
    burst = burst_of(rate)
    return b'"default";q=%d;w=%d' % (burst, max(1, ceil(burst / rate)))


def _read_request_id(headers: Mapping[bytes, bytes]) -> str | None:
    """The caller's own id, when it is short and plain enough to be repeated."""
    raw = headers.get(b"x-request-id")
    if raw is None or not 0 < len(raw) <= MAX_REQUEST_ID:
        return None
    text = raw.decode("latin-1")
    return text if text.isascii() and text.replace("-", "").replace("_", "").isalnum() else None

"""What the operator sees: one log line and a few numbers for each request, no secrets."""

import asyncio
import sys
from bisect import bisect_left
from collections.abc import Awaitable, Callable, Iterable, Iterator
from datetime import UTC, datetime
from typing import BinaryIO

from msgspec import Struct, json
from prometheus_client import generate_latest
from prometheus_client.core import CounterMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from storykeep.api.exchange import Exchange

CONTENT_TYPE = b"text/plain; version=0.0.4; charset=utf-8"
BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
FLUSH_SECONDS = 0.05
MAX_PATH = 200

Measure = Callable[[], Awaitable[Iterable[Metric]]]
"""Numbers that lie elsewhere: they are fetched when somebody asks for them."""

_encode_lines = json.Encoder().encode_lines


class Metrics(Collector):
    """Requests, seconds and units by endpoint, kept in plain dicts: a request pays 1 µs."""

    def __init__(self, *measures: Measure) -> None:
        """What ``measures`` return is rendered with them."""
        self._measures = measures
        self._fetched: list[Metric] = []
        self._requests: dict[tuple[str, int], int] = {}
        self._seconds: dict[str, list[float]] = {}
        self._units: dict[str, int] = {}

    def count(self, path: str, status: int, seconds: float, units: int) -> None:
        """Count one answered request; ``path`` is a row of the table, or "other"."""
        key = (path, status)
        self._requests[key] = self._requests.get(key, 0) + 1
        times = self._seconds.get(path)
        if times is None:
            times = self._seconds[path] = [0.0] * (len(BUCKETS) + 2)
        times[bisect_left(BUCKETS, seconds)] += 1
        times[-1] += seconds
        if units:
            self._units[path] = self._units.get(path, 0) + units

    async def render(self) -> bytes:
        """Return the numbers in Prometheus' text format."""
        self._fetched = [metric for measure in self._measures for metric in await measure()]
        return generate_latest(self)

    def collect(self) -> Iterator[Metric]:
        """Go through the numbers."""
        requests = CounterMetricFamily(
            "storykeep_requests", "Requests answered", labels=("path", "status")
        )
        for (path, status), number in self._requests.items():
            requests.add_metric((path, str(status)), number)
        seconds = HistogramMetricFamily(
            "storykeep_request_seconds", "Time to answer", labels=("path",)
        )
        for path, times in self._seconds.items():
            total, buckets = 0.0, list[tuple[str, float]]()
            for bound, seen in zip((*map(str, BUCKETS), "+Inf"), times, strict=False):
                total += seen
                buckets.append((bound, total))
            seconds.add_metric((path,), buckets, sum_value=times[-1])
        units = CounterMetricFamily(
            "storykeep_request_units", "Request units charged", labels=("path",)
        )
        for path, charged in self._units.items():
            units.add_metric((path,), charged)
        yield from (requests, seconds, units, *self._fetched)


class _Line(Struct, tag_field="event", tag="request"):
    at: datetime
    method: str
    path: str
    status: int
    units: int
    key: str | None
    request_id: str
    ms: float


class AccessLog:
    """One JSON line a request, written together a few times a second.

    The query is never logged: it may hold a key, and it tells who looks at whom.
    """

    def __init__(self, stream: BinaryIO | None = None) -> None:
        """Lines go to ``stream``, default standard error."""
        self._stream = stream or sys.stderr.buffer
        self._lines: list[_Line] = []

    def write(self, exchange: Exchange, seconds: float) -> None:
        """Note one answered request; of its access key only the prefix."""
        if not self._lines:
            asyncio.get_running_loop().call_later(FLUSH_SECONDS, self.flush)
        line = _Line(
            datetime.fromtimestamp(exchange.started, UTC),
            exchange.method,
            exchange.path[:MAX_PATH],
            exchange.status,
            exchange.charged,
            exchange.key.prefix if exchange.key else None,
            exchange.request_id,
            round(seconds * 1000, 3),
        )
        self._lines.append(line)

    def flush(self) -> None:
        """Write what has gathered."""
        lines, self._lines = self._lines, []
        if lines:
            self._stream.write(_encode_lines(lines))
            self._stream.flush()


class Observer:
    """Sees every answered request."""

    def __init__(self, metrics: Metrics, access_log: AccessLog | None) -> None:
        """Without an ``access_log`` only the numbers are kept."""
        self._metrics = metrics
        self._access_log = access_log

    def see(self, exchange: Exchange, seconds: float) -> None:
        """Note a request that took ``seconds``."""
        path = exchange.endpoint.path if exchange.endpoint else "other"
        self._metrics.count(path, exchange.status, seconds, exchange.charged)
        if self._access_log is not None:
            self._access_log.write(exchange, seconds)

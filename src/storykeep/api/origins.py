"""What ``/metrics`` tells of live origins."""

from collections.abc import Mapping

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

from storykeep.api.observe import Measure
from storykeep.core.errors import StorageError
from storykeep.core.governor import Pace, rest_left, used, windows
from storykeep.core.ports import Clock
from storykeep.core.upstream import Origins


def measure_origins(paces: Mapping[str, Pace], origins: Origins, clock: Clock) -> Measure:
    """Return what tells how the origins of that name fare, each asked at its pace."""

    async def measure() -> list[Metric]:
        requests = CounterMetricFamily(
            "storykeep_upstream_requests", "Questions to a source", labels=("source", "result")
        )
        left = GaugeMetricFamily(
            "storykeep_upstream_budget_left", "Questions left", labels=("source", "window")
        )
        stopped = GaugeMetricFamily(
            "storykeep_upstream_stopped", "Whether the breaker is open", labels=("source",)
        )
        rest = GaugeMetricFamily(
            "storykeep_upstream_rest_seconds", "How long a source is left alone", labels=("source",)
        )
        balance = GaugeMetricFamily(
            "storykeep_upstream_balance", "Units left at a source", labels=("source",)
        )
        drift = CounterMetricFamily(
            "storykeep_drift", "What was not understood", labels=("source", "field")
        )
        now = clock()
        try:
            for name, pace in paces.items():
                health = await origins.health(name)
                for result, times in health.results.items():
                    requests.add_metric((name, result), times)
                for window, budget, seconds in windows(pace):
                    if budget:
                        left.add_metric((name, window), budget - used(health, seconds, now))
                stopped.add_metric((name,), health.stopped_at is not None)
                rest.add_metric((name,), rest_left(health, now))
                if health.balance is not None:
                    balance.add_metric((name,), health.balance)
                for count in await origins.drift(name):
                    drift.add_metric((name, count.field), count.times)
        except StorageError:  # which is logged; the numbers of requests are there without these
            return []
        return [requests, left, stopped, rest, balance, drift]

    return measure

"""What ``/metrics`` tells of keeping files."""

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

from storykeep.api.observe import Measure
from storykeep.service.keeper import Keeper
from storykeep.service.worker import Worker


def measure_keeping(keeper: Keeper, worker: Worker | None) -> Measure:
    """Return what tells how files are kept since the server began."""

    async def measure() -> list[Metric]:
        kept = CounterMetricFamily(
            "storykeep_files_kept", "Files fetched and kept", value=keeper.kept
        )
        failed = CounterMetricFamily(
            "storykeep_file_failures", "Files that could not be kept", labels=("reason",)
        )
        for reason, times in keeper.failures.items():
            failed.add_metric((reason,), times)
        under_way = GaugeMetricFamily(
            "storykeep_files_under_way", "Files being fetched, or waiting", value=keeper.under_way
        )
        metrics: list[Metric] = [kept, failed, under_way]
        if worker is not None:
            given_up = worker.given_up
            metrics.append(
                CounterMetricFamily("storykeep_files_given_up", "Files given up", value=given_up)
            )
        return metrics

    return measure

"""Counts and times by labels, kept small: prometheus-client's own take 9 KB for a tenant with one source, and for ever.

Not for several threads: everything here is counted and shown on the event loop.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Iterator

from prometheus_client.core import CounterMetricFamily, HistogramMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Upper bounds of the buckets."""


class Counts(Collector):
    """How often, by labels."""

    def __init__(self, name: str, documentation: str, labels: tuple[str, ...]) -> None:
        self._name, self._documentation, self._labels = name, documentation, labels
        self._counts: dict[tuple[str, ...], int] = {}

    def count(self, *labels: str) -> None:
        self._counts[labels] = self._counts.get(labels, 0) + 1

    def collect(self) -> Iterator[Metric]:
        family = CounterMetricFamily(self._name, self._documentation, labels=self._labels)
        for labels, count in self._counts.items():
            family.add_metric(labels, count)
        yield family


class Times(Collector):
    """How long, by labels: a histogram. A row is the sum of seconds, then the count in each bucket, +Inf the last."""

    def __init__(self, name: str, documentation: str, labels: tuple[str, ...]) -> None:
        self._name, self._documentation, self._labels = name, documentation, labels
        self._rows: dict[tuple[str, ...], array[float]] = {}

    def took(self, seconds: float, *labels: str) -> None:
        row = self._rows.get(labels)
        if row is None:
            row = self._rows[labels] = array("d", bytes(8 * (len(_SECONDS) + 2)))
        row[0] += seconds
        row[1 + bisect_left(_SECONDS, seconds)] += 1

    def collect(self) -> Iterator[Metric]:
        family = HistogramMetricFamily(self._name, self._documentation, labels=self._labels)
        bounds = (*map(str, _SECONDS), "+Inf")
        for labels, row in self._rows.items():
            so_far, buckets = 0.0, []
            for bound, count in zip(bounds, row[1:], strict=True):
                so_far += count
                buckets.append((bound, so_far))
            family.add_metric(labels, buckets, row[0])
        yield family

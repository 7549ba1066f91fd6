"""The metrics, in a registry of their own. Labels are tenants, sources, outcomes and codes: never a value of anybody's."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, generate_latest
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class Metrics:
    """Counts of this process since its start. Every child is bound at its first use: finding it again by labels is dear."""

    def __init__(self) -> None:
        registry = self._registry = CollectorRegistry()
        ProcessCollector(registry=registry)
        self._identifications = Counter(
            "gateway_identifications", "Identifications by outcome.", ("tenant", "outcome"), registry=registry
        )
        self._identification_seconds = Histogram(
            "gateway_identification_seconds",
            "Time for an identification.",
            ("tenant",),
            buckets=_SECONDS,
            registry=registry,
        )
        self._lookups = Counter(
            "gateway_lookups", "Sources' answers by outcome.", ("tenant", "source", "outcome"), registry=registry
        )
        self._lookup_seconds = Histogram(
            "gateway_lookup_seconds",
            "Time for a source's answer.",
            ("tenant", "source"),
            buckets=_SECONDS,
            registry=registry,
        )
        self._cache = Counter(
            "gateway_cache",
            "Sources' answers by where they were had from.",
            ("tenant", "source", "result"),
            registry=registry,
        )
        self._breaker_open = Gauge(
            "gateway_breaker_open",
            "1 while the source is left in peace after failures, 0 once it answered again.",
            ("tenant", "source"),
            registry=registry,
        )
        self._refusals = Counter(
            "gateway_refusals", "Requests answered with a problem, by code.", ("code",), registry=registry
        )
        self._reloads = Counter(
            "gateway_config_reloads",
            "Configuration taken up, or kept because the change is broken.",
            ("result",),
            registry=registry,
        )
        self._broken = Gauge("gateway_tenants_broken", "Tenants whose file is wrong.", registry=registry)
        self._tenants: dict[tuple[str, str], _Identified] = {}
        self._sources: dict[tuple[str, str, str], _LookedUp] = {}
        self._results: dict[tuple[str, str, str], Counter] = {}

    def identified(self, tenant: str, outcome: str, seconds: float) -> None:
        """Only for tenants that exist: a label is kept for ever."""
        bound = self._tenants.get((tenant, outcome))
        if bound is None:
            bound = self._tenants[tenant, outcome] = _Identified(
                self._identifications.labels(tenant, outcome), self._identification_seconds.labels(tenant)
            )
        bound.count.inc()
        bound.seconds.observe(seconds)

    def looked_up(self, tenant: str, source: str, outcome: str, seconds: float) -> None:
        bound = self._sources.get((tenant, source, outcome))
        if bound is None:
            bound = self._sources[tenant, source, outcome] = _LookedUp(
                self._lookups.labels(tenant, source, outcome), self._lookup_seconds.labels(tenant, source)
            )
        bound.count.inc()
        bound.seconds.observe(seconds)

    def remembered(self, tenant: str, source: str, result: str) -> None:
        """`result`: `asked`, `coalesced`, `cached` or `stale`."""
        bound = self._results.get((tenant, source, result))
        if bound is None:
            bound = self._results[tenant, source, result] = self._cache.labels(tenant, source, result)
        bound.inc()

    def breaker_open(self, tenant: str, source: str, is_open: bool) -> None:
        self._breaker_open.labels(tenant, source).set(is_open)

    def refused(self, code: str) -> None:
        self._refusals.labels(code).inc()

    def reloaded(self, result: str) -> None:
        """`result`: `taken` or `broken`."""
        self._reloads.labels(result).inc()

    def tenants_broken(self, count: int) -> None:
        self._broken.set(count)

    def exposition(self, tenant: str | None) -> bytes:
        """Prometheus's text format 0.0.4. `tenant`: only the lines that are labelled with it; None for everything."""
        return generate_latest(_Concerning(self._registry, tenant))


@dataclass(frozen=True, slots=True)
class _Identified:
    count: Counter
    seconds: Histogram


@dataclass(frozen=True, slots=True)
class _LookedUp:
    count: Counter
    seconds: Histogram


class _Concerning(CollectorRegistry):
    """A registry seen by one tenant, and without the moments of creation, which this format has no type for."""

    def __init__(self, whole: Collector, tenant: str | None) -> None:
        super().__init__()
        self._whole = whole
        self._tenant = tenant

    def collect(self) -> Iterator[Metric]:
        for family in self._whole.collect():
            kept = Metric(family.name, family.documentation, family.type, family.unit)
            kept.samples = [
                sample
                for sample in family.samples
                if not sample.name.endswith("_created")
                and (self._tenant is None or sample.labels.get("tenant") == self._tenant)
            ]
            if kept.samples:
                yield kept

"""What our own tallies show is what prometheus-client's own metrics would."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest

from gateway.observe.tallies import Counts, Times

_BOUNDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


def lines(registry: CollectorRegistry) -> list[str]:
    """Without the moments of creation, which are of no use here."""
    return [line for line in generate_latest(registry).decode().splitlines() if "_created" not in line]


def test_counts_and_times_read_as_those_of_the_library() -> None:
    theirs, ours = CollectorRegistry(), CollectorRegistry()
    counter = Counter("gateway_lookups", "By outcome.", ("tenant", "outcome"), registry=theirs)
    histogram = Histogram("gateway_seconds", "Time.", ("tenant",), buckets=_BOUNDS, registry=theirs)
    counts = Counts("gateway_lookups", "By outcome.", ("tenant", "outcome"))
    times = Times("gateway_seconds", "Time.", ("tenant",))
    ours.register(counts)
    ours.register(times)
    # On a bound, between two, below all, over all.
    for tenant, seconds in (("acme", 0.025), ("acme", 0.03), ("acme", 0.0), ("acme", 11.0), ('a"b\\c', 0.5)):
        counter.labels(tenant, "found").inc()
        histogram.labels(tenant).observe(seconds)
        counts.count(tenant, "found")
        times.took(seconds, tenant)
    assert lines(ours) == lines(theirs)

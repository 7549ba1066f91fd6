"""What each measure must reach, in one place: the table of the issue that asked for it. Nothing here is ever loosened."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Target:
    """`measure` of `case` is at least `bound`; with `most`, at most."""

    case: str
    measure: str
    bound: float
    most: bool = False

    def met_by(self, value: float) -> bool:
        return value <= self.bound if self.most else value >= self.bound


TARGETS = (
    Target("xml", "over_handler_httpx2", 0.6),
    Target("xml", "over_handler_httpx", 9.0),
    Target("xml", "over_fastify", 1.4),
    Target("xml", "times_nginx", 14.0, most=True),
    Target("soap", "over_handler_zeep", 15.0),
    # Memory of a pruned large WSDL within 5 MB of a small one's.
    Target("wsdl", "large_more_memory_mb", 5.0, most=True),
    Target("rest", "over_handler_httpx", 9.0),
    Target("cached", "over_handler_httpx", 20.0),
    Target("one", "p50_times_nginx", 2.5, most=True),
    Target("one", "rate_over_handler_httpx", 4.0),
    Target("many", "p99_times_handler_httpx", 0.1, most=True),
    Target("workers", "two_over_one", 1.6),
    Target("memory", "without_soap_mb", 75.0, most=True),
    Target("contacts", "over_without", 0.6),
    Target("contacts", "with_mb", 100.0, most=True),
    Target("guessing", "found", 0.0, most=True),
    Target("guessing", "throttled_share", 0.9),
    Target("guessing", "seconds", 240.0, most=True),
    Target("summary", "sqlite_p95_ms", 10.0, most=True),
    Target("summary", "postgresql_p95_ms", 10.0, most=True),
    Target("tenants", "load_seconds", 4.0, most=True),
    Target("tenants", "more_memory_mb", 60.0, most=True),
    Target("tenants", "warm_times_one_tenant", 1.1, most=True),
    Target("tenants", "first_more_ms", 5.0, most=True),
    Target("big", "more_memory_mb", 5.0, most=True),
    Target("noisy", "dead_p99_times_alone", 1.5, most=True),
    Target("noisy", "drip_p99_times_alone", 1.5, most=True),
    Target("prospects", "more_memory_mb", 50.0, most=True),
    Target("protocol", "per_second", 500.0),
    Target("startup", "ready_seconds", 1.5, most=True),
    Target("startup", "first_answer_seconds", 0.8, most=True),
)


def targets_of(case: str) -> dict[str, Target]:
    """Measure -> its target."""
    return {target.measure: target for target in TARGETS if target.case == case}

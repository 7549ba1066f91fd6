"""The metrics, in a registry of their own. Labels are tenants, sources, outcomes and codes: never a value of anybody's."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, generate_latest
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from gateway.observe.tallies import Counts, Times


class Metrics:
    """Counts of this process since its start. What is counted for each tenant is kept small: labels stay for ever.

    `worker`: which of several this process is; then every line is labelled with it.
    """

    def __init__(self) -> None:
        self.worker: int | None = None
        registry = self._registry = CollectorRegistry()
        ProcessCollector(registry=registry)
        self._identifications = Counts("gateway_identifications", "Identifications by outcome.", ("tenant", "outcome"))
        self._identification_seconds = Times(
            "gateway_identification_seconds", "Time for an identification.", ("tenant",)
        )
        self._lookups = Counts("gateway_lookups", "Sources' answers by outcome.", ("tenant", "source", "outcome"))
        self._lookup_seconds = Times("gateway_lookup_seconds", "Time for a source's answer.", ("tenant", "source"))
        self._cache = Counts(
            "gateway_cache", "Sources' answers by where they were had from.", ("tenant", "source", "result")
        )
        self._codes = Counts(
            "gateway_codes",
            "Messages in which a code was looked for, by what came of it.",
            ("tenant", "state", "reason"),
        )
        self._code_alarms = Counts("gateway_code_alarms", "Times that a tenant got very many wrong codes.", ("tenant",))
        for tally in (
            self._identifications,
            self._identification_seconds,
            self._lookups,
            self._lookup_seconds,
            self._cache,
            self._codes,
            self._code_alarms,
        ):
            registry.register(tally)
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
        self._with_storage(registry)

    def _with_storage(self, registry: CollectorRegistry) -> None:
        """What is told of the gateway's own database, and of what is done in it beside the requests."""
        seconds = Histogram(
            "gateway_storage_seconds", "Time for a read, or for a group of writes.", ("work",), registry=registry
        )
        # Bound beforehand, and both there from the start: a rate over what is not there is none.
        self._storage_seconds = {work: seconds.labels(work) for work in ("read", "write")}
        self._storage_failures = Counter(
            "gateway_storage_failures",
            "Work that the database failed at, by code.",
            ("work", "code"),
            registry=registry,
        )
        self._writes_waiting = Gauge("gateway_storage_writes_waiting", "Writes that have not begun.", registry=registry)
        self._audit_lost = Counter("gateway_audit_lost", "Entries of the audit that were let go of.", registry=registry)
        self._filled = Counter(
            "gateway_contact_fillings",
            "Linked contacts whose sources were asked for what may be stored.",
            ("tenant", "outcome"),
            registry=registry,
        )

    def identified(self, tenant: str, outcome: str, seconds: float) -> None:
        """Only for tenants that exist: a label is kept for ever."""
        self._identifications.count(tenant, outcome)
        self._identification_seconds.took(seconds, tenant)

    def looked_up(self, tenant: str, source: str, outcome: str, seconds: float) -> None:
        self._lookups.count(tenant, source, outcome)
        self._lookup_seconds.took(seconds, tenant, source)

    def remembered(self, tenant: str, source: str, result: str) -> None:
        """`result`: `asked`, `coalesced`, `cached` or `stale`."""
        self._cache.count(tenant, source, result)

    def code_shown(self, tenant: str, state: str, reason: str) -> None:
        """`reason`: why it is not good, empty where it is or none was sent."""
        self._codes.count(tenant, state, reason)

    def codes_guessed(self, tenant: str) -> None:
        self._code_alarms.count(tenant)

    def breaker_open(self, tenant: str, source: str, is_open: bool) -> None:
        self._breaker_open.labels(tenant, source).set(is_open)

    def refused(self, code: str) -> None:
        self._refusals.labels(code).inc()

    def reloaded(self, result: str) -> None:
        """`result`: `taken` or `broken`."""
        self._reloads.labels(result).inc()

    def storage_worked(self, work: str, seconds: float) -> None:
        """`work`: `read` or `write`. From any thread, as the next two."""
        self._storage_seconds[work].observe(seconds)

    def storage_failed(self, work: str, code: str) -> None:
        self._storage_failures.labels(work, code).inc()

    def audit_lost(self, entries: int) -> None:
        self._audit_lost.inc(entries)

    def filled(self, tenant: str, outcome: str) -> None:
        self._filled.labels(tenant, outcome).inc()

    def writes_waiting(self, waiting: Callable[[], int]) -> None:
        """How many there are is asked for at each exposition."""
        self._writes_waiting.set_function(waiting)

    def tenants_broken(self, count: int) -> None:
        self._broken.set(count)

    def exposition(self, tenant: str | None) -> bytes:
        """Prometheus's text format 0.0.4. `tenant`: only the lines that are labelled with it; None for everything."""
        return generate_latest(_Concerning(self._registry, tenant, self.worker))


class _Concerning(CollectorRegistry):
    """A registry seen by one tenant, marked with its worker, without the moments of creation: this format has no type for
    them."""

    def __init__(self, whole: Collector, tenant: str | None, worker: int | None) -> None:
        super().__init__()
        self._whole = whole
        self._tenant = tenant
        self._mark = {} if worker is None else {"worker": str(worker)}

    def collect(self) -> Iterator[Metric]:
        for family in self._whole.collect():
            kept = Metric(family.name, family.documentation, family.type, family.unit)
            kept.samples = [
                sample._replace(labels={**sample.labels, **self._mark}) if self._mark else sample
                for sample in family.samples
                if not sample.name.endswith("_created")
                and (self._tenant is None or sample.labels.get("tenant") == self._tenant)
            ]
            if kept.samples:
                yield kept

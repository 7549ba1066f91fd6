"""How a tenant's sources are: as the lookups of this process saw them, and, on demand, asked for their health."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from time import perf_counter

from gateway.core.errors import AdapterFault, SourceError, TimedOut
from gateway.resilience import BreakerState
from gateway.service.live import LiveSource, LiveTenants


@dataclass(frozen=True, slots=True)
class SourceState:
    """One source as this process knows it since its start (or the tenant's last change). `last_elapsed` in seconds;
    `breaker` is None where the source has none."""

    source: str
    adapter: str
    fields: tuple[str, ...]
    in_flight: int
    asked: int
    failed: int
    last_outcome: str | None
    last_code: str | None
    last_elapsed: float | None
    breaker: BreakerState | None = None


@dataclass(frozen=True, slots=True)
class SourceHealth:
    """What a source's own check said. `code` and `detail` are None where it is well."""

    source: str
    code: str | None
    detail: str | None
    elapsed: float


def source_states(tenants: LiveTenants, slug: str) -> tuple[SourceState, ...]:
    """Every source of the tenant, in the order of its file. Raises UnknownTenant."""
    with tenants.lease(slug) as live:
        return tuple(_state(source) for source in live.sources.values())


async def check_sources(tenants: LiveTenants, slug: str) -> tuple[SourceHealth, ...]:
    """Ask every source for its health at once, each within its own time-out. Raises UnknownTenant."""
    with tenants.lease(slug) as live:
        tasks = [asyncio.create_task(_check(source)) for source in live.sources.values()]
        await asyncio.wait(tasks)
        return tuple(_health(source, task) for source, task in zip(live.sources.values(), tasks, strict=True))


async def _check(source: LiveSource) -> SourceHealth:
    began = perf_counter()
    error: SourceError | None = None
    try:
        async with asyncio.timeout(source.source.resilience.timeout):
            await source.adapter.check()
    except TimeoutError:
        error = TimedOut()
    except SourceError as failure:
        error = failure
    return SourceHealth(
        source.name, error.code if error else None, str(error) if error else None, perf_counter() - began
    )


def _health(source: LiveSource, task: asyncio.Task[SourceHealth]) -> SourceHealth:
    if task.exception() is None:
        return task.result()
    return SourceHealth(source.name, AdapterFault.code, AdapterFault.sentence, 0.0)


def _state(source: LiveSource) -> SourceState:
    last = source.last
    return SourceState(
        source=source.name,
        adapter=source.source.adapter,
        fields=tuple(sorted(source.adapter.fields)),
        in_flight=source.layers.bulkhead.in_flight,
        asked=source.asked,
        failed=source.failed,
        last_outcome=last.outcome if last else None,
        last_code=last.code if last else None,
        last_elapsed=last.elapsed if last else None,
        breaker=source.layers.breaker.state if source.layers.breaker else None,
    )

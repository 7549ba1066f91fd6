"""How a tenant's sources are: as the lookups of this process saw them, and, on demand, asked for their health."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from time import perf_counter

from gateway.adapter import HistoryTeller
from gateway.core.errors import AdapterFault, SourceError, TimedOut
from gateway.resilience import BreakerState
from gateway.service.live import LiveSource, LiveTenant, LiveTenants, Unusable


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


def doubts(tenants: LiveTenants, slug: str) -> tuple[str, ...]:
    """What is right in the tenant's file and probably not meant: sentences that begin with the place. Nobody is asked.
    Raises UnknownTenant, TenantBroken."""
    with tenants.lease(slug) as live:
        return doubts_of(live)


def doubts_of(live: LiveTenant) -> tuple[str, ...]:
    """As `doubts`, of a tenant in use."""
    asked = [source for source in live.sources.values() if source.by_key is not None]
    told = [doubt for source in asked if (doubt := _unfit(source)) is not None]
    told += [doubt for source in live.sources.values() if (doubt := _tells_in_vain(source)) is not None]
    return tuple(told) if asked else (_NEVER_ASKED.format(live.tenant.unique_key.name), *told)


_NEVER_ASKED = (
    "sources: no source can be asked by the unique key ({}), so nothing is known of a customer who was selected but what "
    "the search gave. Name under a source's by_key the search field that takes the unique key."
)


def _unfit(source: LiveSource) -> str | None:
    by_key, fields = source.by_key, source.adapter.fields
    if by_key is None or by_key.field in fields:
        return None
    return (
        f"sources.{source.name}.by_key: the source cannot be asked with '{by_key.field}'; by its settings it can with: "
        f"{', '.join(sorted(fields)) or 'none'}."
    )


def _tells_in_vain(source: LiveSource) -> str | None:
    tells, read = isinstance(source.adapter, HistoryTeller), source.source.history is not None
    if tells and not read:
        return (
            f"sources.{source.name}.settings: the source tells of a customer's past, and nothing says how to read it. Add "
            f"sources.{source.name}.history."
        )
    if read and not tells and not isinstance(source.adapter, Unusable):
        return (
            f"sources.{source.name}.history: this source is not asked for a customer's past. Say in its settings how, "
            f"if its adapter ({source.source.adapter}) can."
        )
    return None


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

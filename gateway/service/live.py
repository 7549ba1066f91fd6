"""Tenants in use: adapters made, wires open, verification compiled; replaced as a whole when the tenant's file changes."""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable
from collections.abc import Mapping as Map
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from typing import Any, Protocol

from gateway.adapter import (
    Adapter,
    AdapterContext,
    AdapterType,
    Found,
    HistoryTeller,
    Query,
    SourceError,
    SourceRef,
    Wire,
)
from gateway.core.model import SourceAnswer, SourceOutcome
from gateway.core.tenant import ByKey, Route, Source, Tenant, Upstream
from gateway.core.verification import Verification, compile_verification
from gateway.plugins import make_adapter
from gateway.resilience import Ask, BreakerState, Layers, MemoryStore, Store, guarded_lookup, layers_around
from gateway.service.remembering import rough_bytes


class OpenWire(Wire, Protocol):
    """A wire that can be closed."""

    async def aclose(self) -> None: ...


BreakerListener = Callable[[SourceRef, BreakerState], None]
WireOpener = Callable[[SourceRef, Upstream], OpenWire]


class Tenants(Protocol):
    """Where tenants come from; the same object until the tenant's file changes, as long as anybody has it."""

    def get(self, slug: str) -> Tenant: ...


@dataclass(frozen=True, slots=True)
class Last:
    """A source's last answer, without its customers: they must not stay in memory for the sake of a status page."""

    outcome: SourceOutcome
    code: str | None
    elapsed: float


@dataclass(slots=True)
class LiveSource:
    """One source in use. `layers`: what stands around the adapter. `clock`: seconds, monotonic; that of the cache. `by_key`:
    how it is asked for a selected customer, None where it cannot be; `tell`: for his past, by the same layers."""

    ref: SourceRef
    source: Source
    adapter: Adapter
    wire: OpenWire
    layers: Layers[Found, SourceAnswer]
    clock: Callable[[], float]
    by_key: ByKey | None = None
    tell: Ask[Found] | None = None
    asked: int = 0
    failed: int = 0
    last: Last | None = None

    @property
    def name(self) -> str:
        return self.source.name

    def record(self, answer: SourceAnswer) -> None:
        """Count an answer for the state that operators see."""
        if answer.outcome is SourceOutcome.SKIPPED:
            return
        self.asked += 1
        if answer.outcome not in (SourceOutcome.FOUND, SourceOutcome.NOT_FOUND):
            self.failed += 1
        self.last = Last(answer.outcome, answer.code, answer.elapsed)

    async def aclose(self) -> None:
        await self.adapter.aclose()
        await self.wire.aclose()


@dataclass(slots=True)
class LiveTenant:
    """A tenant's snapshot in use. `users`: requests under way on it."""

    tenant: Tenant
    verification: Verification
    sources: Map[str, LiveSource]
    users: int = 0
    retired: bool = False

    def route(self, query: Query) -> Route:
        """The route of the strongest key that has one, else `default`."""
        routes = self.tenant.routes
        for key in query.keys:
            if key.field in routes:
                return routes[key.field]
        return routes["default"]

    def can_ask(self, query: Query) -> bool:
        """Can any source of the query's route be asked with any of its keys?"""
        fields = query.fields
        return any(not self.sources[name].adapter.fields.isdisjoint(fields) for name in self.route(query).sources)

    def askers(self, search_field: str) -> tuple[str, ...]:
        """The sources of the field's own route that can be asked with it, by priority."""
        routes = self.tenant.routes
        route = routes.get(search_field) or routes["default"]
        return tuple(name for name in route.sources if search_field in self.sources[name].adapter.fields)

    async def aclose(self) -> None:
        for source in self.sources.values():
            await source.aclose()


@dataclass(slots=True)
class LiveTenants:
    """Slug -> LiveTenant, made at the tenant's first request and again after a change: then with closed breakers and nothing
    remembered, because the change may be what mends the source. `clock`: seconds, monotonic.

    At most `most` are in memory: beyond that the least used goes, unless a request of it is under way, and is made anew at
    its next request. `made`: told of each that was made.
    """

    tenants: Tenants
    types: Map[str, AdapterType[Any]]
    open_wire: WireOpener
    clock: Callable[[], float] = time.monotonic
    breaker_changed: BreakerListener | None = None
    most: int = 1000
    made: Callable[[LiveTenant], None] | None = None
    _live: OrderedDict[str, LiveTenant] = field(default_factory=OrderedDict)
    _closing: set[asyncio.Task[None]] = field(default_factory=set)

    def lease(self, slug: str) -> Lease:
        """The tenant for one request (`with`). Raises UnknownTenant, TenantBroken."""
        tenant = self.tenants.get(slug)
        live = self._live.get(slug)
        if live is None or live.tenant is not tenant:
            self.forget(frozenset((slug,)))
            self._make_room()
            live = self._live[slug] = self._make(tenant)
            if self.made is not None:
                self.made(live)
        else:
            self._live.move_to_end(slug)
        return Lease(live, self._close)

    def forget(self, slugs: frozenset[str]) -> None:
        """Let go of tenants whose files changed or went; those under way end undisturbed."""
        for slug in slugs & self._live.keys():
            self._retire(self._live.pop(slug))

    async def aclose(self) -> None:
        """Close every source; requests under way are expected to have ended."""
        for live in self._live.values():
            await live.aclose()
        self._live.clear()
        if self._closing:
            await asyncio.wait(self._closing)

    def _make_room(self) -> None:
        """For one more."""
        surplus = len(self._live) - self.most + 1
        if surplus > 0:
            idle = (slug for slug, live in self._live.items() if not live.users)
            self.forget(frozenset(islice(idle, surplus)))

    def _make(self, tenant: Tenant) -> LiveTenant:
        store = MemoryStore(rough_bytes, self.clock, _later)
        sources = {name: self._make_source(tenant, source, store) for name, source in tenant.sources.items()}
        return LiveTenant(tenant, compile_verification(tenant.search_fields, tenant.country), sources)

    def _make_source(self, tenant: Tenant, source: Source, store: Store[SourceAnswer]) -> LiveSource:
        ref = SourceRef(tenant.slug, source.name)
        wire = self.open_wire(ref, source.upstream)
        nobody, address = source.nobody, source.upstream.url
        context = AdapterContext(ref, wire, nobody, _reads(source), address, _lists(source))
        made = make_adapter(self.types[source.adapter], source.settings, context)
        adapter: Adapter = Unusable(made, frozenset(tenant.search_fields)) if isinstance(made, SourceError) else made
        changed = None if self.breaker_changed is None else partial(self.breaker_changed, ref)
        layers = layers_around(adapter, source.resilience, store, self.clock, changed)
        by_key = source.by_key or _by_unique_field(tenant, source, adapter)
        tell = None
        if source.history is not None and isinstance(adapter, HistoryTeller):
            tell = guarded_lookup(Telling(adapter), source.resilience, layers.bulkhead, layers.breaker)
        return LiveSource(ref, source, adapter, wire, layers, self.clock, by_key, tell)

    def _retire(self, live: LiveTenant) -> None:
        live.retired = True
        if self.breaker_changed is not None:
            for source in live.sources.values():
                if source.layers.breaker is not None and source.layers.breaker.state is not BreakerState.CLOSED:
                    self.breaker_changed(source.ref, BreakerState.CLOSED)
        if not live.users:
            self._close(live)

    def _close(self, live: LiveTenant) -> None:
        task = asyncio.get_running_loop().create_task(live.aclose())
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)


def _reads(source: Source) -> frozenset[str]:
    selected = frozenset() if source.by_key is None else source.by_key.mapping.reads
    past = frozenset() if source.history is None else source.history.reads
    return source.mapping.reads | selected | past


def _lists(source: Source) -> frozenset[str]:
    return source.mapping.lists if source.by_key is None else source.mapping.lists | source.by_key.mapping.lists


def _by_unique_field(tenant: Tenant, source: Source, adapter: Adapter) -> ByKey | None:
    """How a source is asked of which the tenant's file says nothing."""
    field = tenant.unique_field
    return ByKey(field, source.mapping) if field is not None and field in adapter.fields else None


def _later(delay: float, call: Callable[[], None]) -> object:
    return asyncio.get_running_loop().call_later(delay, call)


@dataclass(slots=True)
class Lease:
    """A tenant while one request uses it; a replaced snapshot is closed when its last request ends."""

    _live: LiveTenant
    _close: Callable[[LiveTenant], None]

    def __enter__(self) -> LiveTenant:
        self._live.users += 1
        return self._live

    def __exit__(self, *_: object) -> None:
        live = self._live
        live.users -= 1
        if live.retired and not live.users:
            self._close(live)


@dataclass(frozen=True, slots=True)
class Telling:
    """A teller of the past, for the layers around lookups."""

    teller: HistoryTeller

    async def lookup(self, query: Query, *, limit: int) -> Found:
        return await self.teller.history(query, limit=limit)


@dataclass(frozen=True, slots=True)
class Unusable:
    """Stands in for an adapter that could not be made: every lookup says why."""

    error: SourceError
    fields: frozenset[str]

    async def lookup(self, query: Query, *, limit: int) -> Found:
        raise type(self.error)(str(self.error))

    async def check(self) -> None:
        raise type(self.error)(str(self.error))

    async def aclose(self) -> None: ...

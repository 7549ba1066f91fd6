"""A recorded reply of one source, taken through adapter, mapping and verification as the source's own would be."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from collections.abc import Mapping as Map
from dataclasses import dataclass, field, replace
from typing import Any

from gateway.adapter import Adapter, AdapterContext, AdapterType, Found, Query, SearchKey, SourceError
from gateway.core import coverage
from gateway.core.errors import AdapterFault, CannotAsk, UnreadableRecords
from gateway.core.keys import normalise
from gateway.core.mapping import RecordRefused
from gateway.core.model import Customer, RawRecord, SourceAnswer
from gateway.core.redaction import Redacted
from gateway.core.steps import Dropped, Silent
from gateway.core.tenant import Resilience, Tenant
from gateway.resilience import Deadline
from gateway.service.ask import ask_source
from gateway.service.live import LiveSource, LiveTenant, LiveTenants, WireOpener
from gateway.service.tracing import Trace

_ANYTHING = "0"
"""What is asked where no search was given: the reply is recorded, so it matters to nobody."""


@dataclass(frozen=True, slots=True, repr=False)
class LineTried(Redacted):
    """One line of the mapping on one record. `texts`: what stands at its paths and is something."""

    target: str
    paths: tuple[str, ...]
    texts: tuple[str, ...]


@dataclass(frozen=True, slots=True, repr=False)
class RecordTried(Redacted):
    """One raw record. `customer`, or else `refused`: why it becomes none. `warnings`: the mapping's. `verdict`: `verified`,
    `not verified` or `dropped`, where there was a search."""

    raw: RawRecord
    lines: tuple[LineTried, ...]
    customer: Customer | None
    refused: str | None
    warnings: tuple[str, ...]
    verdict: str | None = None


@dataclass(frozen=True, slots=True, repr=False)
class Trial(Redacted):
    """What a recorded reply comes to. `code` and `detail`: why it is no answer, as of a SourceError; else None.
    `warnings` and `truncated`: the adapter's. `answer`: the source's whole answer to the search, verified, where there was
    one; `reasons`: why customers were dropped. `silent`: the mapping's lines that found nothing in any record; `unread`:
    names in the records that no line reads."""

    tenant: str
    source: str
    adapter: str
    warnings: tuple[str, ...] = ()
    truncated: bool = False
    records: tuple[RecordTried, ...] = ()
    code: str | None = None
    detail: str | None = None
    answer: SourceAnswer | None = None
    reasons: tuple[str, ...] = ()
    silent: tuple[Silent, ...] = ()
    unread: tuple[str, ...] = ()

    @property
    def customers(self) -> tuple[Customer, ...]:
        return tuple(record.customer for record in self.records if record.customer is not None)


async def try_reply(
    tenant: Tenant, source: str, types: Map[str, AdapterType[Any]], wires: WireOpener, search: Map[str, str]
) -> Trial:
    """`wires` opens the way to the recorded reply. `search`: search field -> text, may be empty. Raises RequestError where
    the tenant has no such field, its value is none, or the source cannot be asked with it."""
    said: list[Found] = []
    live_tenants = LiveTenants(_alone(tenant, source), _listening(types, said), wires)
    query = normalise(tenant.search_fields, search, tenant.country, tenant.unique_field) if search else None
    trace = Trace(on=True)
    with live_tenants.lease(tenant.slug) as live:
        asked = live.sources[source]
        try:
            answer = await _asked(live, asked, query, trace)
        finally:
            await live_tenants.aclose()
    # Several forms of the values may have been tried; what came last ended it.
    found = said[-1] if said else Found(())
    mapping = asked.source.mapping
    unread = coverage.unread(mapping, found.records)
    tried = Trial(
        tenant=tenant.slug,
        source=source,
        adapter=asked.source.adapter,
        warnings=tuple(found.warnings),
        truncated=found.truncated,
        records=tuple(_tried(asked, record) for record in found.records),
        silent=coverage.silent(mapping, found.records, unread) if found.records else (),
        unread=unread,
    )
    if isinstance(answer, SourceAnswer):
        records = tuple(_judged(record, answer) for record in tried.records)
        dropped = [step.said.reasons for step in trace.steps if isinstance(step.said, Dropped)]
        reasons = tuple(dict.fromkeys(reason for of_one in dropped for reason in of_one))
        return replace(tried, records=records, code=answer.code, detail=answer.detail, answer=answer, reasons=reasons)
    failure = UnreadableRecords() if tried.records and not tried.customers else answer
    return tried if failure is None else replace(tried, code=failure.code, detail=str(failure))


@dataclass(frozen=True, slots=True)
class _Only:
    """The registry of one tenant."""

    tenant: Tenant

    def get(self, slug: str) -> Tenant:
        return self.tenant


def _alone(tenant: Tenant, source: str) -> _Only:
    """With this source only, asked once and with nothing around it that remembers or gives up."""
    plain = Resilience(timeout=tenant.sources[source].resilience.timeout, breaker=None)
    only = replace(tenant.sources[source], resilience=plain)
    return _Only(replace(tenant, sources={source: only}, routes={}))


# ---------------------------------------------------------------------------------------------- asking


@dataclass(frozen=True, slots=True)
class _Listening:
    """An adapter, and somebody who writes down what it says."""

    adapter: Adapter
    said: list[Found] = field(repr=False)

    @property
    def fields(self) -> frozenset[str]:
        return self.adapter.fields

    async def lookup(self, query: Query, *, limit: int) -> Found:
        found = await self.adapter.lookup(query, limit=limit)
        self.said.append(found)
        return found

    async def check(self) -> None:
        await self.adapter.check()

    async def aclose(self) -> None:
        await self.adapter.aclose()


def _listening(types: Map[str, AdapterType[Any]], said: list[Found]) -> dict[str, AdapterType[Any]]:
    def listened(create: Callable[[Any, AdapterContext], Adapter]) -> Callable[[Any, AdapterContext], Adapter]:
        return lambda settings, context: _Listening(create(settings, context), said)

    return {name: replace(offered, create=listened(offered.create)) for name, offered in types.items()}


async def _asked(
    live: LiveTenant, source: LiveSource, query: Query | None, trace: Trace
) -> SourceAnswer | SourceError | None:
    """The answer to the search, None without one, or the failure that the reply is."""
    limit = source.source.limit
    if query is None:
        return await _ended(source, source.adapter.lookup(_for_anything(live.tenant, source.adapter), limit=limit))
    if source.adapter.fields.isdisjoint(query.fields):
        raise CannotAsk(sorted(query.fields))
    deadline = Deadline(asyncio.get_running_loop().time() + live.tenant.budget)
    return await _ended(source, ask_source(live, source, query, limit, deadline, trace))


async def _ended(
    source: LiveSource, asking: Coroutine[Any, Any, Found | SourceAnswer]
) -> SourceAnswer | SourceError | None:
    """A defect of the adapter is the reply's failure, too."""
    task = asyncio.ensure_future(asking)
    await asyncio.wait((task,))
    error = task.exception()
    if error is None:
        result = task.result()
        return result if isinstance(result, SourceAnswer) else None
    if isinstance(error, SourceError):
        return error
    return AdapterFault(f"The adapter broke over this reply ({type(error).__name__}). Tell its author.")


def _for_anything(tenant: Tenant, adapter: Adapter) -> Query:
    fields = [tenant.search_fields[name] for name in sorted(adapter.fields) if name in tenant.search_fields]
    return Query(tuple(SearchKey(one.name, one.kind, _ANYTHING) for one in fields))


# ---------------------------------------------------------------------------------------------- reading


def _tried(source: LiveSource, record: RawRecord) -> RecordTried:
    mapping = source.source.mapping
    lines = tuple(
        LineTried(line.target, tuple(path.text for path in line.paths), tuple(line.many(record, [])))
        for line in mapping.lines
    )
    try:
        mapped = mapping.map(record, source.name)
    except RecordRefused as refusal:
        return RecordTried(record, lines, None, str(refusal), ())
    return RecordTried(record, lines, mapped.customer, None, mapped.warnings)


def _judged(record: RecordTried, answer: SourceAnswer) -> RecordTried:
    if record.customer is None:
        return record
    for kept in answer.customers:
        if kept.customer == record.customer:
            return replace(record, verdict="verified" if kept.verified else "not verified")
    return replace(record, verdict="dropped")

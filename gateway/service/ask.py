"""Ask one source, and make of what it says a mapped, verified, counted SourceAnswer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from time import perf_counter

from gateway.adapter import Found
from gateway.core.errors import AdapterFault, BreakerOpen, SourceError, TimedOut, UnreadableRecords
from gateway.core.formats import asked
from gateway.core.mapping import RecordRefused
from gateway.core.model import Customer, Query, Skip, SourceAnswer, SourceOutcome
from gateway.resilience import Deadline
from gateway.service.live import LiveSource, LiveTenant
from gateway.service.tracing import Trace, shown


async def ask_source(
    live: LiveTenant, source: LiveSource, query: Query, limit: int, deadline: Deadline, trace: Trace
) -> SourceAnswer:
    """Never raises a SourceError: it becomes the answer's outcome. The source can be asked with some of the query's keys."""
    began = perf_counter()
    try:
        found = await _look_up(live, source, query, limit, deadline, trace)
        return _read(live, source, query, found, trace, began)
    except BreakerOpen as error:
        trace.add("skipped", source.name, code=error.code, sentence=str(error))
        took = perf_counter() - began
        return SourceAnswer(source.name, SourceOutcome.SKIPPED, code=Skip.BREAKER_OPEN, detail=str(error), elapsed=took)
    except SourceError as error:
        took = perf_counter() - began
        trace.add("failed", source.name, took=took, code=error.code, sentence=str(error))
        return failed(source.name, error, took)


def failed(source: str, error: SourceError, took: float) -> SourceAnswer:
    outcome = SourceOutcome.TIMED_OUT if isinstance(error, TimedOut) else SourceOutcome.FAILED
    return SourceAnswer(source, outcome, code=error.code, detail=str(error), elapsed=took)


async def _look_up(
    live: LiveTenant, source: LiveSource, query: Query, limit: int, deadline: Deadline, trace: Trace
) -> Found:
    """Each form in which the source may want the values is tried in turn until it knows somebody. Where there are more
    forms than are tried, nobody is no definite no: `truncated`."""
    found: Found | None = None
    forms = asked(query, source.source.formats, live.tenant.country, only=source.adapter.fields, most=_MOST_FORMS + 1)
    for tried, form in enumerate(forms):
        if found is not None and tried == _MOST_FORMS:
            return replace(found, warnings=(*found.warnings, _UNTRIED), truncated=True)
        began = perf_counter()
        if trace.on:
            trace.add("asked", source.name, keys=shown(form))
        found = _kept_contract(await source.layers.lookup(form, limit, deadline))
        if trace.on:
            trace.add(
                "answered",
                source.name,
                took=perf_counter() - began,
                records=len(found.records),
                truncated=found.truncated,
            )
        if found.records:
            return found
    if found is None:
        raise AdapterFault("The adapter says that it can be asked, but no value could be put into the form it wants.")
    return found


def _kept_contract(found: object) -> Found:
    """Untyped plugins exist, and None for records must never read as nobody."""
    if isinstance(found, Found) and isinstance(found.records, Sequence):
        return found
    raise AdapterFault


def _read(live: LiveTenant, source: LiveSource, query: Query, found: Found, trace: Trace, began: float) -> SourceAnswer:
    """Map and verify what came; refused and disagreeing records are counted, never shown."""
    if not found.records:
        return SourceAnswer(
            source.name,
            SourceOutcome.NOT_FOUND,
            warnings=tuple(found.warnings),
            truncated=found.truncated,
            elapsed=perf_counter() - began,
        )
    customers: list[Customer] = []
    warnings = list(found.warnings)
    refused = 0
    for record in found.records:
        try:
            mapped = source.source.mapping.map(record, source.name)
        except RecordRefused as refusal:
            refused += 1
            trace.add("refused", source.name, reason=str(refusal))
            continue
        customers.append(mapped.customer)
        if mapped.warnings:
            warnings += (warning for warning in mapped.warnings if warning not in warnings)
    if not customers:
        raise UnreadableRecords
    verdict = live.verification.verify(query, customers)
    if trace.on:
        trace.add("verified", source.name, kept=len(verdict.kept), dropped=verdict.dropped)
        for reason in verdict.reasons:
            trace.add("dropped", source.name, reason=reason)
    mismatch = not verdict.kept
    return SourceAnswer(
        source.name,
        SourceOutcome.MISMATCH if mismatch else SourceOutcome.FOUND,
        code="mismatch" if mismatch else None,
        detail=_MISMATCH if mismatch else None,
        customers=verdict.kept,
        warnings=tuple(warnings),
        refused=refused,
        dropped=verdict.dropped,
        truncated=found.truncated,
        elapsed=perf_counter() - began,
    )


_MOST_FORMS = 8
_UNTRIED = (
    f"Only the first {_MOST_FORMS} forms in which the values may be written were tried, and nobody was found by them: "
    "that is no definite no. List fewer forms under fields.<name>.as."
)
_MISMATCH = (
    "The source answered with customers of whom none agrees with the question: it may ignore this search field. "
    "Check settings and fields.<name>.as against a real call."
)

"""Ask one source, and make of what it says a mapped, verified, counted SourceAnswer."""

from __future__ import annotations

from collections.abc import Sequence
from time import perf_counter

from gateway.adapter import Found
from gateway.core import formats, steps
from gateway.core.errors import AdapterFault, BreakerOpen, SourceError, TimedOut, UnreadableRecords
from gateway.core.event import Event
from gateway.core.mapping import RecordRefused
from gateway.core.model import Customer, Query, Skip, SourceAnswer, SourceOutcome, UniqueKey
from gateway.core.verification import held_to_key
from gateway.resilience import Deadline
from gateway.service.live import LiveSource, LiveTenant
from gateway.service.purpose import FIND, Purpose
from gateway.service.tracing import Trace, asked, tell_mapped, tell_verified


async def ask_source(
    live: LiveTenant,
    source: LiveSource,
    query: Query,
    limit: int,
    deadline: Deadline,
    trace: Trace,
    purpose: Purpose = FIND,
) -> SourceAnswer:
    """Never raises a SourceError: it becomes the answer's outcome. The source can be asked with some of the query's keys."""
    began = perf_counter()
    try:
        found = await _look_up(live, source, query, limit, deadline, trace, purpose)
        if purpose.history and purpose.key is not None:
            return _tell(source, purpose.key, found, began)
        return _read(live, source, query, found, trace, began, purpose.key)
    except BreakerOpen as error:
        trace.add(steps.Skipped(error.code, str(error)), source.name)
        took = perf_counter() - began
        return SourceAnswer(source.name, SourceOutcome.SKIPPED, code=Skip.BREAKER_OPEN, detail=str(error), elapsed=took)
    except SourceError as error:
        took = perf_counter() - began
        trace.add(steps.Failed(error.code, str(error)), source.name, took)
        return failed(source.name, error, took)


def failed(source: str, error: SourceError, took: float) -> SourceAnswer:
    outcome = SourceOutcome.TIMED_OUT if isinstance(error, TimedOut) else SourceOutcome.FAILED
    return SourceAnswer(source, outcome, code=error.code, detail=str(error), elapsed=took)


async def _look_up(
    live: LiveTenant,
    source: LiveSource,
    query: Query,
    limit: int,
    deadline: Deadline,
    trace: Trace,
    purpose: Purpose,
) -> Found:
    """Each form in which the source may want the values is tried in turn until it knows somebody; a failure in any of them
    is a failure. Where there are more forms than are tried, or one was answered in part only, nobody is no definite no:
    `truncated`."""
    ask = source.tell if purpose.history and source.tell is not None else source.layers.lookup
    nobody: list[Found] = []
    fields, country = source.source.formats, live.tenant.country
    forms = formats.asked(query, fields, country, only=source.adapter.fields, most=_MOST_FORMS + 1)
    for tried, form in enumerate(forms):
        if tried == _MOST_FORMS:
            return _nobody([*nobody, Found((), (_UNTRIED,), truncated=True)])
        began = perf_counter()
        if trace.on:
            trace.add(asked(tried + 1, form, query, fields, country), source.name)
        found = _kept_contract(await ask(form, limit, deadline))
        if trace.on:
            said = steps.Answered(len(found.records), found.truncated, tuple(found.warnings))
            trace.add(said, source.name, perf_counter() - began)
        if found.records:
            return found
        nobody.append(found)
    if not nobody:
        raise AdapterFault("The adapter says that it can be asked, but no value could be put into the form it wants.")
    return _nobody(nobody)


def _nobody(answers: Sequence[Found]) -> Found:
    """Nobody in every form is a definite no only if each of them was."""
    if len(answers) == 1:
        return answers[0]
    warnings = dict.fromkeys(warning for found in answers for warning in found.warnings)
    return Found((), tuple(warnings), truncated=any(found.truncated for found in answers))


def _kept_contract(found: object) -> Found:
    """Untyped plugins exist, and None for records must never read as nobody."""
    if isinstance(found, Found) and isinstance(found.records, Sequence):
        return found
    raise AdapterFault


def _read(
    live: LiveTenant,
    source: LiveSource,
    query: Query,
    found: Found,
    trace: Trace,
    began: float,
    selected: UniqueKey | None,
) -> SourceAnswer:
    """Map and verify what came; refused and disagreeing records are counted, never shown. `selected`: whom the records have
    to be of, where somebody was selected."""
    if not found.records:
        return SourceAnswer(
            source.name,
            SourceOutcome.NOT_FOUND,
            warnings=tuple(found.warnings),
            truncated=found.truncated,
            elapsed=perf_counter() - began,
        )
    customers: list[Customer] = []
    doubts: list[str] = []
    refusals: dict[int, str] = {}
    mapping = source.source.mapping if selected is None or source.by_key is None else source.by_key.mapping
    for number, record in enumerate(found.records, 1):
        try:
            mapped = mapping.map(record, source.name)
        except RecordRefused as refusal:
            refusals[number] = str(refusal)
            continue
        customers.append(mapped.customer)
        if mapped.warnings:
            doubts += (doubt for doubt in mapped.warnings if doubt not in doubts)
    if trace.on:
        tell_mapped(trace, source.name, mapping, found.records, refusals, doubts)
    if not customers:
        raise UnreadableRecords
    verdict = live.verification.verify(query, customers) if selected is None else held_to_key(selected, customers)
    if trace.on:
        tell_verified(trace, source.name, verdict, len(found.records), refusals, _uncompared(live, query))
    mismatch = not verdict.kept
    return SourceAnswer(
        source.name,
        SourceOutcome.MISMATCH if mismatch else SourceOutcome.FOUND,
        code="mismatch" if mismatch else None,
        detail=(_MISMATCH if selected is None else _ANOTHER) if mismatch else None,
        customers=verdict.kept,
        warnings=(*found.warnings, *doubts),
        refused=len(refusals),
        dropped=verdict.dropped,
        truncated=found.truncated,
        elapsed=perf_counter() - began,
    )


def _tell(source: LiveSource, key: UniqueKey, found: Found, began: float) -> SourceAnswer:
    """Read what happened with the customer; what happened with others is counted, never shown."""
    mapping = source.source.history
    assert mapping is not None
    events: list[Event] = []
    doubts: list[str] = []
    refused = dropped = 0
    for record in found.records:
        try:
            event = mapping.of(record, source.name, key.value, doubts)
        except RecordRefused:
            refused += 1
            continue
        if event is None:
            dropped += 1
        else:
            events.append(event)
    if refused and not events:
        raise UnreadableRecords
    mismatch = dropped > 0 and not events
    outcome = SourceOutcome.FOUND if events else SourceOutcome.MISMATCH if mismatch else SourceOutcome.NOT_FOUND
    return SourceAnswer(
        source.name,
        outcome,
        code="mismatch" if mismatch else None,
        detail=_ANOTHER if mismatch else None,
        warnings=(*found.warnings, *doubts),
        refused=refused,
        dropped=dropped,
        truncated=found.truncated,
        elapsed=perf_counter() - began,
        events=tuple(sorted(events, key=lambda event: event.at, reverse=True)),
    )


def _uncompared(live: LiveTenant, query: Query) -> list[str]:
    """The query's fields that are compared with nothing, and why."""
    fields = [live.tenant.search_fields[key.field] for key in query.keys]
    return [f"{field.name}: {field.unverified}" for field in fields if field.unverified]


_MOST_FORMS = 8
_UNTRIED = (
    f"Only the first {_MOST_FORMS} forms in which the values may be written were tried, and nobody was found by them: "
    "that is no definite no. List fewer forms under fields.<name>.as."
)
_MISMATCH = (
    "The source answered with customers of whom none agrees with the question: it may ignore this search field. "
    "Check settings and fields.<name>.as against a real call."
)
_ANOTHER = (
    "The source was asked for one customer by the unique key and answered with others: it may ignore this search field. "
    "Check settings and by_key against a real call."
)

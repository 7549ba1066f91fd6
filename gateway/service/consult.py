"""Ask the sources of a route: an async generator of one SourceAnswer for each, in order of arrival."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Collection
from dataclasses import dataclass

from gateway.core.errors import AdapterFault
from gateway.core.model import Query, Skip, SourceAnswer, SourceOutcome, SourceRef
from gateway.core.tenant import Route, Strategy
from gateway.service.ask import ask_source
from gateway.service.live import LiveSource, LiveTenant
from gateway.service.tracing import Trace


@dataclass(frozen=True, slots=True)
class Consultation:
    """One query to the sources of one route. `deadline`: of the event loop's clock. `broke` hears of adapters' defects."""

    live: LiveTenant
    route: Route
    query: Query
    limit: int
    deadline: float
    trace: Trace
    broke: Callable[[SourceRef, BaseException], None]

    @property
    def sources(self) -> tuple[LiveSource, ...]:
        return tuple(self.live.sources[name] for name in self.route.sources)


def consult(consultation: Consultation) -> AsyncGenerator[SourceAnswer]:
    """One answer for each source of the route, in order of arrival. Leaving early cancels what is still under way."""
    at_once = consultation.route.parallel or consultation.route.strategy is Strategy.MERGE
    return _at_once(consultation) if at_once and len(consultation.route.sources) > 1 else _in_order(consultation)


async def _in_order(consultation: Consultation) -> AsyncGenerator[SourceAnswer]:
    """The next source is asked when the one before gave no customer, for whatever reason."""
    settled = False
    for source in consultation.sources:
        if settled:
            yield _not_needed(source, consultation.trace)
            continue
        task = _start(consultation, source)
        try:
            await asyncio.wait((task,))
        finally:
            await _end((task,))
        answer = _result(consultation, source, task)
        settled = bool(answer.customers) and consultation.route.strategy is Strategy.FIRST
        yield answer


async def _at_once(consultation: Consultation) -> AsyncGenerator[SourceAnswer]:
    """All are asked at once; priority decides. `first` stops as soon as no better source can still give a customer."""
    tasks = {source.name: _start(consultation, source) for source in consultation.sources}
    by_task = {tasks[source.name]: source for source in consultation.sources}
    pending = set(tasks.values())
    done: dict[str, bool] = {}
    try:
        while pending:
            arrived, pending = await asyncio.wait(pending, return_when=asyncio.FIRST_COMPLETED)
            for task in arrived:
                source = by_task[task]
                answer = _result(consultation, source, task)
                done[source.name] = bool(answer.customers)
                yield answer
            if pending and consultation.route.strategy is Strategy.FIRST and _settled(consultation.route, done):
                for source in consultation.sources:
                    if tasks[source.name] in pending:
                        yield _not_needed(source, consultation.trace)
                return
    finally:
        await _end(pending)


async def _end(tasks: Collection[asyncio.Task[SourceAnswer]]) -> None:
    """A cancelled lookup gives its connection back before the answer leaves."""
    under_way = [task for task in tasks if not task.done()]
    for task in under_way:
        task.cancel()
    if under_way:
        await asyncio.wait(under_way)


def _settled(route: Route, done: dict[str, bool]) -> bool:
    """Has the best source that can still matter given a customer? `done`: source -> it gave a customer."""
    for name in route.sources:
        if name not in done:
            return False
        if done[name]:
            return True
    return False


def _start(consultation: Consultation, source: LiveSource) -> asyncio.Task[SourceAnswer]:
    # A task, because its exception can be looked at without a net that catches everything.
    return asyncio.create_task(
        ask_source(
            consultation.live, source, consultation.query, consultation.limit, consultation.deadline, consultation.trace
        )
    )


def _result(consultation: Consultation, source: LiveSource, task: asyncio.Task[SourceAnswer]) -> SourceAnswer:
    """The task's answer; a defect of the adapter is this source's failure, never the whole's."""
    error = AdapterFault() if task.cancelled() else task.exception()
    if error is None:
        answer = task.result()
    else:
        consultation.broke(source.ref, error)
        fault = AdapterFault()
        answer = SourceAnswer(source.name, SourceOutcome.FAILED, code=fault.code, detail=str(fault))
        consultation.trace.add("failed", source.name, code=fault.code)
    source.record(answer)
    return answer


def _not_needed(source: LiveSource, trace: Trace) -> SourceAnswer:
    trace.add("skipped", source.name, code=Skip.NOT_NEEDED)
    return SourceAnswer(source.name, SourceOutcome.SKIPPED, code=Skip.NOT_NEEDED)

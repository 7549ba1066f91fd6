"""One caller's question to one source: answered from memory, by what is being asked already, or by a lookup of its own."""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Sequence
from dataclasses import dataclass, field, replace
from time import perf_counter

from gateway.core import steps
from gateway.core.errors import AdapterFault, TimedOut
from gateway.core.model import Origin, Query, Skip, SourceAnswer, SourceOutcome, SourceRef
from gateway.resilience import Deadline, Seat, first_arrivals, leave
from gateway.service.ask import ask_source, failed
from gateway.service.live import LiveSource, LiveTenant
from gateway.service.purpose import FIND, Purpose
from gateway.service.remembering import from_memory, is_failure, kept, memory_key, standing_in, survives
from gateway.service.tracing import Trace


@dataclass(frozen=True, slots=True)
class Question:
    """What one caller asks. `deadline`: of the event loop's clock. `refresh`: neither from memory nor from a lookup that
    began before. `broke` hears of adapters' defects. `purpose`: why it is asked."""

    live: LiveTenant
    query: Query
    limit: int
    deadline: float
    trace: Trace
    broke: Callable[[SourceRef, BaseException], None]
    refresh: bool = False
    purpose: Purpose = FIND


@dataclass(slots=True, eq=False)
class Asking:
    """A question put to one source. Exactly one of `known` (answered at once) and `seat` (a lookup under way) is there."""

    question: Question
    source: LiveSource
    began: float
    key: Hashable = field(default=None, repr=False)
    known: SourceAnswer | None = None
    seat: Seat[SourceAnswer] | None = None

    async def answer(self) -> SourceAnswer:
        """Once the seat is through (or nothing was under way). Never raises a SourceError."""
        if self.seat is None:
            assert self.known is not None
            return self.known
        answer = self._arrived(self.seat)
        if self.seat.leads and not is_failure(answer):
            # Made for this caller, it says itself how long it took.
            return answer
        if is_failure(answer) and not self.question.refresh:
            answer = await self._stand_in(answer)
        return replace(answer, elapsed=perf_counter() - self.began)

    def _arrived(self, seat: Seat[SourceAnswer]) -> SourceAnswer:
        """What the flight gave; a defect of the adapter is this source's failure, never the whole's."""
        task, name, trace = seat.task, self.source.name, self.question.trace
        if not task.done():
            took = perf_counter() - self.began
            trace.add(steps.Failed(TimedOut.code, str(TimedOut())), name, took)
            return failed(name, TimedOut(), took)
        error = AdapterFault() if task.cancelled() else task.exception()
        if error is not None:
            self.question.broke(self.source.ref, error)
            trace.add(steps.Failed(AdapterFault.code, str(AdapterFault())), name)
            answer = failed(name, AdapterFault(), perf_counter() - self.began)
            if seat.leads:
                self.source.record(answer)
            return answer
        return task.result() if seat.leads else replace(task.result(), origin=Origin.COALESCED)

    async def _stand_in(self, failure: SourceAnswer) -> SourceAnswer:
        """What is remembered, in place of the failure where that is allowed."""
        store = self.source.layers.store
        remembered = await store.get(self.key) if store is not None else None
        if remembered is None or not survives(remembered.answer, failure, _cause(self.source, failure)):
            return failure
        answer = standing_in(remembered, failure, self.source.clock())
        self.question.trace.add(steps.Stale(failure.code or "", answer.age or 0.0), self.source.name)
        return answer


async def begin(question: Question, source: LiveSource) -> Asking:
    """Put the question. Whoever began an Asking ends it with `end`."""
    query, trace, began = question.query, question.trace, perf_counter()
    if source.adapter.fields.isdisjoint(query.fields):
        known = _cannot_be_asked(source)
        trace.add(steps.Skipped(Skip.CANNOT_ASK, known.detail or ""), source.name)
        return Asking(question, source, began, known=known)
    limit = _limit(question, source)
    key = _key(question, source)
    layers = source.layers
    if not question.refresh:
        answer = await _recalled(source, key, began)
        if answer is not None:
            if trace.on:
                trace.add(steps.Cached(answer.outcome, answer.age or 0.0), source.name)
            return Asking(question, source, began, key, known=answer)
        seat = layers.flights.join(key, question.deadline)
        if seat is not None:
            trace.add(steps.Coalesced(), source.name)
            return Asking(question, source, began, key, seat=seat)

    async def work(deadline: Deadline) -> SourceAnswer:
        return await _remembered(question, source, limit, deadline, key)

    return Asking(question, source, began, key, seat=layers.flights.start(key, question.deadline, work))


async def recalled(question: Question, source: LiveSource) -> SourceAnswer | None:
    """What is remembered and still holds; nobody is asked for it."""
    return await _recalled(source, _key(question, source), perf_counter())


async def ask_all(questions: Sequence[tuple[Question, LiveSource]]) -> tuple[SourceAnswer, ...]:
    """Put them all at once; every answer, in their order."""
    askings: list[Asking] = []
    try:
        for question, source in questions:
            askings.append(await begin(question, source))
        waiting = askings
        while waiting:
            answered = await first_answered(waiting)
            waiting = [asking for asking in waiting if asking not in answered]
        return tuple([await asking.answer() for asking in askings])
    finally:
        await end(askings)


async def first_answered(askings: Collection[Asking]) -> list[Asking]:
    """Wait for the first of `askings` whose answer is there."""
    known = [asking for asking in askings if asking.seat is None]
    if known:
        return known
    through = await first_arrivals([asking.seat for asking in askings if asking.seat is not None])
    return [asking for asking in askings if asking.seat in through]


async def end(askings: Collection[Asking]) -> None:
    """Let go of the lookups; those that nobody else waits for are cancelled and have ended when this returns."""
    await leave([asking.seat for asking in askings if asking.seat is not None])


async def _recalled(source: LiveSource, key: Hashable, began: float) -> SourceAnswer | None:
    store = source.layers.store
    if store is None:
        return None
    remembered, now = await store.get(key), source.clock()
    if remembered is None or now >= remembered.fresh:
        return None
    return from_memory(remembered, now, perf_counter() - began)


async def _remembered(
    question: Question, source: LiveSource, limit: int, deadline: Deadline, key: Hashable
) -> SourceAnswer:
    """Ask the source, and keep what may be kept of its answer."""
    asked = source.clock()
    answer = await ask_source(question.live, source, question.query, limit, deadline, question.trace, question.purpose)
    source.record(answer)
    store, policy = source.layers.store, source.source.resilience.cache
    if store is None or policy is None:
        return answer
    keep = kept(answer, policy, asked)
    if keep is not None:
        await store.put(key, keep)
    elif (before := await store.get(key)) is not None and not survives(before.answer, answer, _cause(source, answer)):
        await store.drop(key)
    return answer


def _limit(question: Question, source: LiveSource) -> int:
    # Two at least, so that a cut never makes one of several.
    return max(2, min(question.limit, source.source.limit))


def _key(question: Question, source: LiveSource) -> Hashable:
    tenant, limit = question.live.tenant, _limit(question, source)
    return memory_key(tenant, source.name, question.query, limit, question.purpose)


def _cause(source: LiveSource, failure: SourceAnswer) -> str | None:
    """Why there is no answer; behind an open breaker stands what opened it."""
    breaker = source.layers.breaker
    return breaker.last if breaker is not None and failure.code == Skip.BREAKER_OPEN else failure.code


def _cannot_be_asked(source: LiveSource) -> SourceAnswer:
    known = ", ".join(sorted(source.adapter.fields))
    sentence = f"This source cannot be asked with the filled-in fields; it can with: {known or 'none'}."
    return SourceAnswer(source.name, SourceOutcome.SKIPPED, code=Skip.CANNOT_ASK, detail=sentence)

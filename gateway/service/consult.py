"""Ask the sources of a route: an async generator of one SourceAnswer for each, in order of arrival."""

from __future__ import annotations

from collections.abc import AsyncGenerator

from gateway.core import steps
from gateway.core.model import Skip, SourceAnswer, SourceOutcome
from gateway.core.tenant import Route, Strategy
from gateway.service.asking import Asking, Question, begin, end, first_answered
from gateway.service.live import LiveSource
from gateway.service.tracing import Trace


def consult(question: Question, route: Route) -> AsyncGenerator[SourceAnswer]:
    """One answer for each source of the route, in order of arrival. Leaving early lets go of what is still under way."""
    sources = tuple(question.live.sources[name] for name in route.sources)
    return _at_once(question, route, sources) if route.at_once else _in_order(question, route, sources)


async def _in_order(question: Question, route: Route, sources: tuple[LiveSource, ...]) -> AsyncGenerator[SourceAnswer]:
    """The next source is asked when the one before gave no customer, for whatever reason."""
    settled = False
    for source in sources:
        if settled:
            yield _not_needed(source, question.trace)
            continue
        asking = await begin(question, source)
        answer = await _answer(asking) if asking.known is None else asking.known
        settled = bool(answer.customers) and route.strategy is Strategy.FIRST
        yield answer


async def _answer(asking: Asking) -> SourceAnswer:
    try:
        await first_answered((asking,))
        return await asking.answer()
    finally:
        await end((asking,))


async def _at_once(question: Question, route: Route, sources: tuple[LiveSource, ...]) -> AsyncGenerator[SourceAnswer]:
    """All are asked at once; priority decides. `first` stops as soon as no better source can still give a customer."""
    pending: dict[str, Asking] = {}
    done: dict[str, bool] = {}
    try:
        for source in sources:
            pending[source.name] = await begin(question, source)
        while pending:
            for asking in await first_answered(pending.values()):
                answer = await asking.answer()
                del pending[asking.source.name]
                await end((asking,))
                done[asking.source.name] = bool(answer.customers)
                yield answer
            if pending and route.strategy is Strategy.FIRST and _settled(route, done):
                for asking in pending.values():
                    yield _not_needed(asking.source, question.trace)
                return
    finally:
        await end(pending.values())


def _settled(route: Route, done: dict[str, bool]) -> bool:
    """Has the best source that can still matter given a customer? `done`: source -> it gave a customer."""
    for name in route.sources:
        if name not in done:
            return False
        if done[name]:
            return True
    return False


def _not_needed(source: LiveSource, trace: Trace) -> SourceAnswer:
    trace.add(_NOT_NEEDED, source.name)
    return SourceAnswer(source.name, SourceOutcome.SKIPPED, code=Skip.NOT_NEEDED)


_NOT_NEEDED = steps.Skipped(Skip.NOT_NEEDED, "A source before it gave a customer.")

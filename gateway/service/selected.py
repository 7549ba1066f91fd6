"""The customer who was selected: which sources are asked for him, and with what."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from gateway.core.errors import InvalidKey, RefExpired
from gateway.core.keys import normalise
from gateway.core.model import Query, Skip, SourceAnswer, SourceOutcome, SourceRef, UniqueKey
from gateway.service.asking import Question, ask_all, recalled
from gateway.service.live import LiveSource, LiveTenant
from gateway.service.purpose import Purpose
from gateway.service.refs import RefContent
from gateway.service.tracing import Trace


@dataclass(frozen=True, slots=True)
class Selected:
    """`sources`: those that are asked, by priority. `key`: None of a contact that has none; then there are no sources."""

    live: LiveTenant
    key: UniqueKey | None
    sources: tuple[LiveSource, ...]

    @classmethod
    def of(cls, live: LiveTenant, content: RefContent) -> Selected:
        """Raises RefExpired where the tenant has another unique key by now."""
        key, spec = content.unique_key, live.tenant.unique_key
        if key is None:
            return cls(live, None, ())
        if (key.name, key.kind) != (spec.name, spec.kind):
            raise RefExpired
        return cls(live, key, _sources(live, content.sources))

    async def ask(
        self, deadline: float, broke: Callable[[SourceRef, BaseException], None], *, refresh: bool
    ) -> tuple[SourceAnswer, ...]:
        """One answer for each source. Never raises a SourceError."""
        questions = [(self._question(source, deadline, broke, refresh), source) for source in self.sources]
        asked = [(question, source) for question, source in questions if question is not None]
        answers = {answer.source: answer for answer in await ask_all(asked)}
        return tuple(answers.get(source.name) or _cannot_be_asked(source) for source in self.sources)

    async def recall(self) -> tuple[SourceAnswer | None, ...]:
        """For each source what is remembered of it, None where it would have to be asked."""
        recalls = [(source, self._question(source, 0.0, _nobody_hears, False)) for source in self.sources]
        return tuple(
            [
                _cannot_be_asked(source) if question is None else await recalled(question, source)
                for source, question in recalls
            ]
        )

    def _question(
        self,
        source: LiveSource,
        deadline: float,
        broke: Callable[[SourceRef, BaseException], None],
        refresh: bool,
    ) -> Question | None:
        query = self._query(source)
        if query is None:
            return None
        tenant = self.live.tenant
        return Question(self.live, query, tenant.limit, deadline, Trace(False), broke, refresh, Purpose(self.key))

    def _query(self, source: LiveSource) -> Query | None:
        """None where the source cannot be asked by this key."""
        by_key, tenant = source.by_key, self.live.tenant
        if by_key is None or self.key is None:
            return None
        try:
            return normalise(tenant.search_fields, {by_key.field: self.key.value}, tenant.country)
        except InvalidKey:
            # A tenant's customers may be people and companies, and this source know one of the two kinds alone.
            return None


def _sources(live: LiveTenant, named: tuple[str, ...]) -> tuple[LiveSource, ...]:
    """Those that gave him, whether they can be asked or not; of the others those that can: they are on the unique key's own
    route, or their block says `by_key`. First the route's, in its order, then the others in the order of the file."""
    routes = live.tenant.routes
    route = routes.get(live.tenant.unique_field or "") or routes.get("default")
    on_route = () if route is None else route.sources
    order = dict.fromkeys((*on_route, *live.sources))
    return tuple(
        source
        for source in map(live.sources.__getitem__, order)
        if source.name in named
        or source.source.by_key is not None
        or (source.by_key is not None and source.name in on_route)
    )


def _cannot_be_asked(source: LiveSource) -> SourceAnswer:
    sentence = (
        "This source cannot be asked by this unique key. Name the search field that takes it under "
        f"sources.{source.name}.by_key, if it has one."
    )
    return SourceAnswer(source.name, SourceOutcome.SKIPPED, code=Skip.CANNOT_ASK, detail=sentence)


def _nobody_hears(source: SourceRef, error: BaseException) -> None:
    """Where nobody is asked nothing breaks."""

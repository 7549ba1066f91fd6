"""The customer who was selected: which sources are asked for him, and with what."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

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

    @property
    def tellers(self) -> tuple[LiveSource, ...]:
        """Those that can be asked for his past."""
        return tuple(source for source in self.sources if source.tell is not None and source.by_key is not None)

    async def ask(
        self,
        deadline: float,
        broke: Callable[[SourceRef, BaseException], None],
        *,
        refresh: bool,
        history: bool = False,
    ) -> tuple[tuple[SourceAnswer, ...], tuple[SourceAnswer, ...]]:
        """One answer for each source, and, with `history`, one for each teller; all are asked at once. Never raises a
        SourceError."""
        whose = Purpose(self.key)
        wanted = [(source, whose) for source in self.sources]
        wanted += [(source, replace(whose, history=True)) for source in self.tellers if history]
        questions = [(self._question(source, deadline, broke, refresh, why), source, why) for source, why in wanted]
        asked = [(question, source) for question, source, _ in questions if question is not None]
        came = iter(await ask_all(asked))
        answers = [_cannot_be_asked(source) if question is None else next(came) for question, source, _ in questions]
        return tuple(answers[: len(self.sources)]), tuple(answers[len(self.sources) :])

    async def recall(self, *, history: bool = False) -> tuple[SourceAnswer, ...]:
        """For each source (with `history`: for each teller) what is remembered of it; `pending` where it would have to be
        asked."""
        why, sources = Purpose(self.key, history), self.tellers if history else self.sources
        recalls = [(source, self._question(source, 0.0, _nobody_hears, False, why)) for source in sources]
        return tuple(
            [
                _cannot_be_asked(source) if question is None else await recalled(question, source) or _pending(source)
                for source, question in recalls
            ]
        )

    def _question(
        self,
        source: LiveSource,
        deadline: float,
        broke: Callable[[SourceRef, BaseException], None],
        refresh: bool,
        purpose: Purpose,
    ) -> Question | None:
        query = self._query(source)
        if query is None:
            return None
        tenant = self.live.tenant
        return Question(self.live, query, tenant.limit, deadline, Trace(False), broke, refresh, purpose)

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


def _pending(source: LiveSource) -> SourceAnswer:
    sentence = (
        "Nothing is remembered of this source's last answer. Ask with wait=true, or ask for the customer's details."
    )
    return SourceAnswer(source.name, SourceOutcome.SKIPPED, code=Skip.PENDING, detail=sentence)


def _nobody_hears(source: SourceRef, error: BaseException) -> None:
    """Where nobody is asked nothing breaks."""

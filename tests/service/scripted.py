"""A tenant whose sources answer as a test says: real path, real mapping and verification, scripted adapters."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel

from gateway.adapter import AdapterContext, AdapterType, Found, Nobody, Query, RawRecord, SourceError, SourceRef, Wire
from gateway.core.disclosure import Viewer
from gateway.core.errors import UnknownTenant
from gateway.core.event_mapping import EventMapping
from gateway.core.mapping import MappingSpec, compile_mapping
from gateway.core.model import Identification, ProspectOption, SourceAnswer
from gateway.core.picks import Pick
from gateway.core.tenant import (
    BreakerPolicy,
    ByKey,
    CachePolicy,
    NotFound,
    Resilience,
    Route,
    SearchField,
    Source,
    Strategy,
    Tenant,
    UniqueKeySpec,
    Upstream,
)
from gateway.resilience import BreakerState
from gateway.service.identify import Identifier
from gateway.service.known import ContactLookup
from gateway.service.live import LiveTenants
from gateway.service.observer import Consultation
from gateway.service.request import IdentifyRequest
from gateway.upstream import open_wire

ANA: RawRecord = {"email": "ana@example.com", "nome": "Ana Souza", "cpf": "529.982.247-25", "fone": "(11) 98765-4321"}
BETO: RawRecord = {"email": "beto@example.com", "nome": "Beto Lima", "cpf": "123.456.789-09"}
ANAS_CPF = "52998224725"

FIELDS = {
    "cpf": SearchField("cpf", "cpf", "CPF", "documents.cpf"),
    "email": SearchField("email", "email", "E-mail", "emails"),
    "nome": SearchField("nome", "name", "Nome", "name"),
    "fone": SearchField("fone", "phone", "Telefone", "phones"),
}
KEY = UniqueKeySpec("email", "email", "person")
MAPPING = MappingSpec(
    unique_key=Pick(("email",)),
    name=Pick(("nome",)),
    documents={"cpf": Pick(("cpf",))},
    emails=Pick(("email",)),
    phones=Pick(("fone",)),
)


class NoSettings(BaseModel):
    """A scripted adapter has none."""


Step = Sequence[RawRecord] | SourceError | Exception | Found | Callable[[Query], Any]


@dataclass(slots=True)
class Script:
    """An adapter that answers each lookup with the next step, the last one again and again. `asked`: the queries it got."""

    steps: Sequence[Step]
    fields: frozenset[str] = frozenset(FIELDS)
    asked: list[Query] = field(default_factory=list)
    limits: list[int] = field(default_factory=list)
    closed: int = 0

    async def lookup(self, query: Query, *, limit: int) -> Found:
        step = self.steps[min(len(self.asked), len(self.steps) - 1)]
        self.asked.append(query)
        self.limits.append(limit)
        if isinstance(step, Exception):
            raise step
        if isinstance(step, Found):
            return step
        if callable(step):
            return Found(await step(query))
        return Found(step)

    async def check(self) -> None:
        step = self.steps[0]
        if isinstance(step, Exception):
            raise step

    async def aclose(self) -> None:
        self.closed += 1


@dataclass(slots=True)
class TellingScript(Script):
    """One that tells a customer's past, too, with the next of `past`."""

    past: Sequence[Step] = ()
    told: list[Query] = field(default_factory=list)

    async def history(self, query: Query, *, limit: int) -> Found:
        step = self.past[min(len(self.told), len(self.past) - 1)]
        self.told.append(query)
        if isinstance(step, Exception):
            raise step
        assert not callable(step)
        return step if isinstance(step, Found) else Found(step)


async def never(query: Query) -> list[RawRecord]:
    """A source that does not answer."""
    await asyncio.Event().wait()
    return []


@dataclass(slots=True)
class Heard:
    """An observer that remembers."""

    results: list[Identification] = field(default_factory=list)
    broke: list[tuple[SourceRef, BaseException]] = field(default_factory=list)
    breakers: list[tuple[SourceRef, BreakerState]] = field(default_factory=list)
    consultations: list[Consultation] = field(default_factory=list)

    def identified(self, request: IdentifyRequest, result: Identification, elapsed: float) -> None:
        self.results.append(result)

    def consulted(self, consultation: Consultation, answers: Sequence[SourceAnswer]) -> None:
        self.consultations.append(consultation)

    def adapter_broke(self, request_id: str, source: SourceRef, error: BaseException) -> None:
        self.broke.append((source, error))

    def breaker_changed(self, source: SourceRef, state: BreakerState) -> None:
        self.breakers.append((source, state))


@dataclass(slots=True)
class Clock:
    """Stands still unless a test sets `now`."""

    now: float = 0.0

    def __call__(self) -> float:
        return self.now


@dataclass(slots=True)
class House:
    """One tenant, `acme`, with scripted sources in the order of their names' appearance."""

    scripts: Mapping[str, Script]
    strategy: Strategy = Strategy.FIRST
    parallel: bool = False
    budget: float = 5.0
    timeout: float = 5.0
    breaker: BreakerPolicy | None = None
    cache: CachePolicy | None = None
    clock: Clock = field(default_factory=Clock)
    formats: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    fields: Mapping[str, SearchField] = field(default_factory=lambda: FIELDS)
    mapping: MappingSpec = MAPPING
    heard: Heard = field(default_factory=Heard)
    contacts: ContactLookup | None = None
    by_key: Mapping[str, ByKey] = field(default_factory=dict)
    history: EventMapping | None = None
    route: Sequence[str] | None = None
    tenant: Tenant = field(init=False)
    tenants: LiveTenants = field(init=False)
    identifier: Identifier = field(init=False)

    def __post_init__(self) -> None:
        self.tenant = self.make_tenant()
        self.tenants = LiveTenants(
            self, {"scripted": self._type()}, open_wire, clock=self.clock, breaker_changed=self.heard.breaker_changed
        )
        self.identifier = Identifier(self.tenants, self.heard, self.contacts)

    def get(self, slug: str) -> Tenant:
        if slug != "acme":
            raise UnknownTenant
        return self.tenant

    def make_tenant(self) -> Tenant:
        return Tenant(
            slug="acme",
            name="Acme",
            locale="pt-BR",
            country="BR",
            time_zone="America/Sao_Paulo",
            version="1",
            search_fields=self.fields,
            unique_key=KEY,
            sources={name: self._source(name) for name in self.scripts},
            routes={"default": Route(tuple(self.route or self.scripts), self.strategy, self.parallel)},
            budget=self.budget,
            not_found=NotFound(customer_type="Não cliente", prospect=ProspectOption.KEYED),
        )

    async def identify(
        self,
        *,
        explain: bool = False,
        limit: int | None = None,
        text: str | None = None,
        refresh: bool = False,
        **search: str,
    ) -> Identification:
        return await self.identifier.identify(
            IdentifyRequest("acme", Viewer("helpdesk", "k1"), search or None, text, limit, explain, "r1", refresh)
        )

    def _source(self, name: str) -> Source:
        mapping = compile_mapping(self.mapping, unique_key=KEY, country="BR", display_all=False)
        upstream = Upstream("http://127.0.0.1:1/")
        resilience = Resilience(self.timeout, breaker=self.breaker, cache=self.cache)
        by_key = self.by_key.get(name)
        return Source(
            name,
            "scripted",
            upstream,
            NoSettings(),
            mapping,
            Nobody(),
            resilience,
            self.formats,
            by_key=by_key,
            history=self.history,
        )

    def _type(self) -> AdapterType[Any]:
        def create(settings: NoSettings, context: AdapterContext) -> Script:
            wire: Wire = context.wire
            assert wire is not None
            return self.scripts[context.source.source]

        return AdapterType("scripted", "answers as a test says", NoSettings, create)


def outcomes(answers: Sequence[SourceAnswer]) -> dict[str, str]:
    """Source -> its outcome, with the code behind a slash where there is one of its own."""
    return {answer.source: _told(answer) for answer in answers}


def _told(answer: SourceAnswer) -> str:
    own = answer.code is not None and answer.code != answer.outcome
    return f"{answer.outcome}/{answer.code}" if own else str(answer.outcome)

"""Who is this? The whole path for one request, in the order in which it runs."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from dataclasses import dataclass, replace
from time import perf_counter

from gateway.core import steps
from gateway.core.conclusion import concluded
from gateway.core.disclosure import disclose
from gateway.core.errors import CannotAsk, NotHere, StorageError
from gateway.core.interaction import Interaction
from gateway.core.keys import normalise, recognise
from gateway.core.meeting import Meeting
from gateway.core.merge import merge
from gateway.core.merge_reasons import merge_reasons
from gateway.core.model import Identification, Query, SourceAnswer, SourceRef
from gateway.core.outcome import combine, conclude
from gateway.core.reception import Reception
from gateway.core.tenant import SearchField
from gateway.service.asking import Question
from gateway.service.auditing import Auditor
from gateway.service.consult import consult
from gateway.service.known import ContactLookup, InteractionReader, with_contacts
from gateway.service.live import LiveTenant, LiveTenants
from gateway.service.observer import Observer
from gateway.service.reception import receive
from gateway.service.request import IdentifyRequest
from gateway.service.tracing import Trace, normalised, ruled


@dataclass(frozen=True, slots=True)
class Identifier:
    """The use case `identify`, and what the tenant's faces need to know of it. Writes nothing but the audit. `contacts`,
    `auditor`, `interactions`: None where the gateway keeps nothing."""

    tenants: LiveTenants
    observer: Observer
    contacts: ContactLookup | None = None
    auditor: Auditor | None = None
    interactions: InteractionReader | None = None

    async def identify(self, request: IdentifyRequest) -> Identification:
        """What the viewer may see. Raises RequestError (nobody was asked) or TenantBroken; a source's failure is in the
        answer."""
        found = await self.find(request)
        with self.tenants.lease(request.tenant) as live:
            return disclose(found, request.viewer, live.tenant.shown)

    async def receive(self, request: IdentifyRequest) -> Reception:
        """The same with the facts, and with what the tenant's rules want done. Raises as `identify`, and NotHere for an
        interaction that is not the tenant's."""
        attended = None if request.interaction is None else await self._attended(request.tenant, request.interaction)
        found = await self.find(request)
        with self.tenants.lease(request.tenant) as live:
            reception = receive(live.tenant, request.viewer, Meeting(found, attended), explain=request.explain)
        identification = reception.identification
        if identification is None or not reception.rules:
            return reception
        return replace(reception, identification=replace(identification, trace=ruled(identification.trace, reception)))

    async def _attended(self, tenant: str, interaction: str) -> Interaction | None:
        """The interaction of who is asked for. The contact base never hides a customer: while it is away, he is one who was
        only found."""
        if self.interactions is None:
            raise NotHere("interaction")
        try:
            return await self.interactions.get(tenant, interaction)
        except NotHere:
            raise
        except StorageError:
            return None

    async def find(self, request: IdentifyRequest) -> Identification:
        """Everything that was found, for use cases; no face may show it. Raises as `identify`."""
        began = perf_counter()
        with self.tenants.lease(request.tenant) as live:
            trace = Trace(request.explain)
            queries = _queries(live, request)
            deadline = asyncio.get_running_loop().time() + live.tenant.budget
            identified: list[Identification] = []
            for query in queries:
                identified.append(await self._ask(live, query, request, deadline, trace))
                if identified[-1].matches:
                    break
            result = combine(identified)
            if trace.on:
                trace.add(concluded(result, trace.steps, live.tenant.search_fields))
                result = replace(result, trace=trace.steps)
        if self.auditor is not None:
            self.auditor.identified(request, queries[: len(identified)], result)
        self.observer.identified(request, result, perf_counter() - began)
        return result

    async def _ask(
        self, live: LiveTenant, query: Query, request: IdentifyRequest, deadline: float, trace: Trace
    ) -> Identification:
        """One query: consult, merge, conclude."""
        route = live.route(query)
        limit = min(request.limit or live.tenant.limit, live.tenant.limit)
        if trace.on:
            trace.add(normalised(query))
            trace.add(steps.Routed(route.sources, route.strategy, route.at_once))

        def broke(source: SourceRef, error: BaseException) -> None:
            self.observer.adapter_broke(request.request_id, source, error)

        question = Question(live, query, limit, deadline, trace, broke, request.refresh)
        answers: dict[str, SourceAnswer] = {}
        async with aclosing(consult(question, route)) as arriving:
            async for answer in arriving:
                answers[answer.source] = answer
        by_priority = [answers[name] for name in route.sources]
        matches = merge(by_priority, live.tenant.unique_key)
        if trace.on:
            conflicts = sum(len(match.customer.conflicts) for match in matches if match.customer)
            trace.add(steps.Merged(len(matches), conflicts, merge_reasons(by_priority, live.tenant.unique_key)))
        if self.contacts is not None:
            matches, known = await with_contacts(self.contacts, live, query, matches, deadline, trace)
            by_priority.append(known)
        return conclude(matches, by_priority, query=query, tenant=live.tenant, limit=limit)

    def search_fields(self, tenant: str) -> tuple[tuple[SearchField, tuple[str, ...]], ...]:
        """Each search field with the sources that can be asked with it, by priority. Raises UnknownTenant."""
        with self.tenants.lease(tenant) as live:
            return tuple((field, live.askers(field.name)) for field in live.tenant.search_fields.values())


def _queries(live: LiveTenant, request: IdentifyRequest) -> tuple[Query, ...]:
    """Filled-in fields give one query; the one box an ordered list, and so do several searches. Raises RequestError."""
    tenant = live.tenant
    if request.any_of:
        searches = [
            normalise(tenant.search_fields, search, tenant.country, unique=tenant.unique_field)
            for search in request.any_of
        ]
        askable = tuple(query for query in searches if live.can_ask(query))
        if not askable:
            raise CannotAsk([key.field for query in searches for key in query.keys])
        return askable
    if request.search is not None:
        query = normalise(tenant.search_fields, request.search, tenant.country, unique=tenant.unique_field)
        if not live.can_ask(query):
            raise CannotAsk([key.field for key in query.keys])
        return (query,)
    fields = [name for name in tenant.search_fields if live.askers(name)]
    return recognise(tenant.search_fields, request.text or "", tenant.country, fields)

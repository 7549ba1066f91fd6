"""The summary of a selected customer: what his sources and the gateway's own base tell of him, in one answer.

The gateway's own part comes at once. The sources' part is what is remembered; a source that would have to be asked is
`pending`, unless the caller waits. Each part that cannot be had says so, and the rest stands.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from time import perf_counter
from typing import Literal, Protocol

from gateway.core.audit import DONE, Action
from gateway.core.command import Command
from gateway.core.disclosure import Viewer
from gateway.core.errors import NotHere, StorageError, TimedOut
from gateway.core.event import Event
from gateway.core.joining import CONTACT_BASE
from gateway.core.model import Identification, SourceAnswer, SourceOutcome, SourceRef, Standing
from gateway.core.redaction import Redacted
from gateway.core.timeline import EVERYTHING, Recorded, TimelineFilter, TimelinePage
from gateway.service.auditing import Auditor
from gateway.service.details import RefOpener, concluded
from gateway.service.live import LiveTenant, LiveTenants
from gateway.service.observer import Consultation, Observer
from gateway.service.refs import RefContent
from gateway.service.remembering import is_failure
from gateway.service.selected import Selected

LISTED = 20
"""Most interactions, cases and entries of the timeline in a summary."""
_SHARE = 0.5
"""Of the tenant's budget, that the gateway's own base may take."""


class Records(Protocol):
    """The gateway's own base. `contact` and `key`: by which it may know him. Raises StorageError (NotHere among them)."""

    async def of(
        self, tenant: str, contact: str | None, key: str | None, current: str | None, limit: int
    ) -> Recorded: ...

    async def page(
        self, tenant: str, contact: str | None, key: str | None, wanted: TimelineFilter, after: str | None, limit: int
    ) -> TimelinePage: ...


@dataclass(frozen=True, slots=True, repr=False)
class SummaryRequest(Redacted):
    """`interaction`: the id of the one that the operator is in. `wait`: for the sources, within the tenant's budget;
    `refresh`: each is asked anew, which is waited for, too."""

    tenant: str
    viewer: Viewer
    ref: str
    request_id: str = ""
    interaction: str | None = None
    wait: bool = False
    refresh: bool = False
    actor: str | None = None


@dataclass(frozen=True, slots=True)
class Missing:
    """A part that could not be had. `part`: `customer` or `history` (of one source), or `records` (the gateway's own).
    `code`: that of the failure, or `pending`."""

    part: Literal["customer", "history", "records"]
    code: str
    detail: str
    source: str | None = None


@dataclass(frozen=True, slots=True, repr=False)
class Summary(Redacted):
    """`details`: of the customer, as far as they are there. `recorded`: None where the gateway's own base did not answer.
    `history`: what his sources tell of his past, the latest first."""

    details: Identification
    recorded: Recorded | None
    history: tuple[Event, ...]
    missing: tuple[Missing, ...]


@dataclass(frozen=True, slots=True, repr=False)
class TimelineRequest(Redacted):
    """`after`: the page before's `next`."""

    tenant: str
    viewer: Viewer
    ref: str
    request_id: str = ""
    wanted: TimelineFilter = EVERYTHING
    after: str | None = None
    limit: int = LISTED
    actor: str | None = None


@dataclass(frozen=True, slots=True)
class Summaries:
    """The use cases `summary` and `timeline`. They write nothing but the audit."""

    tenants: LiveTenants
    refs: RefOpener
    observer: Observer
    records: Records
    auditor: Auditor | None = None

    async def summary(self, request: SummaryRequest) -> Summary:
        """Raises RequestError (RefExpired, RefForged among them), TenantBroken, and NotHere for the interaction;
        whatever else fails is among what is missing."""
        began = perf_counter()
        content = self.refs.open(request.ref, request.tenant)
        with self.tenants.lease(request.tenant) as live:
            selected = Selected.of(live, content)
            recorded = await self._recorded(live, request, content)
            if request.wait or request.refresh:
                answers, told = await self._asked(live, selected, request)
            else:
                answers, told = await selected.recall(), await selected.recall(history=True)
            known = recorded if isinstance(recorded, Recorded) else None
            own = _own_answer(recorded)
            details = concluded(live, (*answers, own), None if known is None else known.contact)
        events = sorted((event for answer in told for event in answer.events), key=lambda event: event.at, reverse=True)
        summary = Summary(details, known, tuple(events[:LISTED]), tuple(_missing(answers, told, own)))
        consultation = Consultation(
            "summary", request.tenant, request.viewer, request.request_id, details.outcome, perf_counter() - began
        )
        self.observer.consulted(consultation, (*details.sources, *told))
        self._audited(request, content, details.outcome)
        return summary

    async def timeline(self, request: TimelineRequest) -> TimelinePage:
        """Raises RequestError (MalformedRequest for a cursor that no page gave) and StorageError (NotHere for a record)."""
        began = perf_counter()
        content = self.refs.open(request.ref, request.tenant)
        key = None if content.unique_key is None else content.unique_key.value
        page = await self.records.page(
            request.tenant, content.contact, key, request.wanted, request.after, request.limit
        )
        consultation = Consultation(
            "timeline", request.tenant, request.viewer, request.request_id, None, perf_counter() - began
        )
        self.observer.consulted(consultation, ())
        self._audited(request, content, DONE)
        return page

    def _audited(self, request: SummaryRequest | TimelineRequest, content: RefContent, outcome: str) -> None:
        if self.auditor is not None:
            command = Command(request.tenant, request.viewer, request.actor, request.request_id)
            self.auditor.selected(command, Action.SUMMARY, content, outcome)

    async def _recorded(
        self, live: LiveTenant, request: SummaryRequest, content: RefContent
    ) -> Recorded | StorageError | TimedOut:
        """What failed is given, not raised; but an interaction that is not there is the request's own mistake."""
        key = None if content.unique_key is None else content.unique_key.value
        try:
            async with asyncio.timeout(live.tenant.budget * _SHARE):
                return await self.records.of(request.tenant, content.contact, key, request.interaction, LISTED)
        except NotHere:
            raise
        except TimeoutError:
            return TimedOut("The gateway's own base did not answer in time. Its operator's log may say why.")
        except StorageError as error:
            return error

    async def _asked(
        self, live: LiveTenant, selected: Selected, request: SummaryRequest
    ) -> tuple[tuple[SourceAnswer, ...], tuple[SourceAnswer, ...]]:
        """What they say of him, and what of his past."""

        def broke(source: SourceRef, error: BaseException) -> None:
            self.observer.adapter_broke(request.request_id, source, error)

        deadline = asyncio.get_running_loop().time() + live.tenant.budget
        return await selected.ask(deadline, broke, refresh=request.refresh, history=True)


def _own_answer(recorded: Recorded | StorageError | TimedOut) -> SourceAnswer:
    """The gateway's own base as one of the sources."""
    if not isinstance(recorded, Recorded):
        outcome = SourceOutcome.TIMED_OUT if isinstance(recorded, TimedOut) else SourceOutcome.FAILED
        return SourceAnswer(CONTACT_BASE, outcome, code=recorded.code, detail=str(recorded))
    contact = recorded.contact
    people = int(contact is not None and contact.standing is not Standing.PROSPECT)
    return SourceAnswer(CONTACT_BASE, SourceOutcome.FOUND if people else SourceOutcome.NOT_FOUND, contacts=people)


def _missing(answers: Sequence[SourceAnswer], told: Sequence[SourceAnswer], own: SourceAnswer) -> Iterator[Missing]:
    for answer in filter(_is_missing, answers):
        yield Missing("customer", answer.code or answer.outcome, answer.detail or "", answer.source)
    for answer in filter(_is_missing, told):
        yield Missing("history", answer.code or answer.outcome, answer.detail or "", answer.source)
    if own.code is not None:
        yield Missing("records", own.code, own.detail or "")


def _is_missing(answer: SourceAnswer) -> bool:
    return is_failure(answer) or answer.outcome is SourceOutcome.SKIPPED

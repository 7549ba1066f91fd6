"""What is known of a customer who was selected: his sources asked by the unique key, and his contact."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from time import perf_counter
from typing import Protocol

from gateway.core.audit import Action
from gateway.core.command import Command
from gateway.core.disclosure import Viewer, disclose
from gateway.core.merge import merge
from gateway.core.model import Contact, Identification, Match, Query, SourceAnswer, SourceRef
from gateway.core.outcome import conclude
from gateway.core.redaction import Redacted
from gateway.service.auditing import Auditor
from gateway.service.known import ContactReader, contact_of
from gateway.service.live import LiveTenant, LiveTenants
from gateway.service.observer import Consultation, Observer
from gateway.service.refs import RefContent
from gateway.service.selected import Selected

_NO_QUESTION = Query(())
"""Nobody was searched for."""


class RefOpener(Protocol):
    """Raises RefExpired, RefForged."""

    def open(self, ref: str, tenant: str) -> RefContent: ...


@dataclass(frozen=True, slots=True, repr=False)
class DetailsRequest(Redacted):
    """`ref`: as an identification gave it. `refresh`: every source is asked anew. `actor`: as in `Command`."""

    tenant: str
    viewer: Viewer
    ref: str
    request_id: str = ""
    refresh: bool = False
    actor: str | None = None


@dataclass(frozen=True, slots=True)
class Details:
    """The use case. `contacts`, `auditor`: None where the gateway keeps nothing. Writes nothing but the audit."""

    tenants: LiveTenants
    refs: RefOpener
    observer: Observer
    contacts: ContactReader | None = None
    auditor: Auditor | None = None

    async def details(self, request: DetailsRequest) -> Identification:
        """One match at most, unless his sources hold several customers under his key; the contact is a match, too. Raises
        RequestError (RefExpired, RefForged among them) or TenantBroken; a source's failure is in the answer."""
        content = self.refs.open(request.ref, request.tenant)
        command = Command(request.tenant, request.viewer, request.actor, request.request_id)
        found = await self.known(command, content, Action.DETAILS, refresh=request.refresh)
        with self.tenants.lease(request.tenant) as live:
            return disclose(found, request.viewer, live.tenant.shown)

    async def known(
        self, command: Command, content: RefContent, action: Action, *, refresh: bool = False
    ) -> Identification:
        """Everything that is known of him, for use cases; no face may show it. `action`: as what it is audited. Raises
        RefExpired, TenantBroken."""
        began = perf_counter()
        with self.tenants.lease(command.tenant) as live:
            selected = Selected.of(live, content)
            deadline = asyncio.get_running_loop().time() + live.tenant.budget

            def broke(source: SourceRef, error: BaseException) -> None:
                self.observer.adapter_broke(command.request_id, source, error)

            answers, _ = await selected.ask(deadline, broke, refresh=refresh)
            contact = None
            if self.contacts is not None:
                contact, known = await contact_of(self.contacts, command.tenant, content, deadline)
                answers = (*answers, known)
            result = concluded(live, answers, contact)
        elapsed = perf_counter() - began
        self.observer.consulted(
            Consultation(action, command.tenant, command.viewer, command.request_id, result.outcome, elapsed),
            result.sources,
        )
        if self.auditor is not None:
            self.auditor.selected(command, action, content, result.outcome)
        return result


def concluded(live: LiveTenant, answers: tuple[SourceAnswer, ...], contact: Contact | None) -> Identification:
    """What the answers about one customer amount to. `answers` by priority."""
    matches = merge(answers, live.tenant.unique_key)
    if contact is not None:
        first, others = (matches[0], matches[1:]) if matches else (Match(None, verified=True), ())
        matches = (replace(first, contact=contact), *others)
    result = conclude(matches, answers, query=_NO_QUESTION, tenant=live.tenant)
    # Who was selected is nobody to make a prospect of.
    return replace(result, proposal=None)

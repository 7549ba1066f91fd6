"""Somebody whom nobody knows is kept: with a message, with a history, or with a form, as the tenant says."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Mapping as Map
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol
from zoneinfo import ZoneInfo

from gateway.core.command import Command, Effect
from gateway.core.errors import MalformedRequest, RefForged
from gateway.core.model import Proposal, ProspectOption
from gateway.core.prospect import SETTLED, Prospect, ProspectDraft, ProspectPage, ProspectState, filled
from gateway.core.tenant import Tenant

_FOUND_REFUSED = "A person looked, and the company's base does not take him."


class Tenants(Protocol):
    """Raises UnknownTenant, TenantBroken."""

    def get(self, slug: str) -> Tenant: ...


class Proposals(Protocol):
    """Opens what an answer proposed. Raises RefExpired, RefForged."""

    def open_proposal(self, ref: str, tenant: str) -> Proposal: ...


class ProspectStore(Protocol):
    """Where prospects are kept; each call is one transaction. Raises StorageError."""

    async def store(
        self, command: Command, draft: ProspectDraft, interaction: str | None, now: datetime
    ) -> Effect[Prospect]: ...
    async def classify(
        self, command: Command, contact: str, draft: ProspectDraft, now: datetime
    ) -> Effect[Prospect]: ...
    async def settle(
        self, command: Command, contact: str, state: ProspectState, reason: str | None, now: datetime
    ) -> Effect[Prospect]: ...
    async def page(
        self, tenant: str, day: str | None, state: ProspectState | None, after: str | None, limit: int
    ) -> ProspectPage: ...


@dataclass(frozen=True, slots=True)
class ProspectDesk:
    """The use cases. `clock`: aware moments, in UTC."""

    tenants: Tenants
    proposals: Proposals
    store: ProspectStore
    clock: Callable[[], datetime]

    async def save(
        self,
        command: Command,
        ref: str,
        name: str | None = None,
        form: Map[str, str] | None = None,
        interaction: str | None = None,
    ) -> Effect[Prospect]:
        """Keep whom a definite `not_found` proposed. `form`: None where it is filled in later. `interaction`: what is to be
        his history; under `message` he has none.

        Raises RefExpired, RefForged, InvalidForm, NotHere, Conflict.
        """
        tenant = self.tenants.get(command.tenant)
        proposal = self.proposals.open_proposal(ref, command.tenant)
        if proposal.prospect is None:
            raise RefForged
        if proposal.prospect is not ProspectOption.FORM and form is not None:
            raise MalformedRequest(f"The proposal is '{proposal.prospect}', which has no form. Leave 'form' out.")
        now = self.clock()
        draft = ProspectDraft(
            option=proposal.prospect,
            day=day_of(now, tenant),
            unique_key=proposal.unique_key,
            name=(name or "").strip() or proposal.name,
            identifiers=proposal.identifiers,
            customer_type=proposal.customer_type,
            seal_name=tenant.seal_names,
        )
        if form is not None:
            draft = _with_form(draft, tenant, form)
        return await self.store.store(command, draft, interaction, now)

    async def classify(self, command: Command, contact: str, name: str | None, form: Map[str, str]) -> Effect[Prospect]:
        """A contact is a prospect, with the form that was filled in for him: by hand, with or without a proposal.

        Raises InvalidForm, NotHere, Conflict.
        """
        tenant, now = self.tenants.get(command.tenant), self.clock()
        draft = ProspectDraft(ProspectOption.FORM, day_of(now, tenant), name=(name or "").strip() or None)
        draft = replace(draft, seal_name=tenant.seal_names)
        return await self.store.classify(command, contact, _with_form(draft, tenant, form), now)

    async def settle(
        self, command: Command, contact: str, state: ProspectState, reason: str | None = None
    ) -> Effect[Prospect]:
        """What a person found out of somebody of whom nobody knew whether he arrived. `state`: one of `SETTLED`; `reason`:
        why he was refused, in words without his values. Raises MalformedRequest, NotHere, Conflict (`not_unknown`)."""
        self.tenants.get(command.tenant)
        if state not in SETTLED:
            raise MalformedRequest(f"A person settles a prospect as one of {', '.join(SETTLED)}.")
        said = (reason or "").strip() or None
        if said is not None and state is not ProspectState.REFUSED:
            raise MalformedRequest("A reason says why he was refused. Leave 'reason' out, or settle him as refused.")
        if state is ProspectState.REFUSED:
            said = said or _FOUND_REFUSED
        return await self.store.settle(command, contact, state, said, self.clock())

    async def page(
        self, tenant: str, day: str | None, state: ProspectState | None, after: str | None, limit: int
    ) -> ProspectPage:
        """Stored prospects, the oldest first."""
        return await self.store.page(tenant, day, state, after, limit)


def day_of(now: datetime, tenant: Tenant) -> str:
    """`2026-11-22`, on the tenant's calendar."""
    return now.astimezone(ZoneInfo(tenant.time_zone)).date().isoformat()


def _with_form(draft: ProspectDraft, tenant: Tenant, form: Map[str, str]) -> ProspectDraft:
    given = filled(tenant.prospects.form, form, tenant.country)
    names = (given.values.get(field.name) for field in tenant.prospects.form.values() if field.kind == "name")
    named = next(filter(None, names), None)
    return replace(
        draft,
        form=given.values,
        identifiers=(*draft.identifiers, *given.identifiers),
        name=draft.name or named,
    )

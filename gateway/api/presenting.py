"""Core types into the API's bodies."""

from __future__ import annotations

from typing import TypeVar

from msgspec import UNSET, UnsetType

from gateway.api import bodies
from gateway.api.explaining import milliseconds, step_body
from gateway.api.facts_bodies import Actions, Facts
from gateway.core.joining import is_own
from gateway.core.model import (
    Address,
    Conflict,
    Contact,
    Customer,
    Document,
    Identification,
    Match,
    Proposal,
    SourceAnswer,
    UniqueKey,
)
from gateway.core.tenant import SearchField
from gateway.service.refs import Sealer
from gateway.service.sources import SourceState

Value = TypeVar("Value")


def identification_body(
    identification: Identification,
    *,
    tenant: str,
    request_id: str,
    sealer: Sealer | None,
    explain: bool,
    facts: Facts | UnsetType = UNSET,
    actions: Actions | UnsetType = UNSET,
) -> bodies.Identification:
    """`sealer`: None where the viewer sees masked likenesses only, of which no ref could point to anybody. `facts`,
    `actions`: unset where they stand elsewhere in the answer."""
    known = identification.known_prospect
    proposal = identification.proposal
    return bodies.Identification(
        request_id=request_id,
        outcome=identification.outcome,
        complete=identification.complete,
        more=identification.more,
        searched=identification.searched,
        warnings=identification.warnings,
        matches=tuple(
            [_match(match, UNSET if sealer is None else sealer.seal(match, tenant)) for match in identification.matches]
        ),
        sources=tuple([source_body(source) for source in identification.sources]),
        proposal=UNSET if proposal is None else _proposal(proposal, tenant, sealer),
        known_prospect=UNSET if known is None else contact_body(known),
        facts=facts,
        actions=actions,
        trace=tuple([step_body(step) for step in identification.trace]) if explain else UNSET,
    )


def search_fields_body(fields: tuple[tuple[SearchField, tuple[str, ...]], ...]) -> bodies.SearchFields:
    return bodies.SearchFields(
        tuple(
            bodies.SearchField(field.name, field.kind, field.label, sources, given(field.unverified))
            for field, sources in fields
        )
    )


def sources_body(states: tuple[SourceState, ...]) -> bodies.Sources:
    return bodies.Sources(tuple(_state(state) for state in states))


def given(value: Value | None) -> Value | UnsetType:
    """A single value that is absent is left out."""
    return UNSET if value is None else value


def _match(match: Match, ref: str | UnsetType) -> bodies.Match:
    return bodies.Match(
        verified=match.verified,
        same_document=match.same_document,
        ref=ref,
        customer=UNSET if match.customer is None else customer_body(match.customer),
        contact=UNSET if match.contact is None else contact_body(match.contact),
    )


def customer_body(customer: Customer) -> bodies.Customer:
    return bodies.Customer(
        unique_key=unique_key_body(customer.unique_key),
        documents=tuple([_document(document) for document in customer.documents]),
        emails=customer.emails,
        phones=customer.phones,
        addresses=tuple([_address(address) for address in customer.addresses]),
        attributes=dict(customer.attributes),
        display=dict(customer.display),
        sources=customer.sources,
        provenance=dict(customer.provenance),
        conflicts=tuple([_conflict(conflict) for conflict in customer.conflicts]),
        name=given(customer.name),
        birth_date=given(customer.birth_date),
    )


def unique_key_body(key: UniqueKey) -> bodies.UniqueKey:
    return bodies.UniqueKey(key.name, key.kind, key.value)


def _document(document: Document) -> bodies.Document:
    return bodies.Document(document.kind, document.value, document.masked)


def _address(address: Address) -> bodies.Address:
    return bodies.Address(
        street=given(address.street),
        number=given(address.number),
        complement=given(address.complement),
        district=given(address.district),
        city=given(address.city),
        state=given(address.state),
        postal_code=given(address.postal_code),
        country=given(address.country),
    )


def _conflict(conflict: Conflict) -> bodies.Conflict:
    return bodies.Conflict(
        conflict.path, tuple(bodies.ConflictValue(source, value) for source, value in conflict.values)
    )


def contact_body(contact: Contact) -> bodies.Contact:
    return bodies.Contact(
        id=contact.id,
        standing=contact.standing,
        unique_key=UNSET if contact.unique_key is None else unique_key_body(contact.unique_key),
        name=given(contact.name),
        identifiers=tuple(
            [
                bodies.Identifier(one.kind, one.value, one.verified)
                for one in contact.identifiers
                if not is_own(one.kind)
            ]
        ),
        customer_type=given(contact.customer_type),
        stored=dict(contact.stored),
        form=dict(contact.form),
        active=contact.active,
        merged_into=given(contact.merged_into),
        revision=contact.revision,
        created_at=given(contact.created_at),
        updated_at=given(contact.updated_at),
    )


def source_body(source: SourceAnswer) -> bodies.SourceAnswer:
    return bodies.SourceAnswer(
        source=source.source,
        outcome=source.outcome,
        warnings=source.warnings,
        refused=source.refused,
        dropped=source.dropped,
        truncated=source.truncated,
        elapsed_ms=milliseconds(source.elapsed),
        age_ms=UNSET if source.age is None else milliseconds(source.age),
        stale=source.stale or UNSET,
        code=given(source.code),
        detail=given(source.detail),
    )


def _proposal(proposal: Proposal, tenant: str, sealer: Sealer | None) -> bodies.Proposal:
    sealed = None if sealer is None or proposal.prospect is None else sealer.seal_proposal(proposal, tenant)
    return bodies.Proposal(
        ref=given(sealed),
        message=proposal.message,
        customer_type=given(proposal.customer_type),
        prospect=given(proposal.prospect),
        unique_key=UNSET if proposal.unique_key is None else unique_key_body(proposal.unique_key),
    )


def _state(state: SourceState) -> bodies.SourceState:
    last: bodies.LastAnswer | UnsetType = UNSET
    if state.last_outcome is not None:
        last = bodies.LastAnswer(state.last_outcome, milliseconds(state.last_elapsed or 0.0), given(state.last_code))
    return bodies.SourceState(
        source=state.source,
        adapter=state.adapter,
        fields=state.fields,
        in_flight=state.in_flight,
        asked=state.asked,
        failed=state.failed,
        breaker=given(state.breaker),
        last=last,
    )

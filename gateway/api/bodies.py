"""The bodies of the JSON API, in and out: these types decode, encode and document it.

A single value that is absent is left out; lists and objects are always there, empty where there is nothing. Moments are
seconds or milliseconds as the name says, dates ISO 8601.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated

from msgspec import UNSET, Meta, UnsetType

from gateway.api.body import Body, JsonValue
from gateway.api.facts_bodies import Actions, Facts
from gateway.api.trace_bodies import TraceStep
from gateway.core.model import Outcome, ProspectOption, SourceOutcome, Standing

MOST_MATCHES = 200
"""The largest `limit` of a request."""

# ---------------------------------------------------------------------------------------------- requests


class IdentificationRequest(Body, frozen=True, forbid_unknown_fields=True):
    """Who is this? Exactly one of `search` and `text`."""

    search: (
        Annotated[
            dict[str, Annotated[str, Meta(max_length=1000)]],
            Meta(
                max_length=50,
                description="Search field -> what was filled in. All fields must agree (a conjunction).",
                examples=[{"cpf": "529.982.247-25"}],
            ),
        ]
        | UnsetType
    ) = UNSET
    text: (
        Annotated[str, Meta(max_length=1000, description="One box: the gateway finds out of which kind the text is.")]
        | UnsetType
    ) = UNSET
    explain: Annotated[bool, Meta(description="Add `trace`: what was asked of whom and what came, values masked.")] = (
        False
    )
    refresh: Annotated[
        bool, Meta(description="Ask every source anew: nothing remembered is shown, not even in place of a failure.")
    ] = False
    interaction: (
        Annotated[
            str,
            Meta(
                max_length=32,
                description="The open interaction of who is asked for: its link says how surely he is the customer.",
            ),
        ]
        | UnsetType
    ) = UNSET
    limit: (
        Annotated[int, Meta(ge=1, le=MOST_MATCHES, description="Most matches wanted; the tenant's own limit stands.")]
        | UnsetType
    ) = UNSET


# ---------------------------------------------------------------------------------------------- an identification


class UniqueKey(Body, frozen=True):
    """The value that ties interactions to a customer (chave única). `kind` says how it is compared."""

    name: str
    kind: str
    value: str


class Document(Body, frozen=True):
    """A national document; `masked` where some of its digits are hidden."""

    kind: str
    value: str
    masked: bool


class Address(Body, frozen=True):
    """A postal address; parts that nobody gave are left out."""

    street: str | UnsetType = UNSET
    number: str | UnsetType = UNSET
    complement: str | UnsetType = UNSET
    district: str | UnsetType = UNSET
    city: str | UnsetType = UNSET
    state: str | UnsetType = UNSET
    postal_code: str | UnsetType = UNSET
    country: str | UnsetType = UNSET


class ConflictValue(Body, frozen=True):
    """What one source says."""

    source: str
    value: str


class Conflict(Body, frozen=True):
    """Sources disagree about the value at `path`; by priority, the first one's is shown."""

    path: str
    values: tuple[ConflictValue, ...]


class Customer(Body, frozen=True, kw_only=True):
    """A person, company or order as the sources describe it.

    `provenance`: path of a value (`name`, `emails[0]`) -> the sources that say it; empty where one source says everything.
    `display`: values that are shown and never stored.
    """

    unique_key: UniqueKey
    name: str | UnsetType = UNSET
    documents: tuple[Document, ...]
    emails: tuple[str, ...]
    phones: tuple[str, ...]
    birth_date: date | UnsetType = UNSET
    addresses: tuple[Address, ...]
    attributes: dict[str, str]
    display: dict[str, JsonValue]
    sources: tuple[str, ...]
    provenance: dict[str, tuple[str, ...]]
    conflicts: tuple[Conflict, ...]


class Identifier(Body, frozen=True):
    """One of the values by which a contact is known. `verified`: somebody proved that it is his."""

    kind: str
    value: str
    verified: bool


class Contact(Body, frozen=True, kw_only=True):
    """The gateway's own entry in the contact base.

    `stored`: values of the customer that the tenant lets be stored, by path (`attributes.plano`). `form`: what an operator
    filled in for a prospect. `active`: whether he is found. `merged_into`: the contact that took this one over. `revision`
    counts its changes, and is what a change names.
    """

    id: str
    standing: Standing
    unique_key: UniqueKey | UnsetType = UNSET
    name: str | UnsetType = UNSET
    identifiers: tuple[Identifier, ...]
    customer_type: str | UnsetType = UNSET
    stored: dict[str, str]
    form: dict[str, str]
    active: bool
    merged_into: str | UnsetType = UNSET
    revision: int
    created_at: datetime | UnsetType = UNSET
    updated_at: datetime | UnsetType = UNSET


class Match(Body, frozen=True, kw_only=True):
    """One line of an answer. `ref` points to it for half an hour; it is opaque, and left out where values are masked.

    `verified`: a value of the customer agreed with what was asked; where false, never link without asking a person.
    `same_document`: another match carries the same document.
    """

    ref: str | UnsetType = UNSET
    verified: bool
    same_document: bool
    customer: Customer | UnsetType = UNSET
    contact: Contact | UnsetType = UNSET


class SourceAnswer(Body, frozen=True, kw_only=True):
    """What one source did. `code` and `detail` say why it did not answer; `refused` records could not be read; `dropped`
    ones disagreed with what was asked. `age_ms`: of a remembered answer, how long ago the source was asked. `stale`: it is
    older than it should be and stands in for a failure, which `code` and `detail` name."""

    source: str
    outcome: SourceOutcome
    code: str | UnsetType = UNSET
    detail: str | UnsetType = UNSET
    warnings: tuple[str, ...]
    refused: int
    dropped: int
    truncated: bool
    elapsed_ms: float
    age_ms: float | UnsetType = UNSET
    stale: bool | UnsetType = UNSET


class Proposal(Body, frozen=True, kw_only=True):
    """What a definite `not_found` proposes. Nothing of it is stored yet: `POST prospects` with `ref` does, within half an
    hour; it is left out where no prospect is proposed, and where values are masked."""

    ref: str | UnsetType = UNSET
    message: str
    customer_type: str | UnsetType = UNSET
    prospect: ProspectOption | UnsetType = UNSET
    unique_key: UniqueKey | UnsetType = UNSET


class Identification(Body, frozen=True):
    """The answer. `complete` is false where some source did not answer in full; `more` is true where a limit cut the list.

    `searched`: the search fields that the answering query used. `warnings`: what is doubtful about the question
    (`fone: …`). `facts`, `actions`: what is known, and what the tenant's rules want done; of an identification that is part
    of another answer they stand there. `trace`: only with `explain`.
    """

    request_id: str
    outcome: Outcome
    complete: bool
    more: bool
    searched: tuple[str, ...]
    warnings: tuple[str, ...]
    matches: tuple[Match, ...]
    sources: tuple[SourceAnswer, ...]
    proposal: Proposal | UnsetType = UNSET
    known_prospect: Contact | UnsetType = UNSET
    facts: Facts | UnsetType = UNSET
    actions: Actions | UnsetType = UNSET
    trace: tuple[TraceStep, ...] | UnsetType = UNSET


# ---------------------------------------------------------------------------------------------- a tenant


class SearchField(Body, frozen=True):
    """What an operator can fill in. `sources`: those that can be asked with it, by priority. `unverified`: why answers to
    it cannot be compared with what was asked."""

    name: str
    kind: str
    label: str
    sources: tuple[str, ...]
    unverified: str | UnsetType = UNSET


class SearchFields(Body, frozen=True):
    """The tenant's search fields, in the order of its file."""

    search_fields: tuple[SearchField, ...]


class LastAnswer(Body, frozen=True):
    """The last lookup of a source."""

    outcome: str
    elapsed_ms: float
    code: str | UnsetType = UNSET


class SourceState(Body, frozen=True):
    """A source as this process knows it since its start or the tenant's last change. `breaker`: `closed` (it is asked),
    `open` (it failed too often just now) or `half_open` (one lookup tries it); left out where it has none."""

    source: str
    adapter: str
    fields: tuple[str, ...]
    in_flight: int
    asked: int
    failed: int
    breaker: str | UnsetType = UNSET
    last: LastAnswer | UnsetType = UNSET


class Sources(Body, frozen=True):
    """The tenant's sources, in the order of its file."""

    sources: tuple[SourceState, ...]


# ---------------------------------------------------------------------------------------------- operations, errors


class Health(Body, frozen=True):
    """The process runs."""

    status: str


class TenantProblems(Body, frozen=True):
    """A tenant whose file is wrong: each problem as `file:line:column: message`."""

    tenant: str
    problems: tuple[str, ...]


class Readiness(Body, frozen=True):
    """Does the gateway take requests? The rest only for who may see operations. `tenants`: those whose file is wrong.
    `storage`: the code of what is wrong with the gateway's own database; identifications are answered without it."""

    ready: bool
    tenants: tuple[TenantProblems, ...] | UnsetType = UNSET
    storage: str | UnsetType = UNSET


class Problem(Body, frozen=True):
    """RFC 9457. `code` is stable; `type` leads to what to do about it. `invalid_key` and `invalid_value` add `field`,
    `kind` and `check`, `conflict` a `reason`, which is stable, too."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    request_id: str
    field: str | UnsetType = UNSET
    kind: str | UnsetType = UNSET
    check: str | UnsetType = UNSET
    reason: str | UnsetType = UNSET

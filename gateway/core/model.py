"""What flows through the path: search keys, queries, records, customers, answers. Frozen, without I/O."""

from __future__ import annotations

from collections.abc import Mapping as Map
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import TypeAlias

from gateway.core.event import Event
from gateway.core.redaction import Redacted
from gateway.core.steps import Step

Json: TypeAlias = "bool | int | float | str | Sequence[Json] | Map[str, Json] | None"
RawRecord: TypeAlias = Map[str, Json]
"""What a source said of one customer, JSON-shaped. Tax numbers are text: leading zeros live."""
ATTRIBUTES = "attributes."
"""What the path of a customer's attribute begins with."""


# ---------------------------------------------------------------------------------------------- the question


@dataclass(frozen=True, slots=True)
class SourceRef:
    """Which source of which tenant. `str()` is safe to log: `acme/erp`."""

    tenant: str
    source: str

    def __str__(self) -> str:
        return f"{self.tenant}/{self.source}"


@dataclass(frozen=True, slots=True, repr=False)
class SearchKey(Redacted):
    """A filled-in, normalised search field.

    `value` is canonical (`12345678909`, `+5511987654321`, `ana@example.com`) until `consult` puts it into the source's own
    form; `candidates` are other spellings of the same value, in the order of their likelihood. `warnings`: what is doubtful
    about the value (a phone number without area code), without the value.
    """

    field: str
    kind: str
    value: str
    candidates: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, repr=False)
class Query(Redacted):
    """A conjunction of search keys, strongest first; at least one."""

    keys: tuple[SearchKey, ...]

    @property
    def fields(self) -> frozenset[str]:
        return frozenset([key.field for key in self.keys])

    @property
    def values(self) -> dict[str, str]:
        """Search field -> value, as the adapter sends it."""
        return {key.field: key.value for key in self.keys}


# ---------------------------------------------------------------------------------------------- the customer


@dataclass(frozen=True, slots=True, repr=False)
class UniqueKey(Redacted):
    """The value that ties interactions to a customer (chave única); may be an order's number."""

    name: str
    kind: str
    value: str


@dataclass(frozen=True, slots=True, repr=False)
class Document(Redacted):
    """A national document. `value` is canonical; where the source shows it masked, as the source wrote it."""

    kind: str
    value: str
    masked: bool = False


@dataclass(frozen=True, slots=True, repr=False)
class Address(Redacted):
    """A postal address; a part that the source does not give is None; never all None."""

    street: str | None = None
    number: str | None = None
    complement: str | None = None
    district: str | None = None
    city: str | None = None
    state: str | None = None
    postal_code: str | None = None
    country: str | None = None


@dataclass(frozen=True, slots=True, repr=False)
class Conflict(Redacted):
    """Sources disagree about one value. `path` as in provenance; `values` pairs (source, what it says), by priority."""

    path: str
    values: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, repr=False)
class Customer(Redacted):
    """A person, company or order as the sources describe it; read-only. Absent is None or empty, never `""`.

    `sources`: the names of the sources that describe it, by priority. `provenance`: path of a value (`name`, `emails[0]`,
    `documents[1]`, `attributes.plan`) -> the sources that say it; empty where one source says everything.
    `display`: unmapped values passed on to be shown (`display: all`), never stored.
    """

    unique_key: UniqueKey
    name: str | None = None
    documents: tuple[Document, ...] = ()
    emails: tuple[str, ...] = ()
    phones: tuple[str, ...] = ()
    birth_date: date | None = None
    addresses: tuple[Address, ...] = ()
    attributes: Map[str, str] = field(default_factory=dict)
    display: Map[str, Json] = field(default_factory=dict)
    sources: tuple[str, ...] = ()
    provenance: Map[str, tuple[str, ...]] = field(default_factory=dict)
    conflicts: tuple[Conflict, ...] = ()


# ---------------------------------------------------------------------------------------------- the answers


class SourceOutcome(StrEnum):
    """What one source's answer amounts to (outcomes per source)."""

    FOUND = "found"
    NOT_FOUND = "not_found"
    FAILED = "failed"
    TIMED_OUT = "timed_out"
    MISMATCH = "mismatch"
    SKIPPED = "skipped"


class Skip(StrEnum):
    """Why a source was not asked. Only `not_needed` is harmless; `pending`: nobody waited for it."""

    NOT_NEEDED = "not_needed"
    CANNOT_ASK = "cannot_ask"
    BREAKER_OPEN = "breaker_open"
    PENDING = "pending"


class Origin(StrEnum):
    """Where an answer was had from.

    `asked`: the source said it for this question. `coalesced`: for the same question of somebody else, which was under
    way. `cached`: a while ago, and it still holds. `stale`: longer ago; it stands in for a failure.
    """

    ASKED = "asked"
    COALESCED = "coalesced"
    CACHED = "cached"
    STALE = "stale"


@dataclass(frozen=True, slots=True, repr=False)
class Verified(Redacted):
    """A customer that one source gave, and whether a value of it agreed with the question (`verified`)."""

    customer: Customer
    verified: bool


@dataclass(frozen=True, slots=True)
class SourceAnswer:
    """One source's whole answer to one query: mapped, verified, counted. Safe to log but for `customers`.

    `code`: the SourceError's code where `failed`/`timed_out`, the `Skip` where `skipped`, else None; of a stale answer, that
    of the failure it stands in for. `detail`: the sentence that goes with it. `refused`: records that the mapping refused.
    `dropped`: records that disagreed with the question. `truncated`: a limit cut the list. `elapsed`: seconds that this
    caller waited. `age`: seconds since the source was asked, where the answer was remembered; else None. `contacts`: what
    the contact base gave, prospects not counted. `events`: where it was asked for a customer's past.
    """

    source: str
    outcome: SourceOutcome
    code: str | None = None
    detail: str | None = None
    customers: tuple[Verified, ...] = field(default=(), repr=False)
    warnings: tuple[str, ...] = ()
    refused: int = 0
    dropped: int = 0
    truncated: bool = False
    elapsed: float = 0.0
    origin: Origin = Origin.ASKED
    age: float | None = None
    contacts: int = 0
    events: tuple[Event, ...] = field(default=(), repr=False)

    @property
    def stale(self) -> bool:
        return self.origin is Origin.STALE


class Outcome(StrEnum):
    """What the whole identification amounts to."""

    FOUND = "found"
    SEVERAL = "several"
    NOT_FOUND = "not_found"
    UNAVAILABLE = "unavailable"


class Standing(StrEnum):
    """What a contact of the contact base is."""

    REGISTERED = "registered"
    PROSPECT = "prospect"
    CUSTOMER = "customer"


@dataclass(frozen=True, slots=True, repr=False)
class Identifier(Redacted):
    """One of the values by which a contact is known: a document, an e-mail address, a phone, a channel's user.

    `value` is canonical for its `kind`. `verified`: somebody proved that it is his (a code, a signed identity).
    """

    kind: str
    value: str
    verified: bool = False


@dataclass(frozen=True, slots=True, repr=False)
class Contact(Redacted):
    """The gateway's own entry in the contact base. Absent is None or empty, never `""`.

    `stored`: values of the customer that the tenant lets be stored (`stored_fields`), by their path (`attributes.plano`).
    `form`: what an operator filled in for a prospect. `merged_into`: the contact that took this one over. `revision` counts
    its changes from 1. Moments are aware, in UTC.
    """

    id: str
    standing: Standing
    unique_key: UniqueKey | None = None
    name: str | None = None
    identifiers: tuple[Identifier, ...] = ()
    customer_type: str | None = None
    stored: Map[str, str] = field(default_factory=dict)
    form: Map[str, str] = field(default_factory=dict)
    active: bool = True
    merged_into: str | None = None
    revision: int = 1
    created_at: datetime | None = None
    updated_at: datetime | None = None


@dataclass(frozen=True, slots=True, repr=False)
class Match(Redacted):
    """One line of an answer: a customer, a contact, or both. `same_document`: another match has the same document."""

    customer: Customer | None
    contact: Contact | None = None
    verified: bool = False
    same_document: bool = False


class ProspectOption(StrEnum):
    """What a definite `not_found` proposes for the unknown person (Direct Talk's three options)."""

    MESSAGE = "message"
    KEYED = "keyed"
    FORM = "form"


@dataclass(frozen=True, slots=True, repr=False)
class Proposal(Redacted):
    """What `not_found` proposes; nothing of it is stored by identify.

    `message`: *Cliente inexistente* or *Cliente não cadastrado/<key>*. `unique_key`: set for `keyed` only. `identifiers`,
    `name`: what the unknown person was searched by, which he is kept under where somebody stores him.
    """

    message: str
    customer_type: str | None
    prospect: ProspectOption | None
    unique_key: UniqueKey | None = None
    identifiers: tuple[Identifier, ...] = ()
    name: str | None = None


@dataclass(frozen=True, slots=True, repr=False)
class Identification(Redacted):
    """The answer of the whole path.

    `complete` is False where some source did not answer just now, or some of its records could not be read; `more` is True
    where a limit cut the list. `searched`: the search fields that the answering query used, strongest first. `warnings`:
    what is doubtful about the question (`fone: …`), without the values.
    """

    outcome: Outcome
    complete: bool
    more: bool
    matches: tuple[Match, ...]
    sources: tuple[SourceAnswer, ...]
    searched: tuple[str, ...]
    proposal: Proposal | None = None
    known_prospect: Contact | None = None
    trace: tuple[Step, ...] = ()
    warnings: tuple[str, ...] = ()

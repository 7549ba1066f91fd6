"""What the contact base keeps of somebody: of a customer, only what his tenant lets be stored."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from collections.abc import Mapping as Map
from dataclasses import dataclass, field, fields, replace
from datetime import datetime

from gateway.core.errors import Conflict
from gateway.core.identity import identifiers_of, identity
from gateway.core.joining import UNIQUE_KEY, known_as
from gateway.core.junk import is_junk
from gateway.core.kinds import kind_named
from gateway.core.model import ATTRIBUTES, Address, Contact, Customer, Identifier, Standing, UniqueKey
from gateway.core.redaction import Redacted
from gateway.core.tenant import Tenant

MOST_IDENTIFIERS = 50
"""Of one contact; the newest stay."""


@dataclass(frozen=True, slots=True, repr=False)
class ContactDraft(Redacted):
    """A contact as it is to be. `stored` and `form`: path or field -> value. `seal_name`: the tenant seals
    names, so nobody is found by his."""

    standing: Standing
    unique_key: UniqueKey | None = None
    name: str | None = None
    identifiers: tuple[Identifier, ...] = ()
    customer_type: str | None = None
    stored: Map[str, str] = field(default_factory=dict)
    form: Map[str, str] = field(default_factory=dict)
    active: bool = True
    seal_name: bool = False


@dataclass(frozen=True, slots=True, repr=False)
class Merged(Redacted):
    """Who is left of two contacts, and the move by which it can be undone."""

    contact: Contact
    move: str


@dataclass(frozen=True, slots=True)
class Move:
    """A history that went from one contact (`source`) to another (`target`). `why`: `merge` or `became_customer`. Moments
    are aware, in UTC; `undone_at`: None while it holds."""

    id: str
    source: str
    target: str
    why: str
    at: datetime
    actor: str | None = None
    undone_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class MovePage:
    """The latest first. `next`: where to go on; None at the end."""

    moves: tuple[Move, ...] = ()
    next: str | None = None


def stored_part(customer: Customer, tenant: Tenant) -> ContactDraft:
    """What is kept of a customer when he is linked or saved: his unique key, and of the rest the tenant's `stored_fields`.

    Values that strangers share (nao@tem.com) are no identifiers. Raises Conflict (`junk_key`) where his unique key is one.
    """
    refuse_junk(customer.unique_key)
    kept = tenant.stored_fields
    identifiers = [one for one in identifiers_of(customer) if not kept.isdisjoint(fields_of(one.kind))]
    attributes = {
        f"{ATTRIBUTES}{name}": value
        for name, value in customer.attributes.items()
        if "attributes" in kept or f"{ATTRIBUTES}{name}" in kept
    }
    stored = dict(attributes)
    if customer.birth_date is not None and "birth_date" in kept:
        stored["birth_date"] = customer.birth_date.isoformat()
    if "addresses" in kept:
        stored.update(_address_parts(customer.addresses))
    return ContactDraft(
        Standing.CUSTOMER,
        customer.unique_key,
        customer.name if "name" in kept else None,
        without_junk((*identifiers, *searched_by(attributes, tenant))),
        stored=stored,
        seal_name=tenant.seal_names,
    )


def searched_by(stored: Map[str, str], tenant: Tenant) -> tuple[Identifier, ...]:
    """Stored attributes that a search field is compared with: identifiers, under which the contact base finds them."""
    return tuple(_searched_by(stored, tenant))


def _searched_by(stored: Map[str, str], tenant: Tenant) -> Iterator[Identifier]:
    for search_field in tenant.search_fields.values():
        path = search_field.matches or ""
        kind = known_as(search_field) if path.startswith(ATTRIBUTES) and path in stored else None
        if kind is not None:
            value = kind_named(search_field.kind).canonical(stored[path], tenant.country)
            if value is not None:
                yield Identifier(*identity(kind, value))


def without_junk(identifiers: Iterable[Identifier]) -> tuple[Identifier, ...]:
    """Those that tell one person from another; each once, verified if any of its kind and value is; at most
    `MOST_IDENTIFIERS`."""
    once: dict[tuple[str, str], Identifier] = {}
    for one in identifiers:
        known = identity(one.kind, one.value)
        if (known not in once or one.verified) and not is_junk(*_judged(*known)):
            once[known] = Identifier(*known, one.verified)
    return tuple(once.values())[:MOST_IDENTIFIERS]


def refuse_junk(key: UniqueKey) -> None:
    """Raises Conflict (`junk_key`): under such a key strangers would share one history."""
    if is_junk(key.kind, key.value):
        raise Conflict(
            "junk_key",
            "This unique key is one that strangers share (nao@tem.com, 00000000000), so no history is kept under it. "
            "Correct it in the source.",
        )


def draft_of(contact: Contact, *, seal_name: bool) -> ContactDraft:
    """The contact as it is, to be changed."""
    return ContactDraft(
        contact.standing,
        contact.unique_key,
        contact.name,
        contact.identifiers,
        contact.customer_type,
        contact.stored,
        contact.form,
        contact.active,
        seal_name,
    )


def refreshed(contact: Contact, draft: ContactDraft) -> ContactDraft:
    """A contact about whom somebody says something new: what is said counts, what is not said stays. He is active again, and
    who once is a customer stays one."""
    there = draft_of(contact, seal_name=draft.seal_name)
    # An attribute that has a new value is not searched by its old one.
    still = [one for one in there.identifiers if one.kind not in draft.stored]
    standing = Standing.CUSTOMER if contact.standing is Standing.CUSTOMER else draft.standing
    return replace(
        there,
        standing=standing,
        unique_key=there.unique_key or draft.unique_key,
        name=draft.name or there.name,
        identifiers=without_junk((*draft.identifiers, *still)),
        customer_type=draft.customer_type or (None if standing is not there.standing else there.customer_type),
        stored={**there.stored, **draft.stored},
        form={**there.form, **draft.form},
        active=True,
    )


def pushed(contact: Contact, draft: ContactDraft) -> ContactDraft:
    """A contact of whom the company itself says how he is: what it does not say is gone, but for what was proved of him, his
    users of channels, keys that he gave up in a merger, and what an operator filled in."""
    proved = [one for one in contact.identifiers if one.verified or one.kind in ("channel_user", UNIQUE_KEY)]
    return replace(draft, identifiers=without_junk((*draft.identifiers, *proved)), form=contact.form)


def _judged(kind: str, value: str) -> tuple[str, str]:
    return ("code" if kind.startswith(ATTRIBUTES) else kind), value


def fields_of(kind: str) -> tuple[str, ...]:
    """The words of `stored_fields` that let identifiers of this kind be stored."""
    if kind in ("email", "phone"):
        return (f"{kind}s",)
    either = ("documents.cpf_cnpj",) if kind in ("cpf", "cnpj") else ()
    return ("documents", f"documents.{kind}", *either)


def _address_parts(addresses: Iterable[Address]) -> dict[str, str]:
    parts = [one.name for one in fields(Address)]
    return {
        f"addresses[{place}].{part}": value
        for place, address in enumerate(addresses)
        for part in parts
        if (value := getattr(address, part)) is not None
    }

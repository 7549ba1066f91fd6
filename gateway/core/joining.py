"""Customers of the sources and contacts of the gateway's own base: who is whom, and who is only known here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from gateway.core.identity import identity
from gateway.core.junk import is_junk
from gateway.core.model import ATTRIBUTES, Contact, Customer, Document, Match, Query, UniqueKey
from gateway.core.redaction import Redacted
from gateway.core.tenant import SearchField, Tenant
from gateway.core.verification import Verification

CONTACT_BASE = "contact_base"
"""The contact base's name among the sources of an answer; no tenant's source can have it."""
MOST_FOUND = 200
"""Contacts that one search reads: a call centre's number may stand at thousands. Whoever gives one more has cut the list."""
UNIQUE_KEY = "unique_key"
"""The kind of an identifier that is a unique key: one that was given up when two contacts were merged."""
_NAMELESS = UniqueKey("", "", "")
_PERSON = "person"


@dataclass(frozen=True, slots=True, repr=False)
class Sought(Redacted):
    """What contacts are looked for by; any of it is enough. `values`: (kind, canonical value), spellings each for itself.
    `keys`: unique keys' values. `name`: all its words, and only where nothing else is given."""

    values: tuple[tuple[str, str], ...] = ()
    keys: tuple[str, ...] = ()
    name: str | None = None

    @property
    def by_name(self) -> bool:
        """Is there nothing else to look for?"""
        return not (self.values or self.keys) and self.name is not None

    def __bool__(self) -> bool:
        return bool(self.values or self.keys or self.name)


def sought_for(query: Query, tenant: Tenant, matches: Sequence[Match]) -> Sought:
    """What the contact base is asked with: the query's own values, and by what the customers that came are known."""
    values: dict[tuple[str, str], None] = {}
    keys: dict[str, None] = {}
    name: str | None = None
    unique = tenant.unique_field
    for key in query.keys:
        field = tenant.search_fields[key.field]
        if key.field == unique:
            keys[key.value] = None
        kind = known_as(field)
        if kind is not None:
            for spelling in (key.value, *key.candidates):
                values[kind, spelling] = None
        elif key.kind == "name":
            name = key.value
    for match in matches:
        if match.customer is not None:
            keys[match.customer.unique_key.value] = None
            if tenant.unique_key.of == _PERSON:
                for document in match.customer.documents:
                    if not document.masked and not is_junk(document.kind, document.value):
                        values[identity(document.kind, document.value)] = None
    return Sought(tuple(values), tuple(keys), None if values or keys else name)


def join(
    matches: Sequence[Match], contacts: Sequence[Contact], query: Query, tenant: Tenant, verification: Verification
) -> tuple[Match, ...]:
    """Each match with the contact that is the same customer, then the contacts that only the gateway knows.

    The same: its unique key, where only one match has it; else one that it gave up in a merger; else, where the key is a
    person's and the contact has none, a document that only one match has. Of several contacts of one match, one with the key
    comes first, then the oldest.
    A contact that is only known here is held against the question as a source's record is: who disagrees is not shown.
    """
    by_key: dict[str, int | None] = {}
    for place, match in enumerate(matches):
        if match.customer is not None:
            # Two who share a key (an e-mail address of both): whose contact it is, nobody can say.
            key = match.customer.unique_key.value
            by_key[key] = None if key in by_key else place
    keyless = tenant.unique_key.of == _PERSON and any(contact.unique_key is None for contact in contacts)
    by_document = _documents(matches) if keyless else {}
    joined = list(matches)
    alone: list[Contact] = []
    for contact in sorted(contacts, key=lambda one: (one.unique_key is None, _own_key(one) not in by_key)):
        same = _same(contact, by_key, by_document)
        if same is None:
            alone.append(contact)
        elif joined[same].contact is None:
            joined[same] = replace(joined[same], contact=contact)
    for contact in alone:
        # Each by itself: that one disagrees says nothing of the next, as it would of a source that filters by nothing.
        his = (verification.verify(query, (as_customer(contact, key),)).kept for key in (None, *_given_up(contact)))
        kept = next(filter(None, his), ())
        joined.extend(Match(None, contact, verified=given.verified) for given in kept)
    return tuple(joined)


def as_customer(contact: Contact, under: str | None = None) -> Customer:
    """A contact in the words of a customer, as far as it goes: to be held against a question. `under`: a unique key of his
    that is not the one that he has now."""
    documents, emails, phones = [], [], []
    for one in contact.identifiers:
        if one.kind == "email":
            emails.append(one.value)
        elif one.kind == "phone":
            phones.append(one.value)
        elif is_document(one.kind):
            documents.append(Document(one.kind, one.value))
    attributes = {
        path.removeprefix(ATTRIBUTES): value for path, value in contact.stored.items() if path.startswith(ATTRIBUTES)
    }
    born, key = contact.stored.get("birth_date"), contact.unique_key or _NAMELESS
    return Customer(
        unique_key=key if under is None else replace(key, value=under),
        name=contact.name,
        documents=tuple(documents),
        emails=tuple(emails),
        phones=tuple(phones),
        birth_date=date.fromisoformat(born) if born else None,
        attributes=attributes,
    )


def known_as(field: SearchField) -> str | None:
    """The kind under which the contact base keeps such values; None where it is not found by them."""
    if field.kind in ("email", "phone", "channel_user") or is_document(field.kind):
        return field.kind
    # A code that is compared with a stored attribute is kept under that attribute's path.
    return field.matches if field.matches and field.matches.startswith(ATTRIBUTES) else None


def is_document(kind: str) -> bool:
    """Is this the kind of a national document?"""
    return ("." in kind and not kind.startswith(ATTRIBUTES)) or kind in ("cpf", "cnpj", "cpf_cnpj")


def is_own(kind: str) -> bool:
    """Is this a kind of identifier that the gateway keeps for itself? What people see of it stands elsewhere."""
    return kind == UNIQUE_KEY or kind.startswith(ATTRIBUTES)


def _documents(matches: Sequence[Match]) -> dict[tuple[str, str], int | None]:
    """Document -> the place of the only match that has it; None where several have."""
    places: dict[tuple[str, str], int | None] = {}
    for place, match in enumerate(matches):
        for document in match.customer.documents if match.customer else ():
            if not document.masked and not is_junk(document.kind, document.value):
                known = identity(document.kind, document.value)
                places[known] = None if known in places and places[known] != place else place
    return places


def _same(
    contact: Contact, by_key: dict[str, int | None], by_document: dict[tuple[str, str], int | None]
) -> int | None:
    for key in (_own_key(contact), *_given_up(contact)):
        place = None if key is None else by_key.get(key)
        if place is not None:
            return place
    if contact.unique_key is not None:
        return None
    for one in contact.identifiers:
        place = by_document.get((one.kind, one.value))
        if place is not None:
            return place
    return None


def _own_key(contact: Contact) -> str | None:
    return None if contact.unique_key is None else contact.unique_key.value


def _given_up(contact: Contact) -> tuple[str, ...]:
    return tuple([one.value for one in contact.identifiers if one.kind == UNIQUE_KEY])

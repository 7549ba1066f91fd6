"""A customer and a contact as a view shows them: made from nothing, value by value."""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Mapping as Map

from gateway.core.joining import is_document, is_own
from gateway.core.model import ATTRIBUTES, Contact, Customer, Document, Identifier, UniqueKey
from gateway.core.redaction import mask
from gateway.core.showing import FIELDS, LIKENESS, Shown, View

NOTHING = "*"
"""What stands for a key that is hidden: every customer has one."""


def likeness(customer: Customer, view: View = LIKENESS) -> Customer:
    """What this view shows of a customer."""
    # Made from nothing, so that a value that is added to Customer one day is not shown before somebody has thought of it.
    clear = view.documents is Shown.SHOWN
    return Customer(
        unique_key=key_likeness(customer.unique_key, view),
        name=_name(customer.name, view),
        documents=tuple(
            Document(one.kind, value, masked=one.masked or not clear)
            for one in customer.documents
            if (value := _value(one.value, view.documents)) is not None
        ),
        emails=_values(customer.emails, view.emails),
        phones=_values(customer.phones, view.phones),
        birth_date=customer.birth_date if view.birth_date is Shown.SHOWN else None,
        addresses=customer.addresses if view.addresses is Shown.SHOWN else (),
        attributes=attributes_likeness(customer.attributes, view),
        sources=customer.sources,
        provenance={path: said for path, said in customer.provenance.items() if _is_shown(path, view)},
    )


def contact_likeness(contact: Contact, view: View) -> Contact:
    """What this view shows of a contact. His id tells nothing of him."""
    dated = view.created_at is Shown.SHOWN
    stored = {
        path.removeprefix(ATTRIBUTES): said for path, said in contact.stored.items() if path.startswith(ATTRIBUTES)
    }
    return Contact(
        contact.id,
        contact.standing,
        None
        if contact.unique_key is None or view.unique_key is Shown.HIDDEN
        else key_likeness(contact.unique_key, view),
        _name(contact.name, view),
        tuple(
            Identifier(one.kind, value, one.verified)
            for one in contact.identifiers
            if (value := _value(one.value, _of_identifier(one.kind, view))) is not None
        ),
        contact.customer_type if view.customer_type is Shown.SHOWN else None,
        {f"{ATTRIBUTES}{name}": value for name, value in attributes_likeness(stored, view).items()},
        active=contact.active,
        merged_into=contact.merged_into,
        revision=contact.revision,
        created_at=contact.created_at if dated else None,
        updated_at=contact.updated_at if dated else None,
    )


def key_likeness(key: UniqueKey, view: View) -> UniqueKey:
    return UniqueKey(key.name, key.kind, _value(key.value, view.unique_key) or NOTHING)


def attributes_likeness(attributes: Map[str, str], view: View) -> dict[str, str]:
    shown = {name: _value(value, view.of(f"{ATTRIBUTES}{name}")) for name, value in attributes.items()}
    return {name: value for name, value in shown.items() if value is not None}


def initials(name: str) -> str:
    """Of the first and the last word: `João da Silva` -> `J. S.`; where there is none, `*`."""
    letters = [letter for word in name.split() if (letter := next(filter(str.isalpha, word), None)) is not None]
    ends = letters[:1] + letters[1:][-1:]
    return " ".join(f"{letter.upper()}." for letter in ends) or NOTHING


def masked_name(name: str) -> str:
    """No less than its initials: `João da Silva` -> `J*** d* S****`. A word without letters (companies of one person have
    their owner's CPF in the name) is hidden whole."""
    return " ".join(mask(word) if any(map(str.isalpha, word)) else NOTHING * len(word) for word in name.split())


def _name(name: str | None, view: View) -> str | None:
    if name is None or view.name is Shown.HIDDEN:
        return None
    if view.name is Shown.SHOWN:
        return name
    return initials(name) if view.name is Shown.INITIALS else masked_name(name)


def _value(value: str, shown: Shown) -> str | None:
    if shown is Shown.SHOWN:
        return value
    return mask(value) if shown is Shown.MASKED else None


def _values(values: Iterable[str], shown: Shown) -> tuple[str, ...]:
    return tuple(said for value in values if (said := _value(value, shown)) is not None)


def _of_identifier(kind: str, view: View) -> Shown:
    """How an identifier of this kind is shown: as the customer's own value of it. A channel's user is his number there."""
    if is_own(kind):
        return Shown.HIDDEN
    if kind == "email":
        return view.emails
    if kind in ("phone", "channel_user"):
        return view.phones
    return view.documents if is_document(kind) else view.unique_key


def _is_shown(path: str, view: View) -> bool:
    """Of a path of the provenance: `emails[0]`, `attributes.plano`."""
    place = path if path.startswith(ATTRIBUTES) else path.partition("[")[0]
    return (place.startswith(ATTRIBUTES) or place in FIELDS) and view.of(place) is not Shown.HIDDEN

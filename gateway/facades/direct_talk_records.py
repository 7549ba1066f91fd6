"""A match as one record of Direct Talk's list: the unique key and every single value, each an attribute."""

from __future__ import annotations

from collections.abc import Iterator

from gateway.core.joining import as_customer
from gateway.core.model import Address, Customer, Identification, Json
from gateway.core.tenant import Tenant
from gateway.facades.xml_latin1 import attribute_name, element


def records(identification: Identification, tenant: Tenant) -> Iterator[bytes]:
    """Every match that has a unique key; without one nothing could be tied to it."""
    for match in identification.matches:
        customer = match.customer
        if customer is None and match.contact is not None and match.contact.unique_key is not None:
            customer = as_customer(match.contact)
        if customer is not None:
            yield record(customer, tenant.unique_key.name, verified=match.verified)


def record(customer: Customer, key_name: str, *, verified: bool) -> bytes:
    """The unique key comes first; a name that is taken gets a number (`email2`), a value is given once under a name.

    Where nothing of the customer agreed with the question, the operator who chooses is told.
    """
    taken: dict[str, str] = {}
    for name, value in _values(customer, key_name):
        _put(taken, attribute_name(name), value)
    if not verified:
        _put(taken, "verificado", "não")
    return element("cliente", taken.items())


def _values(customer: Customer, key_name: str) -> Iterator[tuple[str, str]]:
    yield key_name, customer.unique_key.value
    if customer.name is not None:
        yield "nome", customer.name
    for document in customer.documents:
        yield document.kind, document.value
    for email in customer.emails:
        yield "email", email
    for phone in customer.phones:
        yield "telefone", phone
    if customer.birth_date is not None:
        yield "nascimento", f"{customer.birth_date:%d/%m/%Y}"
    for address in customer.addresses:
        yield "endereco", _one_line(address)
    yield from customer.attributes.items()
    for name, value in customer.display.items():
        text = _shown(value)
        if text is not None:
            yield name, text


def _put(taken: dict[str, str], name: str, value: str) -> None:
    number = 1
    numbered = name
    while numbered in taken:
        if taken[numbered] == value:
            return
        number += 1
        numbered = f"{name}{number}"
    taken[numbered] = value


def _one_line(address: Address) -> str:
    parts = (
        address.street,
        address.number,
        address.complement,
        address.district,
        address.city,
        address.state,
        address.postal_code,
        address.country,
    )
    return ", ".join(part for part in parts if part is not None)


def _shown(value: Json) -> str | None:
    """A single value as text; an attribute cannot hold more."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, str | int | float) else None

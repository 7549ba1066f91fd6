"""A prospect in the words of a source that is to take him over."""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Mapping as Map

from gateway.core.errors import InvalidKey
from gateway.core.formats import AS_IT_IS
from gateway.core.identity import identity
from gateway.core.joining import known_as
from gateway.core.keys import normalise
from gateway.core.kinds import Form, kind_named
from gateway.core.model import Contact, Query
from gateway.core.tenant import SearchField, Source, Tenant

_OWN = ("name", "unique_key", "customer_type", "id", "key")
_PERSON, _FORM = "person.", "form."


def person_values(search_fields: Iterable[str], form: Iterable[str]) -> frozenset[str]:
    """The names of everything that may be known of a prospect."""
    own = (f"{_PERSON}{name}" for name in _OWN)
    return frozenset((*search_fields, *own, *(f"{_FORM}{name}" for name in form)))


def person_of(contact: Contact, send_key: str, tenant: Tenant, source: Source) -> dict[str, str]:
    """Name -> value, of what is known; search fields in the first form in which the source wants them and they can be
    written."""
    values: dict[str, str | None] = {
        f"{_PERSON}name": contact.name,
        f"{_PERSON}unique_key": contact.unique_key.value if contact.unique_key else None,
        f"{_PERSON}customer_type": contact.customer_type,
        f"{_PERSON}id": contact.id,
        f"{_PERSON}key": send_key,
        **{f"{_FORM}{name}": value for name, value in contact.form.items()},
    }
    for field in tenant.search_fields.values():
        value = _value(field, contact, tenant)
        if value is not None:
            values[field.name] = _written(field, value, source.formats.get(field.name, AS_IT_IS), tenant.country)
    return {name: value for name, value in values.items() if value is not None}


def query_of(contact: Contact, tenant: Tenant, askable: frozenset[str]) -> Query | None:
    """By which the source is asked whether it has him; None where it cannot be. His name only where nothing else is known:
    namesakes are others."""
    known = {
        field.name: value
        for field in tenant.search_fields.values()
        if field.name in askable and (value := _value(field, contact, tenant)) is not None
    }
    named = {name: value for name, value in known.items() if tenant.search_fields[name].kind == "name"}
    sure = {name: value for name, value in known.items() if name not in named}
    if not known:
        return None
    try:
        return normalise(tenant.search_fields, sure or named, tenant.country, unique=tenant.unique_field)
    except InvalidKey:
        # The tenant has changed what the field is.
        return None


def _value(field: SearchField, contact: Contact, tenant: Tenant) -> str | None:
    if field.name == tenant.unique_field and contact.unique_key is not None:
        return contact.unique_key.value
    if field.kind == "name":
        return contact.name
    kind = known_as(field)
    for one in contact.identifiers:
        if kind is not None and one.kind == identity(kind, one.value)[0]:
            return one.value
    return None


def _written(field: SearchField, value: str, names: Iterable[str], country: str) -> str | None:
    forms: Map[str, Form] = kind_named(field.kind).forms
    return next((text for name in names if (text := forms[name](value, country)) is not None), None)

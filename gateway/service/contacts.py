"""Contacts by hand and by the company's push: values checked by their kinds, then one write."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from collections.abc import Mapping as Map
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import Enum, auto
from typing import Protocol

from gateway.core.command import Command, Effect
from gateway.core.errors import InvalidMember, NotHere
from gateway.core.identity import identity
from gateway.core.joining import UNIQUE_KEY
from gateway.core.junk import is_junk
from gateway.core.keeping import ContactDraft, Merged, MovePage, draft_of, fields_of, searched_by, without_junk
from gateway.core.kinds import InvalidValue, Strength, UnknownKind, kind_named
from gateway.core.model import ATTRIBUTES, Contact, Identifier, Standing, UniqueKey
from gateway.core.redaction import Redacted
from gateway.core.tenant import Tenant

_BORN = "birth_date"
_NO_IDENTIFIERS = frozenset({"name", "code"})


class As(Enum):
    """`IS`: what a change leaves alone."""

    IS = auto()


@dataclass(frozen=True, slots=True, repr=False)
class ContactEntry(Redacted):
    """A contact as somebody writes it: `unique_key` and `identifiers` as typed. `stored`: path (`attributes.plano`,
    `birth_date`) -> value."""

    unique_key: str | None = None
    name: str | None = None
    identifiers: tuple[Identifier, ...] = ()
    customer_type: str | None = None
    stored: Map[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, repr=False)
class ContactChanges(Redacted):
    """What is to be another. None takes the value away; `identifiers` are all that he has from now on; of `stored` only the
    paths that are named change."""

    unique_key: str | As | None = As.IS
    name: str | As | None = As.IS
    identifiers: tuple[Identifier, ...] | As = As.IS
    customer_type: str | As | None = As.IS
    stored: Map[str, str | None] = field(default_factory=dict)
    active: bool | As = As.IS


class ContactStore(Protocol):
    """Where contacts are kept. Raises StorageError; every write is done once under its Idempotency-Key."""

    async def get(self, tenant: str, contact: str) -> Contact | None: ...

    async def register(self, command: Command, draft: ContactDraft, now: datetime) -> Effect[Contact]: ...

    async def put(self, command: Command, draft: ContactDraft, now: datetime) -> Effect[Contact]: ...

    async def change(
        self, command: Command, contact: str, revision: int, edit: Callable[[Contact], ContactDraft], now: datetime
    ) -> Effect[Contact]: ...

    async def deactivate(self, command: Command, contact: str, now: datetime) -> Effect[Contact]: ...

    async def merge(
        self, command: Command, source: str, target: str, keeps: str | None, seal_name: bool, now: datetime
    ) -> Effect[Merged]: ...

    async def moves(self, tenant: str, contact: str, after: str | None, limit: int) -> MovePage: ...

    async def undo(self, command: Command, move: str, seal_name: bool, now: datetime) -> Effect[Contact]: ...


class Tenants(Protocol):
    """Raises UnknownTenant, TenantBroken."""

    def get(self, slug: str) -> Tenant: ...


@dataclass(frozen=True, slots=True)
class KeptContacts:
    """The use cases. `now`: aware, in UTC. They raise InvalidMember for a value that fails a check, and StorageError."""

    tenants: Tenants
    store: ContactStore
    now: Callable[[], datetime]

    async def get(self, tenant: str, contact: str) -> Contact:
        found = await self.store.get(self.tenants.get(tenant).slug, contact)
        if found is None:
            raise NotHere("contact")
        return found

    async def register(self, command: Command, entry: ContactEntry) -> Effect[Contact]:
        """A person whom no source knows."""
        tenant = self.tenants.get(command.tenant)
        return await self.store.register(command, draft(entry, tenant, Standing.REGISTERED), self.now())

    async def push(self, command: Command, entry: ContactEntry) -> Effect[Contact]:
        """A customer as the company's own base has him now: only what `stored_fields` lets be stored."""
        tenant = self.tenants.get(command.tenant)
        made = draft(entry, tenant, Standing.CUSTOMER)
        if made.unique_key is None:
            raise InvalidMember("unique_key", tenant.unique_key.kind, "length", "it is empty")
        _refuse_unstored(made, tenant)
        return await self.store.put(command, made, self.now())

    async def change(self, command: Command, contact: str, revision: int, changes: ContactChanges) -> Effect[Contact]:
        """Only if nobody changed him since `revision`."""
        tenant = self.tenants.get(command.tenant)
        # Checked here, before anything is locked; the second time, on what is there, it cannot fail.
        edited(Contact("", Standing.REGISTERED), changes, tenant)
        return await self.store.change(
            command, contact, revision, lambda there: edited(there, changes, tenant), self.now()
        )

    async def deactivate(self, command: Command, contact: str) -> Effect[Contact]:
        self.tenants.get(command.tenant)
        return await self.store.deactivate(command, contact, self.now())

    async def merge(self, command: Command, source: str, target: str, keeps: str | None) -> Effect[Merged]:
        """`keeps`: whose unique key stays, where both have one."""
        seal_name = self.tenants.get(command.tenant).seal_names
        return await self.store.merge(command, source, target, keeps, seal_name, self.now())

    async def moves(self, tenant: str, contact: str, after: str | None, limit: int) -> MovePage:
        """What went from this contact or to it by a merger, or when a prospect became a customer. Raises NotHere,
        MalformedRequest for a cursor that no page gave."""
        return await self.store.moves(self.tenants.get(tenant).slug, contact, after, limit)

    async def undo(self, command: Command, move: str) -> Effect[Contact]:
        seal_name = self.tenants.get(command.tenant).seal_names
        return await self.store.undo(command, move, seal_name, self.now())


# ---------------------------------------------------------------------------------------------- values


def draft(entry: ContactEntry, tenant: Tenant, standing: Standing) -> ContactDraft:
    """Raises InvalidMember."""
    stored = {path: _stored(path, value, tenant) for path, value in entry.stored.items()}
    return ContactDraft(
        standing,
        None if entry.unique_key is None else _key(entry.unique_key, tenant),
        None if entry.name is None else _value("name", "name", entry.name, tenant),
        without_junk((*_identifiers(entry.identifiers, tenant), *searched_by(stored, tenant))),
        entry.customer_type,
        stored,
        seal_name=tenant.seal_names,
    )


def edited(there: Contact, changes: ContactChanges, tenant: Tenant) -> ContactDraft:
    """The contact with its changes. Raises InvalidMember."""
    edit = draft_of(there, seal_name=tenant.seal_names)
    if changes.unique_key is not As.IS:
        edit = replace(edit, unique_key=None if changes.unique_key is None else _key(changes.unique_key, tenant))
    if changes.name is not As.IS:
        edit = replace(edit, name=None if changes.name is None else _value("name", "name", changes.name, tenant))
    if changes.customer_type is not As.IS:
        edit = replace(edit, customer_type=changes.customer_type)
    if changes.active is not As.IS:
        edit = replace(edit, active=changes.active)
    given = {path: value and _stored(path, value, tenant) for path, value in changes.stored.items()}
    stored = {path: value for path, value in {**there.stored, **given}.items() if value is not None}
    identifiers = [one for one in there.identifiers if not one.kind.startswith(ATTRIBUTES)]
    if changes.identifiers is not As.IS:
        proved = {(one.kind, one.value) for one in there.identifiers if one.verified}
        identifiers = [one for one in there.identifiers if one.kind == UNIQUE_KEY]
        identifiers += [
            replace(one, verified=(one.kind, one.value) in proved) for one in _identifiers(changes.identifiers, tenant)
        ]
    return replace(edit, stored=stored, identifiers=without_junk((*identifiers, *searched_by(stored, tenant))))


def _key(text: str, tenant: Tenant) -> UniqueKey:
    spec = tenant.unique_key
    return UniqueKey(spec.name, spec.kind, _unshared("unique_key", spec.kind, text, tenant))


def _identifiers(given: Sequence[Identifier], tenant: Tenant) -> list[Identifier]:
    return [_identifier(f"identifiers[{place}]", one, tenant) for place, one in enumerate(given)]


def _identifier(member: str, given: Identifier, tenant: Tenant) -> Identifier:
    try:
        known = kind_named(given.kind).strength > Strength.NAME and given.kind not in _NO_IDENTIFIERS
    except UnknownKind:
        known = False
    if not known:
        raise InvalidMember(
            f"{member}.kind",
            "kind",
            "kind",
            "cpf, cnpj, cpf_cnpj, email, phone, channel_user and national documents (es.nif) are such kinds",
        )
    return Identifier(*identity(given.kind, _unshared(member, given.kind, given.value, tenant)), given.verified)


def _unshared(member: str, kind: str, text: str, tenant: Tenant) -> str:
    value = _value(member, kind, text, tenant)
    if is_junk(kind, value):
        raise InvalidMember(member, kind, "junk", "it is one that strangers share, and would tie them together")
    return value


def _value(member: str, kind: str, text: str, tenant: Tenant) -> str:
    try:
        return kind_named(kind).normalise(text, tenant.country).value
    except InvalidValue as error:
        raise InvalidMember(member, kind, error.check, error.reason) from None


def _stored(path: str, value: str, tenant: Tenant) -> str:
    kept = tenant.stored_fields
    attribute = path.startswith(ATTRIBUTES) and "attributes" in kept
    if not attribute and (path not in kept or not (path == _BORN or path.startswith(ATTRIBUTES))):
        said = ", ".join(sorted(one for one in kept if one == _BORN or one.startswith("attributes"))) or "none"
        # The path is the caller's own text: it is not repeated.
        raise InvalidMember("stored", "path", "not_stored", f"the tenant's stored_fields lets these be stored: {said}")
    if path == _BORN:
        try:
            return date.fromisoformat(value).isoformat()
        except ValueError:
            raise InvalidMember(f"stored.{_BORN}", "date", "shape", "write it as 1980-04-12") from None
    return value


def _refuse_unstored(made: ContactDraft, tenant: Tenant) -> None:
    """Of a customer of the company nothing but what `stored_fields` names is kept, whoever sends it."""
    kept = tenant.stored_fields
    sentence = "the tenant's stored_fields does not let it be stored; leave it out, or have it added there"
    if made.name is not None and "name" not in kept:
        raise InvalidMember("name", "name", "not_stored", sentence)
    for place, one in enumerate(made.identifiers):
        if one.kind != "channel_user" and not one.kind.startswith(ATTRIBUTES) and kept.isdisjoint(fields_of(one.kind)):
            raise InvalidMember(f"identifiers[{place}]", one.kind, "not_stored", sentence)

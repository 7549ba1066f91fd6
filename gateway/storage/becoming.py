"""A prospect becomes a customer: what he was known by and his history follow to the customer's contact, once."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, select, update

from gateway.core.identity import identity
from gateway.core.joining import Sought, is_document
from gateway.core.model import Contact, Standing
from gateway.core.prospect import ProspectState
from gateway.storage.contacts import Contacts
from gateway.storage.moments import stored
from gateway.storage.moves import BECAME_CUSTOMER, Moves
from gateway.storage.sealing import Sealing
from gateway.storage.tables import MOVES, PROSPECTS

_WAITING = (ProspectState.PENDING, ProspectState.REFUSED, ProspectState.UNKNOWN)


class Becoming:
    """Works on the connection of the caller's transaction, wherever a customer is saved: never where one is only found."""

    def __init__(self, sealing: Sealing, contacts: Contacts) -> None:
        self._contacts = contacts
        self._moves = Moves(sealing, contacts)

    def follow(
        self,
        connection: Connection,
        tenant: str,
        customer: Contact,
        actor: str | None,
        now: datetime,
        *,
        same: str | None = None,
        seal_name: bool = False,
    ) -> Contact:
        """The customer with what followed him. `same`: the contact that an identification took for this customer.

        A prospect follows whose identifier is the customer's unique key, or whose only document is the customer's only one,
        unless a document speaks against it. Who was taken back once (`undo`) does not follow again.
        """
        if customer.standing is not Standing.CUSTOMER:
            return customer
        self._is_customer(connection, tenant, customer.id, now)
        for prospect in self._prospects_of(connection, tenant, customer, same):
            if self._went_before(connection, tenant, prospect.id, customer.id):
                continue
            self._moves.take_over(
                connection, tenant, prospect.id, customer.id, BECAME_CUSTOMER, actor, now, customer.id, seal_name
            )
            self._is_customer(connection, tenant, prospect.id, now)
        return self._contacts.read(connection, tenant, customer.id)

    def _prospects_of(
        self, connection: Connection, tenant: str, customer: Contact, same: str | None
    ) -> tuple[Contact, ...]:
        key = customer.unique_key
        known_as_key = None if key is None else identity(key.kind, key.value)
        documents = _documents(customer)
        values = tuple(dict.fromkeys((*((known_as_key,) if known_as_key else ()), *documents)))
        found = self._contacts.find(connection, tenant, Sought(values=values)) if values else ()
        if same is not None and all(one.id != same for one in found):
            taken = self._contacts.get(connection, tenant, same)
            found = (*found, taken) if taken is not None else found
        return tuple(
            one
            for one in found
            if one.standing is Standing.PROSPECT
            and one.merged_into is None
            and one.id != customer.id
            and (one.id == same or _is_he(one, known_as_key, documents))
        )

    def _went_before(self, connection: Connection, tenant: str, prospect: str, customer: str) -> bool:
        gone = select(MOVES.c.id).where(
            MOVES.c.tenant == tenant,
            MOVES.c.source == prospect,
            MOVES.c.target == customer,
            MOVES.c.why == BECAME_CUSTOMER,
        )
        return connection.execute(gone.limit(1)).scalar() is not None

    def _is_customer(self, connection: Connection, tenant: str, contact: str, now: datetime) -> None:
        """There is nothing to load of him any more."""
        here = (PROSPECTS.c.tenant == tenant) & (PROSPECTS.c.contact == contact) & PROSPECTS.c.state.in_(_WAITING)
        changed = update(PROSPECTS).where(here).values(state=ProspectState.CUSTOMER, changed_at=stored(now))
        connection.execute(changed)


def _is_he(prospect: Contact, key: tuple[str, str] | None, documents: frozenset[tuple[str, str]]) -> bool:
    his = _documents(prospect)
    if his and documents and his.isdisjoint(documents):
        return False
    by_key = key is not None and any((one.kind, one.value) == key for one in prospect.identifiers)
    return by_key or (len(his) == len(documents) == 1 and his == documents)


def _documents(contact: Contact) -> frozenset[tuple[str, str]]:
    return frozenset((one.kind, one.value) for one in contact.identifiers if is_document(one.kind))

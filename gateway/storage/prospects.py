"""Prospects: contacts whom the company's own base does not know yet, and what becomes of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Row, insert, select, update

from gateway.core.errors import Conflict, NotHere
from gateway.core.joining import Sought
from gateway.core.keeping import ContactDraft, refreshed
from gateway.core.model import Contact, ProspectOption, Standing
from gateway.core.prospect import Prospect, ProspectDraft, ProspectState
from gateway.storage.contacts import Contacts
from gateway.storage.ids import new_id
from gateway.storage.moments import moment, stored
from gateway.storage.sealing import Sealing
from gateway.storage.tables import PROSPECTS

_FINAL = frozenset({ProspectState.LOADED, ProspectState.CUSTOMER})


@dataclass(frozen=True, slots=True)
class ProspectFilter:
    """Which prospects are listed. `after`: the id of the last contact of the page before."""

    day: str | None = None
    state: ProspectState | None = None
    after: str | None = None
    limit: int = 50


class Prospects:
    """Works on a connection that it is given: within whatever transaction the caller is in."""

    def __init__(self, sealing: Sealing) -> None:
        self._contacts = Contacts(sealing)

    def store(
        self, connection: Connection, tenant: str, draft: ProspectDraft, actor: str | None, now: datetime
    ) -> Contact:
        """The prospect's contact; who is stored already is brought up to date and stays one.

        Raises Conflict (`known_already`) where the contact base has come to know him as somebody who is no prospect.
        """
        known = self._known(connection, tenant, draft)
        if known is None:
            contact = self._contacts.create(connection, tenant, _as_contact(draft), now)
            if contact.revision > 1:  # another process was faster, with somebody of whom nothing is known here
                raise _known_already()
        elif known.standing is not Standing.PROSPECT:
            raise _known_already()
        else:
            contact = self._contacts.change(connection, tenant, known.id, refreshed(known, _as_contact(draft)), now)
        self._register(connection, tenant, contact.id, draft, actor, now)
        return contact

    def classify(
        self, connection: Connection, tenant: str, contact: str, draft: ProspectDraft, actor: str | None, now: datetime
    ) -> Contact:
        """The contact is a prospect from now on, with what was filled in for him. Raises NotHere, Conflict
        (`customer_already`, `not_active`, `being_sent`)."""
        known = self._contacts.locked(connection, tenant, contact)
        if known.standing is Standing.CUSTOMER:
            raise Conflict(
                "customer_already", "He is a customer. Change what is known of him in the company's own base."
            )
        if not known.active or known.merged_into is not None:
            raise Conflict(
                "not_active", "This contact was deactivated or merged with another. Use the one that is left."
            )
        changed = self._contacts.change(connection, tenant, contact, refreshed(known, _as_contact(draft)), now)
        self._register(connection, tenant, contact, draft, actor, now)
        return changed

    def settle(
        self,
        connection: Connection,
        tenant: str,
        contact: str,
        state: ProspectState,
        reason: str | None,
        now: datetime,
    ) -> None:
        """What a person found out of one who is `unknown`; `pending`: he is sent again, under the same key. Raises NotHere,
        Conflict (`not_unknown`)."""
        here = (PROSPECTS.c.tenant == tenant) & (PROSPECTS.c.contact == contact)
        told = {"state": state, "reason": reason, "changed_at": stored(now)}
        if state is ProspectState.PENDING:
            told["batch"] = None
        unknown = update(PROSPECTS).where(here, PROSPECTS.c.state == ProspectState.UNKNOWN)
        if connection.execute(unknown.values(**told)).rowcount:
            return
        there = connection.execute(select(PROSPECTS.c.state).where(here)).scalar()
        if there is None:
            raise NotHere("prospect")
        raise Conflict(
            "not_unknown", f"He is '{there}', and nobody is in doubt about that. Only one who is unknown is settled."
        )

    def get(self, connection: Connection, tenant: str, contact: str) -> Prospect:
        """Raises NotHere."""
        rows = connection.execute(
            select(PROSPECTS).where(PROSPECTS.c.tenant == tenant, PROSPECTS.c.contact == contact)
        ).all()
        found = self.read(connection, tenant, rows)
        if not found:
            raise NotHere("prospect")
        return found[0]

    def listed(self, connection: Connection, tenant: str, wanted: ProspectFilter) -> tuple[Prospect, ...]:
        """In the order in which their contacts were made; one more than the limit where there are more."""
        statement = select(PROSPECTS).where(PROSPECTS.c.tenant == tenant)
        if wanted.day is not None:
            statement = statement.where(PROSPECTS.c.day == wanted.day)
        if wanted.state is not None:
            statement = statement.where(PROSPECTS.c.state == wanted.state)
        if wanted.after is not None:
            statement = statement.where(PROSPECTS.c.contact > wanted.after)
        rows = connection.execute(statement.order_by(PROSPECTS.c.contact).limit(wanted.limit + 1)).all()
        return self.read(connection, tenant, rows)

    def read(
        self, connection: Connection, tenant: str, rows: Sequence[Row[tuple[object, ...]]]
    ) -> tuple[Prospect, ...]:
        """Rows of the table with their contacts, in their order."""
        contacts = {one.id: one for one in self._contacts.several(connection, tenant, [row.contact for row in rows])}
        return tuple(_prospect(row, contacts[row.contact]) for row in rows)

    # ------------------------------------------------------------------------------------------ within

    def _known(self, connection: Connection, tenant: str, draft: ProspectDraft) -> Contact | None:
        if draft.unique_key is not None:
            return self._contacts.holder(connection, tenant, draft.unique_key.value)
        if not draft.identifiers:
            return None
        wanted = {(one.kind, one.value) for one in draft.identifiers}
        found = self._contacts.find(connection, tenant, Sought(values=tuple(wanted)))
        # One number, many people: the same is who has everything that he was searched by.
        same = [one for one in found if wanted <= {(has.kind, has.value) for has in one.identifiers}]
        known = next((one for one in same if one.standing is not Standing.PROSPECT), same[0] if same else None)
        return None if known is None else self._contacts.held(connection, tenant, known.id)

    def _register(
        self, connection: Connection, tenant: str, contact: str, draft: ProspectDraft, actor: str | None, now: datetime
    ) -> None:
        here = (PROSPECTS.c.tenant == tenant) & (PROSPECTS.c.contact == contact)
        state = connection.execute(select(PROSPECTS.c.state).where(here)).scalar()
        if state is None:
            connection.execute(insert(PROSPECTS).values(**_row(tenant, contact, draft, actor, now)))
        elif state == ProspectState.SENDING:
            raise Conflict("being_sent", "He is on his way to the company's base just now. Repeat in a minute.")
        elif state == ProspectState.REFUSED:
            # What was refused was said to be so, and something else is sent now: a new key.
            again = _row(tenant, contact, draft, actor, now)
            connection.execute(update(PROSPECTS).where(here).values(**again, reason=None, batch=None))
        elif state not in _FINAL:
            connection.execute(update(PROSPECTS).where(here).values(option=draft.option))


def _known_already() -> Conflict:
    return Conflict("known_already", "The contact base knows him by now. Identify again and link what is found.")


def _row(tenant: str, contact: str, draft: ProspectDraft, actor: str | None, now: datetime) -> dict[str, object]:
    return {
        "tenant": tenant,
        "contact": contact,
        "option": draft.option,
        "day": draft.day,
        "state": ProspectState.PENDING,
        "send_key": new_id(now),
        "actor": actor,
        "at": stored(now),
        "changed_at": stored(now),
    }


def _as_contact(draft: ProspectDraft) -> ContactDraft:
    return ContactDraft(
        Standing.PROSPECT,
        draft.unique_key,
        draft.name,
        draft.identifiers,
        draft.customer_type,
        form=draft.form,
        seal_name=draft.seal_name,
    )


def _prospect(row: Row[tuple[object, ...]], contact: Contact) -> Prospect:
    return Prospect(
        contact=contact,
        option=ProspectOption(row.option),
        day=row.day,
        state=ProspectState(row.state),
        at=moment(row.at),
        changed_at=moment(row.changed_at),
        send_key=row.send_key,
        batch=row.batch,
        reason=row.reason,
    )

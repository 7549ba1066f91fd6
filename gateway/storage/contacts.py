"""The contact base: who is known here, found by what he is known by."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from datetime import datetime
from itertools import groupby
from operator import attrgetter

import msgspec
from sqlalchemy import Connection, Row, Table, delete, insert, select, update

from gateway.core.errors import Conflict, NotHere
from gateway.core.folding import fold
from gateway.core.identity import identity
from gateway.core.joining import UNIQUE_KEY, Sought
from gateway.core.keeping import ContactDraft, draft_of, refreshed, refuse_junk
from gateway.core.model import Contact, Identifier, Standing, UniqueKey
from gateway.storage.finding import Finding, Found
from gateway.storage.ids import new_id
from gateway.storage.moments import maybe_moment, stored
from gateway.storage.sealing import Sealing
from gateway.storage.tables import CONTACTS, IDENTIFIERS, NAME_WORDS
from gateway.storage.upserts import insert_into

_WORD = 64
_KEY, _NAME, _STORED, _FORM = (f"contacts.{column}" for column in ("unique_key", "name", "stored", "form"))
_VALUE = "identifiers.value"
_ID = attrgetter("id")
_CHAIN = 100
"""Most mergers, one after the other, that are followed to who is left."""


class Contacts:
    """Reads and writes contacts on a connection that it is given: within whatever transaction the caller is in."""

    def __init__(self, sealing: Sealing) -> None:
        self._sealing = sealing
        self._finding = Finding()
        self._encode = msgspec.json.Encoder().encode
        self._decode = msgspec.json.Decoder(dict[str, str]).decode

    # ------------------------------------------------------------------------------------------ reading

    def find(self, connection: Connection, tenant: str, sought: Sought) -> tuple[Contact, ...]:
        """Active contacts that have any of what is sought, oldest first; at most `MOST_FOUND` and one more, by which the
        caller sees that there are others. A key that was given up in a merger is one of their identifiers."""
        indexes = self._sealing.indexes
        keys = [index for value in sought.keys for index in indexes(tenant, UNIQUE_KEY, value)]
        rows = self._finding.rows(
            connection,
            tenant,
            [index for kind, value in sought.values for index in indexes(tenant, *identity(kind, value))],
            keys,
            # The longest first: it is seldom the most frequent one.
            sorted(name_words(sought.name), key=len, reverse=True) if sought.by_name and sought.name else (),
        )
        return tuple([self._contact_of(tenant, tuple(theirs)) for _, theirs in groupby(rows, key=_ID)])

    def _contact_of(self, tenant: str, rows: Sequence[Found]) -> Contact:
        """Of the rows of one contact, each with one of its identifiers."""
        known = tuple(
            [
                Identifier(
                    row.known_kind,
                    self._sealing.open(tenant, _VALUE, f"{row.id}.{row.known_place}", row.known_value_sealed),
                    bool(row.known_verified),
                )
                for row in rows
                if row.known_kind is not None and row.known_value_sealed is not None
            ]
        )
        return self._contact(tenant, rows[0], known)

    def get(self, connection: Connection, tenant: str, contact: str) -> Contact | None:
        """Also one that is not active any more, or was merged."""
        rows = connection.execute(select(CONTACTS).where(CONTACTS.c.tenant == tenant, CONTACTS.c.id == contact)).all()
        found = self._contacts(connection, tenant, rows)
        return found[0] if found else None

    def read(self, connection: Connection, tenant: str, contact: str) -> Contact:
        """As `get`. Raises NotHere."""
        found = self.get(connection, tenant, contact)
        if found is None:
            raise NotHere("contact")
        return found

    def locked(self, connection: Connection, tenant: str, contact: str) -> Contact:
        """As `read`; nobody else changes it until the transaction ends."""
        here = (CONTACTS.c.tenant == tenant) & (CONTACTS.c.id == contact)
        connection.execute(select(CONTACTS.c.id).where(here).with_for_update())
        return self.read(connection, tenant, contact)

    def several(self, connection: Connection, tenant: str, contacts: Sequence[str]) -> tuple[Contact, ...]:
        """Those of these ids that there are, in any order."""
        rows = connection.execute(
            select(CONTACTS).where(CONTACTS.c.tenant == tenant, CONTACTS.c.id.in_(contacts))
        ).all()
        return self._contacts(connection, tenant, rows)

    def by_key(self, connection: Connection, tenant: str, value: str, *, hold: bool = False) -> Contact | None:
        """The contact of a unique key, active or not. `hold`: nobody else changes it until the transaction ends."""
        indexes = self._sealing.indexes(tenant, UNIQUE_KEY, value)
        wanted = select(CONTACTS).where(
            CONTACTS.c.tenant == tenant,
            CONTACTS.c.unique_key_index.in_(indexes),
            CONTACTS.c.merged_into.is_(None),
        )
        rows = connection.execute(wanted.with_for_update() if hold else wanted).all()
        found = self._contacts(connection, tenant, rows)
        return found[0] if found else None

    def _contacts(
        self, connection: Connection, tenant: str, rows: Sequence[Row[tuple[object, ...]]]
    ) -> tuple[Contact, ...]:
        if not rows:
            return ()
        known: dict[str, list[Identifier]] = {}
        for row in connection.execute(
            select(IDENTIFIERS)
            .where(IDENTIFIERS.c.tenant == tenant, IDENTIFIERS.c.contact.in_([row.id for row in rows]))
            .order_by(IDENTIFIERS.c.contact, IDENTIFIERS.c.place)
        ):
            value = self._sealing.open(tenant, _VALUE, f"{row.contact}.{row.place}", row.value_sealed)
            known.setdefault(row.contact, []).append(Identifier(row.kind, value, row.verified))
        return tuple(self._contact(tenant, row, tuple(known.get(row.id, ()))) for row in rows)

    def _contact(
        self, tenant: str, row: Row[tuple[object, ...]] | Found, identifiers: tuple[Identifier, ...]
    ) -> Contact:
        opened, contact, sealed_key, sealed_name = self._sealing.open, row.id, row.unique_key_sealed, row.name_sealed
        values, form = row.stored_sealed, row.form_sealed
        key = None if sealed_key is None else opened(tenant, _KEY, contact, sealed_key)
        return Contact(
            id=contact,
            standing=Standing(row.standing),
            unique_key=None if key is None else UniqueKey(row.unique_key_name, row.unique_key_kind, key),
            name=row.name if sealed_name is None else opened(tenant, _NAME, contact, sealed_name),
            identifiers=identifiers,
            customer_type=row.customer_type,
            stored={} if values is None else self._decode(opened(tenant, _STORED, contact, values)),
            form={} if form is None else self._decode(opened(tenant, _FORM, contact, form)),
            active=bool(row.active),
            merged_into=row.merged_into,
            revision=row.revision,
            created_at=maybe_moment(row.created_at),
            updated_at=maybe_moment(row.updated_at),
        )

    # ------------------------------------------------------------------------------------------ writing

    def create(self, connection: Connection, tenant: str, draft: ContactDraft, now: datetime) -> Contact:
        """A new contact. Where one with this unique key is there already (made by another process just now), that one,
        brought up to date with what the draft says."""
        # Under an older key the database itself does not see that it is the same.
        if draft.unique_key is not None and self._sealing.rotating:
            older = self.by_key(connection, tenant, draft.unique_key.value, hold=True)
            if older is not None:
                return self.change(connection, tenant, older.id, refreshed(older, draft), now)
        contact = new_id(now)
        columns = self._columns(tenant, contact, draft)
        values = {**columns, "tenant": tenant, "id": contact, "revision": 1, "created_at": stored(now)}
        statement = insert_into(connection, CONTACTS).values(**values, updated_at=stored(now)).on_conflict_do_nothing()
        if connection.execute(statement.returning(CONTACTS.c.id)).scalar() is None:
            assert draft.unique_key is not None
            there = self.by_key(connection, tenant, draft.unique_key.value, hold=True)
            assert there is not None
            return self.change(connection, tenant, there.id, refreshed(there, draft), now)
        self._write_values(connection, tenant, contact, draft)
        return self.read(connection, tenant, contact)

    def create_all(self, connection: Connection, tenant: str, drafts: Iterable[ContactDraft], now: datetime) -> None:
        """Many new ones at once, of whom nobody is there yet."""
        tables: dict[Table, list[dict[str, object]]] = {CONTACTS: [], IDENTIFIERS: [], NAME_WORDS: []}
        at = {"revision": 1, "created_at": stored(now), "updated_at": stored(now)}
        for draft in drafts:
            contact = new_id(now)
            tables[CONTACTS].append({**self._columns(tenant, contact, draft), "tenant": tenant, "id": contact, **at})
            tables[IDENTIFIERS] += self._identifiers(tenant, contact, draft)
            tables[NAME_WORDS] += _name_words(tenant, contact, draft)
        for table, rows in tables.items():
            if rows:
                connection.execute(insert(table), rows)

    def change(self, connection: Connection, tenant: str, contact: str, draft: ContactDraft, now: datetime) -> Contact:
        """The contact is as the draft says from now on; what the draft leaves out is gone."""
        connection.execute(
            update(CONTACTS)
            .where(CONTACTS.c.tenant == tenant, CONTACTS.c.id == contact)
            .values(**self._columns(tenant, contact, draft), revision=CONTACTS.c.revision + 1, updated_at=stored(now))
        )
        for table in (IDENTIFIERS, NAME_WORDS):
            connection.execute(delete(table).where(table.c.tenant == tenant, table.c.contact == contact))
        self._write_values(connection, tenant, contact, draft)
        return self.read(connection, tenant, contact)

    def deactivate(self, connection: Connection, tenant: str, contact: str, now: datetime) -> None:
        """He is not found any more."""
        here = (CONTACTS.c.tenant == tenant) & (CONTACTS.c.id == contact)
        fresh = {"active": False, "revision": CONTACTS.c.revision + 1, "updated_at": stored(now)}
        connection.execute(update(CONTACTS).where(here).values(fresh))

    def save(
        self, connection: Connection, tenant: str, draft: ContactDraft, now: datetime, contact: str | None = None
    ) -> Contact:
        """The contact of the draft's unique key, made or brought up to date: what the draft says counts, the rest stays.

        `contact`: who is known to be the same person; he gets the key where nobody has it and he has none. Raises Conflict
        (`junk_key`, `other_key`), NotHere.
        """
        known = None if contact is None else self.held(connection, tenant, contact)
        key = draft.unique_key
        if key is not None:
            refuse_junk(key)
            there = self.holder(connection, tenant, key.value)
            if there is None and known is not None and known.unique_key is not None:
                raise Conflict(
                    "other_key", "The contact has another unique key. Identify again and use the new answer."
                )
            known = there or known
        if known is None:
            return self.create(connection, tenant, draft, now)
        fresh = refreshed(known, draft)
        if fresh == draft_of(known, seal_name=draft.seal_name):
            return known
        return self.change(connection, tenant, known.id, fresh, now)

    def his_alone(self, connection: Connection, tenant: str, contact: str, user: Identifier, now: datetime) -> None:
        """This user of a channel proved to be the contact: what he proved before, as somebody else, holds no more."""
        kind, value = identity(user.kind, user.value)
        known = IDENTIFIERS.c
        others = (
            (known.tenant == tenant)
            & known.value_index.in_(self._sealing.indexes(tenant, kind, value))
            & (known.contact != contact)
            & known.verified
        )
        ids = connection.execute(select(known.contact).where(others).order_by(known.contact)).scalars().all()
        if ids:
            table = CONTACTS.c
            changed = update(CONTACTS).where(table.tenant == tenant, table.id.in_(ids))
            connection.execute(changed.values(revision=table.revision + 1, updated_at=stored(now)))
            connection.execute(update(IDENTIFIERS).where(others).values(verified=False))

    def here(self, connection: Connection, tenant: str, contact: str) -> Contact:
        """The contact, or who took it over when they were merged. Raises NotHere."""
        left = self.is_now(connection, tenant, contact)
        if left is None:
            raise NotHere("contact")
        return self.read(connection, tenant, left)

    def held(self, connection: Connection, tenant: str, contact: str) -> Contact:
        """As `here`; nobody else changes it until the transaction ends."""
        for _ in range(_CHAIN):
            found = self.locked(connection, tenant, contact)
            if found.merged_into is None:
                return found
            contact = found.merged_into
        raise NotHere("contact")

    def is_now(self, connection: Connection, tenant: str, contact: str) -> str | None:
        """The id of who is left of this contact after all mergers; None where nobody is."""
        for _ in range(_CHAIN):
            here = (CONTACTS.c.tenant == tenant) & (CONTACTS.c.id == contact)
            row = connection.execute(select(CONTACTS.c.merged_into).where(here)).one_or_none()
            if row is None:
                return None
            if row.merged_into is None:
                return contact
            contact = row.merged_into
        return None

    def known(self, connection: Connection, tenant: str, contact: str | None, key: str | None) -> Contact | None:
        """The active contact with this id, else with this unique key; or who took him over when they were merged."""
        found = None
        with suppress(NotHere):
            found = None if contact is None else self.here(connection, tenant, contact)
        if found is None and key is not None:
            found = self.by_key(connection, tenant, key)
        if found is None and key is not None and (lost := self._given_up(connection, tenant, key)) is not None:
            with suppress(NotHere):
                found = self.here(connection, tenant, lost)
        return found if found is not None and found.active else None

    def holder(self, connection: Connection, tenant: str, value: str) -> Contact | None:
        """Who has this unique key, active or not; else who took over the contact that had it. Nobody else changes him until
        the transaction ends."""
        return self.by_key(connection, tenant, value, hold=True) or self._taken_over(connection, tenant, value)

    def _taken_over(self, connection: Connection, tenant: str, value: str) -> Contact | None:
        """Who took over the contact that had this unique key, where it was given up when they were merged."""
        lost = self._given_up(connection, tenant, value)
        if lost is None:
            return None
        with suppress(NotHere):  # who took it over may be past his days
            return self.held(connection, tenant, lost)
        return None

    def _given_up(self, connection: Connection, tenant: str, value: str) -> str | None:
        """The id of the contact that had this unique key and was merged into another last."""
        indexes = self._sealing.indexes(tenant, UNIQUE_KEY, value)
        newest = (
            select(CONTACTS.c.id)
            .where(
                CONTACTS.c.tenant == tenant,
                CONTACTS.c.unique_key_index.in_(indexes),
                CONTACTS.c.merged_into.is_not(None),
            )
            .order_by(CONTACTS.c.updated_at.desc())
            .limit(1)
        )
        return connection.execute(newest).scalar()

    def _columns(self, tenant: str, contact: str, draft: ContactDraft) -> dict[str, object]:
        def sealed(place: str, value: str | None) -> bytes | None:
            return None if value is None else self._sealing.seal(tenant, place, contact, value)

        key = draft.unique_key
        return {
            "standing": draft.standing,
            "unique_key_name": key.name if key else None,
            "unique_key_kind": key.kind if key else None,
            "unique_key_index": self._sealing.index(tenant, UNIQUE_KEY, key.value) if key else None,
            "unique_key_sealed": sealed(_KEY, key.value if key else None),
            "name": None if draft.seal_name else draft.name,
            "name_sealed": sealed(_NAME, draft.name) if draft.seal_name else None,
            "customer_type": draft.customer_type,
            "stored_sealed": sealed(_STORED, self._encode(draft.stored).decode() if draft.stored else None),
            "form_sealed": sealed(_FORM, self._encode(draft.form).decode() if draft.form else None),
            "active": draft.active,
        }

    def _write_values(self, connection: Connection, tenant: str, contact: str, draft: ContactDraft) -> None:
        if rows := self._identifiers(tenant, contact, draft):
            connection.execute(insert(IDENTIFIERS), rows)
        if rows := _name_words(tenant, contact, draft):
            connection.execute(insert(NAME_WORDS), rows)

    def _identifiers(self, tenant: str, contact: str, draft: ContactDraft) -> list[dict[str, object]]:
        return [
            {
                "tenant": tenant,
                "contact": contact,
                "place": place,
                "kind": kind,
                "value_index": self._sealing.index(tenant, kind, value),
                "value_sealed": self._sealing.seal(tenant, _VALUE, f"{contact}.{place}", value),
                "verified": one.verified,
            }
            for place, one in enumerate(_once(draft.identifiers))
            for kind, value in [identity(one.kind, one.value)]
        ]


def _name_words(tenant: str, contact: str, draft: ContactDraft) -> list[dict[str, object]]:
    words = () if draft.name is None or draft.seal_name else name_words(draft.name)
    return [{"tenant": tenant, "word": word, "contact": contact} for word in words]


def name_words(name: str) -> tuple[str, ...]:
    """The folded words by which a name is found, each once: `João D'Ávila` -> `joao`, `d'avila`."""
    return tuple(dict.fromkeys(word[:_WORD] for word in fold(name).split()))


def _once(identifiers: Iterable[Identifier]) -> tuple[Identifier, ...]:
    """The same value given twice is one; verified if either is."""
    merged: dict[tuple[str, str], Identifier] = {}
    for one in identifiers:
        known = identity(one.kind, one.value)
        if known not in merged or one.verified:
            merged[known] = one
    return tuple(merged.values())

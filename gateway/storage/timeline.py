"""What happened with a contact: a stream of rows for each type of entry, each read from its newest, folded into one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, Select, select, tuple_
from sqlalchemy.sql.elements import ColumnElement
from sqlalchemy.sql.schema import Column

from gateway.core.errors import NotHere
from gateway.core.model import Contact
from gateway.core.protocol import ProtocolNumber
from gateway.core.timeline import EVERYTHING, Entry, EntryType, Recorded, TimelineFilter, TimelinePage
from gateway.storage.contacts import Contacts
from gateway.storage.cursors import place_of, position
from gateway.storage.interactions import Interactions
from gateway.storage.links import link_of
from gateway.storage.moments import moment, stored
from gateway.storage.sealing import Sealing
from gateway.storage.tables import CASES, INTERACTIONS, LINKS, NOTES

_I = INTERACTIONS.c


@dataclass(frozen=True, slots=True)
class _Stream:
    """The rows of one type of entry. `here`: which are the contact's; `at`, `id`: what orders them; `interaction`:
    which one a row belongs to; `read`: the tenant and a row into an entry."""

    type: EntryType
    rows: Select[Any]
    here: Callable[[str, str], ColumnElement[bool]]
    at: Column[int]
    id: Column[str]
    interaction: Column[str]
    read: Callable[[str, Row[Any]], Entry]


class Timeline:
    """Reads on the connection that it is given. `contact`: an id of the tenant's."""

    def __init__(self, sealing: Sealing) -> None:
        self._interactions = Interactions(sealing)
        self._contacts = Contacts(sealing)
        self._streams = tuple(self._all())

    def of(
        self,
        connection: Connection,
        tenant: str,
        contact: str | None,
        key: str | None,
        current: str | None,
        limit: int,
    ) -> Recorded:
        """`contact` and `key`: by which he may be known; `current`: the id of the interaction that the operator is in.
        `limit`: most of each list. Raises NotHere for `current`."""
        now = None if current is None else self._interactions.get(connection, tenant, current)
        known = self.known(connection, tenant, contact, key)
        if known is None:
            return Recorded(None, now, (), (), TimelinePage())
        recent = self._interactions.page(connection, tenant, known.id, None, limit).interactions
        cases = self.page(connection, tenant, known.id, TimelineFilter(frozenset({EntryType.CASE})), None, limit)
        timeline = self.page(connection, tenant, known.id, EVERYTHING, None, limit)
        return Recorded(known, now, recent, cases.entries, timeline)

    def known(self, connection: Connection, tenant: str, contact: str | None, key: str | None) -> Contact | None:
        """The active contact with this id, or who took him over; else the one with this unique key."""
        found = None if contact is None else self._contacts.get(connection, tenant, contact)
        if found is not None and found.merged_into is not None:
            found = self._contacts.here(connection, tenant, found.id)
        if found is None and key is not None:
            found = self._contacts.by_key(connection, tenant, key)
        return found if found is not None and found.active else None

    def page(
        self,
        connection: Connection,
        tenant: str,
        contact: str,
        wanted: TimelineFilter,
        after: str | None,
        limit: int,
    ) -> TimelinePage:
        """The latest first. `after`: a page's `next`: entries that come meanwhile are newer, so the following pages stay as
        they are. Raises MalformedRequest for a cursor that no page gave, NotHere for a record that is none."""
        behind = None if after is None else place_of(after)
        interaction = None if wanted.record is None else self._interaction_of(connection, tenant, wanted.record)
        entries: list[Entry] = []
        for stream in self._streams:
            if not wanted.wants(stream.type):
                continue
            rows = stream.rows.where(stream.here(tenant, contact))
            if interaction is not None:
                rows = rows.where(stream.interaction == interaction)
            if behind is not None:
                rows = rows.where(tuple_(stream.at, stream.id) < behind)
            ordered = rows.order_by(stream.at.desc(), stream.id.desc()).limit(limit + 1)
            entries += [stream.read(tenant, row) for row in connection.execute(ordered)]
        entries.sort(key=lambda entry: (entry.at, entry.id), reverse=True)
        shown = tuple(entries[:limit])
        more = len(entries) > limit
        return TimelinePage(shown, position(stored(shown[-1].at), shown[-1].id) if more else None)

    def _interaction_of(self, connection: Connection, tenant: str, record: str) -> str:
        case = select(CASES.c.interaction).where(CASES.c.tenant == tenant, CASES.c.id == record)
        found = connection.execute(select(_I.id).where(_I.tenant == tenant, _I.id == record).union_all(case)).scalar()
        if found is None:
            raise NotHere("interaction or case")
        return str(found)

    # ------------------------------------------------------------------------------------------ the streams

    def _all(self) -> Iterator[_Stream]:
        interactions, links = select(INTERACTIONS), select(LINKS)
        yield _Stream(EntryType.STARTED, interactions, _linked_now, _I.started_at, _I.id, _I.id, _started)
        yield _Stream(
            EntryType.FINISHED,
            interactions.where(_I.finished_at.is_not(None)),
            _linked_now, _I.finished_at, _I.id, _I.id, _finished,
        )  # fmt: skip
        at, row, interaction = LINKS.c.at, LINKS.c.id, LINKS.c.interaction
        yield _Stream(EntryType.LINKED, links, _link_to, at, row, interaction, _linked)
        yield _Stream(
            EntryType.UNLINKED,
            links.where(LINKS.c.ended_at.is_not(None)),
            _link_to, LINKS.c.ended_at, row, interaction, _unlinked,
        )  # fmt: skip
        notes = select(NOTES).join(INTERACTIONS, _same(NOTES.c.tenant, NOTES.c.interaction))
        yield _Stream(EntryType.NOTE, notes, _linked_now, NOTES.c.at, NOTES.c.id, NOTES.c.interaction, self._note)
        place = (CASES.c.at, CASES.c.id, CASES.c.interaction, self._case)
        # Registered for him, whomever the interaction belongs to by now; or for nobody, in an interaction of his.
        yield _Stream(EntryType.CASE, select(CASES), _case_of, *place)
        anonymous = select(CASES).join(INTERACTIONS, _same(CASES.c.tenant, CASES.c.interaction))
        yield _Stream(EntryType.CASE, anonymous.where(CASES.c.contact.is_(None)), _linked_now, *place)

    def _note(self, tenant: str, row: Row[Any]) -> Entry:
        note = self._interactions.note_of(tenant, row)
        return Entry(EntryType.NOTE, note.at, note.id, row.interaction, note=note, actor=note.actor)

    def _case(self, tenant: str, row: Row[Any]) -> Entry:
        case = self._interactions.case_of(tenant, row)
        return Entry(EntryType.CASE, case.at, case.id, row.interaction, case=case, actor=case.actor)


def _same(tenant: Column[str], interaction: Column[str]) -> ColumnElement[bool]:
    return (_I.tenant == tenant) & (_I.id == interaction)


def _linked_now(tenant: str, contact: str) -> ColumnElement[bool]:
    return (_I.tenant == tenant) & (_I.contact == contact)


def _link_to(tenant: str, contact: str) -> ColumnElement[bool]:
    return (LINKS.c.tenant == tenant) & (LINKS.c.contact == contact)


def _case_of(tenant: str, contact: str) -> ColumnElement[bool]:
    return (CASES.c.tenant == tenant) & (CASES.c.contact == contact)


def _protocol(row: Row[Any]) -> ProtocolNumber | None:
    return None if row.protocol_number is None else ProtocolNumber(row.protocol_year, row.protocol_number)


def _started(tenant: str, row: Row[Any]) -> Entry:
    at = moment(row.started_at)
    return Entry(EntryType.STARTED, at, row.id, row.id, row.channel, _protocol(row), actor=row.actor)


def _finished(tenant: str, row: Row[Any]) -> Entry:
    return Entry(EntryType.FINISHED, moment(row.finished_at), row.id, row.id, row.channel, _protocol(row))


def _linked(tenant: str, row: Row[Any]) -> Entry:
    link = link_of(row)
    return Entry(EntryType.LINKED, link.at, link.id, row.interaction, link=link, actor=link.actor)


def _unlinked(tenant: str, row: Row[Any]) -> Entry:
    link = link_of(row)
    assert link.ended_at is not None
    return Entry(EntryType.UNLINKED, link.ended_at, link.id, row.interaction, link=link, actor=link.ended_by)

"""What happened with a contact: a stream of rows for each type of entry, each read from its newest, folded into one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from collections.abc import Mapping as Map
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import BigInteger, Connection, Integer, Row, Select, String, bindparam, select, tuple_
from sqlalchemy.sql.schema import Column

from gateway.core.errors import NotHere
from gateway.core.protocol import ProtocolNumber
from gateway.core.timeline import EVERYTHING, Entry, EntryType, Recorded, TimelineFilter, TimelinePage
from gateway.storage.contacts import Contacts
from gateway.storage.cursors import place_of, position
from gateway.storage.interactions import Interactions
from gateway.storage.links import link_of
from gateway.storage.moments import moment
from gateway.storage.sealing import Sealing
from gateway.storage.tables import CASES, INTERACTIONS, LINKS, NOTES

_I = INTERACTIONS.c


_TENANT, _CONTACT = bindparam("of_tenant", type_=String), bindparam("of_contact", type_=String)
_RECORD = bindparam("in_record", type_=String)
_BEHIND = (bindparam("behind_at", type_=BigInteger), bindparam("behind_id", type_=String))
_MOST = bindparam("most", type_=Integer)
_HIS = select(_I.id).where(_I.tenant == _TENANT, _I.contact == _CONTACT)
"""Ids of his interactions. As a list that is looked up, not as a join: a database may begin a join at the other end, with
everybody's rows."""


@dataclass(frozen=True, slots=True)
class _Stream:
    """The rows of one type of entry, the newest first. `at`, `id`: what orders them; `statements`: by whether they are
    of one record only, and whether they go on behind an entry; `read`: the tenant and a row into an entry."""

    type: EntryType
    at: str
    statements: Map[tuple[bool, bool], Select[Any]]
    read: Callable[[str, Row[Any]], Entry]


def _stream(
    type_: EntryType,
    rows: Select[Any],
    at: Column[int],
    id_: Column[str],
    interaction: Column[str],
    read: Callable[[str, Row[Any]], Entry],
) -> _Stream:
    """`interaction`: which one a row belongs to. Built once: a statement costs more to build than to run."""
    newest = rows.order_by(at.desc(), id_.desc()).limit(_MOST)
    behind = tuple_(at, id_) < tuple_(*_BEHIND)
    of_record = interaction == _RECORD
    statements = {
        (False, False): newest,
        (True, False): newest.where(of_record),
        (False, True): newest.where(behind),
        (True, True): newest.where(of_record, behind),
    }
    return _Stream(type_, at.name, statements, read)


class _Found(NamedTuple):
    at: int
    id: str
    stream: _Stream
    row: Row[Any]


def _cut(tenant: str, found: list[_Found], limit: int) -> TimelinePage:
    """The newest of all that was found. Only what is shown is opened."""
    ordered = sorted(found, key=lambda one: (one.at, one.id), reverse=True)
    entries = tuple([one.stream.read(tenant, one.row) for one in ordered[:limit]])
    if len(ordered) <= limit:
        return TimelinePage(entries)
    last = ordered[limit - 1]
    return TimelinePage(entries, position(last.at, last.id))


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
        known = self._contacts.known(connection, tenant, contact, key)
        if known is None:
            return Recorded(None, now, (), (), TimelinePage())
        recent = self._interactions.page(connection, tenant, known.id, None, limit).interactions
        found = self._newest(connection, tenant, known.id, EVERYTHING, None, limit)
        cases = _cut(tenant, [one for one in found if one.stream.type is EntryType.CASE], limit)
        return Recorded(known, now, recent, cases.entries, _cut(tenant, found, limit))

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
        return _cut(tenant, self._newest(connection, tenant, contact, wanted, after, limit), limit)

    def _newest(
        self,
        connection: Connection,
        tenant: str,
        contact: str,
        wanted: TimelineFilter,
        after: str | None,
        limit: int,
    ) -> list[_Found]:
        """Of each stream the newest, one more than `limit`, by which is seen that there are others."""
        values: dict[str, object] = {"of_tenant": tenant, "of_contact": contact, "most": limit + 1}
        if wanted.record is not None:
            values["in_record"] = self._interaction_of(connection, tenant, wanted.record)
        if after is not None:
            values["behind_at"], values["behind_id"] = place_of(after)
        variant = (wanted.record is not None, after is not None)
        found: list[_Found] = []
        for stream in self._streams:
            if wanted.wants(stream.type):
                rows = connection.execute(stream.statements[variant], values)
                found += [_Found(getattr(row, stream.at), row.id, stream, row) for row in rows]
        return found

    def _interaction_of(self, connection: Connection, tenant: str, record: str) -> str:
        case = select(CASES.c.interaction).where(CASES.c.tenant == tenant, CASES.c.id == record)
        found = connection.execute(select(_I.id).where(_I.tenant == tenant, _I.id == record).union_all(case)).scalar()
        if found is None:
            raise NotHere("interaction or case")
        return str(found)

    # ------------------------------------------------------------------------------------------ the streams

    def _all(self) -> Iterator[_Stream]:
        his = select(INTERACTIONS).where(_I.tenant == _TENANT, _I.contact == _CONTACT)
        yield _stream(EntryType.STARTED, his, _I.started_at, _I.id, _I.id, _started)
        ended = his.where(_I.finished_at.is_not(None))
        yield _stream(EntryType.FINISHED, ended, _I.finished_at, _I.id, _I.id, _finished)
        links = select(LINKS).where(LINKS.c.tenant == _TENANT, LINKS.c.contact == _CONTACT)
        yield _stream(EntryType.LINKED, links, LINKS.c.at, LINKS.c.id, LINKS.c.interaction, _linked)
        untied = links.where(LINKS.c.ended_at.is_not(None))
        yield _stream(EntryType.UNLINKED, untied, LINKS.c.ended_at, LINKS.c.id, LINKS.c.interaction, _unlinked)
        notes = select(NOTES).where(NOTES.c.tenant == _TENANT, NOTES.c.interaction.in_(_HIS))
        yield _stream(EntryType.NOTE, notes, NOTES.c.at, NOTES.c.id, NOTES.c.interaction, self._note)
        # Registered for him, whomever the interaction belongs to by now; or for nobody, in an interaction of his.
        place = (CASES.c.at, CASES.c.id, CASES.c.interaction, self._case)
        yield _stream(
            EntryType.CASE, select(CASES).where(CASES.c.tenant == _TENANT, CASES.c.contact == _CONTACT), *place
        )
        anonymous = CASES.c.identified.is_(False)
        yield _stream(
            EntryType.CASE,
            select(CASES).where(CASES.c.tenant == _TENANT, CASES.c.interaction.in_(_HIS), anonymous),
            *place,
        )

    def _note(self, tenant: str, row: Row[Any]) -> Entry:
        note = self._interactions.note_of(tenant, row)
        return Entry(EntryType.NOTE, note.at, note.id, row.interaction, note=note, actor=note.actor)

    def _case(self, tenant: str, row: Row[Any]) -> Entry:
        case = self._interactions.case_of(tenant, row)
        return Entry(EntryType.CASE, case.at, case.id, row.interaction, case=case, actor=case.actor)


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

"""Interactions and their protocol numbers, notes and cases: rows, on a connection that the caller gives."""

from __future__ import annotations

from collections.abc import Mapping as Map
from collections.abc import Sequence
from datetime import datetime

import msgspec
from sqlalchemy import Connection, Row, Select, insert, select, tuple_, update

from gateway.core.attendance import together
from gateway.core.errors import Conflict, NotHere
from gateway.core.identity import identity
from gateway.core.interaction import (
    CaseDraft,
    CaseReference,
    Interaction,
    InteractionHistory,
    InteractionPage,
    Note,
    Opening,
    StartedBy,
)
from gateway.core.model import Identifier, Json, UniqueKey
from gateway.core.protocol import ProtocolNumber
from gateway.storage.cursors import place_of, position
from gateway.storage.ids import new_id
from gateway.storage.links import link_of, links_of
from gateway.storage.moments import maybe_moment, moment, stored
from gateway.storage.protocols import next_protocol
from gateway.storage.sealing import Sealing
from gateway.storage.tables import CASES, CONTACTS, INTERACTIONS, LINKS, NOTES

_CONTEXT, _USER = "interactions.context", "interactions.channel_user"
_TEXT, _CASE, _TITLE = "notes.text", "cases.case", "cases.title"
_FINISHED = "The interaction is finished: it can be read, and nothing more is written to it. Start a new one."


class Interactions:
    """Reads and writes interactions within whatever transaction the caller is in. `actor`: who acts, None for nobody."""

    def __init__(self, sealing: Sealing) -> None:
        self._sealing = sealing
        self._encode = msgspec.json.Encoder().encode
        self._decode = msgspec.json.Decoder(dict[str, object]).decode

    # ------------------------------------------------------------------------------------------ reading

    def get(self, connection: Connection, tenant: str, interaction: str) -> Interaction:
        """With its context. Raises NotHere."""
        wanted = _with_link().where(INTERACTIONS.c.tenant == tenant, INTERACTIONS.c.id == interaction)
        row = connection.execute(wanted).one_or_none()
        if row is None:
            raise NotHere("interaction")
        return self._interaction(tenant, row)

    def by_protocol(self, connection: Connection, tenant: str, protocol: ProtocolNumber) -> tuple[Interaction, ...]:
        """The one that has this number, or none."""
        wanted = _with_link().where(
            INTERACTIONS.c.tenant == tenant,
            INTERACTIONS.c.protocol_year == protocol.year,
            INTERACTIONS.c.protocol_number == protocol.number,
        )
        return tuple(self._interaction(tenant, row) for row in connection.execute(wanted))

    def open_one(self, connection: Connection, tenant: str, channel: str, user: Identifier) -> str | None:
        """The id of the one open interaction of this user of a channel; None where there is none, or more than one."""
        table = INTERACTIONS.c
        his = self._sealing.indexes(tenant, *identity(user.kind, user.value))
        wanted = select(table.id).where(
            table.tenant == tenant,
            table.channel_user_index.in_(his),
            table.channel.in_(together(channel)),
            table.finished_at.is_(None),
        )
        found = connection.execute(wanted.limit(2)).scalars().all()
        return found[0] if len(found) == 1 else None

    def history(self, connection: Connection, tenant: str, interaction: str) -> InteractionHistory:
        """Everything that was done in it. Raises NotHere."""
        whole = self.get(connection, tenant, interaction)
        notes = select(NOTES).where(NOTES.c.tenant == tenant, NOTES.c.interaction == interaction)
        cases = select(CASES).where(CASES.c.tenant == tenant, CASES.c.interaction == interaction)
        return InteractionHistory(
            whole,
            links_of(connection, tenant, interaction),
            tuple(self.note_of(tenant, row) for row in connection.execute(notes.order_by(NOTES.c.at, NOTES.c.id))),
            tuple(self.case_of(tenant, row) for row in connection.execute(cases.order_by(CASES.c.at, CASES.c.id))),
        )

    def page(
        self, connection: Connection, tenant: str, contact: str | None, after: str | None, limit: int
    ) -> InteractionPage:
        """The latest first. `contact`: only those that are linked to this one; `after`: a page's `next`. Raises
        MalformedRequest for a cursor that no page gave."""
        table = INTERACTIONS.c
        wanted = _with_link().where(table.tenant == tenant)
        if contact is not None:
            wanted = wanted.where(table.contact == contact)
        if after is not None:
            wanted = wanted.where(tuple_(table.started_at, table.id) < place_of(after))
        ordered = wanted.order_by(table.started_at.desc(), table.id.desc()).limit(limit + 1)
        rows = connection.execute(ordered).all()
        more = len(rows) > limit
        shown = rows[:limit]
        return InteractionPage(
            tuple(self._interaction(tenant, row, with_context=False) for row in shown),
            position(shown[-1].started_at, shown[-1].id) if more else None,
        )

    def note(self, connection: Connection, tenant: str, note: str) -> Note:
        return self.note_of(
            tenant, connection.execute(select(NOTES).where(NOTES.c.tenant == tenant, NOTES.c.id == note)).one()
        )

    def case(self, connection: Connection, tenant: str, case: str) -> CaseReference:
        return self.case_of(
            tenant, connection.execute(select(CASES).where(CASES.c.tenant == tenant, CASES.c.id == case)).one()
        )

    def _interaction(self, tenant: str, row: Row[tuple[object, ...]], with_context: bool = True) -> Interaction:
        def opened(place: str, sealed: bytes | None) -> str | None:
            return None if sealed is None else self._sealing.open(tenant, place, row.id, sealed)

        user = opened(_USER, row.channel_user_sealed)
        context = opened(_CONTEXT, row.context_sealed) if with_context else None
        key = row.key_sealed
        return Interaction(
            id=row.id,
            channel=row.channel,
            started_by=StartedBy(row.started_by),
            started_at=moment(row.started_at),
            anonymous=row.anonymous,
            channel_user=None if user is None else Identifier(row.channel_user_kind, user),
            context={} if context is None else _json(self._decode(context)),
            first_action_at=maybe_moment(row.first_action_at),
            finished_at=maybe_moment(row.finished_at),
            protocol=None if row.protocol_number is None else ProtocolNumber(row.protocol_year, row.protocol_number),
            link=None if row.link_id is None else link_of(row, "link_"),
            unique_key=None
            if key is None
            else UniqueKey(
                row.key_name, row.key_kind, self._sealing.open(tenant, "contacts.unique_key", row.link_contact, key)
            ),
            actor=row.actor,
        )

    def note_of(self, tenant: str, row: Row[tuple[object, ...]]) -> Note:
        text = self._sealing.open(tenant, _TEXT, row.id, row.text_sealed)
        return Note(row.id, text, moment(row.at), row.actor)

    def case_of(self, tenant: str, row: Row[tuple[object, ...]]) -> CaseReference:
        case = self._sealing.open(tenant, _CASE, row.id, row.case_sealed)
        title = row.title_sealed and self._sealing.open(tenant, _TITLE, row.id, row.title_sealed)
        return CaseReference(row.id, case, row.identified, moment(row.at), title, row.actor)

    # ------------------------------------------------------------------------------------------ writing

    def start(
        self,
        connection: Connection,
        tenant: str,
        opening: Opening,
        actor: str | None,
        now: datetime,
        year: int | None,
    ) -> str:
        """A new interaction's id. `year`: in which it is numbered at once; None for later. Started by hand, that was the
        operator's first action."""
        interaction, user = new_id(now), opening.channel_user
        number = None if year is None else next_protocol(connection, tenant, year)
        by_hand = opening.started_by is StartedBy.HAND
        seal = self._sealing.seal
        connection.execute(
            insert(INTERACTIONS).values(
                tenant=tenant,
                id=interaction,
                channel=opening.channel,
                started_by=opening.started_by,
                actor=actor,
                anonymous=opening.anonymous,
                channel_user_kind=user.kind if user else None,
                channel_user_index=self._sealing.index(tenant, *identity(user.kind, user.value)) if user else None,
                channel_user_sealed=seal(tenant, _USER, interaction, user.value) if user else None,
                context_sealed=seal(tenant, _CONTEXT, interaction, self._encode(opening.context).decode())
                if opening.context
                else None,
                started_at=stored(now),
                first_action_at=stored(now) if by_hand else None,
                protocol_year=number.year if number else None,
                protocol_number=number.number if number else None,
            )
        )
        return interaction

    def open(self, connection: Connection, tenant: str, interaction: str) -> Interaction:
        """An interaction that is to be written to; it stays as it is until the transaction ends. Raises NotHere, and
        Conflict (`finished`)."""
        # By itself: of a row that was waited for, PostgreSQL reads what is joined to it as it was before.
        lock = select(INTERACTIONS.c.id).where(INTERACTIONS.c.tenant == tenant, INTERACTIONS.c.id == interaction)
        if connection.execute(lock.with_for_update()).scalar() is None:
            raise NotHere("interaction")
        found = self.get(connection, tenant, interaction)
        if not found.open:
            raise Conflict("finished", _FINISHED)
        return found

    def add_context(
        self, connection: Connection, tenant: str, interaction: Interaction, context: Map[str, Json]
    ) -> None:
        """What the channel tells, of an interaction of which it told nothing before."""
        sealed = self._sealing.seal(tenant, _CONTEXT, interaction.id, self._encode(context).decode())
        here = (INTERACTIONS.c.tenant == tenant) & (INTERACTIONS.c.id == interaction.id)
        connection.execute(update(INTERACTIONS).where(here).values(context_sealed=sealed))

    def first_action(self, connection: Connection, tenant: str, interaction: str, now: datetime, year: int) -> None:
        """The operator acts for the first time; the second time changes nothing. Raises as `open`."""
        found = self.open(connection, tenant, interaction)
        if found.first_action_at is None:
            self._change(connection, tenant, interaction, first_action_at=stored(now))
        self._number(connection, tenant, found, year)

    def finish(self, connection: Connection, tenant: str, interaction: str, now: datetime, year: int) -> None:
        """Numbered, if it never was. Raises as `open`."""
        found = self.open(connection, tenant, interaction)
        self._number(connection, tenant, found, year)
        self._change(connection, tenant, interaction, finished_at=stored(now))

    def add_note(
        self, connection: Connection, tenant: str, interaction: str, text: str, actor: str | None, now: datetime
    ) -> str:
        """The note's id. Raises as `open`."""
        self.open(connection, tenant, interaction)
        note = new_id(now)
        sealed = self._sealing.seal(tenant, _TEXT, note, text)
        connection.execute(
            insert(NOTES).values(
                tenant=tenant, id=note, interaction=interaction, text_sealed=sealed, actor=actor, at=stored(now)
            )
        )
        return note

    def add_case(
        self,
        connection: Connection,
        tenant: str,
        interaction: str,
        case: CaseDraft,
        actor: str | None,
        now: datetime,
    ) -> str:
        """The reference's id. Raises as `open`, and Conflict (`nobody_linked`) for an identified one without a person."""
        found = self.open(connection, tenant, interaction)
        if case.identified and found.link is None:
            raise Conflict(
                "nobody_linked",
                "An identified case is registered for somebody, and nobody is linked. Link the interaction first, or "
                "register it as anonymous.",
            )
        reference = new_id(now)
        connection.execute(
            insert(CASES).values(
                tenant=tenant,
                id=reference,
                interaction=interaction,
                contact=found.link.contact if case.identified and found.link else None,
                case_sealed=self._sealing.seal(tenant, _CASE, reference, case.case),
                title_sealed=None if case.title is None else self._sealing.seal(tenant, _TITLE, reference, case.title),
                identified=case.identified,
                actor=actor,
                at=stored(now),
            )
        )
        return reference

    def _number(self, connection: Connection, tenant: str, interaction: Interaction, year: int) -> None:
        if interaction.protocol is None:
            number = next_protocol(connection, tenant, year)
            self._change(connection, tenant, interaction.id, protocol_year=number.year, protocol_number=number.number)

    def _change(self, connection: Connection, tenant: str, interaction: str, **columns: int) -> None:
        here = (INTERACTIONS.c.tenant == tenant) & (INTERACTIONS.c.id == interaction)
        connection.execute(update(INTERACTIONS).where(here).values(**columns))


def _with_link() -> Select[tuple[object, ...]]:
    """Interactions with the link that holds now, and with the key of whom it leads to."""
    held = (
        (LINKS.c.tenant == INTERACTIONS.c.tenant)
        & (LINKS.c.interaction == INTERACTIONS.c.id)
        & LINKS.c.ended_at.is_(None)
    )
    whom = (CONTACTS.c.tenant == LINKS.c.tenant) & (CONTACTS.c.id == LINKS.c.contact)
    columns: Sequence[object] = (
        INTERACTIONS,
        *(column.label(f"link_{column.name}") for column in LINKS.c if column.name not in ("tenant", "interaction")),
        CONTACTS.c.unique_key_name.label("key_name"),
        CONTACTS.c.unique_key_kind.label("key_kind"),
        CONTACTS.c.unique_key_sealed.label("key_sealed"),
    )
    statement: Select[tuple[object, ...]] = select(*columns)  # type: ignore[call-overload]  # so many columns have no type
    return statement.select_from(INTERACTIONS.outerjoin(LINKS, held).outerjoin(CONTACTS, whom))


def _json(value: dict[str, object]) -> dict[str, Json]:
    """What was JSON when it was stored is JSON now."""
    return value  # type: ignore[return-value]

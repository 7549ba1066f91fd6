"""One contact taken over by another: identifiers and history go to him, and go back, once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace
from datetime import datetime

import msgspec
from sqlalchemy import Connection, Row, Table, insert, or_, select, tuple_, update

from gateway.core.errors import Conflict, NotHere
from gateway.core.joining import UNIQUE_KEY
from gateway.core.keeping import ContactDraft, Move, MovePage, draft_of, without_junk
from gateway.core.model import Contact, Identifier, Standing, UniqueKey
from gateway.storage.contacts import Contacts
from gateway.storage.cursors import place_of, position
from gateway.storage.ids import new_id
from gateway.storage.moments import maybe_moment, moment, stored
from gateway.storage.sealing import Sealing
from gateway.storage.tables import CASES, CONTACTS, INTERACTIONS, LINKS, MOVES

MERGE, BECAME_CUSTOMER = "merge", "became_customer"
"""Why a contact was taken over."""
_MOVED = "moves.moved"
_PORTION = 500


class _Moved(msgspec.Struct):
    """What went from the source to the target. `source_key`, `target_key`: their unique keys before."""

    interactions: list[str]
    links: list[str]
    cases: list[str]
    identifiers: list[tuple[str, str]]
    named: bool
    source_key: tuple[str, str, str] | None
    target_key: tuple[str, str, str] | None
    active: bool
    standing: Standing
    # What of a customer counts more than what the target had, which is kept here so that it can come back.
    name_before: str | None = None
    typed: bool = False
    type_before: str | None = None
    stored_before: dict[str, str | None] = {}

    def __repr__(self) -> str:
        return "<_Moved …>"


class Moves:
    """Works on the connection of the caller's transaction."""

    def __init__(self, sealing: Sealing, contacts: Contacts) -> None:
        self._sealing = sealing
        self._contacts = contacts
        self._encode = msgspec.json.Encoder().encode
        self._decode = msgspec.json.Decoder(_Moved).decode

    def take_over(
        self,
        connection: Connection,
        tenant: str,
        source: str,
        target: str,
        why: str,
        actor: str | None,
        now: datetime,
        keeps: str | None = None,
        seal_name: bool = False,
    ) -> str:
        """`source` is merged into `target`, who gets identifiers, history, and what he lacks of name and unique key; the
        id of the move. Of a customer who is merged into somebody who was none, name, customer type and stored values count.
        `keeps`: whose unique key stays, where both have one. Raises NotHere, Conflict."""
        lost, kept = self._open(connection, tenant, source, target)
        key = _key_that_stays(lost, kept, keeps)
        here = {(one.kind, one.value) for one in kept.identifiers}
        given_up = _given_up(lost, kept, key)
        found_by = () if given_up is None or given_up == key else (Identifier(UNIQUE_KEY, given_up.value),)
        identifiers = without_junk((*found_by, *kept.identifiers, *lost.identifiers))
        interactions, links, cases = (
            self._repoint(connection, tenant, table, lost.id, kept.id) for table in (INTERACTIONS, LINKS, CASES)
        )
        draft = _together(lost, kept, key, identifiers, seal_name)
        moved = _Moved(
            interactions,
            links,
            cases,
            [(one.kind, one.value) for one in identifiers if (one.kind, one.value) not in here],
            draft.name != kept.name,
            _written(lost.unique_key),
            _written(kept.unique_key),
            lost.active,
            kept.standing,
            kept.name,
            draft.customer_type != kept.customer_type,
            kept.customer_type,
            {path: kept.stored.get(path) for path, value in draft.stored.items() if kept.stored.get(path) != value},
        )
        self._retire(connection, tenant, lost, kept.id, given_up, seal_name, now)
        self._contacts.change(connection, tenant, kept.id, draft, now)
        return self._record(connection, tenant, lost.id, kept.id, why, moved, actor, now)

    def undo(self, connection: Connection, tenant: str, move: str, now: datetime, seal_name: bool = False) -> str:
        """What went over goes back, as far as it is still there; the id of who has it again. Raises NotHere, Conflict
        (`undone_already`, `changed_meanwhile`)."""
        row = self._locked(connection, tenant, move)
        if row.undone_at is not None:
            raise Conflict("undone_already", "This was undone before. Merge them again if they are one after all.")
        self._hold(connection, tenant, row.source, row.target)
        source, target = (self._contacts.get(connection, tenant, one) for one in (row.source, row.target))
        if source is None or target is None:
            raise NotHere("contact")
        if source.merged_into != target.id or target.merged_into is not None:
            raise Conflict("changed_meanwhile", "One of the two was merged again since. Undo the later merge first.")
        moved = self._decode(self._sealing.open(tenant, _MOVED, move, row.moved_sealed))
        draft = _without(target, source, moved, seal_name)
        self._refuse_taken(connection, tenant, (_read(moved.source_key), draft.unique_key), target.id)
        self._contacts.change(connection, tenant, target.id, draft, now)
        own = replace(draft_of(source, seal_name=seal_name), unique_key=_read(moved.source_key), active=moved.active)
        self._contacts.change(connection, tenant, source.id, own, now)
        self._mark(connection, tenant, source.id, None)
        for table, ids in ((INTERACTIONS, moved.interactions), (LINKS, moved.links), (CASES, moved.cases)):
            self._repoint(connection, tenant, table, target.id, source.id, frozenset(ids))
        done = (MOVES.c.tenant == tenant) & (MOVES.c.id == move)
        connection.execute(update(MOVES).where(done).values(undone_at=stored(now)))
        return source.id

    def page(self, connection: Connection, tenant: str, contact: str, after: str | None, limit: int) -> MovePage:
        """What went from this contact or to it, the latest first; what was undone, too. `after`: a page's `next`. Raises
        NotHere for a contact that is none, MalformedRequest for a cursor that no page gave."""
        if self._contacts.is_now(connection, tenant, contact) is None:
            raise NotHere("contact")
        table = MOVES.c
        wanted = select(MOVES).where(table.tenant == tenant, or_(table.source == contact, table.target == contact))
        if after is not None:
            wanted = wanted.where(tuple_(table.at, table.id) < place_of(after))
        rows = connection.execute(wanted.order_by(table.at.desc(), table.id.desc()).limit(limit + 1)).all()
        shown = rows[:limit]
        return MovePage(tuple(map(_move, shown)), position(shown[-1].at, shown[-1].id) if len(rows) > limit else None)

    # ------------------------------------------------------------------------------------------ its parts

    def _open(self, connection: Connection, tenant: str, source: str, target: str) -> tuple[Contact, Contact]:
        if source == target:
            raise Conflict("same_contact", "These are one contact already. Name two.")
        self._hold(connection, tenant, source, target)
        found = [self._contacts.get(connection, tenant, one) for one in (source, target)]
        if found[0] is None or found[1] is None:
            raise NotHere("contact")
        if any(one is not None and one.merged_into is not None for one in found):
            raise Conflict("merged", "One of the two was merged into another already. Name that one.")
        if not found[1].active:
            raise Conflict("inactive", "The one that is to stay is deactivated. Activate him first, or name the other.")
        return found[0], found[1]

    def _hold(self, connection: Connection, tenant: str, *contacts: str) -> None:
        """Nobody else changes them until the transaction ends."""
        # In one order, whoever asks: two that merge the same pair wait for one another instead of failing.
        them = select(CONTACTS.c.id).where(CONTACTS.c.tenant == tenant, CONTACTS.c.id.in_(contacts))
        connection.execute(them.order_by(CONTACTS.c.id).with_for_update()).all()

    def _locked(self, connection: Connection, tenant: str, move: str) -> Row[tuple[object, ...]]:
        wanted = select(MOVES).where(MOVES.c.tenant == tenant, MOVES.c.id == move).with_for_update()
        row = connection.execute(wanted).one_or_none()
        if row is None:
            raise NotHere("move")
        return row

    def _repoint(
        self,
        connection: Connection,
        tenant: str,
        table: Table,
        source: str,
        target: str,
        only: AbstractSet[str] | None = None,
    ) -> list[str]:
        """What of `table` is the source's is the target's from now on; its ids. `only`: nothing but these."""
        wanted = select(table.c.id).where(table.c.tenant == tenant, table.c.contact == source)
        ids = [found for found in connection.execute(wanted).scalars() if only is None or found in only]
        for portion in _portions(ids):
            here = (table.c.tenant == tenant) & table.c.id.in_(portion)
            connection.execute(update(table).where(here).values(contact=target))
        return ids

    def _retire(
        self,
        connection: Connection,
        tenant: str,
        lost: Contact,
        into: str,
        given_up: UniqueKey | None,
        seal_name: bool,
        now: datetime,
    ) -> None:
        """Who was taken over keeps the key that was given up, so that who comes by it is led to the other."""
        self._mark(connection, tenant, lost.id, into)
        draft = replace(draft_of(lost, seal_name=seal_name), unique_key=given_up, active=False)
        self._contacts.change(connection, tenant, lost.id, draft, now)

    def _mark(self, connection: Connection, tenant: str, contact: str, into: str | None) -> None:
        here = (CONTACTS.c.tenant == tenant) & (CONTACTS.c.id == contact)
        connection.execute(update(CONTACTS).where(here).values(merged_into=into))

    def _refuse_taken(
        self, connection: Connection, tenant: str, keys: tuple[UniqueKey | None, UniqueKey | None], target: str
    ) -> None:
        """Two cannot have one unique key: somebody else may have got the one that was given up."""
        for key in keys:
            there = None if key is None else self._contacts.by_key(connection, tenant, key.value)
            if (there is not None and there.id != target) or (key is not None and keys[0] == keys[1]):
                raise Conflict(
                    "key_taken", "Another contact has this unique key now. Merge the two instead of undoing this."
                )

    def _record(
        self,
        connection: Connection,
        tenant: str,
        source: str,
        target: str,
        why: str,
        moved: _Moved,
        actor: str | None,
        now: datetime,
    ) -> str:
        move = new_id(now)
        sealed = self._sealing.seal(tenant, _MOVED, move, self._encode(moved).decode())
        connection.execute(
            insert(MOVES).values(
                tenant=tenant,
                id=move,
                source=source,
                target=target,
                why=why,
                moved_sealed=sealed,
                actor=actor,
                at=stored(now),
            )
        )
        return move


def _together(
    lost: Contact, kept: Contact, key: UniqueKey | None, identifiers: tuple[Identifier, ...], seal_name: bool
) -> ContactDraft:
    """Who is left of the two."""
    one = replace(draft_of(kept, seal_name=seal_name), unique_key=key, identifiers=identifiers)
    if lost.standing is not Standing.CUSTOMER or kept.standing is Standing.CUSTOMER:
        return replace(one, name=kept.name or lost.name)
    # What is said of a prospect (his customer type, the name that he gave) is not said of a customer any more.
    return replace(
        one,
        standing=Standing.CUSTOMER,
        name=lost.name or kept.name,
        customer_type=lost.customer_type,
        stored={**kept.stored, **lost.stored},
    )


def _key_that_stays(lost: Contact, kept: Contact, keeps: str | None) -> UniqueKey | None:
    if lost.unique_key is None or kept.unique_key is None:
        return kept.unique_key or lost.unique_key
    if keeps not in (lost.id, kept.id):
        raise Conflict(
            "two_keys", "Both have a unique key, and one contact has one. Say in `keeps` by its id whose key stays."
        )
    return lost.unique_key if keeps == lost.id else kept.unique_key


def _without(target: Contact, source: Contact, moved: _Moved, seal_name: bool) -> ContactDraft:
    """The target without what it got, as far as it still has it."""
    draft, gone = draft_of(target, seal_name=seal_name), set(moved.identifiers)
    draft = replace(draft, identifiers=tuple(one for one in target.identifiers if (one.kind, one.value) not in gone))
    if moved.named and target.name == source.name:
        draft = replace(draft, name=moved.name_before)
    if moved.typed and target.customer_type == source.customer_type:
        draft = replace(draft, customer_type=moved.type_before)
    his = {path: b for path, b in moved.stored_before.items() if target.stored.get(path) == source.stored.get(path)}
    values = {path: value for path, value in {**target.stored, **his}.items() if value is not None}
    draft = replace(draft, stored=values)
    if target.unique_key is not None and target.unique_key == _read(moved.source_key):
        draft = replace(draft, unique_key=_read(moved.target_key))
    if source.standing is Standing.CUSTOMER is not moved.standing:
        draft = replace(draft, standing=moved.standing)
    return draft


def _move(row: Row[tuple[object, ...]]) -> Move:
    return Move(row.id, row.source, row.target, row.why, moment(row.at), row.actor, maybe_moment(row.undone_at))


def _written(key: UniqueKey | None) -> tuple[str, str, str] | None:
    return None if key is None else (key.name, key.kind, key.value)


def _read(key: tuple[str, str, str] | None) -> UniqueKey | None:
    return None if key is None else UniqueKey(*key)


def _given_up(lost: Contact, kept: Contact, stays: UniqueKey | None) -> UniqueKey | None:
    """Of two keys the one that does not stay."""
    return kept.unique_key if kept.unique_key is not None and stays == lost.unique_key else lost.unique_key


def _portions(ids: Sequence[str]) -> Iterable[Sequence[str]]:
    return (ids[start : start + _PORTION] for start in range(0, len(ids), _PORTION))

"""Batches of prospects: fixed, marked and counted, under a lease that one worker has."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, Exists, Row, exists, func, insert, not_, select, update

from gateway.core.model import Standing
from gateway.core.prospect import Prospect, ProspectState
from gateway.core.prospect_load import Batch, BatchState, Left
from gateway.storage.ids import new_id
from gateway.storage.moments import stored
from gateway.storage.prospects import Prospects
from gateway.storage.sealing import Sealing
from gateway.storage.tables import BATCHES, CONTACTS, PROSPECTS

_TROUBLE = (ProspectState.REFUSED, ProspectState.UNKNOWN)


class ProspectLoads:
    """Works on a connection that it is given: within whatever transaction the caller is in. `day`s are the tenant's."""

    def __init__(self, sealing: Sealing) -> None:
        self._prospects = Prospects(sealing)

    # ------------------------------------------------------------------------------------------ batches

    def unfinished(self, connection: Connection, tenant: str) -> tuple[Batch, ...]:
        """What an earlier load began and did not end, the oldest first."""
        wanted = select(BATCHES).where(BATCHES.c.tenant == tenant, BATCHES.c.state != BatchState.DONE)
        return tuple(_batch(row) for row in connection.execute(wanted.order_by(BATCHES.c.id)))

    def open(
        self, connection: Connection, tenant: str, target: str, file: str | None, day: str, only: bool, now: datetime
    ) -> Batch | None:
        """A batch of everybody who is pending: of this day alone (`only`), else of the days before, too. None where there is
        nobody. `file`: the name, with `{batch}` for the batch's id."""
        of_days = PROSPECTS.c.day == day if only else PROSPECTS.c.day <= day
        waiting = (PROSPECTS.c.tenant == tenant) & of_days & (PROSPECTS.c.state == ProspectState.PENDING)
        again = (PROSPECTS.c.tenant == tenant) & of_days & (PROSPECTS.c.state == ProspectState.CUSTOMER)
        connection.execute(
            # That he became a customer was taken back.
            update(PROSPECTS)
            .where(again, _is_one(CONTACTS.c.standing == Standing.PROSPECT, CONTACTS.c.merged_into.is_(None)))
            .values(state=ProspectState.PENDING, batch=None, changed_at=stored(now))
        )
        connection.execute(
            update(PROSPECTS)
            .where(waiting, not_(_is_one(CONTACTS.c.standing == Standing.PROSPECT, CONTACTS.c.merged_into.is_(None))))
            .values(state=ProspectState.CUSTOMER, changed_at=stored(now))
        )
        batch = new_id(now)
        taken = connection.execute(
            update(PROSPECTS)
            .where(waiting, PROSPECTS.c.batch.is_(None), _is_one(CONTACTS.c.active))
            .values(batch=batch)
        ).rowcount
        if not taken:
            return None
        made = Batch(batch, day, target, BatchState.OPEN, taken, file and file.replace("{batch}", batch))
        connection.execute(
            insert(BATCHES).values(
                tenant=tenant,
                id=made.id,
                day=made.day,
                target=made.target,
                file=made.file,
                state=made.state,
                rows=made.rows,
                started_at=stored(now),
            )
        )
        return made

    def mark(self, connection: Connection, tenant: str, batch: str, state: BatchState, now: datetime) -> None:
        done = stored(now) if state is BatchState.DONE else None
        here = (BATCHES.c.tenant == tenant) & (BATCHES.c.id == batch)
        connection.execute(update(BATCHES).where(here).values(state=state, done_at=done))

    # ------------------------------------------------------------------------------------------ prospects of a batch

    def page(
        self, connection: Connection, tenant: str, batch: str, state: ProspectState, after: str, limit: int
    ) -> tuple[Prospect, ...]:
        """Of the batch, in this state, those whose contact's id comes after `after`."""
        rows = connection.execute(
            select(PROSPECTS)
            .where(
                PROSPECTS.c.tenant == tenant,
                PROSPECTS.c.batch == batch,
                PROSPECTS.c.contact > after,
                PROSPECTS.c.state == state,
            )
            .order_by(PROSPECTS.c.contact)
            .limit(limit)
        ).all()
        return self._prospects.read(connection, tenant, rows)

    def take(self, connection: Connection, tenant: str, contact: str, now: datetime) -> bool:
        """He is on his way from now on; no, where he is not pending any more (he became a customer just now)."""
        here = (PROSPECTS.c.tenant == tenant) & (PROSPECTS.c.contact == contact)
        waiting = update(PROSPECTS).where(here, PROSPECTS.c.state == ProspectState.PENDING)
        taken = waiting.values(state=ProspectState.SENDING, reason=None, changed_at=stored(now))
        return connection.execute(taken).rowcount == 1

    def settle(
        self,
        connection: Connection,
        tenant: str,
        contact: str,
        before: ProspectState,
        state: ProspectState,
        reason: str | None,
        now: datetime,
    ) -> None:
        """What became of one prospect. Where he is not `before` any more (a person settled him, or he became a customer
        meanwhile), that stands."""
        here = (PROSPECTS.c.tenant == tenant) & (PROSPECTS.c.contact == contact) & (PROSPECTS.c.state == before)
        connection.execute(update(PROSPECTS).where(here).values(state=state, reason=reason, changed_at=stored(now)))

    def settle_all(
        self,
        connection: Connection,
        tenant: str,
        batch: str,
        before: ProspectState,
        state: ProspectState,
        now: datetime,
    ) -> int:
        """Every prospect of the batch that is in the state `before`; how many."""
        there = (PROSPECTS.c.tenant == tenant) & (PROSPECTS.c.batch == batch) & (PROSPECTS.c.state == before)
        changed = update(PROSPECTS).where(there).values(state=state, changed_at=stored(now))
        return connection.execute(changed).rowcount

    def release(self, connection: Connection, tenant: str, batch: str) -> int:
        """Who of the batch is pending waits for another one; how many."""
        there = (PROSPECTS.c.tenant == tenant) & (PROSPECTS.c.batch == batch)
        waiting = update(PROSPECTS).where(there, PROSPECTS.c.state == ProspectState.PENDING).values(batch=None)
        return connection.execute(waiting).rowcount

    def counts(self, connection: Connection, tenant: str, batch: str) -> dict[ProspectState, int]:
        """State -> how many of the batch are in it."""
        there = (PROSPECTS.c.tenant == tenant) & (PROSPECTS.c.batch == batch)
        counted = select(PROSPECTS.c.state, func.count()).where(there).group_by(PROSPECTS.c.state)
        return {ProspectState(state): count for state, count in connection.execute(counted)}

    def left(self, connection: Connection, tenant: str, batch: str, after: str, limit: int) -> tuple[Left, ...]:
        """Of the batch, those whom the company does not have, in pages."""
        rows = connection.execute(
            select(PROSPECTS.c.contact, PROSPECTS.c.state, PROSPECTS.c.reason)
            .where(
                PROSPECTS.c.tenant == tenant,
                PROSPECTS.c.batch == batch,
                PROSPECTS.c.contact > after,
                PROSPECTS.c.state.in_(_TROUBLE),
            )
            .order_by(PROSPECTS.c.contact)
            .limit(limit)
        )
        return tuple(Left(row.contact, ProspectState(row.state), row.reason or "") for row in rows)

    # ------------------------------------------------------------------------------------------ prospects of no certainty

    def interrupted(self, connection: Connection, tenant: str, reason: str) -> int:
        """Who was on his way when his worker died: nobody knows whether he arrived, since when he was sent. How many."""
        there = (PROSPECTS.c.tenant == tenant) & (PROSPECTS.c.state == ProspectState.SENDING)
        changed = update(PROSPECTS).where(there).values(state=ProspectState.UNKNOWN, reason=reason)
        return connection.execute(changed).rowcount

    def unknown(
        self, connection: Connection, tenant: str, day: str, only: bool, before: datetime, after: str, limit: int
    ) -> tuple[Prospect, ...]:
        """Of whom nobody knows since `before` whether they arrived, in pages."""
        of_days = PROSPECTS.c.day == day if only else PROSPECTS.c.day <= day
        rows = connection.execute(
            select(PROSPECTS)
            .where(
                PROSPECTS.c.tenant == tenant,
                of_days,
                PROSPECTS.c.state == ProspectState.UNKNOWN,
                PROSPECTS.c.changed_at <= stored(before),
                PROSPECTS.c.contact > after,
            )
            .order_by(PROSPECTS.c.contact)
            .limit(limit)
        ).all()
        return self._prospects.read(connection, tenant, rows)

    def again(self, connection: Connection, tenant: str, contacts: Sequence[str], now: datetime) -> None:
        """Who of them is still `unknown` is pending once more, under the same key."""
        there = (PROSPECTS.c.tenant == tenant) & PROSPECTS.c.contact.in_(contacts)
        there &= PROSPECTS.c.state == ProspectState.UNKNOWN
        values = {"state": ProspectState.PENDING, "batch": None, "reason": None, "changed_at": stored(now)}
        connection.execute(update(PROSPECTS).where(there).values(**values))

    def how_many(self, connection: Connection, tenant: str, state: ProspectState) -> int:
        """Of all days."""
        there = (PROSPECTS.c.tenant == tenant) & (PROSPECTS.c.state == state)
        return connection.execute(select(func.count()).select_from(PROSPECTS).where(there)).scalar_one()


def _is_one(*conditions: ColumnElement[bool]) -> Exists:
    """Of a prospect: is there his contact, and does this hold for it?"""
    his = (CONTACTS.c.tenant == PROSPECTS.c.tenant) & (CONTACTS.c.id == PROSPECTS.c.contact)
    return exists().where(his, *conditions)


def _batch(row: Row[tuple[object, ...]]) -> Batch:
    return Batch(row.id, row.day, row.target, BatchState(row.state), row.rows, row.file)

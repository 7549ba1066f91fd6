"""Letting go of what is past its days: in portions, so that nobody waits long for a write."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy import Connection, Table, delete, exists, func, or_, select, update

from gateway.core.tenant import Retention
from gateway.storage import leases
from gateway.storage.attendances import forget_held
from gateway.storage.audit import AuditRows
from gateway.storage.code_attempts import CodeAttempts
from gateway.storage.codes import Codes
from gateway.storage.database import Database
from gateway.storage.links import who_indexes
from gateway.storage.moments import stored
from gateway.storage.repeats import Repeats
from gateway.storage.sealing import Sealing
from gateway.storage.seen import Seen
from gateway.storage.tables import AUDIT, CASES, CONTACTS, INTERACTIONS, LINKS, MOVES, PROSPECTS, UNLINKED

EVERY = timedelta(hours=1)
_LEASE = "retain"
_MOST = 500
"""Rows of one write."""
_SENDING = "sending"

_Portion = Callable[[Connection, str, datetime], int]


@dataclass(frozen=True, slots=True)
class LetGo:
    """How many there were."""

    prospects: int = 0
    interactions: int = 0
    context: int = 0
    audit: int = 0

    def __bool__(self) -> bool:
        return bool(self.prospects or self.interactions or self.context or self.audit)

    def __add__(self, other: LetGo) -> LetGo:
        return LetGo(
            self.prospects + other.prospects,
            self.interactions + other.interactions,
            self.context + other.context,
            self.audit + other.audit,
        )


class Retaining:
    """Raises StorageUnavailable. What was let go of before is gone; the rest is for the next time."""

    def __init__(self, database: Database, sealing: Sealing, most: int = _MOST) -> None:
        self._database = database
        self._sealing = sealing
        self._audit = AuditRows(sealing)
        self._repeats = Repeats(sealing)
        self._seen = Seen(sealing)
        self._codes = Codes(sealing)
        self._attempts = CodeAttempts(sealing)
        self._most = most

    async def is_due(self, holder: str, now: datetime) -> bool:
        """Once in `EVERY`, whoever of several workers asks first; his until then."""
        return await self._database.write(
            lambda connection: (
                not leases.is_held(connection, _LEASE, now)
                and leases.take(connection, _LEASE, holder, now, now + EVERY - timedelta(minutes=1))
            )
        )

    async def tenants(self) -> tuple[str, ...]:
        """Those of whom anything is kept."""
        return await self._database.read(_tenants)

    async def forget_repeats(self, now: datetime) -> None:
        """Idempotency keys, events and signed identities that nobody will send again."""
        await self._database.write(lambda connection: self._repeats.forget(connection, now))
        await self._database.write(lambda connection: self._seen.forget(connection, now))
        await self._database.write(lambda connection: forget_held(connection, now))

    async def forget_codes(self, now: datetime) -> None:
        """Identification codes that were over a while ago, and wrong ones that are forgiven."""
        for forget in (self._codes.forget, self._attempts.forget):
            work = partial(forget, now=now, most=self._most)
            while await self._database.write(work) == self._most:
                pass

    async def let_go(self, tenant: str, retention: Retention, now: datetime) -> LetGo:
        """Everything of this tenant that is past its days."""
        return LetGo(
            interactions=await self._all(tenant, retention.interactions, now, self._interactions),
            context=await self._all(tenant, retention.context, now, self._context),
            # Last: who had a history until just now has none any more.
            prospects=await self._all(tenant, retention.prospects, now, self._prospects),
            audit=await self._all(tenant, retention.audit, now, self._audited),
        )

    async def _all(self, tenant: str, days: int | None, now: datetime, portion: _Portion) -> int:
        if days is None:
            return 0
        before, gone = now - timedelta(days=days), 0
        while count := await self._database.write(lambda connection: portion(connection, tenant, before)):
            gone += count
        return gone

    # ------------------------------------------------------------------------------------------ one portion each

    def _interactions(self, connection: Connection, tenant: str, before: datetime) -> int:
        """With links, notes and references, which fall with them. Who had no user of a channel is known by the interaction
        alone: the pairs go that were taken apart of him."""
        table = INTERACTIONS.c
        over = or_(table.finished_at < stored(before), table.finished_at.is_(None))
        old = select(table.id).where(table.tenant == tenant, table.started_at < stored(before), over)
        ids = list(connection.execute(old.order_by(table.started_at).limit(self._most)).scalars())
        nameless = [index for one in ids for index in who_indexes(self._sealing, tenant, None, one)]
        pairs = (UNLINKED.c.tenant == tenant) & UNLINKED.c.who_index.in_(nameless)
        connection.execute(delete(UNLINKED).where(pairs))
        return _delete(connection, INTERACTIONS, tenant, ids)

    def _context(self, connection: Connection, tenant: str, before: datetime) -> int:
        table = INTERACTIONS.c
        old = select(table.id).where(
            table.tenant == tenant, table.started_at < stored(before), table.context_sealed.is_not(None)
        )
        ids = connection.execute(old.order_by(table.started_at).limit(self._most)).scalars().all()
        here = (table.tenant == tenant) & table.id.in_(ids)
        connection.execute(update(INTERACTIONS).where(here).values(context_sealed=None))
        return len(ids)

    def _prospects(self, connection: Connection, tenant: str, before: datetime) -> int:
        """Who has no history any more, and is not on the way to the company."""
        contact = CONTACTS.c
        histories = [
            exists().where(table.c.tenant == tenant, table.c.contact == contact.id)
            for table in (INTERACTIONS, LINKS, CASES)
        ]
        sending = exists().where(
            PROSPECTS.c.tenant == tenant, PROSPECTS.c.contact == contact.id, PROSPECTS.c.state == _SENDING
        )
        customer = CONTACTS.alias()
        became = exists().where(
            customer.c.tenant == tenant, customer.c.id == contact.merged_into, customer.c.standing == "customer"
        )
        old = select(contact.id).where(
            contact.tenant == tenant,
            contact.standing == "prospect",
            contact.created_at < stored(before),
            *(~one for one in (*histories, sending, became)),
        )
        ids = list(connection.execute(old.order_by(contact.created_at).limit(self._most)).scalars())
        # Held first, then looked at again: somebody may be linking one of them just now.
        held = select(contact.id).where(contact.tenant == tenant, contact.id.in_(ids))
        connection.execute(held.order_by(contact.id).with_for_update()).all()
        ids = list(connection.execute(old.where(contact.id.in_(ids))).scalars())
        if ids:
            mine = or_(MOVES.c.source.in_(ids), MOVES.c.target.in_(ids))
            connection.execute(delete(MOVES).where(MOVES.c.tenant == tenant, mine))
            connection.execute(delete(UNLINKED).where(UNLINKED.c.tenant == tenant, UNLINKED.c.contact.in_(ids)))
        return _delete(connection, CONTACTS, tenant, ids)

    def _audited(self, connection: Connection, tenant: str, before: datetime) -> int:
        return self._audit.forget(connection, tenant, before, self._most)


def _delete(connection: Connection, table: Table, tenant: str, ids: list[str]) -> int:
    if ids:
        connection.execute(delete(table).where(table.c.tenant == tenant, table.c.id.in_(ids)))
    return len(ids)


def _tenants(connection: Connection) -> tuple[str, ...]:
    # From one to the next along an index: DISTINCT would read every row.
    found: set[str] = set()
    for table in (CONTACTS, INTERACTIONS, AUDIT):
        last = connection.execute(select(func.min(table.c.tenant))).scalar()
        while last is not None:
            found.add(last)
            last = connection.execute(select(func.min(table.c.tenant)).where(table.c.tenant > last)).scalar()
    return tuple(sorted(found))

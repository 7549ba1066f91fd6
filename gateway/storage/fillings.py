"""Who is to be filled from his sources: marked with the link, taken by one worker at a time, let go of in the end."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, Connection, delete, select, update

from gateway.core.filling import FIRST, Waiting, pause_after
from gateway.storage.database import Database
from gateway.storage.moments import stored
from gateway.storage.tables import FILLINGS
from gateway.storage.upserts import insert_into

_SEPARATOR = " "
"""Between names of sources, which have no blanks."""


def mark(connection: Connection, tenant: str, contact: str, sources: tuple[str, ...], now: datetime) -> None:
    """In the transaction that links him. Whoever was marked before is tried from the beginning."""
    fresh = {"sources": _SEPARATOR.join(sources), "tries": 0, "due_at": stored(now + FIRST)}
    row = insert_into(connection, FILLINGS).values(tenant=tenant, contact=contact, **fresh)
    connection.execute(row.on_conflict_do_update(index_elements=[FILLINGS.c.tenant, FILLINGS.c.contact], set_=fresh))


class Fillings:
    """Raises StorageUnavailable wherever the database does not answer."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def due(self, now: datetime, limit: int) -> tuple[Waiting, ...]:
        """Of all tenants, who has waited longest first."""
        table = FILLINGS.c
        wanted = select(FILLINGS).where(table.due_at <= stored(now)).order_by(table.due_at).limit(limit)
        rows = await self._database.read(lambda connection: connection.execute(wanted).all())
        return tuple(Waiting(row.tenant, row.contact, tuple(row.sources.split(_SEPARATOR)), row.tries) for row in rows)

    async def take(self, one: Waiting, now: datetime) -> bool:
        """May he be tried here and now? No, where another worker has taken him. He is due again by himself, after a pause
        that grows, so that a worker that dies loses nobody."""
        due = stored(now + pause_after(one.tries + 1))
        mine = update(FILLINGS).where(_his(one.tenant, one.contact), FILLINGS.c.tries == one.tries)
        taken = mine.where(FILLINGS.c.due_at <= stored(now)).values(tries=one.tries + 1, due_at=due)
        return await self._database.write(lambda connection: connection.execute(taken).rowcount == 1)

    async def over(self, tenant: str, contact: str) -> None:
        """He is filled, or nobody tries it any more."""
        gone = delete(FILLINGS).where(_his(tenant, contact))
        await self._database.write(lambda connection: connection.execute(gone).rowcount)


def _his(tenant: str, contact: str) -> ColumnElement[bool]:
    return (FILLINGS.c.tenant == tenant) & (FILLINGS.c.contact == contact)

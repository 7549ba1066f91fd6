"""What may come once: events of channels, signed identities. Whoever of several workers hears of it first, has it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, delete, select

from gateway.storage.moments import stored
from gateway.storage.sealing import Sealing
from gateway.storage.tables import SEEN
from gateway.storage.upserts import insert_into


class Seen:
    """Works on the connection of the caller's transaction: it is seen together with what comes of it, or not at all."""

    def __init__(self, sealing: Sealing) -> None:
        self._sealing = sealing

    def is_first(
        self, connection: Connection, tenant: str, what: str, value: str, now: datetime, until: datetime
    ) -> bool:
        """Has `value` (an id), as a `what`, not come before? From now on it has, until `until` at least."""
        newest, *older = self._sealing.indexes(tenant, what, value)
        before = select(SEEN.c.until).where(SEEN.c.tenant == tenant, SEEN.c.what_index.in_(older))
        if older and connection.execute(before).first() is not None:
            return False
        first = insert_into(connection, SEEN).values(
            tenant=tenant, what_index=newest, at=stored(now), until=stored(until)
        )
        # Whoever has it in an unfinished transaction is waited for here.
        return connection.execute(first.on_conflict_do_nothing().returning(SEEN.c.at)).scalar() is not None

    def forget(self, connection: Connection, now: datetime) -> int:
        """Let go of what nobody has to know any longer; how many there were."""
        return connection.execute(delete(SEEN).where(SEEN.c.until < stored(now))).rowcount

"""Leases: what one worker alone does, whoever of several it is, and until when it may without saying so again."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, delete, or_, select

from gateway.storage.moments import stored
from gateway.storage.tables import LEASES
from gateway.storage.upserts import insert_into


def take(connection: Connection, name: str, holder: str, now: datetime, until: datetime) -> bool:
    """Is the lease the holder's, until `until`? No, where somebody else has it who has not let its time pass."""
    mine = insert_into(connection, LEASES).values(name=name, holder=holder, until=stored(until))
    free = or_(LEASES.c.holder == holder, LEASES.c.until <= stored(now))
    statement = mine.on_conflict_do_update(
        index_elements=[LEASES.c.name], set_={"holder": holder, "until": stored(until)}, where=free
    )
    return connection.execute(statement.returning(LEASES.c.holder)).scalar() == holder


def keep(connection: Connection, name: str, holder: str, until: datetime) -> bool:
    """Is it still the holder's? Then until `until`, and nobody takes it before this transaction ends."""
    here = (LEASES.c.name == name) & (LEASES.c.holder == holder)
    changed = connection.execute(LEASES.update().where(here).values(until=stored(until)))
    return changed.rowcount == 1


def leave(connection: Connection, name: str, holder: str) -> None:
    """Let go of it; of one that somebody else has by now, nothing."""
    connection.execute(delete(LEASES).where(LEASES.c.name == name, LEASES.c.holder == holder))


def is_held(connection: Connection, name: str, now: datetime) -> bool:
    """Has anybody this lease just now?"""
    held = select(LEASES.c.name).where(LEASES.c.name == name, LEASES.c.until > stored(now))
    return connection.execute(held).scalar() is not None

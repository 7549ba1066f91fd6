"""Wrong codes are counted, by who sent them in a channel and by tenant: rows, on a connection that the caller gives."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum, auto

from sqlalchemy import ColumnElement, Connection, delete, select, update

from gateway.core.model import Identifier
from gateway.storage.moments import moment, stored
from gateway.storage.sealing import Sealing, indexed_user
from gateway.storage.tables import CODE_ATTEMPTS
from gateway.storage.upserts import insert_into

WINDOW = timedelta(minutes=15)
"""In so long `MOST` wrong codes of one user are let through, and `ALARM` of a tenant's users without anybody being told."""
MOST, ALARM = 5, 100
SHORTEST_WAIT, LONGEST_WAIT = timedelta(minutes=1), timedelta(hours=1)
"""How long none of his codes is looked at then; twice as long each time, never longer than the second."""
FORGIVEN = timedelta(days=1)
"""Of good conduct, and the next wait is the shortest again."""
_USER, _TENANT = "code user", "code tenant"


class Counted(Enum):
    """What a wrong code came to. `THROTTLED`: it was not counted, and nobody is told whether it was good; `ALARMING`: it is
    `ALARM` of the tenant's with this one."""

    COUNTED = auto()
    THROTTLED = auto()
    ALARMING = auto()


@dataclass(frozen=True, slots=True)
class _Row:
    """`index`: under which it is; `newest`: under which it is to be."""

    newest: bytes
    index: bytes
    failures: int
    since: int
    strikes: int
    until: int | None


class CodeAttempts:
    """In the database, so that it does not matter which worker of several is asked."""

    def __init__(self, sealing: Sealing) -> None:
        self._sealing = sealing

    def is_throttled(self, connection: Connection, tenant: str, user: Identifier, now: datetime) -> bool:
        """Is none of his codes looked at just now?"""
        table = CODE_ATTEMPTS.c
        his = self._sealing.indexes(tenant, _USER, indexed_user(user))
        held = select(table.until).where(table.tenant == tenant, table.who_index.in_(his), table.until > stored(now))
        return connection.execute(held.limit(1)).scalar() is not None

    def is_held(self, connection: Connection, tenant: str, user: Identifier, now: datetime) -> bool:
        """As `is_throttled`, in a transaction that writes: what he sent at once waits here for one another."""
        table = CODE_ATTEMPTS.c
        his = self._sealing.indexes(tenant, _USER, indexed_user(user))
        held = select(table.until).where(table.tenant == tenant, table.who_index.in_(his)).with_for_update()
        return any(_holds(until, now) for until in connection.execute(held).scalars())

    def count(self, connection: Connection, tenant: str, user: Identifier, now: datetime) -> Counted:
        """One more wrong code of his, unless so many were counted since it was looked at that it is none of those let
        through."""
        his = self._held_row(connection, tenant, self._sealing.indexes(tenant, _USER, indexed_user(user)), now)
        if _holds(his.until, now):
            return Counted.THROTTLED
        failures, strikes = self._one_more(connection, tenant, his, now)
        if failures >= MOST:
            wait = min(LONGEST_WAIT, SHORTEST_WAIT * 2 ** min(strikes, 16))
            fresh = {"failures": 0, "since": stored(now), "strikes": strikes + 1, "until": stored(now + wait)}
            connection.execute(update(CODE_ATTEMPTS).where(self._here(tenant, his.newest)).values(fresh))
        # After his own: whoever counts takes the rows in this order.
        everybodys = self._held_row(connection, tenant, self._sealing.indexes(tenant, _TENANT, tenant), now)
        all_of_them, _ = self._one_more(connection, tenant, everybodys, now)
        return Counted.ALARMING if all_of_them == ALARM else Counted.COUNTED

    def forget(self, connection: Connection, now: datetime, most: int) -> int:
        """Let go of who has been good for long; how many that were, `most` at most."""
        table = CODE_ATTEMPTS.c
        old = select(table.tenant, table.who_index).where(table.since < stored(now - FORGIVEN - LONGEST_WAIT))
        gone = connection.execute(old.limit(most)).all()
        for row in gone:
            connection.execute(delete(CODE_ATTEMPTS).where(self._here(row.tenant, row.who_index)))
        return len(gone)

    def _held_row(self, connection: Connection, tenant: str, indexes: tuple[bytes, ...], now: datetime) -> _Row:
        """The row, made where there is none. It is the caller's until the transaction ends."""
        table, newest = CODE_ATTEMPTS.c, indexes[0]
        here = (table.tenant == tenant) & (table.who_index.in_(indexes))
        if connection.execute(select(table.who_index).where(here).with_for_update()).first() is None:
            first = {"failures": 0, "since": stored(now), "strikes": 0, "until": None}
            made = insert_into(connection, CODE_ATTEMPTS).values(tenant=tenant, who_index=newest, **first)
            connection.execute(made.on_conflict_do_nothing())
        row = connection.execute(select(CODE_ATTEMPTS).where(here).with_for_update().limit(1)).one()
        return _Row(newest, bytes(row.who_index), row.failures, row.since, row.strikes, row.until)

    def _one_more(self, connection: Connection, tenant: str, row: _Row, now: datetime) -> tuple[int, int]:
        """How many it are in this window, and how often in a row he was throttled."""
        since, until = moment(row.since), row.until
        begins = now - since >= WINDOW
        forgiven = now - (since if until is None else moment(until)) >= FORGIVEN
        failures, strikes = (1 if begins else row.failures + 1), (0 if forgiven else row.strikes)
        fresh = {
            "who_index": row.newest,
            "failures": failures,
            "strikes": strikes,
            "since": stored(now) if begins else row.since,
        }
        connection.execute(update(CODE_ATTEMPTS).where(self._here(tenant, row.index)).values(fresh))
        return failures, strikes

    def _here(self, tenant: str, index: bytes) -> ColumnElement[bool]:
        return (CODE_ATTEMPTS.c.tenant == tenant) & (CODE_ATTEMPTS.c.who_index == index)


def _holds(until: int | None, now: datetime) -> bool:
    return until is not None and until > stored(now)

"""Protocol numbers: one counter for each tenant and year, never twice and rising."""

from __future__ import annotations

from sqlalchemy import Connection

from gateway.core.errors import Conflict
from gateway.core.protocol import MOST, ProtocolNumber
from gateway.storage.tables import PROTOCOL_COUNTERS
from gateway.storage.upserts import insert_into


def next_protocol(connection: Connection, tenant: str, year: int) -> ProtocolNumber:
    """The next number of the tenant's year, within the caller's transaction: it is spent only if that is committed.

    The counter's row stays locked until then, so whoever comes next waits, and numbers rise in the order of commits. Raises
    Conflict after the last of ten digits.
    """
    counters = PROTOCOL_COUNTERS
    insert = insert_into(connection, counters).values(tenant=tenant, year=year, last=1)
    statement = insert.on_conflict_do_update(
        index_elements=[counters.c.tenant, counters.c.year], set_={"last": counters.c.last + 1}
    ).returning(counters.c.last)
    number = connection.execute(statement).scalar_one()
    if number > MOST:
        raise Conflict("protocol_exhausted", f"The protocol numbers of {year} are used up.")
    return ProtocolNumber(year, number)

"""What is different about PostgreSQL's text: it cannot hold the character NUL, which JSON of callers and sources may."""

from __future__ import annotations

from psycopg import Connection
from psycopg.types.string import StrDumper
from sqlalchemy.engine.interfaces import DBAPIConnection


class _WithoutNul(StrDumper):
    def dump(self, obj: str) -> bytes:
        return obj.replace("\0", "").encode()


def leave_out_nul(connection: DBAPIConnection) -> None:
    """From now on texts go to the database without it, wherever they come from; with it, it would refuse the statement."""
    assert isinstance(connection, Connection)
    connection.adapters.register_dumper(str, _WithoutNul)

"""`INSERT … ON CONFLICT`, which both databases have and each spells in a class of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import Connection, Table

if TYPE_CHECKING:
    from sqlalchemy.dialects.postgresql import Insert as PostgresqlInsert
    from sqlalchemy.dialects.sqlite import Insert as SqliteInsert


def insert_into(connection: Connection, table: Table) -> PostgresqlInsert | SqliteInsert:
    """An insert that has `on_conflict_do_nothing` and `on_conflict_do_update`."""
    # Here: a gateway with one database does not keep the other's dialect in memory.
    if connection.dialect.name == "sqlite":
        from sqlalchemy.dialects import sqlite

        return sqlite.insert(table)
    from sqlalchemy.dialects import postgresql

    return postgresql.insert(table)

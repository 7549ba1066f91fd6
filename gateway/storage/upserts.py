"""`INSERT … ON CONFLICT`, which both databases have and each spells in a class of its own."""

from __future__ import annotations

from sqlalchemy import Connection, Table
from sqlalchemy.dialects.postgresql import Insert as PostgresqlInsert
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import Insert as SqliteInsert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert


def insert_into(connection: Connection, table: Table) -> PostgresqlInsert | SqliteInsert:
    """An insert that has `on_conflict_do_nothing` and `on_conflict_do_update`."""
    return sqlite_insert(table) if connection.dialect.name == "sqlite" else postgresql_insert(table)

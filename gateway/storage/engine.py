"""Engines for the two databases: SQLite, embedded, and PostgreSQL. The same SQL runs on both."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Literal

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import ArgumentError
from sqlalchemy.pool import ConnectionPoolEntry, QueuePool

from gateway.core.errors import ConfigurationError, Located

DATABASE = "gateway.db"
"""The embedded database's file in the data folder."""
BUSY = 5.0
"""Seconds that a writer waits for another process's write on SQLite."""
_READERS = 4
_CACHE = 500
"""KiB of SQLite's pages in memory, a connection; the system's own cache has the others. More was not faster: each commit of
another connection empties it."""
_POSTGRESQL = "postgresql+psycopg"
Use = Literal["read", "write", "glance"]
"""`glance`: reading on the event loop, where nothing is waited for."""


def embedded(folder: Path) -> str:
    """The address of the embedded database in the data folder."""
    return str(URL.create("sqlite", database=str(folder / DATABASE)))


def open_engine(address: str, use: Use) -> Engine:
    """The engine for reading or for writing. Connects at its first use.

    `address`: `sqlite:///folder/file.db` or `postgresql://user@host/database`. Raises ConfigurationError for any other.
    """
    url = database_url(address)
    if url.drivername == "sqlite":
        return _sqlite(url, use)
    # Most reads are one statement, or stand on none before it: where they do, a snapshot is asked for (`begin_snapshot`).
    isolation: Literal["AUTOCOMMIT", "READ COMMITTED"] = "READ COMMITTED" if use == "write" else "AUTOCOMMIT"
    size = _READERS if use == "read" else 1
    engine = create_engine(
        url,
        pool_size=size,
        max_overflow=0,
        pool_pre_ping=True,
        isolation_level=isolation,
        hide_parameters=True,
        connect_args={"connect_timeout": int(BUSY), "application_name": "gateway"},
    )
    # The driver is an extra: it is not installed everywhere.
    from gateway.storage.postgresql import leave_out_nul

    @event.listens_for(engine, "connect")
    def connected(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
        leave_out_nul(connection)

    return engine


def begin_snapshot(connection: Connection) -> None:
    """On a connection that reads: until `end_snapshot` every statement sees the same moment."""
    sqlite = connection.dialect.name == "sqlite"
    connection.exec_driver_sql("BEGIN" if sqlite else "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")


def end_snapshot(connection: Connection) -> None:
    connection.exec_driver_sql("COMMIT")


def database_url(address: str) -> URL:
    """Raises ConfigurationError, which never repeats the address: it may hold a password."""
    try:
        url = make_url(address)
    except ArgumentError:
        raise _wrong("The database's address cannot be read.") from None
    if url.drivername == "sqlite" and url.database:
        return url
    if url.drivername in ("postgresql", _POSTGRESQL):
        return url.set(drivername=_POSTGRESQL)
    raise _wrong("This is no database that the gateway knows.")


def is_embedded(address: str) -> bool:
    """Is it the database that the gateway keeps itself, so that nobody else looks after its tables?"""
    return database_url(address).drivername == "sqlite"


def _sqlite(url: URL, use: Use) -> Engine:
    engine = create_engine(
        url,
        poolclass=QueuePool,
        pool_size=_READERS if use == "read" else 1,
        max_overflow=0,
        hide_parameters=True,
        connect_args={"timeout": 0.0 if use == "glance" else BUSY, "check_same_thread": False},
    )

    @event.listens_for(engine, "connect")
    def connected(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
        assert isinstance(connection, sqlite3.Connection)
        # Transactions are begun below, by name: pysqlite's own rules begin one late, or not at all.
        connection.isolation_level = None
        for pragma in _pragmas(use):
            connection.execute(f"PRAGMA {pragma}")

    if use == "write":

        @event.listens_for(engine, "begin")
        def began(connection: object) -> None:
            assert isinstance(connection, Connection)
            # At once, not at the first write: a reader that becomes a writer may find that another was faster.
            connection.exec_driver_sql("BEGIN IMMEDIATE")

    return engine


def _pragmas(use: Use) -> tuple[str, ...]:
    # FULL: what was confirmed is there after a power cut, too; commits are grouped, so it is paid once for many.
    common = (
        "journal_mode = WAL",
        "synchronous = FULL",
        "foreign_keys = ON",
        f"cache_size = -{_CACHE}",
        "temp_store = MEMORY",
    )
    return common if use == "write" else (*common, "query_only = ON")


def _wrong(what: str) -> ConfigurationError:
    sentence = f"{what} Write sqlite:///folder/file.db or postgresql://user@host:5432/database."
    return ConfigurationError([Located("database", 0, 0, sentence)])

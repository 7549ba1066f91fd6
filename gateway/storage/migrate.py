"""Brings the tables up to date, or says that they are not. Alembic is imported only where there is something to do."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, Engine, inspect, text
from sqlalchemy.exc import DBAPIError

from gateway.core.errors import StorageOutdated, StorageUnavailable
from gateway.storage.engine import database_url, open_engine

if TYPE_CHECKING:
    from alembic.config import Config

HEAD = "0001"
"""The newest migration: what this version of the gateway works with."""
_LOCK = 0x6761_7465  # any number that nobody else locks by


def current(address: str) -> str | None:
    """The migration at which the database stands; None for an empty one. Raises StorageUnavailable."""
    engine = _opened(address)
    try:
        with engine.connect() as connection:
            if not inspect(connection).has_table("alembic_version"):
                return None
            return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    except DBAPIError as error:
        raise StorageUnavailable from error
    finally:
        engine.dispose()


def check(connection: Connection) -> None:
    """Are the tables those that this version works with? Raises StorageOutdated."""
    there = inspect(connection).has_table("alembic_version")
    if not there or connection.execute(text("SELECT version_num FROM alembic_version")).scalar() != HEAD:
        raise StorageOutdated


def upgrade(address: str, revision: str = "head") -> None:
    """To `revision`, in one transaction. Processes that start at once wait for one another. Raises StorageUnavailable."""
    from alembic import command

    _run(address, lambda config: command.upgrade(config, revision))


def downgrade(address: str, revision: str) -> None:
    """Back to `revision` (`base`: nothing is left). What the newer tables hold is lost. Raises StorageUnavailable."""
    from alembic import command

    _run(address, lambda config: command.downgrade(config, revision))


def _run(address: str, step: Callable[[Config], None]) -> None:
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).with_name("migrations")).replace("%", "%%"))
    engine = _opened(address)
    try:
        with engine.begin() as connection:
            if connection.dialect.name == "postgresql":
                connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
            config.attributes["connection"] = connection
            step(config)
    except DBAPIError as error:
        raise StorageUnavailable from error
    finally:
        engine.dispose()


def _opened(address: str) -> Engine:
    url = database_url(address)
    if url.drivername == "sqlite" and url.database:
        Path(url.database).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    return open_engine(address, "write")

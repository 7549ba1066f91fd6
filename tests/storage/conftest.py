"""Both databases: whatever is tested here runs on SQLite and on a real PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.storage.database import Database
from gateway.storage.engine import embedded
from gateway.storage.migrate import upgrade
from gateway.storage.sealing import Sealing
from tests.storage.postgresql import Server, postgresql

KEY = bytes(range(32))


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[Server]:
    with postgresql() as server:
        yield server


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_database(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of a database without tables."""
    if request.param == "sqlite":
        return embedded(tmp_path / "data")
    server = request.getfixturevalue("postgresql_server")
    assert isinstance(server, Server)
    return server.new_database()


@pytest.fixture
def address(empty_database: str) -> str:
    """The address of a database with all tables."""
    upgrade(empty_database)
    return empty_database


@pytest.fixture
def database(address: str) -> Iterator[Database]:
    opened = Database(address)
    yield opened
    opened.close()


@pytest.fixture
def sealing() -> Sealing:
    return Sealing([KEY])

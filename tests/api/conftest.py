"""Both databases, for the operations that keep something."""

from tests.storage.conftest import address, empty_database, postgresql_server

__all__ = ["address", "empty_database", "postgresql_server"]

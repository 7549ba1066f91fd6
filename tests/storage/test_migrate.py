"""The tables come, are as the code thinks they are, and go again."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect

from gateway.storage import migrations
from gateway.storage.engine import open_engine
from gateway.storage.migrate import HEAD, current, downgrade, upgrade
from gateway.storage.tables import METADATA


def test_the_newest_migration_is_the_one_that_the_code_works_with() -> None:
    config = Config()
    config.set_main_option("script_location", str(migrations.__path__[0]))
    assert ScriptDirectory.from_config(config).get_heads() == [HEAD]


def test_an_empty_database_is_brought_up_to_date_and_back(empty_database: str) -> None:
    assert current(empty_database) is None
    upgrade(empty_database)
    assert current(empty_database) == HEAD
    upgrade(empty_database)
    downgrade(empty_database, "base")
    engine = open_engine(empty_database, "write")
    assert set(inspect(engine).get_table_names()) <= {"alembic_version"}
    engine.dispose()
    upgrade(empty_database)
    assert current(empty_database) == HEAD


def test_the_migrated_tables_are_those_of_the_code(address: str) -> None:
    engine = open_engine(address, "write")
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), METADATA) == []
        there = set(inspect(connection).get_table_names())
    engine.dispose()
    assert there == set(METADATA.tables) | {"alembic_version"}


def test_processes_that_start_at_once_migrate_once(empty_database: str) -> None:
    with ThreadPoolExecutor(4) as starting:
        list(starting.map(upgrade, [empty_database] * 4))
    assert current(empty_database) == HEAD

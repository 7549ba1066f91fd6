"""What Alembic runs: the migrations, on the connection that `gateway.storage.migrate` has opened and begun."""

from __future__ import annotations

from alembic import context

from gateway.storage.tables import METADATA

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=METADATA,
    # SQLite cannot alter most of a table: Alembic makes a new one and copies.
    render_as_batch=connection.dialect.name == "sqlite",
)
with context.begin_transaction():
    context.run_migrations()

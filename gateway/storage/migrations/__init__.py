"""How the tables came to be as they are; Alembic runs these files, `gateway.storage.migrate` runs Alembic."""

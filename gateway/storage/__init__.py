"""The gateway's own data: contacts, interactions, prospects, audit. SQLAlchemy lives here and nowhere else."""

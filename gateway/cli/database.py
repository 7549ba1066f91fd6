"""`gateway db`: the tables of the gateway's own database."""

from __future__ import annotations

import asyncio
import sys
from dataclasses import asdict
from datetime import datetime, timezone
from typing import Annotated

import typer

from gateway.cli.exits import Exit
from gateway.cli.options import DEFAULT_CONFIG, Config
from gateway.config.gateway_file import load_gateway


def make_db() -> typer.Typer:
    """The group of commands."""
    db = typer.Typer(no_args_is_help=True)
    db.command()(upgrade)
    db.command()(downgrade)
    db.command()(current)
    db.command()(retain)
    db.command()(reseal)
    return db


def upgrade(config: Config = DEFAULT_CONFIG) -> None:
    """Bring the tables up to date. `serve` does it by itself for the embedded database, never for PostgreSQL."""
    from gateway.storage import migrate

    address = _address(config)
    before = migrate.current(address)
    migrate.upgrade(address)
    typer.echo(f"The tables were at {before or 'nothing'}, and are at {migrate.HEAD} now.")


def downgrade(
    revision: Annotated[str, typer.Argument(help="The migration to go back to: 0001, or base for none.")],
    yes: Annotated[
        bool, typer.Option("--yes", help="What the newer tables hold is lost: say that you want it.")
    ] = False,
    config: Config = DEFAULT_CONFIG,
) -> None:
    """Take migrations back, to run an older version of the gateway."""
    from gateway.storage import migrate

    if not yes:
        typer.echo(
            "What only the newer tables hold would be lost. Make a copy of the database, then add --yes.", err=True
        )
        raise typer.Exit(Exit.PROBLEM)
    address = _address(config)
    migrate.downgrade(address, revision)
    typer.echo(f"The tables are at {migrate.current(address) or 'nothing'} now.")


def current(config: Config = DEFAULT_CONFIG) -> None:
    """Show at which migration the tables are. Ends with 1 if this version of the gateway cannot work with them."""
    from gateway.storage import migrate

    there = migrate.current(_address(config))
    typer.echo(f"The tables are at {there or 'nothing'}; this version works with {migrate.HEAD}.")
    if there != migrate.HEAD:
        typer.echo("Run `gateway db upgrade`.", err=True)
        raise typer.Exit(Exit.PROBLEM)


def retain(config: Config = DEFAULT_CONFIG) -> None:
    """Let go now of what is past the days that the tenants' files say (`retention:`). `serve` does it once an hour."""
    from gateway.cli.asked_about import what_is_kept
    from gateway.service.retaining import retain as let_go

    storage, gateway = what_is_kept(config)

    async def all_tenants() -> None:
        try:
            gone = await let_go(gateway.registry.get, storage.retaining, datetime.now(timezone.utc))
        finally:
            await storage.aclose()
        for slug, count in gone.items():
            said = ", ".join(f"{name} {number}" for name, number in asdict(count).items())
            typer.echo(f"{slug}: {said}")
        if not gone:
            typer.echo("No tenant of whom anything is kept says how long (retention: in its file).")

    asyncio.run(all_tenants())


def reseal(config: Config = DEFAULT_CONFIG) -> None:
    """Seal and index everything anew under the newest key, so that the older ones can be taken away. The gateway may serve
    meanwhile, if it was started with the new key. What was killed is begun again."""
    from gateway.cli.asked_about import what_is_kept
    from gateway.storage.resealing import Resealed

    storage, _ = what_is_kept(config)

    def tell(table: str, far: Resealed) -> None:
        if sys.stderr.isatty():
            typer.echo(f"\r{table}: {far.rows} rows, {far.changed} sealed anew", nl=False, err=True)

    async def everything() -> Resealed:
        try:
            return await storage.resealing.reseal(tell)
        finally:
            await storage.aclose()

    done = asyncio.run(everything())
    typer.echo(f"{done.rows} rows were looked at, {done.changed} sealed anew. All are under the newest key.")


def _address(config: Config) -> str:
    from gateway.storage.engine import embedded

    settings = load_gateway(config / "gateway.yaml")
    if settings.contact_base is None:
        typer.echo("gateway.yaml says contact_base.enabled: false, so there is no database.", err=True)
        raise typer.Exit(Exit.PROBLEM)
    given = settings.contact_base.database
    return given.reveal() if given is not None else embedded(settings.data)

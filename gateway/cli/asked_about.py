"""The tenant, or the contact base, that a command was asked about, and what it says where there is none."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from gateway.assembly import Gateway, assemble, open_storage
from gateway.cli.exits import Exit
from gateway.config.gateway_file import load_gateway
from gateway.core.errors import TenantBroken, UnknownTenant
from gateway.service.observer import Silence

if TYPE_CHECKING:
    from gateway.storage.storage import Storage


@contextmanager
def asked_about(gateway: Gateway, tenant: str) -> Iterator[None]:
    """Where there is no such tenant, the command ends so; where its file is wrong, with every problem of it."""
    try:
        yield
    except UnknownTenant:
        typer.echo(f"gateway: there is no tenant '{tenant}'. Known: {', '.join(gateway.registry.slugs())}.", err=True)
        raise typer.Exit(Exit.USAGE) from None
    except TenantBroken:
        raise gateway.problems[tenant] from None


def what_is_kept(config: Path) -> tuple[Storage, Gateway]:
    """The contact base as it is, for those who read it or tidy up. Without one the command ends."""
    settings = load_gateway(config / "gateway.yaml")
    storage = open_storage(settings, prepare=False)
    if storage is None:
        typer.echo("Nothing is kept: there is no database yet, or contact_base.enabled is false.", err=True)
        raise typer.Exit(Exit.PROBLEM)
    return storage, assemble(config, Silence(), settings=settings, storage=storage)

"""`gateway keys`: the API keys of a tenant."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone
from functools import partial
from pathlib import Path
from typing import Annotated, TypeAlias

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from gateway.cli.exits import Exit
from gateway.cli.options import DEFAULT_CONFIG, AsJson, Config
from gateway.config.keys import KeyRing
from gateway.config.registry import SUFFIX
from gateway.core.disclosure import ROLES

TenantOption: TypeAlias = Annotated[str, typer.Option("--tenant", help="The tenant's slug.")]
_now = partial(datetime.now, timezone.utc)


def make_keys() -> typer.Typer:
    """The group of commands."""
    keys = typer.Typer(no_args_is_help=True)
    for command in (create, list_keys, revoke):
        keys.command("list" if command is list_keys else command.__name__)(command)
    return keys


def create(
    tenant: TenantOption,
    role: Annotated[str, typer.Option(help=f"What the key may do: {', '.join(ROLES)}.")],
    name: Annotated[str, typer.Option(help="For people: who uses it.")] = "",
    days: Annotated[int | None, typer.Option(min=1, help="Days until it expires; without it, it does not.")] = None,
    as_json: AsJson = False,
    config: Config = DEFAULT_CONFIG,
) -> None:
    """Create a key and show it once: only its hash is kept."""
    ring = _ring(config, tenant)
    expires = _now() + timedelta(days=days) if days else None
    try:
        key, shown = ring.create(tenant, role, name or role, expires)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None
    if as_json:
        until = expires.isoformat(timespec="seconds") if expires else None
        typer.echo(json.dumps({"id": key.id, "tenant": tenant, "role": role, "expires": until, "key": shown}))
    else:
        typer.echo(f"Key {key.id} of {tenant} ({role}). It is shown this once:\n\n  {shown}\n")


def list_keys(tenant: TenantOption, config: Config = DEFAULT_CONFIG) -> None:
    """List a tenant's keys: never the keys themselves."""
    table = Table()
    for heading in ("id", "name", "role", "created", "expires"):
        table.add_column(heading, overflow="fold", no_wrap=heading in ("id", "role"))
    for key in _ring(config, tenant).list(tenant):
        expires = key.expires.isoformat(timespec="seconds") if key.expires else "never"
        table.add_row(key.id, Text(key.name), key.role, key.created.isoformat(timespec="seconds"), expires)
    Console().print(table)


def revoke(
    tenant: TenantOption,
    key_id: Annotated[str, typer.Argument(help="The key's id, as `gateway keys list` shows it.")],
    config: Config = DEFAULT_CONFIG,
) -> None:
    """Revoke a key. A running gateway takes it up at once."""
    if not _ring(config, tenant).revoke(tenant, key_id):
        typer.echo(f"{tenant} has no key '{key_id}'. See: gateway keys list --tenant {tenant}", err=True)
        raise typer.Exit(Exit.PROBLEM)
    typer.echo(f"Key {key_id} of {tenant} is revoked.")


def _ring(config: Path, tenant: str) -> KeyRing:
    """The keys, those of this tenant readable. A tenant that is gone may have left keys behind."""
    files = [config / folder / f"{tenant}{SUFFIX}" for folder in ("tenants", "keys")]
    if not any(file.is_file() for file in files):
        raise typer.BadParameter(f"there is no tenant '{tenant}': no file {files[0]}", param_hint="--tenant")
    ring = KeyRing(config / "keys", now=_now)
    if tenant in ring.problems:
        raise ring.problems[tenant]
    return ring

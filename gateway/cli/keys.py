"""`gateway keys`: the API keys of a tenant."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone
from functools import partial
from typing import Annotated, TypeAlias

import typer
from rich.console import Console
from rich.table import Table

from gateway.cli.exits import Exit
from gateway.cli.options import DEFAULT_CONFIG, AsJson, Config
from gateway.config.keys import KeyRing
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
    if role not in ROLES:
        raise typer.BadParameter(f"there is no role '{role}'. Known: {', '.join(ROLES)}", param_hint="--role")
    if not (config / "tenants" / f"{tenant}.yaml").is_file():
        raise typer.BadParameter(f"there is no file {config}/tenants/{tenant}.yaml", param_hint="--tenant")
    expires = _now() + timedelta(days=days) if days else None
    key, shown = KeyRing(config / "keys", now=_now).create(tenant, role, name or role, expires)
    if as_json:
        until = expires.isoformat(timespec="seconds") if expires else None
        typer.echo(json.dumps({"id": key.id, "tenant": tenant, "role": role, "expires": until, "key": shown}))
    else:
        typer.echo(f"Key {key.id} of {tenant} ({role}). It is shown this once:\n\n  {shown}\n")


def list_keys(tenant: TenantOption, config: Config = DEFAULT_CONFIG) -> None:
    """List a tenant's keys: never the keys themselves."""
    table = Table("id", "name", "role", "created", "expires")
    for key in KeyRing(config / "keys", now=_now).list(tenant):
        expires = key.expires.isoformat(timespec="seconds") if key.expires else "never"
        table.add_row(key.id, key.name, key.role, key.created.isoformat(timespec="seconds"), expires)
    Console().print(table)


def revoke(
    tenant: TenantOption,
    key_id: Annotated[str, typer.Argument(help="The key's id, as `gateway keys list` shows it.")],
    config: Config = DEFAULT_CONFIG,
) -> None:
    """Revoke a key. A running gateway takes it up at once."""
    if not KeyRing(config / "keys", now=_now).revoke(tenant, key_id):
        typer.echo(f"{tenant} has no key '{key_id}'. See: gateway keys list --tenant {tenant}", err=True)
        raise typer.Exit(Exit.PROBLEM)
    typer.echo(f"Key {key_id} of {tenant} is revoked.")

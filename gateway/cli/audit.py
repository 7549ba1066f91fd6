"""`gateway audit`: who asked for whom, and who changed what."""

from __future__ import annotations

import asyncio
import json
import sys
from datetime import datetime
from typing import Annotated
from zoneinfo import ZoneInfo

import typer
from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table
from rich.text import Text

from gateway.cli.asked_about import asked_about, what_is_kept
from gateway.cli.options import DEFAULT_CONFIG, AsJson, Config
from gateway.core.audit import CONTACT, Action, AuditFilter, AuditLine, Subject, looked_for
from gateway.core.errors import RequestError
from gateway.core.keys import normalise
from gateway.core.tenant import Tenant

WIDEST = 1000
"""Columns of a line."""


def audit(
    tenant: Annotated[str, typer.Option("--tenant", help="The tenant's slug.")],
    since: Annotated[str | None, typer.Option(help="From this moment on, in the tenant's time zone.")] = None,
    until: Annotated[str | None, typer.Option(help="Before this moment.")] = None,
    action: Annotated[str | None, typer.Option(help=f"Of this action only: {', '.join(Action)}.")] = None,
    subject: Annotated[
        str | None,
        typer.Option(
            metavar="FIELD[=VALUE]",
            help="Only where this was searched; without =VALUE it is read from standard input, and stays out of the shell's "
            "history.",
        ),
    ] = None,
    contact: Annotated[str | None, typer.Option(help="Only what concerned this contact: its id.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=100_000, help="Most lines, the newest first.")] = 100,
    as_json: AsJson = False,
    config: Config = DEFAULT_CONFIG,
) -> None:
    """Show who asked for whom, and who changed what. No value is shown, and none is kept: whom you look for is compared by a
    keyed hash."""
    storage, gateway = what_is_kept(config)
    try:
        with asked_about(gateway, tenant):
            found = gateway.registry.get(tenant)
        wanted = _wanted(found, since, until, action, subject, contact)
    except RequestError as error:
        raise typer.BadParameter(str(error), param_hint="--subject") from None

    async def read() -> tuple[AuditLine, ...]:
        try:
            return await storage.audit.read(tenant, wanted, limit)
        finally:
            await storage.aclose()

    lines = asyncio.run(read())
    if as_json:
        typer.echo(json.dumps([_plain(line) for line in lines], ensure_ascii=False, indent=2))
    else:
        _show(lines, ZoneInfo(found.time_zone))


def _wanted(
    tenant: Tenant, since: str | None, until: str | None, action: str | None, subject: str | None, contact: str | None
) -> AuditFilter:
    if action is not None and action not in set(Action):
        raise typer.BadParameter(f"there is no such action. Known: {', '.join(Action)}.", param_hint="--action")
    if subject is not None and contact is not None:
        raise typer.BadParameter("give --subject or --contact, not both")
    subjects: tuple[Subject, ...] | None = None if contact is None else (Subject(CONTACT, contact),)
    if subject is not None:
        name, equals, value = subject.partition("=")
        value = value if equals else sys.stdin.readline().rstrip("\r\n")
        query = normalise(tenant.search_fields, {name: value}, tenant.country)
        subjects = looked_for(query.keys)
    zone = ZoneInfo(tenant.time_zone)
    return AuditFilter(_moment(since, zone, "--since"), _moment(until, zone, "--until"), action, subjects)


def _moment(text: str | None, zone: ZoneInfo, option: str) -> datetime | None:
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter("write 2026-11-22, or 2026-11-22T09:00", param_hint=option) from None
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=zone)


def _show(lines: tuple[AuditLine, ...], zone: ZoneInfo) -> None:
    table = Table(box=SIMPLE, pad_edge=False)
    for heading in ("at", "action", "key", "actor", "kinds", "outcome", "request"):
        table.add_column(heading, no_wrap=True)
    for line in lines:
        at = line.at.astimezone(zone).isoformat(sep=" ", timespec="seconds")
        cells = (line.action, line.key_id, line.actor or "", ", ".join(line.kinds), line.outcome, line.request_id)
        table.add_row(at, *map(Text, cells))
    console = Console()
    # One line each, however narrow the window: whoever searches with grep, or copies a request's id, needs it whole.
    console.width = max(console.width, console.measure(table, options=console.options.update(width=WIDEST)).maximum)
    console.print(table)


def _plain(line: AuditLine) -> dict[str, str | list[str]]:
    plain: dict[str, str | list[str]] = {
        "id": line.id,
        "at": line.at.isoformat(),
        "action": line.action,
        "key": line.key_id,
        "kinds": list(line.kinds),
        "outcome": line.outcome,
        "request_id": line.request_id,
    }
    return plain if line.actor is None else {**plain, "actor": line.actor}

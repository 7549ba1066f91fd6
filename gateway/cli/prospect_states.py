"""`gateway prospects list|settle`: what became of each prospect, and what a person found out of one in doubt."""

from __future__ import annotations

import asyncio
import json
from datetime import datetime
from typing import Annotated
from zoneinfo import ZoneInfo

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from gateway.assembly import utc_now
from gateway.cli.asked_about import asked_about, what_is_kept
from gateway.cli.options import DEFAULT_CONFIG, AsJson, Config
from gateway.core.command import Command
from gateway.core.disclosure import Viewer
from gateway.core.errors import RequestError
from gateway.core.prospect import SETTLED, Prospect, ProspectState
from gateway.service.prospects import ProspectDesk

SETTLER = Viewer(role="loader", key_id="command-line")


def list_prospects(
    tenant: Annotated[str, typer.Option("--tenant", help="The tenant's slug.")],
    state: Annotated[ProspectState | None, typer.Option("--state", help="In this state only.")] = None,
    day: Annotated[
        datetime | None, typer.Option("--date", formats=["%Y-%m-%d"], help="Stored on this day only.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, max=100_000, help="Most lines, the oldest first.")] = 100,
    as_json: AsJson = False,
    config: Config = DEFAULT_CONFIG,
) -> None:
    """List stored prospects by their contacts' ids, with what became of them. Nobody's data are shown."""
    storage, gateway = what_is_kept(config)
    with asked_about(gateway, tenant):
        zone = ZoneInfo(gateway.registry.get(tenant).time_zone)
    stored_on = day.date().isoformat() if day is not None else None

    async def read() -> tuple[Prospect, ...]:
        try:
            return (await storage.prospects.page(tenant, stored_on, state, None, limit)).prospects
        finally:
            await storage.aclose()

    prospects = asyncio.run(read())
    if as_json:
        typer.echo(json.dumps([_plain(one) for one in prospects], ensure_ascii=False, indent=2))
        return
    table = Table("contact", "day", "option", "state", "since", "reason")
    for one in prospects:
        since = one.changed_at.astimezone(zone).isoformat(sep=" ", timespec="seconds")
        table.add_row(*map(Text, (one.contact.id, one.day, one.option, one.state, since, one.reason or "")))
    Console().print(table)


def settle(
    tenant: Annotated[str, typer.Option("--tenant", help="The tenant's slug.")],
    contact: Annotated[str, typer.Option("--contact", help="The id of the prospect's contact, as `list` shows it.")],
    state: Annotated[
        str, typer.Option("--as", help="loaded: the company has him. pending: it has not, send him again. refused.")
    ],
    reason: Annotated[
        str | None, typer.Option(help="Why he was refused. It stands in lists and reports: nobody's data in it.")
    ] = None,
    config: Config = DEFAULT_CONFIG,
) -> None:
    """Say what became of a prospect who is `unknown`: sent, and nobody knows whether he arrived. Look into the company's own
    base first. Ends with 1 where he is not unknown."""
    if state not in SETTLED:
        raise typer.BadParameter(f"write one of {', '.join(SETTLED)}", param_hint="--as")
    storage, gateway = what_is_kept(config)
    desk = ProspectDesk(gateway.registry, gateway.refs(), storage.prospects, utc_now)

    async def write() -> Prospect:
        try:
            return (await desk.settle(Command(tenant, SETTLER), contact, ProspectState(state), reason)).made
        finally:
            await storage.aclose()

    try:
        with asked_about(gateway, tenant):
            settled = asyncio.run(write())
    except RequestError as error:
        raise typer.BadParameter(str(error)) from None
    typer.echo(f"{tenant}: {settled.contact.id} is {settled.state} now.")


def _plain(one: Prospect) -> dict[str, str]:
    plain = {
        "contact": one.contact.id,
        "day": one.day,
        "option": one.option.value,
        "state": one.state.value,
        "since": one.changed_at.isoformat(),
    }
    return plain if one.reason is None else {**plain, "reason": one.reason}

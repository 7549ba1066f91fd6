"""`gateway prospects`: the end of the day, by hand or by the company's own clock."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from typing import Annotated

import msgspec
import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from gateway.assembly import Gateway, assemble, open_storage, prospect_loading
from gateway.cli.asked_about import asked_about
from gateway.cli.exits import Exit
from gateway.cli.options import DEFAULT_CONFIG, AsJson, Config
from gateway.cli.prospect_states import list_prospects, settle
from gateway.config.gateway_file import load_gateway
from gateway.core.command import Command
from gateway.core.disclosure import Viewer
from gateway.core.errors import ContactBaseOff, NoLoading
from gateway.core.prospect import ProspectState
from gateway.core.prospect_load import LoadReport
from gateway.service.observer import Silence
from gateway.service.prospect_loading import Progress as Told

LOADER = Viewer(role="loader", key_id="command-line")


def make_prospects() -> typer.Typer:
    """The group of commands."""
    prospects = typer.Typer(no_args_is_help=True)
    prospects.callback()(_group)
    prospects.command()(load)
    prospects.command("list")(list_prospects)
    prospects.command()(settle)
    return prospects


def _group() -> None:
    """Prospects, whom neither a source nor the contact base knew."""


def load(
    tenant: Annotated[str, typer.Option("--tenant", help="The tenant's slug.")],
    day: Annotated[
        datetime | None,
        typer.Option(
            "--date", formats=["%Y-%m-%d"], help="This day's prospects only; without it today's and what was left over."
        ),
    ] = None,
    as_json: AsJson = False,
    config: Config = DEFAULT_CONFIG,
) -> None:
    """Give the company its prospects, as its file says (`prospects.load`). Interrupted, it goes on where it was.

    Ends with 0 if the company has everybody, with 1 if it does not, or if another load is under way.
    """
    settings = load_gateway(config / "gateway.yaml")
    storage = open_storage(settings, prepare=True)
    if storage is None:
        raise ContactBaseOff
    gateway = assemble(config, Silence(), settings=settings, storage=storage)
    try:
        with asked_about(gateway, tenant), _progress(tenant) as told:
            report = asyncio.run(_load(gateway, tenant, day.date() if day else None, told))
    except NoLoading as error:
        typer.echo(f"gateway: {error}", err=True)
        raise typer.Exit(Exit.USAGE) from None
    if as_json:
        sys.stdout.buffer.write(msgspec.json.format(msgspec.json.encode(report_body(report)), indent=2) + b"\n")
    else:
        _show(Console(), report)
    raise typer.Exit(Exit.OK if report.whole else Exit.PROBLEM)


async def _load(gateway: Gateway, tenant: str, day: date | None, told: Told) -> LoadReport:
    storage = gateway.storage
    assert storage is not None
    try:
        return await prospect_loading(gateway, storage).load(Command(tenant, LOADER), day, told)
    finally:
        await gateway.tenants.aclose()
        await storage.aclose()


@contextmanager
def _progress(tenant: str) -> Iterator[Told]:
    """A bar on standard error where that is a terminal; else nothing is told."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield lambda done, of: None
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task(tenant, total=None)
        yield lambda done, of: bar.update(task, completed=done, total=of)


def report_body(report: LoadReport) -> dict[str, object]:
    """As JSON: contacts' ids and counts, nothing of anybody."""
    batches = [
        {
            "batch": one.batch.id,
            "day": one.batch.day,
            "target": one.batch.target,
            "file": one.file,
            "counts": {state.value: count for state, count in one.counts.items()},
            "stopped": one.stopped,
            "report": one.report,
        }
        for one in report.batches
    ]
    return {"tenant": report.tenant, "day": report.day, "batches": batches, "unknown": report.unknown}


def _show(console: Console, report: LoadReport) -> None:
    if not report.batches:
        console.print(f"{report.tenant}, {report.day}: no prospect waits.", highlight=False)
    for one in report.batches:
        told = ", ".join(f"{one.count(state)} {state}" for state in ProspectState if one.count(state))
        where = one.file or one.batch.target
        console.print(
            f"{report.tenant}, {one.batch.day}: {told or 'nobody'} -> {where}", highlight=False, soft_wrap=True
        )
        if one.stopped is not None:
            console.print(f"  stopped: {one.stopped}", highlight=False, soft_wrap=True)
        if one.report is not None:
            console.print(f"  whom the company does not have, and why: {one.report}", highlight=False, soft_wrap=True)
    if report.unknown:
        console.print(
            f"  {report.unknown} unknown: sent, and nobody knows whether they arrived. The next load looks for them; "
            "`gateway prospects list --state unknown` shows who they are, and `settle` ends the doubt.",
            highlight=False,
            soft_wrap=True,
        )

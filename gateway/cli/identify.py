"""`gateway identify`: one identification from the command line, as a person or a program reads it."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence
from typing import Annotated

import msgspec
import typer
from rich.console import Console

from gateway.api.answers import encode
from gateway.api.facts_presenting import actions_body, facts_body
from gateway.api.presenting import identification_body
from gateway.assembly import assemble, open_storage
from gateway.cli.asked_about import asked_about
from gateway.cli.exits import OF_OUTCOME, Exit
from gateway.cli.options import DEFAULT_CONFIG, AsJson, Config
from gateway.cli.show import show
from gateway.config.gateway_file import load_gateway
from gateway.core.disclosure import Viewer
from gateway.core.errors import RequestError
from gateway.core.reception import Reception
from gateway.service.observer import Silence
from gateway.service.request import IdentifyRequest

OPERATOR = Viewer(role="operator", key_id="command-line")
"""Who has the configuration's secrets may see what an operator sees."""


def identify(
    tenant: Annotated[str, typer.Argument(help="The tenant's slug.")],
    search: Annotated[
        list[str] | None, typer.Option("--search", "-s", metavar="FIELD=VALUE", help="A search field; may be repeated.")
    ] = None,
    text: Annotated[str | None, typer.Option("--text", "-t", help="One box: any text, its kind is found out.")] = None,
    explain: Annotated[bool, typer.Option("--explain", help="Show what was asked of whom and what came.")] = False,
    limit: Annotated[int | None, typer.Option(min=1, help="Most matches.")] = None,
    as_json: AsJson = False,
    config: Config = DEFAULT_CONFIG,
) -> None:
    """Ask who somebody is. Ends with 0 found, 3 several, 4 not found, 5 unavailable, 2 for a wrong question."""
    if bool(search) == bool(text):
        raise typer.BadParameter("give either --search FIELD=VALUE (once or more) or --text, not both")
    request = IdentifyRequest(tenant, OPERATOR, search_of(search) if search else None, text, limit, explain)
    settings = load_gateway(config / "gateway.yaml")
    gateway = assemble(config, Silence(), settings=settings, storage=open_storage(settings, prepare=False))

    async def ask() -> Reception:
        try:
            return await gateway.identifier.receive(request)
        finally:
            await gateway.tenants.aclose()
            if gateway.storage is not None:
                await gateway.storage.aclose()

    try:
        with asked_about(gateway, tenant):
            reception = asyncio.run(ask())
    except RequestError as error:
        typer.echo(f"gateway: {error}", err=True)
        raise typer.Exit(Exit.USAGE) from None
    result = reception.identification
    assert result is not None
    if as_json:
        body = identification_body(
            result,
            tenant=tenant,
            request_id="",
            sealer=gateway.refs(),
            explain=explain,
            facts=facts_body(reception.facts),
            actions=actions_body(reception.actions),
        )
        sys.stdout.buffer.write(msgspec.json.format(encode(body), indent=2) + b"\n")
    else:
        show(Console(), result, reception.actions)
    raise typer.Exit(OF_OUTCOME[result.outcome])


def search_of(pairs: Sequence[str]) -> dict[str, str]:
    search: dict[str, str] = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals or name in search:
            raise typer.BadParameter("a search field is written FIELD=VALUE, each field once")
        search[name] = value
    return search

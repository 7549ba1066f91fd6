"""`gateway try`: a tenant's file and a recorded reply, shown step by step, without any network."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.console import Console

from gateway.adapter import SourceRef
from gateway.cli.exits import Exit
from gateway.cli.identify import search_of
from gateway.cli.options import AsJson
from gateway.cli.sample import ContentType, SampleFile, Status, pairs_of, recorded
from gateway.cli.show_trial import masked_trial, show_trial, trial_body
from gateway.config.source_builder import Adapters
from gateway.config.without_sources import read_tenant
from gateway.core.errors import Misconfigured, RequestError
from gateway.core.model import SourceOutcome
from gateway.core.tenant import Tenant, Upstream
from gateway.plugins import discover
from gateway.service.trying import Trial, try_reply
from gateway.upstream.recorded import RecordedWire

_ALSO = (
    "gateway: every request was answered with the sample. If this source is asked for something else first, such as its "
    'WSDL, record that too and give it with --also PATH=FILE (--also "?wsdl=service.wsdl").'
)


def try_sample(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="The tenant's YAML, wherever it lies.")],
    sample: SampleFile,
    source: Annotated[
        str | None, typer.Option(help="The source that answers so; needed where there are several.")
    ] = None,
    search: Annotated[
        list[str] | None,
        typer.Option(
            "--search", "-s", metavar="FIELD=VALUE", help="What was asked; verified as always. May be repeated."
        ),
    ] = None,
    content_type: ContentType = "",
    status: Status = 200,
    also: Annotated[
        list[str] | None,
        typer.Option(metavar="PATH=FILE", help="The reply to requests for another path (a WSDL). May be repeated."),
    ] = None,
    config: Annotated[
        Path | None,
        typer.Option("--config", "-c", file_okay=False, exists=True, help="The folder that wsdl/<tenant>/ is in."),
    ] = None,
    masked: Annotated[bool, typer.Option("--masked", help="Mask every value.")] = False,
    as_json: AsJson = False,
) -> None:
    """Take a recorded reply through a tenant's adapter, mapping and verification. Nothing is connected to; secrets need not
    be there. Ends with 0 customers, 4 the reply says nobody, 5 it is a failure."""
    reply = recorded(sample, content_type, status)
    others = {path: recorded(Path(name)) for path, name in pairs_of(also or (), "--also is written PATH=FILE").items()}
    plugins = discover()
    tenant = read_tenant(file, Adapters(plugins.types, plugins.broken), config)
    name = _chosen(tenant, source)

    def wire(_: SourceRef, upstream: Upstream) -> RecordedWire:
        return RecordedWire(upstream, reply, others)

    try:
        trial = asyncio.run(try_reply(tenant, name, plugins.types, wire, search_of(search) if search else {}))
    except RequestError as error:
        typer.echo(f"gateway: {error}", err=True)
        raise typer.Exit(Exit.USAGE) from None
    if masked:
        trial = masked_trial(trial)
    if as_json:
        sys.stdout.buffer.write(msgspec.json.format(msgspec.json.encode(trial_body(trial)), indent=2) + b"\n")
    else:
        show_trial(Console(), trial)
        if trial.code == Misconfigured.code and not others:
            typer.echo(_ALSO, err=True)
    raise typer.Exit(_exit(trial))


def _chosen(tenant: Tenant, source: str | None) -> str:
    known = ", ".join(tenant.sources)
    if source is None and len(tenant.sources) == 1:
        return next(iter(tenant.sources))
    if source is None:
        raise typer.BadParameter(f"the tenant has several sources; name one with --source: {known}")
    if source not in tenant.sources:
        raise typer.BadParameter(f"there is no source '{source}'. Known: {known}", param_hint="--source")
    return source


def _exit(trial: Trial) -> Exit:
    outcome = trial.answer.outcome if trial.answer is not None else None
    if trial.code is not None or outcome not in (None, SourceOutcome.FOUND, SourceOutcome.NOT_FOUND):
        return Exit.UNAVAILABLE
    return Exit.OK if trial.records else Exit.NOT_FOUND

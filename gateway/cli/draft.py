"""`gateway draft`: a recorded reply to the YAML of a tenant that reads it."""

from __future__ import annotations

import sys
from collections.abc import Mapping as Map
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from gateway.adapter import Drafter, Found, Json, Reply, SourceError
from gateway.cli.exits import Exit
from gateway.cli.sample import ContentType, SampleFile, Status, pairs_of, recorded
from gateway.config.file_model import SLUG
from gateway.core.errors import EmptyReply, UnexpectedStatus
from gateway.drafting.keys import KeyChoice
from gateway.drafting.proposal import Field, Proposal, propose
from gateway.drafting.tenant_text import Frame, source_text, tenant_text
from gateway.plugins import discover

_MOST_RECORDS = 500
_LOCALES = {"BR": "pt-BR", "PT": "pt-BR", "TR": "tr"}


def draft(
    adapter: Annotated[str, typer.Option(help="The adapter; `gateway plugins` lists them.")],
    sample: SampleFile,
    content_type: ContentType = "",
    status: Status = 200,
    ask: Annotated[
        list[str] | None,
        typer.Option(
            metavar="PARAMETER=FIELD", help="How the source is asked: its parameter for a search field. Repeated."
        ),
    ] = None,
    unique_key: Annotated[
        str | None, typer.Option(help="Which of those that can be the unique key shall be it.")
    ] = None,
    nobody: Annotated[
        Path | None, typer.Option(exists=True, dir_okay=False, help="The recorded reply about somebody unknown.")
    ] = None,
    nobody_status: Annotated[int, typer.Option(min=100, max=599, help="That reply's status.")] = 200,
    tenant: Annotated[str, typer.Option(help="The tenant's slug.")] = "acme",
    source: Annotated[str, typer.Option(help="What to call the source.")] = "crm",
    url: Annotated[str | None, typer.Option(help="The source's address.")] = None,
    country: Annotated[str, typer.Option(help="The tenant's country, in two capital letters.")] = "BR",
    only_source: Annotated[bool, typer.Option("--only-source", help="Only the block of the source.")] = False,
    output: Annotated[Path | None, typer.Option("--output", "-o", dir_okay=False, help="Write a new file.")] = None,
) -> None:
    """Propose a tenant's YAML from a recorded reply: settings and mapping, with a reason for each line. No value of the
    sample is in it. Ends with 4 if the reply says nobody, 5 if it is a failure."""
    drafter = _drafter(adapter)
    _check_names(tenant, source, country, output)
    reply = recorded(sample, content_type, status)
    locale = _LOCALES.get(country, "en")
    proposal = propose(_read(drafter, reply).records, country=country, locale=locale)
    fields, asked = _asked(proposal, pairs_of(ask or (), "--ask is written PARAMETER=FIELD"))
    remarks, signs = _nobody(drafter, nobody, nobody_status)
    frame = Frame(tenant, source, adapter, country, locale, url, not ask, remarks, signs)
    write = source_text if only_source else tenant_text
    text = write(frame, proposal, fields, _key(proposal, unique_key), drafter.settings(reply, asked))
    if output is None:
        sys.stdout.write(text)
    else:
        output.write_text(text, encoding="utf-8")
        typer.echo(f"Wrote {output} from {proposal.records} record(s). Next: gateway try {output} --sample {sample}")


def _drafter(adapter: str) -> Drafter:
    plugins = discover()
    offered = plugins.types.get(adapter)
    if offered is not None and offered.drafter is not None:
        return offered.drafter
    able = ", ".join(sorted(name for name, one in plugins.types.items() if one.drafter is not None))
    why = plugins.broken.get(adapter) or ("" if offered is None else "It reads no samples.")
    told = f"no draft can be made for '{adapter}'. {why}".strip()
    raise typer.BadParameter(f"{told} These can: {able}", param_hint="--adapter")


def _check_names(tenant: str, source: str, country: str, output: Path | None) -> None:
    if not SLUG.fullmatch(tenant):
        raise typer.BadParameter("small letters, digits and hyphens", param_hint="--tenant")
    if not SLUG.fullmatch(source) or not source[0].isalpha():
        raise typer.BadParameter("small letters, digits and hyphens, a letter first", param_hint="--source")
    if not (len(country) == 2 and country.isascii() and country.isupper()):
        raise typer.BadParameter("two capital letters: BR, TR, ES", param_hint="--country")
    if output is not None and output.exists():
        raise typer.BadParameter(f"{output} is there already; name a new file", param_hint="--output")


def _read(drafter: Drafter, reply: Reply) -> Found:
    try:
        found = drafter.read(reply, limit=_MOST_RECORDS)
    except SourceError as error:
        typer.echo(f"gateway: this reply is a failure ({error.code}). {error}", err=True)
        raise typer.Exit(Exit.UNAVAILABLE) from None
    if not found.records:
        typer.echo("gateway: this reply says that the source knows nobody. Record one about somebody.", err=True)
        raise typer.Exit(Exit.NOT_FOUND)
    for warning in found.warnings:
        typer.echo(f"warning: {warning}", err=True)
    return found


def _asked(proposal: Proposal, asked: Map[str, str]) -> tuple[Sequence[Field], Map[str, str]]:
    """The search fields that the source is asked with, and its parameter for each."""
    known = {field.name: field for field in proposal.fields}
    if not known:
        raise typer.BadParameter(
            "no field of the sample is one that people are searched by (CPF, name, e-mail, phone, code)"
        )
    for name in asked.values():
        if name not in known:
            raise typer.BadParameter(f"the sample gives no search field '{name}'. It gives: {', '.join(known)}")
    if asked:
        wanted = dict.fromkeys(asked.values())
        return [known[name] for name in wanted], asked
    # One field for both documents, and one for each of them, are alternatives.
    fields = [field for field in proposal.fields if field.kind != "cpf_cnpj" or "cpf" not in known]
    guessed: dict[str, str] = {}
    for field in fields:
        guessed.setdefault(field.at, field.name)
    return fields, guessed


def _key(proposal: Proposal, wanted: str | None) -> KeyChoice:
    if not proposal.keys:
        raise typer.BadParameter(
            "no field of the sample can be a unique key: it has no document, e-mail address or code"
        )
    if wanted is None:
        return proposal.keys[0]
    for key in proposal.keys:
        if key.name == wanted:
            return key
    known = ", ".join(key.name for key in proposal.keys)
    raise typer.BadParameter(f"'{wanted}' cannot be the unique key. These can: {known}", param_hint="--unique-key")


def _nobody(drafter: Drafter, file: Path | None, status: int) -> tuple[list[str], list[Json]]:
    """Remarks about how the source says nobody, and the signs that it needs."""
    if file is None:
        return ["TODO nobody: record a reply about somebody unknown too, and try it: it must say NOBODY"], []
    try:
        found = drafter.read(recorded(file, status=status), limit=_MOST_RECORDS)
    except EmptyReply:
        return ["an empty body is how this source says nobody"], ["empty_body"]
    except UnexpectedStatus:
        return [f"HTTP {status} is how this source says nobody"], [{"status": status}]
    except SourceError as error:
        return [f"TODO nobody: the reply about somebody unknown is a failure ({error.code}): {error}"], []
    if found.records:
        return ["TODO nobody: the reply about somebody unknown has records: how is it told from the others?"], []
    return ["the reply about somebody unknown is understood as nobody: it needs no sign"], []

"""`gateway soap inspect` and `gateway soap pin`: what a WSDL offers, and a copy of it to serve from."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterator, Sequence
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import typer

from gateway.adapter import Desk, Misconfigured, SourceError, Unreachable
from gateway_soap.description import Description, Offered, Place
from gateway_soap.documents import Documents, fetch, from_folder, from_source
from gateway_soap.fields import Leaf, Schemas
from gateway_soap.pin import write_pinned
from gateway_soap.proposal import Asked, source_yaml
from gateway_soap.settings import SoapSettings

_SHOWN = 12
"""Fields of each operation in the list of all."""
_LONGEST = 60.0
"""Seconds for a WSDL with all that it imports."""
_PRIVATE = "This address lies in a private network. Allow it with --network, as in --network 10.0.0.0/8."
Network = Annotated[
    list[str] | None,
    typer.Option("--network", metavar="CIDR", help="A private network to be reached; may be repeated."),
]
Config = Annotated[
    Path, typer.Option("--config", "-c", envvar="GATEWAY_CONFIG", file_okay=False, help="The configuration folder.")
]


def commands(desk: Desk) -> tuple[Callable[..., None], ...]:
    """The commands of this plugin."""

    def inspect(
        wsdl: Annotated[str, typer.Argument(metavar="WSDL", help="A file, or an http or https address.")],
        operation: Annotated[str | None, typer.Option(help="Show this operation alone, with all its fields.")] = None,
        service: Annotated[str | None, typer.Option(help="Where several services have it.")] = None,
        port: Annotated[str | None, typer.Option(help="Where several ports have it.")] = None,
        write: Annotated[
            Path | None, typer.Option(dir_okay=False, help="Write the YAML of a source to this new file.")
        ] = None,
        network: Network = None,
    ) -> None:
        """List what a WSDL offers: services, ports, operations, fields in and out. With --operation also a source's YAML."""
        with _told():
            documents = asyncio.run(_opened(desk, wsdl, network or []))
            offered = documents.description.offered()
            schemas = Schemas(documents)
            if operation is None:
                if write is not None:
                    raise typer.BadParameter("name the operation to write a source for", param_hint="--operation")
                typer.echo("\n".join(_listed(offered, schemas)))
                return
            chosen = documents.description.choose(Place(operation, service, port))
            text = source_yaml(_asked(wsdl, documents.description, chosen, schemas))
            if write is None:
                typer.echo("\n".join([*_in_full(chosen, schemas), "", text.rstrip()]))
            elif write.exists():
                raise typer.BadParameter(f"{write} is there already; name a new file", param_hint="--write")
            else:
                write.write_text(text, encoding="utf-8")
                typer.echo(f"Wrote {write}. Go through it, then put it into the tenant's file: gateway check")

    def pin(
        tenant: Annotated[str, typer.Argument(help="The tenant's slug.")],
        source: Annotated[str, typer.Argument(help="The source, whose settings.wsdl says where its WSDL is.")],
        config: Config = Path("config"),
    ) -> None:
        """Save a source's WSDL and all that it imports in config/wsdl/<tenant>/, with references rewritten, so that serving
        fetches nothing. It is fetched with the source's own credentials."""
        with _told():
            files = asyncio.run(_pinned(desk, config, tenant, source))
        for file in files:
            typer.echo(f"Wrote {file}")
        typer.echo(f"Now let the source use it: wsdl: {{file: {files[0].name}}}")

    return inspect, pin


class _told:  # noqa: N801  # reads as a word where it is used
    """Says a failure in one sentence and ends with 1."""

    def __enter__(self) -> None: ...

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        if isinstance(error, SourceError):
            told = _PRIVATE if error.code == "destination_refused" else str(error)
            typer.echo(f"gateway: {told}", err=True)
            raise typer.Exit(1) from None


async def _opened(desk: Desk, wsdl: str, networks: Sequence[str]) -> Documents:
    if urlsplit(wsdl).scheme not in ("http", "https"):
        return from_folder(Path(wsdl))
    async with desk.wire(wsdl, networks) as wire:
        return await _in_time(from_source(wsdl, wire, wsdl))


async def _pinned(desk: Desk, config: Path, tenant: str, source: str) -> list[Path]:
    async with desk.source(config, tenant, source) as (settings, context):
        if not isinstance(settings, SoapSettings):
            raise Misconfigured(f"The source '{source}' is not of the adapter soap, so it has no WSDL.")
        documents = await _in_time(fetch(settings.wsdl, context))
    documents.description.offered()
    return write_pinned(documents, desk.files(config, tenant), source)


async def _in_time(fetching: Coroutine[object, object, Documents]) -> Documents:
    """A wire has no time-out of its own. Raises Unreachable."""
    try:
        async with asyncio.timeout(_LONGEST):
            return await fetching
    except TimeoutError:
        raise Unreachable(
            f"The WSDL did not come whole within {_LONGEST:.0f} seconds. Try again, or save it and name the file."
        ) from None


# ---------------------------------------------------------------------------------------------- what is shown


def _listed(offered: Sequence[Offered], schemas: Schemas) -> Iterator[str]:
    place = ""
    for one in offered:
        here = f"{one.service} / {one.port}  (SOAP {one.version})"
        if here != place:
            yield from ([""] if place else [])
            yield here
            place = here
        yield f"  {one.name}  ({_style(one)})"
        yield f"    in:  {_short(*schemas.leaves(one.asks or (), _SHOWN))}"
        yield f"    out: {_short(*schemas.leaves(one.answers or (), _SHOWN))}"


def _in_full(one: Offered, schemas: Schemas) -> Iterator[str]:
    yield f"{one.name}  at {one.service} / {one.port}  (SOAP {one.version}, {_style(one)})"
    for title, parts in (("in", one.asks), ("SOAP headers", one.headers), ("out", one.answers)):
        leaves, more = schemas.leaves(parts or ())
        if leaves or title != "SOAP headers":
            yield f"{title}:"
            yield from (f"  {leaf.path}  {leaf.type}{_marks(leaf)}" for leaf in leaves)
            yield from (["  …"] if more else [])


def _style(one: Offered) -> str:
    return f"{one.style}/{'encoded' if one.encoded else 'literal'}"


def _short(leaves: Sequence[Leaf], more: bool) -> str:
    return ", ".join([*(leaf.path for leaf in leaves), *(["…"] if more else [])]) or "nothing"


def _marks(leaf: Leaf) -> str:
    words = [*(["optional"] if leaf.optional else []), *(["repeated"] if leaf.several else [])]
    return f"  ({', '.join(words)})" if words else ""


def _asked(wsdl: str, description: Description, chosen: Offered, schemas: Schemas) -> Asked:
    at_source = urlsplit(wsdl).scheme in ("http", "https")
    where = {"path": wsdl} if at_source else {"file": Path(wsdl).name}
    inputs, outputs = schemas.leaves(chosen.asks or ())[0], schemas.leaves(chosen.answers or ())[0]
    try:
        ambiguous = description.choose(Place(chosen.name)) != chosen
    except Misconfigured:
        ambiguous = True
    return Asked(where, chosen.address, chosen, ambiguous, inputs, outputs)

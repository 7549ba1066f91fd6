"""A SOAP adapter on a real wire, and sources that answer whatever a test wants."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from ipaddress import ip_network
from pathlib import Path

import pytest
from gateway_soap import ADAPTER
from gateway_soap.settings import SoapSettings

from gateway.adapter import Adapter, AdapterContext, Json, Misconfigured, Nobody, Query, SearchKey, SourceRef
from gateway.core.redaction import Secret
from gateway.core.tenant import BasicAuth, Upstream
from gateway.testing.exchange import SourceRequest, SourceResponse
from gateway.testing.source import Behaviour, Peer, Source, answering, running_source, written
from gateway.upstream import open_wire
from tests.examples.soap_service import WSDL

PARAMETERS = {f"filtro.{name}": f"{{{name}}}" for name in ("cpf", "cnpj", "nome", "email", "telefone", "codigo")}
READS = frozenset({"codigo", "nome", "cpf", "email", "telefones", "telefone", "nascimento", "plano", "endereco"})
SOAP_11, SOAP_12 = "http://schemas.xmlsoap.org/soap/envelope/", "http://www.w3.org/2003/05/soap-envelope"
NO_SIGNS = Nobody()
REF = SourceRef("acme", "servico")


def settings(**more: Json) -> SoapSettings:
    """Settings as the gateway reads them from YAML; by default those of the example service, its WSDL from disk."""
    given: Mapping[str, Json] = {
        "wsdl": {"file": str(WSDL)},
        "operation": "BuscarCliente",
        "parameters": PARAMETERS,
        **more,
    }
    return SoapSettings.model_validate_json(json.dumps(given))


def upstream_at(url: str, password: str = "senha") -> Upstream:
    return Upstream(url=url, auth=BasicAuth("gw", Secret(password)), networks=(ip_network("127.0.0.0/8"),))


def context_at(url: str) -> AdapterContext:
    """For what does not ask the source."""
    return AdapterContext(REF, open_wire(REF, upstream_at(url)), NO_SIGNS, READS, url)


@asynccontextmanager
async def adapter_at(
    url: str,
    given: SoapSettings | None = None,
    *,
    password: str = "senha",
    nobody: Nobody = NO_SIGNS,
    reads: frozenset[str] = READS,
    lists: frozenset[str] = frozenset(),
) -> AsyncIterator[Adapter]:
    """An adapter over a wire of its own; by default with the example service's settings."""
    wire = open_wire(REF, upstream_at(url, password))
    adapter = ADAPTER.create(given or settings(), AdapterContext(REF, wire, nobody, reads, url, lists))
    try:
        yield adapter
    finally:
        await adapter.aclose()
        await wire.aclose()


@asynccontextmanager
async def adapter_answered(
    body: str | bytes,
    given: SoapSettings | None = None,
    *,
    status: int = 200,
    content_type: str = "text/xml; charset=utf-8",
    nobody: Nobody = NO_SIGNS,
    reads: frozenset[str] = READS,
    lists: frozenset[str] = frozenset(),
) -> AsyncIterator[Adapter]:
    """An adapter whose source answers everything alike."""
    content = body if isinstance(body, bytes) else body.encode()
    response = SourceResponse(content, status, {"Content-Type": content_type})
    async with (
        running_source(answering(response)) as source,
        adapter_at(source.url, given, nobody=nobody, reads=reads, lists=lists) as adapter,
    ):
        yield adapter


def query(**values: str) -> Query:
    """Search field = value, as the source wants it."""
    return Query(tuple(SearchKey(field, field, value) for field, value in values.items()))


def envelope(content: str, namespace: str = SOAP_11) -> str:
    return f'<e:Envelope xmlns:e="{namespace}"><e:Header/><e:Body>{content}</e:Body></e:Envelope>'


def response(content: str) -> str:
    """The example operation's answer around something."""
    return envelope(f'<BuscarClienteResponse xmlns="urn:example:clientes">{content}</BuscarClienteResponse>')


async def misconfigured(url: str = "http://127.0.0.1:9", *, given: SoapSettings) -> str:
    """What a lookup says."""
    async with adapter_at(url, given) as adapter:
        with pytest.raises(Misconfigured) as caught:
            await adapter.lookup(query(codigo="7"), limit=5)
        return str(caught.value)


def showing(documents: dict[str, str | SourceResponse]) -> Behaviour:
    """A source that shows documents by their targets and answers every POST."""

    async def behave(request: SourceRequest, peer: Peer) -> None:
        shown = documents.get(request.target, "") if request.method == "GET" else ANSWER
        due = shown if isinstance(shown, SourceResponse) else SourceResponse(shown.encode(), 200 if shown else 404)
        await peer.send(written(due))

    return behave


def targets(source: Source) -> list[str]:
    return [f"{request.method} {request.target}" for request in source.requests]


def saved(folder: Path, name: str, text: str) -> str:
    """A file for settings.wsdl.file."""
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return str(path)


def names(records: Sequence[Mapping[str, Json]]) -> list[Json]:
    return [record.get("nome") for record in records]


def sent_body(source: Source) -> str:
    """What was posted last."""
    return [request for request in source.requests if request.method == "POST"][-1].body.decode()


TEXT = WSDL.read_text(encoding="utf-8")
ANSWER = response("<lista><cliente><codigo>7</codigo><nome>Ana</nome></cliente></lista>")

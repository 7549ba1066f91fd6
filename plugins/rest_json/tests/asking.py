"""An adapter of this plugin on a real wire, before a source that answers what a function says."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from ipaddress import ip_network

import pytest
from gateway_rest_json import REST_JSON
from pydantic import JsonValue

from gateway.adapter import Adapter, AdapterContext, Found, Json, Nobody, Query, SearchKey, SourceError, SourceRef
from gateway.core.tenant import Upstream
from gateway.testing import SourceRequest, SourceResponse
from gateway.testing.source import Peer, Source, running_source, written
from gateway.upstream import open_wire

CPF = "12345678909"
NO_SIGNS = Nobody()
REF = SourceRef("acme", "api")


def query(**values: str) -> Query:
    """A query for these search fields, as `consult` would hand it over."""
    return Query(tuple(SearchKey(field, "code", value) for field, value in values.items()))


ASKED = query(cpf=CPF)


def said(document: Json, status: int = 200, **headers: str) -> SourceResponse:
    fields = {name.replace("_", "-"): value for name, value in headers.items()}
    return SourceResponse(json.dumps(document).encode(), status, {"content-type": "application/json", **fields})


@asynccontextmanager
async def adapter_before(
    answer: Callable[[SourceRequest], SourceResponse], settings: JsonValue, nobody: Nobody = NO_SIGNS
) -> AsyncIterator[tuple[Adapter, Source]]:
    """The adapter, and the source on loopback that it asks. The source's base address is `/api`."""

    async def behave(request: SourceRequest, peer: Peer) -> None:
        await peer.send(written(answer(request)))

    async with running_source(behave) as source:
        address = f"{source.url}/api"
        wire = open_wire(REF, Upstream(address, networks=(ip_network("127.0.0.0/8"),)))
        model = REST_JSON.settings.model_validate_json(json.dumps(settings))
        adapter = REST_JSON.create(model, AdapterContext(REF, wire, nobody, address=address))
        try:
            yield adapter, source
        finally:
            await adapter.aclose()
            await wire.aclose()
        assert not source.problems


async def looked_up(
    answer: Callable[[SourceRequest], SourceResponse],
    settings: JsonValue,
    *,
    nobody: Nobody = NO_SIGNS,
    asked: Query = ASKED,
    limit: int = 10,
) -> tuple[Found, list[SourceRequest]]:
    """What one lookup gives, and the requests that it sent."""
    async with adapter_before(answer, settings, nobody) as (adapter, source):
        return await adapter.lookup(asked, limit=limit), source.requests


async def failing(
    answer: Callable[[SourceRequest], SourceResponse],
    settings: JsonValue,
    *,
    nobody: Nobody = NO_SIGNS,
    asked: Query = ASKED,
    limit: int = 10,
) -> tuple[SourceError, list[SourceRequest]]:
    """The failure of one lookup, and the requests that it sent. Its text holds nothing of the question."""
    async with adapter_before(answer, settings, nobody) as (adapter, source):
        with pytest.raises(SourceError) as raised:
            await adapter.lookup(asked, limit=limit)
        text = str(raised.value)
        assert not any(key.value in text for key in asked.keys)
        return raised.value, source.requests

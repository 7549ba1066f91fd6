"""An adapter of this plugin on a real wire."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from ipaddress import ip_network

from gateway_xml_get import ADAPTER
from gateway_xml_get.settings import XmlGetSettings

from gateway.adapter import Adapter, AdapterContext, Json, Nobody, Query, SearchKey, SourceRef
from gateway.core.redaction import Secret
from gateway.core.tenant import BasicAuth, Upstream
from gateway.upstream import open_wire

REF = SourceRef("acme", "crm")
NO_SIGNS = Nobody()


def query(**values: str) -> Query:
    """A query for these search fields, as `consult` would hand it over."""
    return Query(tuple(SearchKey(field, "code", value) for field, value in values.items()))


@asynccontextmanager
async def adapter_at(
    url: str,
    settings: Mapping[str, Json],
    *,
    password: str = "senha",
    nobody: Nobody = NO_SIGNS,
    reads: frozenset[str] = frozenset(),
) -> AsyncIterator[Adapter]:
    """An adapter for the page at `url`, whose user is `gw`."""
    upstream = Upstream(url=url, auth=BasicAuth("gw", Secret(password)), networks=(ip_network("127.0.0.0/8"),))
    wire = open_wire(REF, upstream)
    made = XmlGetSettings.model_validate_json(json.dumps(settings))
    adapter = ADAPTER.create(made, AdapterContext(REF, wire, nobody, reads))
    try:
        yield adapter
    finally:
        await adapter.aclose()
        await wire.aclose()

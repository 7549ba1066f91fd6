"""Where the customers are in an API's recorded reply, before anybody has configured it."""

from __future__ import annotations

import json
from collections.abc import Mapping

import pytest
from gateway_rest_json import REST_JSON

from gateway.adapter import AdapterContext, Json, Nobody, Query, Reply, SearchKey, SourceError, SourceRef
from gateway.core.tenant import Upstream
from gateway.upstream.recorded import RecordedWire

ANA: Mapping[str, Json] = {"nome": "Ana", "email": "ana@example.com", "cpf": "12345678909"}
BIA: Mapping[str, Json] = {"nome": "Bia", "email": "bia@example.com", "cpf": "01234567890"}

REPLIES: dict[str, tuple[Json, str | None, int]] = {
    "a list": ([ANA, BIA], None, 2),
    "a list in a wrapper": ({"data": [ANA, BIA]}, "data", 2),
    "a list in two wrappers": ({"data": {"items": [ANA, BIA]}, "total": 2}, "data.items", 2),
    "a list beside a shorter one": ({"links": [{"rel": "self"}], "clientes": [ANA, BIA]}, "clientes", 2),
    "a member with a hyphen": ({"search-results": [ANA, BIA]}, '"search-results"', 2),
    "a customer alone": (ANA, None, 1),
    "a customer with a list of telephones": ({**ANA, "fones": [{"numero": "1"}, {"numero": "2"}]}, "@", 1),
}


@pytest.mark.anyio
@pytest.mark.parametrize("form", REPLIES)
async def test_the_customers_are_found_and_the_settings_read_them_again(form: str) -> None:
    document, path, count = REPLIES[form]
    reply = Reply(200, {}, json.dumps(document).encode())
    drafter = REST_JSON.drafter
    assert drafter is not None
    found = drafter.read(reply, limit=10)
    assert len(found.records) == count
    settings = {line.name: line.value for line in drafter.settings(reply, {"q": "nome"})}
    assert settings.get("records") == path
    made = REST_JSON.settings.model_validate_json(json.dumps(settings))
    wire = RecordedWire(Upstream("https://source.invalid"), reply)
    adapter = REST_JSON.create(made, AdapterContext(SourceRef("a", "b"), wire, Nobody()))
    again = await adapter.lookup(Query((SearchKey("nome", "name", "Ana"),)), limit=10)
    assert list(again.records) == list(found.records)


@pytest.mark.parametrize("body", [b"", b"<html></html>", b"{", b'{"items": [], "error": "x"}'])
def test_a_failure_is_no_sample(body: bytes) -> None:
    drafter = REST_JSON.drafter
    assert drafter is not None
    with pytest.raises(SourceError):
        drafter.read(Reply(200, {}, body), limit=10)

"""The example REST API, asked through the adapter as a tenant would."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from ipaddress import ip_network

import pytest
from gateway_rest_json import REST_JSON

from gateway.adapter import (
    AdapterContext,
    Found,
    HtmlPage,
    Json,
    Misconfigured,
    Nobody,
    Query,
    RateLimited,
    SearchKey,
    ServerError,
    SourceError,
    SourceRef,
    Truncated,
    Unauthorised,
    UnexpectedStatus,
)
from gateway.core.redaction import Secret
from gateway.core.tenant import BearerAuth, Upstream
from gateway.upstream import open_wire
from tests.examples.people import NOBODY_CPF
from tests.examples.rest_api import RETRY_AFTER, ApiServer

pytestmark = pytest.mark.anyio

TOKEN = "example-token"
BY_QUERY: Json = {
    "path": "v1/customers",
    "query": {"document": "{cpf}", "email": "{email}", "phone": "{fone}", "name": "{nome}", "order": "{pedido}"},
    "limit_parameter": "limit",
    "records": "data.items",
}
BY_CODE: Json = {"path": "v1/customers/{codigo}", "records": "@"}
BY_POST: Json = {
    "method": "POST",
    "path": "v1/search",
    "body": {"filter": {"document": "{cpf}", "name": "{nome}"}},
    "records": "data.items",
}


@pytest.fixture
def api() -> Iterator[ApiServer]:
    with ApiServer(("127.0.0.1", 0), TOKEN) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            server.released.set()
            thread.join()


async def lookup(
    api: ApiServer, settings: Json, values: dict[str, str], *, token: str = TOKEN, limit: int = 50
) -> Found:
    source = SourceRef("acme", "api")
    upstream = Upstream(
        f"http://127.0.0.1:{api.server_address[1]}",
        auth=BearerAuth(Secret(token)),
        networks=(ip_network("127.0.0.0/8"),),
    )
    wire = open_wire(source, upstream)
    model = REST_JSON.settings.model_validate_json(json.dumps(settings))
    adapter = REST_JSON.create(model, AdapterContext(source, wire, Nobody(statuses=frozenset({404}))))
    try:
        return await adapter.lookup(Query(tuple(SearchKey(name, "code", values[name]) for name in values)), limit=limit)
    finally:
        await wire.aclose()


def codes(found: Found) -> list[Json]:
    return [record["codigo"] for record in found.records]


@pytest.mark.parametrize(
    ("settings", "values", "expected"),
    [
        (BY_QUERY, {"cpf": "01234567890"}, ["1002"]),
        (BY_QUERY, {"cpf": "12ABC34501DE35"}, ["1025"]),
        (BY_QUERY, {"email": "SEBASTIAO@example.com"}, ["1032"]),
        (BY_QUERY, {"fone": "+5511912345678"}, ["1009", "1011", "1014"]),
        (BY_QUERY, {"nome": "maria da silva"}, ["1009", "1010"]),
        (BY_QUERY, {"nome": "\u0130pek"}, ["1007"]),
        (BY_QUERY, {"nome": "maria da silva", "cpf": "16899535009"}, ["1010"]),
        (BY_QUERY, {"pedido": "C/100%"}, ["1034"]),
        (BY_QUERY, {"cpf": NOBODY_CPF}, []),
        (BY_CODE, {"codigo": "PED-2024-00017"}, ["PED-2024-00017"]),
        (BY_CODE, {"codigo": "C/100%"}, []),
        (BY_POST, {"nome": '"Marinho" O\'Hara <filho>'}, ["1034"]),
        (BY_POST, {"cpf": NOBODY_CPF}, []),
    ],
)
async def test_the_api_finds_its_customers(
    api: ApiServer, settings: Json, values: dict[str, str], expected: list[str]
) -> None:
    assert codes(await lookup(api, settings, values)) == expected


async def test_a_code_that_leads_to_another_path_is_not_sent(api: ApiServer) -> None:
    with pytest.raises(Misconfigured, match="would lead to another path"):
        await lookup(api, BY_CODE, {"codigo": "../search"})


async def test_a_record_is_shaped_as_the_apis_documentation_says(api: ApiServer) -> None:
    (record,) = (await lookup(api, BY_QUERY, {"cpf": "40414243480"})).records
    assert record["telefones"] == ["+5561999991212", "+556133224455", "+5561988881313"]
    assert record["plano"] == {"nome": "Ouro"}
    assert record["nascimento"] == "1979-05-17"


async def test_a_document_may_be_shown_in_part_although_it_is_found_whole(api: ApiServer) -> None:
    (record,) = (await lookup(api, BY_QUERY, {"cpf": "29979245883"})).records
    assert record["documento"] == "***.792.458-**"


async def test_a_filter_that_is_ignored_gives_everybody_up_to_the_limit(api: ApiServer) -> None:
    found = await lookup(
        api, {"path": "everybody", "query": {"cpf": "{cpf}"}, "records": "data.items"}, {"cpf": "1"}, limit=5
    )
    assert len(found.records) == 5
    assert found.truncated


@pytest.mark.parametrize(
    ("path", "error"),
    [("login", HtmlPage), ("broken", Truncated), ("down", ServerError), ("v1/customers", UnexpectedStatus)],
)
async def test_what_goes_wrong_there_is_told_apart(api: ApiServer, path: str, error: type[SourceError]) -> None:
    with pytest.raises(error):
        await lookup(api, {"path": path, "query": {"unknown": "{cpf}"}}, {"cpf": "1"})


async def test_a_wrong_token_is_refused(api: ApiServer) -> None:
    with pytest.raises(Unauthorised):
        await lookup(api, BY_QUERY, {"cpf": "1"}, token="another")


async def test_the_wait_is_given_with_the_429(api: ApiServer) -> None:
    with pytest.raises(RateLimited) as raised:
        await lookup(api, {"path": "limited", "query": {"cpf": "{cpf}"}}, {"cpf": "1"})
    assert raised.value.retry_after == RETRY_AFTER


async def test_a_customer_that_is_added_is_found(api: ApiServer) -> None:
    added: Json = {
        "method": "POST",
        "path": "v1/customers",
        "body": {"nome": "{nome}", "documento": "{cpf}"},
        "records": "@",
    }
    (answer,) = (await lookup(api, added, {"nome": "Nova Pessoa", "cpf": NOBODY_CPF})).records
    assert codes(await lookup(api, BY_QUERY, {"cpf": NOBODY_CPF})) == [answer["codigo"]]

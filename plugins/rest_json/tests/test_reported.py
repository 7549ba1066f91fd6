"""Errors that come with HTTP 200: said by path, by JSON-RPC and by GraphQL; each a failure, none an absence."""

from __future__ import annotations

import json

import pytest
from gateway_rest_json.settings import RestJsonSettings
from pydantic import JsonValue, ValidationError

from gateway.adapter import (
    Json,
    Nobody,
    RateLimited,
    ReportedError,
    ServerError,
    SourceError,
    Unauthorised,
    Unreadable,
    compile_path,
)
from gateway.core.nobody import PathSign
from plugins.rest_json.tests.asking import CPF, failing, looked_up, said

pytestmark = pytest.mark.anyio

ANA: Json = {"nome": "Ana"}


def settings(*errors: JsonValue) -> JsonValue:
    return {"path": "c/{cpf}", "records": "items", "errors": list(errors)}


@pytest.mark.parametrize(
    ("sign", "document"),
    [
        ({"path": "erro"}, {"erro": f"CPF {CPF} inv\u00e1lido", "items": [ANA]}),
        ({"path": "erro"}, {"erro": {"codigo": 7}, "items": [ANA]}),
        ({"path": "codigo", "equals": [99, 98]}, {"codigo": 98, "items": [ANA]}),
        ({"path": "codigo", "equals": "99"}, {"codigo": 99, "items": [ANA]}),
        ({"path": "ok", "equals": False}, {"ok": False, "items": [ANA]}),
        ({"path": "situacao", "equals": "N\u00c3O"}, {"situacao": "nao", "items": [ANA]}),
        ({"path": "status", "unless": ["OK", "sucesso"]}, {"status": "parcial", "items": [ANA]}),
        ({"path": "status", "unless": ["OK"]}, {"items": [ANA]}),
        ({"path": "status", "unless": ["OK"]}, {"status": {"x": 1}, "items": [ANA]}),
        ({"path": "avisos[?nivel=='erro'].texto"}, {"avisos": [{"nivel": "erro", "texto": "x"}], "items": []}),
    ],
)
async def test_a_sign_fails_the_lookup_even_beside_records(sign: JsonValue, document: Json) -> None:
    error, _ = await failing(lambda _: said(document), settings(sign))
    assert isinstance(error, ReportedError)
    assert "The source's reply reports a failure at errors (" in str(error)


@pytest.mark.parametrize(
    ("sign", "document"),
    [
        ({"path": "erro"}, {"erro": None, "items": [ANA]}),
        ({"path": "erro"}, {"erro": "0", "items": [ANA]}),
        ({"path": "erro"}, {"erro": [], "items": [ANA]}),
        ({"path": "erro"}, {"items": [ANA]}),
        ({"path": "codigo", "equals": 99}, {"codigo": 0, "items": [ANA]}),
        ({"path": "codigo", "equals": 99}, {"items": [ANA]}),
        ({"path": "status", "unless": "ok"}, {"status": "OK", "items": [ANA]}),
    ],
)
async def test_without_the_sign_it_is_an_answer(sign: JsonValue, document: Json) -> None:
    found, _ = await looked_up(lambda _: said(document), settings(sign))
    assert list(found.records) == [ANA]


@pytest.mark.parametrize(
    ("means", "error"),
    [("unauthorised", Unauthorised), ("rate_limited", RateLimited), ("server_error", ServerError)],
)
async def test_a_sign_may_mean_what_a_status_would(means: str, error: type[SourceError]) -> None:
    raised, _ = await failing(lambda _: said({"erro": "x"}), settings({"path": "erro", "means": means}))
    assert type(raised) is error
    assert "errors (erro)" in str(raised)


async def test_what_means_nobody_is_asked_before_what_means_failure() -> None:
    nobody = Nobody(paths=(PathSign("erro.codigo", "404", compile_path("erro.codigo").read),))
    found, _ = await looked_up(lambda _: said({"erro": {"codigo": 404}}), settings({"path": "erro"}), nobody=nobody)
    assert not found.records


@pytest.mark.parametrize(
    "document",
    [
        {"jsonrpc": "2.0", "id": 1, "error": {"code": -32000, "message": f"no {CPF}"}},
        {"jsonrpc": "2.0", "id": 1, "error": {"code": -32000}, "result": [ANA]},
        {"data": {"customers": [ANA]}, "errors": [{"message": "timeout"}]},
        {"data": None, "errors": [{"message": "timeout", "path": ["customers"]}]},
        {"errors": [{"status": "503", "title": "x"}]},
    ],
)
@pytest.mark.parametrize("records", [None, "data.customers", "result"])
async def test_json_rpc_and_graphql_failures_need_no_sign(document: Json, records: str | None) -> None:
    given: JsonValue = {"method": "POST", "body": {"cpf": "{cpf}"}, "records": records}
    error, _ = await failing(lambda _: said(document), given)
    assert isinstance(error, ReportedError)
    assert "Its text is not shown" in str(error)


async def test_json_rpc_without_an_error_is_an_answer() -> None:
    given: JsonValue = {"method": "POST", "body": {"params": {"cpf": "{cpf}"}}, "records": "result"}
    found, _ = await looked_up(lambda _: said({"jsonrpc": "2.0", "id": 1, "error": None, "result": []}), given)
    assert not found.records
    raised, _ = await failing(lambda _: said({"jsonrpc": "2.0", "id": 1, "result": None}), given)
    assert isinstance(raised, Unreadable)


@pytest.mark.parametrize(
    ("sign", "says"),
    [
        ({"path": "a", "equals": "1", "unless": "2"}, "write one of the two"),
        ({"path": "a", "means": "nobody"}, "Input should be 'reported_error'"),
        ({"path": "$.a"}, "This is JSONPath"),
        ({"equals": "1"}, "Field required"),
    ],
)
def test_a_sign_that_cannot_be_meant_is_refused(sign: JsonValue, says: str) -> None:
    with pytest.raises(ValidationError, match=says.replace("$", r"\$")):
        RestJsonSettings.model_validate_json(json.dumps(settings(sign)))

"""What comes back: found, nobody, or a failure that says what to change. Never a failure taken for nobody."""

from __future__ import annotations

import json
from contextlib import AsyncExitStack
from ipaddress import ip_network

import pytest
from gateway_rest_json import REST_JSON
from pydantic import JsonValue

from gateway.adapter import (
    Adapter,
    AdapterContext,
    EmptyReply,
    Found,
    HtmlPage,
    Json,
    Misconfigured,
    Nobody,
    Query,
    RateLimited,
    ReportedError,
    SearchKey,
    ServerError,
    SourceError,
    SourceRef,
    TooLarge,
    Truncated,
    Unauthorised,
    UnexpectedStatus,
    Unreachable,
    Unreadable,
    compile_path,
)
from gateway.core.nobody import PathSign
from gateway.core.tenant import Upstream
from gateway.testing import SourceResponse
from gateway.testing.source import answering, raw, running_source
from gateway.upstream import open_wire

pytestmark = pytest.mark.anyio

CPF = "12345678909"
QUERY = Query((SearchKey("cpf", "cpf", CPF),))
NO_SIGNS = Nobody()
PAGE = b"<!DOCTYPE html><html><body>Entrar</body></html>"
ANA: dict[str, Json] = {"nome": "Ana", "cpf": "01234567890"}


async def adapter_for(
    stack: AsyncExitStack, response: SourceResponse | bytes, nobody: Nobody, given: dict[str, JsonValue]
) -> Adapter:
    behaviour = raw(response, closing=True) if isinstance(response, bytes) else answering(response)
    source = await stack.enter_async_context(running_source(behaviour))
    wire = open_wire(SourceRef("acme", "api"), Upstream(source.url, networks=(ip_network("127.0.0.0/8"),)))
    stack.push_async_callback(wire.aclose)
    model = REST_JSON.settings.model_validate_json(json.dumps({"path": "c/{cpf}", **given}))
    return REST_JSON.create(model, AdapterContext(SourceRef("acme", "api"), wire, nobody))


async def lookup(
    response: SourceResponse | bytes, nobody: Nobody = NO_SIGNS, limit: int = 10, **given: JsonValue
) -> Found:
    async with AsyncExitStack() as stack:
        adapter = await adapter_for(stack, response, nobody, given)
        return await adapter.lookup(QUERY, limit=limit)


def said(document: Json, status: int = 200) -> SourceResponse:
    return SourceResponse(json.dumps(document).encode(), status, {"content-type": "application/json"})


# ---------------------------------------------------------------------------------------------- found


async def test_a_customer_is_returned_as_the_source_wrote_it() -> None:
    record: Json = {"nome": "Jo\u00e3o", "plano": {"nome": None}, "fones": ["1", "2"], "saldo": 1.0, "E-mail": "None"}
    found = await lookup(said({"data": {"items": [record]}}), records="data.items")
    assert list(found.records) == [record]
    assert not found.truncated
    assert not found.warnings


async def test_one_object_is_one_customer() -> None:
    assert list((await lookup(said(ANA), records="@")).records) == [ANA]


@pytest.mark.parametrize(("came", "kept", "truncated"), [(2, 2, False), (3, 3, False), (4, 3, True), (50, 3, True)])
async def test_the_limit_is_kept_and_said(came: int, kept: int, truncated: bool) -> None:
    found = await lookup(said([{"id": number} for number in range(came)]), limit=3)
    assert [record["id"] for record in found.records] == list(range(kept))
    assert found.truncated is truncated


async def test_a_repaired_encoding_is_a_warning() -> None:
    body = '[{"nome": "Jo\u00e3o"}]'.encode("latin-1")
    found = await lookup(SourceResponse(body, 200, {"content-type": "application/json; charset=iso-8859-1"}))
    assert found.records[0]["nome"] == "Jo\u00e3o"
    assert "iso-8859-1" in found.warnings[0]


# ---------------------------------------------------------------------------------------------- nobody


@pytest.mark.parametrize(
    ("response", "nobody"),
    [
        (said([]), Nobody()),
        (said({"data": []}), Nobody()),
        (SourceResponse(b"", 404), Nobody(statuses=frozenset({404}))),
        (SourceResponse(PAGE, 404), Nobody(statuses=frozenset({404}))),
        (SourceResponse(b"", 204), Nobody(statuses=frozenset({204}))),
        (SourceResponse(b""), Nobody(empty_body=True)),
        (said({"message": "Cliente n\u00e3o encontrado"}), Nobody(texts=("cliente nao encontrado",))),
        (said({"total": 0, "items": None}), Nobody(paths=(PathSign("total", "0", compile_path("total").read),))),
        (said(None), Nobody(paths=(PathSign("@", "null", compile_path("@").read),))),
    ],
)
async def test_nobody_is_an_empty_list_where_the_source_says_so(response: SourceResponse, nobody: Nobody) -> None:
    found = await lookup(response, nobody)
    assert list(found.records) == []
    assert not found.truncated


# ---------------------------------------------------------------------------------------------- failures


@pytest.mark.parametrize(
    ("response", "error", "says"),
    [
        (SourceResponse(b"", 404), UnexpectedStatus, "HTTP 404. If that is how it says nobody, add {status: 404}"),
        (said({"error": "not found"}, 404), UnexpectedStatus, "HTTP 404"),
        (said({"error": "bad request"}, 400), UnexpectedStatus, "HTTP 400"),
        (SourceResponse(b"", 204), EmptyReply, "add empty_body under nobody:"),
        (SourceResponse(b" \r\n"), EmptyReply, "add empty_body under nobody:"),
        (SourceResponse(PAGE), HtmlPage, "a login form or an error page"),
        (SourceResponse(PAGE, 503), ServerError, "HTTP 503"),
        (said([], 500), ServerError, "HTTP 500"),
        (said([], 202), UnexpectedStatus, "HTTP 202"),
        (said([], 206), UnexpectedStatus, "HTTP 206"),
        (said([], 401), Unauthorised, "Check upstream.auth"),
        (said([], 403), Unauthorised, "Check upstream.auth"),
        (said([], 429), RateLimited, "asked us to slow down (429)"),
        (SourceResponse(b"<clientes/>"), Unreadable, "answered with XML or HTML where JSON was due"),
        (SourceResponse(b"OK"), Unreadable, "is not JSON from line 1, column 1 on"),
        (SourceResponse(b'[{"nome": "Ana"'), Truncated, "stops before its JSON is whole"),
        (SourceResponse(b"[" * 70 + b"]" * 70), TooLarge, "nests deeper than 64 levels"),
        (said(None), Unreadable, "The reply is null. That is no definite no."),
        (said("nobody"), Unreadable, "is a single value and not an object"),
        (said([None]), Unreadable, "is a list of which not every item is an object"),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n[{", Truncated, "ended before it was whole"),
        (b"", Unreachable, "No connection to the source, or it broke"),
    ],
)
async def test_everything_else_is_a_failure_and_never_nobody(
    response: SourceResponse | bytes, error: type[SourceError], says: str
) -> None:
    with pytest.raises(error) as raised:
        await lookup(response)
    assert says in str(raised.value)
    assert CPF not in str(raised.value)


async def test_an_error_document_with_200_is_no_nobody() -> None:
    with pytest.raises(ReportedError) as raised:
        await lookup(said({"error": "ORA-01017"}), records="data.items")
    assert "'error' in it reports a failure" in str(raised.value)
    assert "ORA" not in str(raised.value)


@pytest.mark.parametrize(
    ("document", "error", "says"),
    [
        (
            {"data": {"items": []}, "errors": [{"message": "timeout of 12345678909"}]},
            ReportedError,
            "reports a failure under 'errors'",
        ),
        (
            {"success": False, "message": "base indispon\u00edvel", "data": {"items": []}},
            ReportedError,
            "'success' in it",
        ),
        ({"data": {"items": [], "hasMore": True}}, Unreadable, "lists nobody and says that there are more"),
        ({"data": {"items": []}, "total": 3}, Unreadable, "lists nobody and says that there are more"),
    ],
)
async def test_an_empty_list_is_no_definite_no_where_the_reply_speaks_against_it(
    document: Json, error: type[SourceError], says: str
) -> None:
    with pytest.raises(error) as raised:
        await lookup(said(document), records="data.items")
    assert says in str(raised.value)
    assert CPF not in str(raised.value)


async def test_a_failure_that_is_configured_to_mean_nobody_means_nobody() -> None:
    signs = Nobody(paths=(PathSign("error.code", "NOT_FOUND", compile_path("error.code").read),))
    document: Json = {"success": False, "error": {"code": "NOT_FOUND"}, "data": {"items": []}}
    assert not (await lookup(said(document), signs, records="data.items")).records


@pytest.mark.parametrize("beside", [{"hasMore": True}, {"total": 40}, {"next": "/clientes?page=2"}])
async def test_a_page_of_a_longer_list_is_cut(beside: dict[str, Json]) -> None:
    assert (await lookup(said({"items": [ANA], **beside}), records="items")).truncated
    assert not (await lookup(said({**ANA, **beside}), records="@")).truncated


async def test_a_total_does_not_count_what_the_path_left_out() -> None:
    document: Json = {"total": 2, "items": [{**ANA, "ativo": False}]}
    assert not (await lookup(said(document), records="items[?ativo]")).records


async def test_the_wait_that_a_source_asks_for_is_passed_on() -> None:
    with pytest.raises(RateLimited) as raised:
        await lookup(SourceResponse(b"", 429, {"retry-after": "30"}))
    assert raised.value.retry_after == 30.0


async def test_a_sign_in_the_document_wins_over_a_missing_list() -> None:
    signs = Nobody(paths=(PathSign("status", "none", compile_path("status").read),))
    found = await lookup(said({"status": "none", "data": {"items": [ANA]}}), signs, records="data.items")
    assert list(found.records) == []


async def test_a_request_that_cannot_be_sent_names_the_fields_alone() -> None:
    with pytest.raises(Misconfigured) as raised:
        await lookup(said([]), path="", query={"q": "{cpf}{nome}"})
    assert "cpf alone" in str(raised.value)
    assert CPF not in str(raised.value)


# ---------------------------------------------------------------------------------------------- check


async def check(response: SourceResponse | bytes, **given: JsonValue) -> None:
    async with AsyncExitStack() as stack:
        adapter = await adapter_for(stack, response, Nobody(), given)
        await adapter.check()


@pytest.mark.parametrize("status", [200, 204, 400, 404, 405, 422])
async def test_a_source_is_well_if_its_bare_address_answers_anything_but_a_refusal(status: int) -> None:
    await check(SourceResponse(b"", status))


@pytest.mark.parametrize("status", [200, 204])
async def test_a_check_path_is_well_with_2xx(status: int) -> None:
    await check(SourceResponse(b"up", status), check_path="status")


@pytest.mark.parametrize(
    ("response", "given", "error"),
    [
        (SourceResponse(b"", 401), {}, Unauthorised),
        (SourceResponse(b"", 403), {}, Unauthorised),
        (SourceResponse(b"", 503), {}, ServerError),
        (SourceResponse(b"", 429), {}, RateLimited),
        (SourceResponse(b"", 404), {"check_path": "status"}, UnexpectedStatus),
        (SourceResponse(PAGE), {"check_path": "status"}, HtmlPage),
        (b"", {}, Unreachable),
    ],
)
async def test_a_source_that_is_not_well_fails_its_check(
    response: SourceResponse | bytes, given: dict[str, JsonValue], error: type[SourceError]
) -> None:
    with pytest.raises(error):
        await check(response, **given)

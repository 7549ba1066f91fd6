"""What goes out to the source: the fitting request, each value in its place and nowhere else."""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import AsyncExitStack
from ipaddress import ip_network
from urllib.parse import parse_qsl, unquote

import anyio
import pytest
from gateway_rest_json import REST_JSON
from hypothesis import example, given
from hypothesis import strategies as st
from pydantic import JsonValue

from gateway.adapter import AdapterContext, Misconfigured, Nobody, Query, SearchKey, SourceRef
from gateway.core.tenant import Upstream
from gateway.testing import SourceRequest, SourceResponse
from gateway.testing.source import answering, running_source
from gateway.upstream import open_wire

LIMIT = 20
STRENGTH = ("cpf", "codigo", "email", "nome")
AWKWARD = "a\"b'c{nome}}{{/../%2e%2F&x=1;y\\u0022\\ <>#?+ \u00e7\u00e3"
PLAIN = st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"])
VALUES = (st.text(PLAIN) | st.text('"\\{}[]:,&=%+/?#.; nome')).filter(bool)


def query_of(values: dict[str, str]) -> Query:
    """Strongest key first, as the gateway orders them."""
    return Query(tuple(SearchKey(field, "code", values[field]) for field in STRENGTH if field in values))


async def ask_each(questions: Sequence[dict[str, str]], given: dict[str, JsonValue]) -> list[SourceRequest]:
    async with AsyncExitStack() as stack:
        source = await stack.enter_async_context(running_source(answering(SourceResponse(b"[]"))))
        wire = open_wire(SourceRef("acme", "api"), Upstream(f"{source.url}/api", networks=(ip_network("127.0.0.0/8"),)))
        stack.push_async_callback(wire.aclose)
        adapter = REST_JSON.create(
            REST_JSON.settings.model_validate_json(json.dumps(given)),
            AdapterContext(SourceRef("acme", "api"), wire, Nobody()),
        )
        for values in questions:
            await adapter.lookup(query_of(values), limit=LIMIT)
        return list(source.requests)


def sent(values: dict[str, str], /, **given: JsonValue) -> SourceRequest:
    """The one request that a lookup of `values` sends."""
    (request,) = anyio.run(ask_each, [values], given)
    return request


def refused(values: dict[str, str], /, **given: JsonValue) -> str:
    with pytest.raises(Misconfigured) as raised:
        sent(values, **given)
    return str(raised.value)


# ---------------------------------------------------------------------------------------------- values in their place


@given(VALUES.filter(lambda value: "." not in value and "%" not in value))
@example(AWKWARD.replace("..", "").replace("%2e", ""))
@example("a/b?c#d e.f&g%2Fh")
@example("{email}")
def test_a_value_never_leaves_its_segment_of_the_path(value: str) -> None:
    request = sent({"nome": value}, path="people/{nome}/detail", query={"v": "1"})
    path, _, query = request.target.partition("?")
    assert [unquote(part) for part in path.split("/")] == ["", "api", "people", value, "detail"]
    assert query == "v=1"


@pytest.mark.parametrize(
    "value", [".", "..", "../../admin", "%2e%2E", "a/..", "..\\x", "%252e%252e%252fadmin", "x%2f..%2fy", AWKWARD]
)
def test_a_value_cannot_climb_out_of_the_path(value: str) -> None:
    assert "would lead to another path" in refused({"nome": value}, path="people/{nome}/detail")


@given(VALUES, VALUES)
@example(AWKWARD, AWKWARD)
@example("{email}", "{nome}")
def test_a_value_never_leaves_its_parameter(nome: str, email: str) -> None:
    request = sent(
        {"nome": nome, "email": email},
        path="people",
        query={"filter": "n eq {nome}", "a&b": "<{email}>{nome}", "z": "1 &2"},
    )
    path, _, query = request.target.partition("?")
    assert path == "/api/people"
    assert parse_qsl(query, keep_blank_values=True, strict_parsing=True) == [
        ("filter", f"n eq {nome}"),
        ("a&b", f"<{email}>{nome}"),
        ("z", "1 &2"),
    ]


@given(st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), min_size=1))
@example('a"{nome}b: c;,{x}')
def test_a_value_never_leaves_its_header(value: str) -> None:
    request = sent({"cpf": value}, headers={"X-Document": "doc={cpf};"})
    assert request.headers["x-document"] == f"doc={value};"
    assert request.target == "/api"


@pytest.mark.parametrize("value", ["1\r\nX-Admin: 1", "1\n", "1\0"])
def test_a_value_cannot_begin_another_header(value: str) -> None:
    said = refused({"cpf": value}, headers={"X-Document": "{cpf}"})
    assert "x-document" in said.lower()
    assert "admin" not in said.lower()


@given(VALUES)
@example(AWKWARD)
def test_a_value_never_leaves_its_place_in_a_json_body(value: str) -> None:
    request = sent({"nome": value}, method="POST", path="search", body={"filter": {"name": "{nome}", "all": True}})
    assert request.method == "POST"
    assert request.headers["content-type"] == "application/json"
    assert request.headers["accept"] == "application/json"
    assert json.loads(request.body) == {"filter": {"name": value, "all": True}}
    assert request.target == "/api/search"


@given(VALUES)
@example(AWKWARD)
def test_a_value_never_leaves_its_place_in_a_form(value: str) -> None:
    request = sent({"nome": value}, method="POST", path="search", form={"name": "{nome}", "all": "1"})
    assert request.headers["content-type"] == "application/x-www-form-urlencoded"
    assert parse_qsl(request.body.decode(), strict_parsing=True) == [("name", value), ("all", "1")]


# ---------------------------------------------------------------------------------------------- one request


def test_a_parameter_without_its_value_is_left_out() -> None:
    query: JsonValue = {"document": "{cpf}", "email": "{email}", "fixed": "1"}
    assert sent({"email": "x"}, query=query).target == "/api?email=x&fixed=1"
    assert sent({"cpf": "1", "email": "x"}, query=query).target == "/api?document=1&email=x&fixed=1"


def test_the_limit_is_told_where_the_source_takes_it_and_one_more_is_asked_for() -> None:
    request = sent({"cpf": "1"}, query={"document": "{cpf}"}, limit_parameter="pageSize")
    assert request.query() == {"document": "1", "pageSize": str(LIMIT + 1)}


def test_headers_of_the_settings_replace_the_usual_ones() -> None:
    request = sent(
        {"cpf": "1"},
        method="POST",
        body={"d": "{cpf}"},
        headers={"accept": "application/vnd.acme+json", "Content-Type": "application/vnd.acme+json"},
    )
    assert request.headers["accept"] == "application/vnd.acme+json"
    assert request.headers["content-type"] == "application/vnd.acme+json"


# ---------------------------------------------------------------------------------------------- several requests

BY_CPF: JsonValue = {"path": "by-cpf/{cpf}"}
BY_CODE: JsonValue = {"path": "one", "query": {"code": "{codigo}"}}
SEARCH: JsonValue = {"path": "search", "query": {"name": "{nome}", "mail": "{email}"}}
POSTED: JsonValue = {"path": "posted", "method": "POST", "body": {"name": "{nome}", "cpf": "{cpf}"}}


@pytest.mark.parametrize(
    ("values", "requests", "target"),
    [
        ({"cpf": "1"}, [SEARCH, BY_CPF], "/api/by-cpf/1"),
        ({"nome": "2"}, [SEARCH, BY_CPF], "/api/search?name=2"),
        ({"nome": "2", "email": "3"}, [BY_CPF, SEARCH], "/api/search?name=2&mail=3"),
        # Most keys before the strongest; the strongest before the order of the settings.
        ({"cpf": "1", "nome": "2", "email": "3"}, [BY_CPF, SEARCH], "/api/search?name=2&mail=3"),
        ({"cpf": "1", "nome": "2"}, [SEARCH, BY_CPF], "/api/by-cpf/1"),
        ({"codigo": "4", "nome": "2"}, [SEARCH, BY_CPF, BY_CODE], "/api/one?code=4"),
        ({"cpf": "1", "nome": "2"}, [SEARCH, BY_CPF, POSTED], "/api/posted"),
        ({"cpf": "1"}, [BY_CPF, POSTED], "/api/by-cpf/1"),
    ],
)
def test_the_request_that_uses_most_keys_is_sent(
    values: dict[str, str], requests: list[JsonValue], target: str
) -> None:
    assert sent(values, requests=requests).target == target


def test_the_choice_is_made_for_each_query() -> None:
    questions = [{"cpf": "1"}, {"nome": "2"}, {"cpf": "3", "nome": "4"}, {"cpf": "5"}]
    given: dict[str, JsonValue] = {"requests": [BY_CPF, SEARCH]}
    requests = anyio.run(ask_each, questions, given)
    assert [request.target for request in requests] == [
        "/api/by-cpf/1",
        "/api/search?name=2",
        "/api/by-cpf/3",
        "/api/by-cpf/5",
    ]


@pytest.mark.parametrize(
    "request_settings",
    [
        {"path": "{cpf}", "query": {"name": "{nome}"}},
        {"headers": {"X-Doc": "{cpf}"}, "query": {"name": "{nome}"}},
        {"query": {"q": "{cpf} {nome}"}},
        {"method": "POST", "form": {"q": "{cpf} {nome}"}},
        {"method": "POST", "body": {"all": [{"n": "{nome}", "d": "{cpf}"}]}},
    ],
)
def test_no_request_goes_out_half_filled(request_settings: dict[str, JsonValue]) -> None:
    assert refused({"nome": "Maria"}, **request_settings) == (
        "None of the source's requests can be sent with nome alone. "
        "Add one under settings.requests that needs nothing else."
    )


def fields_of(given: dict[str, JsonValue]) -> frozenset[str]:
    wire = open_wire(SourceRef("acme", "api"), Upstream("https://api.acme.example"))
    adapter = REST_JSON.create(
        REST_JSON.settings.model_validate_json(json.dumps(given)),
        AdapterContext(SourceRef("acme", "api"), wire, Nobody()),
    )
    return adapter.fields


def test_a_source_can_be_asked_by_every_hole_of_its_requests() -> None:
    assert fields_of({"requests": [BY_CPF, BY_CODE, SEARCH]}) == {"cpf", "codigo", "nome", "email"}


def test_an_address_of_somebody_else_is_refused_at_the_start() -> None:
    with pytest.raises(Misconfigured, match="another origin"):
        fields_of({"path": "https://evil.example/{cpf}"})

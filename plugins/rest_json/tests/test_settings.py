"""What a tenant may write under `settings:`, and what is said about what it may not."""

from __future__ import annotations

import json

import pytest
from gateway_rest_json.settings import RestJsonSettings
from pydantic import JsonValue, ValidationError

from gateway.adapter import SEARCH_FIELDS

FIELDS = frozenset({"cpf", "nome", "email"})


def settings(**given: JsonValue) -> RestJsonSettings:
    return RestJsonSettings.model_validate_json(json.dumps(given), context={SEARCH_FIELDS: FIELDS})


def refusals(**given: JsonValue) -> str:
    with pytest.raises(ValidationError) as raised:
        settings(**given)
    return "\n".join(f"{'.'.join(map(str, error['loc']))}: {error['msg']}" for error in raised.value.errors())


def test_one_request_needs_a_line_or_two() -> None:
    (request,) = settings(path="customers/{cpf}").asked()
    assert request.fields() == {"cpf"}
    assert request.method == "GET"


def test_fields_are_the_holes_of_every_place() -> None:
    given = settings(
        requests=[
            {"path": "by-cpf/{cpf}", "headers": {"X-Name": "{nome}"}},
            {"method": "POST", "body": {"filter": [{"mail": "<{email}>"}]}},
        ]
    )
    assert [request.fields() for request in given.asked()] == [{"cpf", "nome"}, {"email"}]


def test_records_and_headers_beside_requests_are_shared() -> None:
    given = settings(
        records="data",
        headers={"X-Tenant": "acme", "X-Version": "1"},
        requests=[
            {"path": "one/{cpf}", "records": "@", "headers": {"x-version": "2"}},
            {"path": "all", "query": {"n": "{nome}"}},
        ],
    )
    one, several = given.asked()
    assert one.records == "@"
    assert one.headers == {"X-Tenant": "acme", "x-version": "2"}
    assert several.records == "data"
    assert several.headers == {"X-Tenant": "acme", "X-Version": "1"}


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({}, "a request holds no search field: put one in braces where its value goes"),
        ({"path": "customers"}, "a request holds no search field"),
        ({"requests": [{"path": "a/{cpf}"}, {"path": "b"}]}, "a request holds no search field"),
        (
            {"path": "customers/{cfp}"},
            "path: Value error, 'cfp' is not a search field of this tenant. Did you mean 'cpf'?",
        ),
        ({"query": {"q": "{telefone}"}}, "query.q: Value error, 'telefone' is not a search field of this tenant."),
        ({"headers": {"X": "{nmoe}"}}, "headers.X: Value error, 'nmoe' is not a search field"),
        ({"path": "a/{cpf"}, "path: Value error, a brace has no partner"),
        ({"path": "a?cpf={cpf}"}, "path: Value error, what follows '?' goes under query:"),
        ({"query": {"q": {"cpf": None}}}, 'write the hole in quotes ("{cpf}")'),
        ({"method": "POST", "body": {"q": "{emial}"}}, "body: Value error, 'emial' is not a search field"),
        ({"method": "POST", "body": {"q": {"cpf": None}}}, 'write the hole in quotes ("{cpf}")'),
        ({"method": "POST", "body": [{"{cpf}": "x"}]}, "a hole cannot stand in the name of a member ('{cpf}')"),
        ({"method": "POST", "query": {"q": "{cpf}"}}, "a POST needs a body: (JSON) or a form:, and not both"),
        ({"method": "POST", "body": {"q": "{cpf}"}, "form": {"q": "{cpf}"}}, "a POST needs a body: (JSON) or a form:"),
        ({"body": {"q": "{cpf}"}}, "a GET has no body: write method: POST"),
        ({"form": {"q": "{cpf}"}}, "a GET has no form: write method: POST"),
        ({"method": "PUT", "path": "{cpf}"}, "method: Input should be 'GET' or 'POST'"),
        ({"path": "{cpf}", "records": "data."}, "records: Value error, The path 'data.'"),
        ({"path": "{cpf}", "records": "$.data"}, "records: Value error, This is JSONPath."),
        (
            {"path": "{cpf}", "records": "lenght(@)"},
            "There is no function 'lenght()' in JMESPath. Did you mean 'length'?",
        ),
        ({"path": "{cpf}", "requests": [{"path": "{cpf}"}]}, "path belong into each of requests:, not beside it"),
        ({"path": "{cpf}", "recods": "data"}, "recods: Extra inputs are not permitted"),
        ({"requests": [{"path": "{cpf}", "requests": []}]}, "requests.0.requests: Extra inputs are not permitted"),
        ({"path": 7}, "path: Input should be a valid string"),
        ({"path": "{cpf}", "limit_parameter": 5}, "limit_parameter: Input should be a valid string"),
        ({"path": "{cpf}", "check_path": "status?x=1"}, "check_path: Value error, what follows '?' goes under query:"),
    ],
)
def test_a_mistake_is_named_with_its_place_and_its_cure(given: dict[str, JsonValue], says: str) -> None:
    assert says in refusals(**given)


def test_a_member_that_is_null_on_purpose_is_no_lost_hole() -> None:
    given = settings(method="POST", body={"q": "{cpf}", "filter": {"deleted_at": None}})
    assert given.fields() == {"cpf"}


def test_names_are_taken_as_they_are_without_a_tenant() -> None:
    given = RestJsonSettings.model_validate({"path": "x/{anything}", "method": "POST", "body": {"a": {"b": None}}})
    assert given.fields() == {"anything"}


def test_the_schema_tells_editors_every_key() -> None:
    schema = RestJsonSettings.model_json_schema()
    assert set(schema["properties"]) == {
        "method", "path", "query", "headers", "body", "form", "records", "limit_parameter", "pages", "detail", "requests",
        "errors", "etag", "history", "save", "check_path",
    }  # fmt: skip
    assert schema["additionalProperties"] is False

"""Every error has an answer, every answer the request's id, and a defect shows nothing of itself."""

from __future__ import annotations

import re

import pytest

from gateway.api.problems import PROBLEMS, refusal_of
from gateway.core import errors
from gateway.core.errors import (
    AccessError,
    CannotAsk,
    EmptySearch,
    GatewayError,
    InvalidKey,
    RequestError,
    TenantBroken,
    UnknownSearchField,
)
from tests.api.composed import Composed, call

pytestmark = pytest.mark.anyio
SEARCH = {"search": {"cpf": "52998224725"}}


@pytest.mark.parametrize("given", ["abc-123", "0b6d9f2e5c7a4e0f8d1b3a5c7e9f0a2b", "a.b_c"])
async def test_a_callers_valid_request_id_comes_back(given: str) -> None:
    gateway = Composed()
    answered = await gateway.identify(SEARCH, headers=[("X-Request-Id", given)])
    assert answered.headers["x-request-id"] == answered.json["request_id"] == given
    assert gateway.identifier.asked[0].request_id == given


@pytest.mark.parametrize("given", ["", "529.982.247-25", "5511987654321", "ana@example.com", "a b", "a" * 129, "João"])
async def test_an_id_that_may_be_somebodys_data_is_replaced(given: str) -> None:
    gateway = Composed()
    answered = await gateway.identify(SEARCH, headers=[("X-Request-Id", given)])
    assert re.fullmatch(r"[0-9a-f]{32}", answered.headers["x-request-id"])
    assert answered.json["request_id"] == answered.headers["x-request-id"]


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (EmptySearch("cpf"), 422, "empty_search"),
        (UnknownSearchField(["cpf"], "cpf"), 422, "unknown_search_field"),
        (CannotAsk(["nome"]), 422, "cannot_ask"),
        (TenantBroken(), 503, "tenant_broken"),
    ],
)
async def test_what_the_service_refuses_is_a_problem_document(error: GatewayError, status: int, code: str) -> None:
    gateway = Composed()
    gateway.identifier.answer = error
    answered = await gateway.identify(SEARCH)
    assert answered.headers["content-type"] == "application/problem+json"
    assert (answered.status, answered.json["status"], answered.json["code"]) == (status, status, code)
    assert answered.json["detail"] == str(error)
    assert answered.json["type"] == f"/docs#{code}"
    assert answered.json["request_id"] == answered.headers["x-request-id"]
    assert gateway.lines[-1]["event"] == "refused"
    assert gateway.lines[-1]["code"] == code


async def test_an_invalid_key_names_the_field_and_the_check_and_never_the_value() -> None:
    gateway = Composed()
    gateway.identifier.answer = InvalidKey("cpf", "cpf", "check_digits", "its check digits do not fit")
    answered = await gateway.identify({"search": {"cpf": "52998224700"}})
    assert answered.status == 422
    assert {name: answered.json[name] for name in ("field", "kind", "check")} == {
        "field": "cpf",
        "kind": "cpf",
        "check": "check_digits",
    }
    assert b"52998224700" not in answered.body


async def test_a_defect_is_a_bare_500_whose_log_line_says_where_and_not_what() -> None:
    gateway = Composed()
    try:
        raise KeyError("52998224725")
    except KeyError as cause:
        gateway.identifier.answer = ValueError("ana@example.com")
        gateway.identifier.answer.__cause__ = cause
    answered = await gateway.identify(SEARCH)
    assert (answered.status, answered.json["code"]) == (500, "internal")
    assert set(answered.json) == {"type", "title", "status", "detail", "code", "request_id"}
    (line,) = gateway.lines
    assert line["event"] == "crashed"
    assert line["request_id"] == answered.json["request_id"]
    assert line["error"][0].startswith("ValueError at api/composed.py:")
    assert line["error"][1].startswith("KeyError at ")
    assert b"52998224725" not in gateway.log.getvalue() + answered.body
    assert b"ana@example.com" not in gateway.log.getvalue() + answered.body


async def test_an_unknown_address_is_a_404_and_says_where_to_look() -> None:
    gateway = Composed()
    for target in (
        "/",
        "/v1",
        "/v1/tenants/acme",
        "/v1/tenants/acme/identifications/",
        "/healthz/",
        "/v1/tenants//sources",
    ):
        answered = await gateway.get(target)
        assert (answered.status, answered.json["code"]) == (404, "unknown_path"), target
    assert "/docs" in answered.json["detail"]


async def test_a_wrong_method_is_a_405_that_names_the_right_ones() -> None:
    gateway = Composed()
    answered = await gateway.get("/v1/tenants/acme/identifications")
    assert (answered.status, answered.json["code"], answered.headers["allow"]) == (405, "method_not_allowed", "POST")
    answered = await call(gateway.app, "DELETE", "/healthz")
    assert (answered.status, answered.headers["allow"]) == (405, "GET, HEAD")
    assert (await call(gateway.app, "HEAD", "/healthz")).status == 200


async def test_answers_are_kept_by_no_cache() -> None:
    gateway = Composed()
    for answered in (
        await gateway.identify(SEARCH),
        await gateway.identify(SEARCH, None),
        await gateway.get("/nowhere"),
    ):
        assert answered.headers["cache-control"] == "no-store"
        assert answered.headers["x-content-type-options"] == "nosniff"


def test_every_error_that_a_caller_can_meet_has_a_row_of_its_own() -> None:
    families = (RequestError, AccessError, TenantBroken)
    codes = {error.code for error in vars(errors).values() if isinstance(error, type) and issubclass(error, families)}
    assert "ref_forged" in codes
    assert codes <= PROBLEMS.keys()


def test_an_error_without_a_row_has_its_familys_status_and_its_own_code() -> None:
    class Odd(RequestError):
        code = "odd"

    refusal = refusal_of(Odd("Something is odd. Make it even."))
    assert (refusal.status, refusal.code, refusal.detail) == (400, "odd", "Something is odd. Make it even.")


def test_an_error_that_no_caller_caused_is_internal_and_shows_nothing() -> None:
    refusal = refusal_of(GatewayError("a detail of ours"))
    assert (refusal.status, refusal.code) == (500, "internal")
    assert "detail of ours" not in refusal.detail

"""What a caller can do wrong: a problem document each, that says which and what to do, and nobody is asked."""

from __future__ import annotations

from collections.abc import Iterator

import httpx2
import pytest

from tests.whole.running import Running, bearer

AURORA = "/v1/tenants/aurora/identifications"
MEMBERS = "search, text, explain, refresh, interaction, limit"


def problem(reply: httpx2.Response, status: int) -> dict[str, object]:
    """The problem document, but for the request's id, which is the header's."""
    assert reply.status_code == status, reply.text
    assert reply.headers["content-type"] == "application/problem+json"
    document = reply.json()
    assert document.pop("request_id") == reply.headers["x-request-id"]
    return dict(document)


def test_an_unknown_tenant(gateway: Running) -> None:
    expected = {
        "type": "/docs#unknown_tenant",
        "title": "No such tenant",
        "status": 404,
        "detail": "There is no such tenant for this key. Check the slug in the address.",
        "code": "unknown_tenant",
    }
    key = gateway.house.key("aurora")
    assert problem(gateway.identify("acme", key, cpf="01234567890"), 404) == expected
    # Another's tenant looks like one that there is not.
    assert problem(gateway.identify("boreal", key, cpf="01234567890"), 404) == expected


@pytest.mark.parametrize("tenant", ["aurora", "acme"])
def test_without_a_good_key_nothing_of_a_tenant_shows(gateway: Running, tenant: str) -> None:
    path = f"/v1/tenants/{tenant}/identifications"
    expected = {
        "type": "/docs#unauthenticated",
        "title": "No good API key",
        "status": 401,
        "detail": "No API key came with the request. Send it as `Authorization: Bearer …`. `gateway keys create` makes one.",
        "code": "unauthenticated",
    }
    reply = gateway.http.post(path, content=b"not even JSON")
    assert problem(reply, 401) == expected
    assert reply.headers["www-authenticate"] == 'Bearer realm="gateway"'
    wrong = gateway.house.key("aurora")[:-1] + "~"
    expected["detail"] = "The API key is unknown or has expired. `gateway keys create` makes one."
    assert problem(gateway.http.post(path, headers=bearer(wrong)), 401) == expected


@pytest.mark.parametrize(
    ("search", "code", "detail"),
    [
        (
            {"cfp": "01234567890"},
            "unknown_search_field",
            (
                "A search field in the request is not one of this tenant's. Did you mean 'cpf'? "
                "Known: cpf, nome, email, fone, pedido."
            ),
        ),
        (
            {"cpf": "  "},
            "empty_search",
            "The search field 'cpf' is empty. Fill in at least one search field, or leave the empty ones out.",
        ),
        (
            {},
            "empty_search",
            "The search is empty. Fill in at least one search field, or leave the empty ones out.",
        ),
    ],
)
def test_an_unknown_or_empty_search_field(gateway: Running, search: dict[str, str], code: str, detail: str) -> None:
    document = problem(gateway.identify("aurora", **search), 422)
    assert (document["code"], document["detail"]) == (code, detail)


@pytest.mark.parametrize(
    ("field", "value", "check"),
    [
        ("cpf", "123.456.789-00", "check_digits"),
        ("cpf", "111.111.111-11", "repeated_digits"),
        ("cpf", "1234", "length"),
        ("cpf", "12ABC34501DE36", "check_digits"),
        ("email", "joao@", "shape"),
        ("fone", "12", "length"),
    ],
)
def test_an_invalid_value_is_told_by_the_check_that_it_failed(
    gateway: Running, field: str, value: str, check: str
) -> None:
    document = problem(gateway.identify("aurora", **{field: value}), 422)
    assert (document["code"], document["field"], document["check"]) == ("invalid_key", field, check)
    detail = str(document["detail"])
    assert detail.startswith(f"The search field '{field}' is not a valid ")
    assert value not in detail


def test_an_invalid_cpf_in_full(gateway: Running) -> None:
    assert problem(gateway.identify("boreal", cpf="123.456.789-00"), 422) == {
        "type": "/docs#invalid_key",
        "title": "A search value is not valid",
        "status": 422,
        "detail": "The search field 'cpf' is not a valid cpf: its check digits do not fit the rest; look for a mistyped or "
        "swapped digit.",
        "code": "invalid_key",
        "field": "cpf",
        "kind": "cpf",
        "check": "check_digits",
    }


def test_one_box_text_of_no_kind(gateway: Running) -> None:
    document = problem(gateway.ask("cerrado", {"text": "?!"}), 422)
    assert document["code"] == "nothing_recognised"
    assert document["detail"] == "The text is none of what this tenant searches by (cpf_cnpj, name, email, phone)."


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        (b"cpf=01234567890", "The body is not JSON in UTF-8. Send an object with 'search' or 'text'."),
        (b"", "The body is not JSON in UTF-8. Send an object with 'search' or 'text'."),
        (
            '{"text": "Antônio"}'.encode("latin-1"),
            "The body is not JSON in UTF-8. Send an object with 'search' or 'text'.",
        ),
        (b"[]", "Expected `object`, got `array`. Compare the body with /docs."),
        (
            b'{"search": {"cpf": 1234567890}}',
            "Expected `str`, got `int` - at `$.search[...]`. Compare the body with /docs.",
        ),
        (b'{"search": "01234567890"}', "Expected `object`, got `str` - at `$.search`. Compare the body with /docs."),
        (
            b'{"serach": {}}',
            f"A member of the body is not known. Did you mean 'search'? Known: {MEMBERS}.",
        ),
        (b"{}", "Give exactly one of 'search' (search field -> value) and 'text' (one box)."),
        (
            b'{"search": {"cpf": "01234567890"}, "text": "x"}',
            "Give exactly one of 'search' (search field -> value) and 'text' (one box).",
        ),
        (
            b'{"search": {"cpf": "01234567890", "cpf": "12345678909"}}',
            "A member of the body is given twice. Give each once.",
        ),
    ],
    ids=["form", "empty", "latin-1", "list", "number", "text-for-object", "misspelt", "neither", "both", "twice"],
)
def test_a_body_that_is_not_what_it_should_be(gateway: Running, body: bytes, detail: str) -> None:
    headers = {**bearer(gateway.house.key("aurora")), "Content-Type": "application/json"}
    document = problem(gateway.http.post(AURORA, content=body, headers=headers), 400)
    assert (document["code"], document["detail"]) == ("malformed_request", detail)


TOO_LARGE = {
    "type": "/docs#body_too_large",
    "title": "The body is too large",
    "status": 413,
    "detail": "The body is over 65536 bytes. Send only the members that this address takes.",
    "code": "body_too_large",
}


def test_a_body_that_says_that_it_is_too_large(gateway: Running) -> None:
    body = b'{"text": "' + b"x" * 65536 + b'"}'
    reply = gateway.http.post(AURORA, content=body, headers=bearer(gateway.house.key("aurora")))
    assert problem(reply, 413) == TOO_LARGE


def test_a_body_that_grows_too_large_without_saying_so(gateway: Running) -> None:
    def pieces() -> Iterator[bytes]:
        yield b'{"text": "'
        for _ in range(80):
            yield b"x" * 1024

    reply = gateway.http.post(AURORA, content=pieces(), headers=bearer(gateway.house.key("aurora")))
    assert "content-length" not in reply.request.headers
    assert problem(reply, 413) == TOO_LARGE


def test_the_largest_body_that_is_allowed_is_read(gateway: Running) -> None:
    body = b'{"search": {"cpf": "12345678909"}}'
    reply = gateway.http.post(AURORA, content=body.ljust(65536), headers=bearer(gateway.house.key("aurora")))
    assert reply.json()["outcome"] == "found"


def test_an_address_and_a_method_that_there_are_not(gateway: Running) -> None:
    assert problem(gateway.get("/v1/tenants"), 404)["code"] == "unknown_path"
    reply = gateway.get(AURORA, gateway.house.key("aurora"))
    assert problem(reply, 405)["detail"] == "This address does not take that method. It takes: POST."
    assert reply.headers["allow"] == "POST"


def test_a_role_that_may_not(gateway: Running) -> None:
    key = gateway.house.key("aurora", "operations")
    document = problem(gateway.identify("aurora", key, cpf="12345678909"), 403)
    assert document["detail"] == "The API key's role lacks the permission 'identify'. Use a key whose role has it."


def test_the_requests_id_comes_back_in_header_body_and_log(gateway: Running) -> None:
    given = {**bearer(gateway.house.key("aurora")), "X-Request-Id": "chamado-4711"}
    reply = gateway.http.post(AURORA, json={"search": {"cpf": "12345678909"}}, headers=given)
    assert (reply.headers["x-request-id"], reply.json()["request_id"]) == ("chamado-4711", "chamado-4711")
    line = gateway.log.wait_for("identification", where=lambda entry: entry["request_id"] == "chamado-4711")
    assert (line["tenant"], line["outcome"]) == ("aurora", "found")

    refused = gateway.http.post(AURORA, content=b"", headers={**given, "X-Request-Id": "chamado-4712"})
    assert problem(refused, 400)
    line = gateway.log.wait_for("refused", where=lambda entry: entry["request_id"] == "chamado-4712")
    assert (line["code"], line["status"]) == ("malformed_request", 400)


@pytest.mark.parametrize("given", ["123.456.789-09", "joao@example.com", "a b", ""])
def test_an_id_that_might_be_somebodys_value_is_replaced(gateway: Running, given: str) -> None:
    reply = gateway.http.get("/healthz", headers={"X-Request-Id": given})
    assert reply.headers["x-request-id"] != given
    assert len(reply.headers["x-request-id"]) == 32

"""The document is valid OpenAPI 3.1, says what the routes do, and every answer fits it."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import pytest
from openapi_spec_validator import validate

from gateway.api.docs_page import docs_page
from gateway.api.openapi import openapi, problem_codes
from gateway.api.problems import PROBLEMS
from gateway.api.routes import api_routes
from gateway.api.table import OPERATIONS
from gateway.core.errors import EmptySearch, InvalidKey, TenantBroken
from gateway.core.model import Identification
from tests.api.answers import ALL
from tests.api.composed import OPERATIONS as OPERATIONS_KEY
from tests.api.composed import Composed, Prepared, call

pytestmark = pytest.mark.anyio
DOCUMENT: dict[str, Any] = openapi("9.9")


def fits(body: object, schema: str) -> None:
    jsonschema.Draft202012Validator(
        {"$ref": f"#/components/schemas/{schema}", "components": DOCUMENT["components"]},
    ).validate(body)


def test_the_document_is_valid() -> None:
    validate(DOCUMENT)
    assert DOCUMENT["openapi"].startswith("3.1")


def test_routes_and_document_are_the_same_addresses() -> None:
    routes = {route.path for route in api_routes(Composed().parts)}
    assert routes == set(DOCUMENT["paths"])


async def test_every_documented_method_is_answered_and_no_other() -> None:
    gateway = Composed()
    for path, methods in DOCUMENT["paths"].items():
        for method in ("GET", "POST", "PUT", "PATCH", "DELETE"):
            answered = await call(gateway.app, method, path.replace("{tenant}", "acme"))
            assert (answered.status != 405) is (method.lower() in methods), (path, method)


@pytest.mark.parametrize("identification", ALL, ids=lambda answer: str(answer.outcome))
async def test_every_identification_fits_its_schema(identification: Identification) -> None:
    body = (await Composed(Prepared(identification)).identify({"text": "a", "explain": True})).json
    fits(body, "Identification")


async def test_every_problem_fits_its_schema_and_is_documented_for_its_operation() -> None:
    (identify,) = (operation for operation in OPERATIONS if operation.name == "identify")
    for error in (
        EmptySearch(),
        InvalidKey("cpf", "cpf", "length", "it has too few digits"),
        TenantBroken(),
        KeyError(),
    ):
        answered = await Composed(Prepared(error)).identify({"text": "a"})
        fits(answered.json, "Problem")
        assert answered.json["code"] in problem_codes(identify)
        assert str(answered.status) in DOCUMENT["paths"][identify.path]["post"]["responses"]


async def test_the_other_answers_fit_their_schemas() -> None:
    gateway = Composed()
    for target, schema in (
        ("/v1/tenants/acme/search-fields", "SearchFields"),
        ("/v1/tenants/acme/sources", "Sources"),
        ("/healthz", "Health"),
    ):
        fits((await gateway.get(target)).json, schema)
    fits((await gateway.get("/readyz", OPERATIONS_KEY)).json, "Readiness")


def test_the_request_schema_takes_exactly_one_of_search_and_text() -> None:
    fits({"search": {"cpf": "1"}}, "IdentificationRequest")
    for wrong in ({}, {"search": {"cpf": "1"}, "text": "a"}, {"text": "a", "more": 1}, {"text": "a", "limit": 201}):
        with pytest.raises(jsonschema.ValidationError):
            fits(wrong, "IdentificationRequest")


async def test_the_document_is_served() -> None:
    answered = await Composed().get("/openapi.json", None)
    assert answered.json == DOCUMENT


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.links: list[str] = []
        self.tags: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        for name, value in attrs:
            if name == "id":
                self.ids.append(value or "")
            if name in ("href", "src"):
                self.links.append(value or "")


async def test_the_readable_page_has_nothing_of_another_host_and_no_script() -> None:
    answered = await Composed().get("/docs", None)
    policy = answered.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    page = _Page()
    page.feed(answered.body.decode())
    assert not {"script", "img", "iframe"} & set(page.tags)
    assert all(link.startswith("#") or link in ("/openapi.json", "data:,") for link in page.links)
    assert b"url(" not in answered.body
    assert b"@import" not in answered.body


def test_every_link_of_the_page_leads_somewhere_and_every_problem_has_its_place() -> None:
    page = _Page()
    page.feed(docs_page(DOCUMENT).decode())
    assert len(page.ids) == len(set(page.ids))
    assert {link[1:] for link in page.links if link.startswith("#")} <= set(page.ids)
    assert set(PROBLEMS) <= set(page.ids)


def test_the_page_escapes_what_the_document_says() -> None:
    shown = docs_page({**DOCUMENT, "info": {"title": "<script>", "version": "&", "description": "<b>"}}).decode()
    assert "<script>" not in shown
    assert re.search(r"<title>&lt;script&gt;</title>", shown)

"""Lookups in two steps: every hit's detail is asked for, its own values stay in their place, and none is dropped."""

from __future__ import annotations

import asyncio
import json

import pytest
from gateway_rest_json.settings import RestJsonSettings
from pydantic import JsonValue, ValidationError

from gateway.adapter import (
    Json,
    Nobody,
    RateLimited,
    Redirected,
    ReportedError,
    ServerError,
    SourceError,
    TooLarge,
    UnexpectedStatus,
    Unreadable,
)
from gateway.testing import SourceRequest, SourceResponse
from gateway.testing.source import Peer, written
from plugins.rest_json.tests.asking import CPF, adapter_before, failing, looked_up, query, said

pytestmark = pytest.mark.anyio

LIST: dict[str, JsonValue] = {"path": "customers", "query": {"cpf": "{cpf}"}, "records": "items"}
BY_ID: dict[str, JsonValue] = {**LIST, "detail": {"path": "customers/{id}"}}


def hits(*ids: Json) -> SourceResponse:
    return said({"items": [{"id": each, "nome": "da lista"} for each in ids]})


def served(request: SourceRequest) -> SourceResponse:
    """Three hits; the detail of each says its number."""
    if request.segments() == ("api", "customers"):
        return hits(1, "b-2", 3)
    return said({"nome": f"detalhe de {request.segments()[-1]}", "email": "x@example.com"})


async def test_each_hit_is_completed_by_its_detail_in_the_list_s_order() -> None:
    found, requests = await looked_up(served, BY_ID)
    assert list(found.records) == [
        {"id": each, "nome": f"detalhe de {each}", "email": "x@example.com"} for each in (1, "b-2", 3)
    ]
    assert sorted(request.target for request in requests[1:]) == [
        f"/api/customers/{each}" for each in ("1", "3", "b-2")
    ]
    assert all(request.headers["accept"] == "application/json" for request in requests)


async def test_nobody_has_no_details() -> None:
    found, requests = await looked_up(lambda _: hits(), BY_ID)
    assert not found.records
    assert len(requests) == 1


async def test_no_more_details_than_the_limit_are_asked_for() -> None:
    found, requests = await looked_up(served, BY_ID, limit=2)
    assert [record["id"] for record in found.records] == [1, "b-2"]
    assert found.truncated
    assert len(requests) == 3


async def test_details_are_asked_at_the_same_time_but_never_more_than_allowed() -> None:
    waiting = asyncio.Event()
    under_way, most = 0, 0

    async def behave(request: SourceRequest, peer: Peer) -> None:
        nonlocal under_way, most
        if request.segments() == ("api", "customers"):
            await peer.send(written(hits(*range(1, 8))))
            return
        under_way += 1
        most = max(most, under_way)
        if under_way == 3:
            waiting.set()
        await waiting.wait()
        under_way -= 1
        await peer.send(written(said({"detalhe": True})))

    settings = {**LIST, "detail": {"path": "customers/{id}", "at_once": 3}}
    async with adapter_before(served, settings) as (adapter, source):
        source.behaviour = behave
        found = await adapter.lookup(query(cpf=CPF), limit=10)
    assert [record["id"] for record in found.records] == [1, 2, 3, 4, 5, 6, 7]
    assert most == 3


async def test_a_detail_may_be_an_address_in_the_hit() -> None:
    def answer(request: SourceRequest) -> SourceResponse:
        if request.segments() == ("api", "customers"):
            links = ["/api/people/1", "people/2", f"http://{request.headers['host']}/api/people/3"]
            return said({"items": [{"_links": {"self": {"href": link}}} for link in links]})
        return said({"nome": request.segments()[-1], "_links": {"self": {"href": request.target}}})

    found, _ = await looked_up(answer, {**LIST, "detail": {"link": "_links.self.href"}})
    assert [record["nome"] for record in found.records] == ["1", "2", "3"]


async def test_a_detail_has_its_own_place_for_the_record_and_its_own_query() -> None:
    def answer(request: SourceRequest) -> SourceResponse:
        if request.segments() == ("api", "customers"):
            return said({"items": [{"ref": {"id": 7, "tipo": "a&b"}}]})
        assert request.segments() == ("api", "detail", "7")
        assert request.query() == {"tipo": "a&b", "expand": "all"}
        return said({"data": [{"nome": "Ana"}]})

    detail: JsonValue = {
        "path": "detail/{ref.id}",
        "query": {"tipo": "{ref.tipo}", "expand": "all"},
        "records": "data",
    }
    found, _ = await looked_up(answer, {**LIST, "detail": detail})
    assert found.records[0]["nome"] == "Ana"


async def test_pages_are_read_before_their_details() -> None:
    def answer(request: SourceRequest) -> SourceResponse:
        if request.segments() == ("api", "customers"):
            return said({"items": [{"id": 2}]} if "p" in request.query() else {"items": [{"id": 1}], "next": "?p=2"})
        return said({"n": int(request.segments()[-1])})

    found, _ = await looked_up(answer, {**BY_ID, "pages": {"by": "next", "at": "next"}})
    assert [record["n"] for record in found.records] == [1, 2]


async def test_headers_of_the_request_go_with_the_details_of_a_post_without_its_content_type() -> None:
    def answer(request: SourceRequest) -> SourceResponse:
        return hits(1) if request.method == "POST" else said({"nome": "Ana"})

    settings: JsonValue = {
        "method": "POST",
        "body": {"cpf": "{cpf}"},
        "records": "items",
        "headers": {"X-Doc": "{cpf|digits}"},
        "detail": {"path": "customers/{id}"},
    }
    _, (_, detail) = await looked_up(answer, settings)
    assert detail.method == "GET"
    assert detail.headers["x-doc"] == CPF
    assert "content-type" not in detail.headers


# ---------------------------------------------------------------------------------------------- never dropped


@pytest.mark.parametrize(
    ("response", "error"),
    [
        (said({}, 500), ServerError),
        (said({}, 404), UnexpectedStatus),
        (SourceResponse(b"", 302, {"location": "/login"}), Redirected),
        (SourceResponse(b"[" * 90), TooLarge),
        (said({"errors": [{"message": "x"}]}), ReportedError),
        (said([]), Unreadable),
        (said([{"nome": "a"}, {"nome": "b"}]), Unreadable),
        (said(None), Unreadable),
    ],
)
@pytest.mark.parametrize("count", [1, 3])
async def test_a_detail_that_fails_fails_the_lookup(
    response: SourceResponse, error: type[SourceError], count: int
) -> None:
    def answer(request: SourceRequest) -> SourceResponse:
        if request.segments() == ("api", "customers"):
            return hits(*range(1, count + 1))
        return response if request.segments()[-1] == str(count) else said({"nome": "Ana"})

    raised, _ = await failing(answer, BY_ID)
    assert isinstance(raised, error)


async def test_a_hit_whose_detail_nobody_knows_is_not_dropped() -> None:
    def answer(request: SourceRequest) -> SourceResponse:
        return hits(1) if request.segments() == ("api", "customers") else said({}, 404)

    raised, _ = await failing(answer, BY_ID, nobody=Nobody(statuses=frozenset({404})))
    assert "lists a customer and says nobody where its detail is due" in str(raised)


async def test_the_wait_that_a_detail_asks_for_is_passed_on() -> None:
    def answer(request: SourceRequest) -> SourceResponse:
        return hits(1, 2) if request.segments() == ("api", "customers") else said({}, 429, retry_after="9")

    raised, _ = await failing(answer, BY_ID)
    assert isinstance(raised, RateLimited)
    assert raised.retry_after == 9.0


async def test_a_detail_of_somebody_else_is_not_shown() -> None:
    def answer(request: SourceRequest) -> SourceResponse:
        return hits(41) if request.segments() == ("api", "customers") else said({"id": 42, "nome": "Outra"})

    raised, _ = await failing(answer, BY_ID)
    assert "The detail that came is another customer's: its {id} is not the hit's." in str(raised)
    assert "41" not in str(raised)
    assert "42" not in str(raised)


@pytest.mark.parametrize(
    "own",
    ["/api/people/41", "http://inside.example:8080/api/people/41", "/api/people/41/", " 41 ", "/api/people/%341"],
)
async def test_a_linked_detail_says_by_its_own_address_that_it_is_the_hit_s(own: str) -> None:
    def answer(request: SourceRequest) -> SourceResponse:
        if request.segments() == ("api", "customers"):
            return said({"items": [{"url": "/api/people/41"}]})
        return said({"url": own, "nome": "Ana"})

    found, _ = await looked_up(answer, {**LIST, "detail": {"link": "url"}})
    assert found.records[0]["nome"] == "Ana"


@pytest.mark.parametrize("own", ["/api/people/42", "/api/people/41?of=42", "/api/people", "http://[", "/41"])
async def test_a_linked_detail_of_somebody_else_is_not_shown(own: str) -> None:
    def answer(request: SourceRequest) -> SourceResponse:
        if request.segments() == ("api", "customers"):
            return said({"items": [{"url": "/api/people/41", "cpf": CPF}]})
        return said({"url": own, "nome": "Outra"})

    raised, _ = await failing(answer, {**LIST, "detail": {"link": "url"}})
    assert isinstance(raised, Unreadable)
    assert "The detail that came is another customer's: its {url} is not the hit's." in str(raised)
    assert "4" not in str(raised)


@pytest.mark.parametrize(
    "detail", [{"link": "url"}, {"link": "url", "same": "id"}, {"path": "people/{n}", "same": "id"}]
)
@pytest.mark.parametrize("came", [{"nome": "Outra"}, {"url": "", "id": None}, {"url": 7, "id": [41]}])
async def test_a_detail_that_does_not_say_whose_it_is_is_not_shown(detail: JsonValue, came: JsonValue) -> None:
    def answer(request: SourceRequest) -> SourceResponse:
        if request.segments() == ("api", "customers"):
            return said({"items": [{"url": "/api/people/41", "n": 41, "id": 41}]})
        return said(came)

    raised, _ = await failing(answer, {**LIST, "detail": detail})
    assert isinstance(raised, Unreadable)
    assert "nobody knows whose detail came. Name under detail.same the path of a value that both carry" in str(raised)


@pytest.mark.parametrize(("came", "shown"), [(41, True), ("41", True), (42, False)])
async def test_a_linked_detail_may_say_by_another_value_whose_it_is(came: Json, shown: bool) -> None:
    def answer(request: SourceRequest) -> SourceResponse:
        if request.segments() == ("api", "customers"):
            return said({"items": [{"href": "/api/people/41", "id": 41}]})
        return said({"id": came, "nome": "Ana"})

    settings = {**LIST, "detail": {"link": "href", "same": "id"}}
    if shown:
        found, _ = await looked_up(answer, settings)
        assert found.records[0]["nome"] == "Ana"
    else:
        raised, _ = await failing(answer, settings)
        assert "The detail that came is another customer's: its {id} is not the hit's." in str(raised)


async def test_the_same_id_as_text_and_as_number_is_the_same() -> None:
    def answer(request: SourceRequest) -> SourceResponse:
        return hits("41") if request.segments() == ("api", "customers") else said({"id": 41})

    found, _ = await looked_up(answer, BY_ID)
    assert found.records[0]["id"] == 41


# ---------------------------------------------------------------------------------------------- what a hit may ask of us


@pytest.mark.parametrize(
    "value",
    [
        "..", ".", "../admin", "a/b", "a\\b", "a%2fb", "%2E%2e", "%252e%252e", "a%00b", "a\nb", "/admin", "a%5cb", "%252f",
        "https://evil.example/x",
    ],
)  # fmt: skip
async def test_a_hit_cannot_lead_to_another_path(value: str) -> None:
    raised, requests = await failing(lambda _: hits(value), BY_ID)
    assert isinstance(raised, Unreadable)
    assert "A hit's {id} would lead to another path than its detail's" in str(raised)
    assert value not in str(raised) or len(value) < 3
    assert len(requests) == 1


@pytest.mark.parametrize("value", [None, "", "  ", True, 1.5, [], {}, ["1"], "x" * 201])
async def test_a_hit_without_a_usable_value_is_a_failure(value: Json) -> None:
    raised, requests = await failing(lambda _: hits(value), BY_ID)
    assert "A hit has no text or whole number at {id}" in str(raised)
    assert len(requests) == 1


@pytest.mark.parametrize("value", ["a?admin=1", "a#b", "a&b=c", "\u00e7", "{cpf}", "a b", "a;b", "a.b", "..a"])
async def test_what_is_only_odd_is_escaped_and_stays_one_segment(value: str) -> None:
    def answer(request: SourceRequest) -> SourceResponse:
        return hits(value) if request.segments() == ("api", "customers") else said({"id": value})

    _, (_, detail) = await looked_up(answer, BY_ID)
    assert detail.segments() == ("api", "customers", value)
    assert detail.query() == {}


@pytest.mark.parametrize("link", ["https://evil.example/1", "//evil.example/1", "http://127.0.0.1:1/x"])
async def test_an_address_of_another_origin_is_not_asked(link: str) -> None:
    raised, requests = await failing(lambda _: said({"items": [{"self": link}]}), {**LIST, "detail": {"link": "self"}})
    assert isinstance(raised, Redirected)
    assert "credentials do not go there" in str(raised)
    assert len(requests) == 1


@pytest.mark.parametrize("link", [None, 7, [], {"href": "/x"}])
async def test_a_hit_without_an_address_is_a_failure(link: Json) -> None:
    raised, _ = await failing(lambda _: said({"items": [{"self": link}]}), {**LIST, "detail": {"link": "self"}})
    assert "A hit has no address at detail.link (self)" in str(raised)


# ---------------------------------------------------------------------------------------------- settings


@pytest.mark.parametrize(
    ("detail", "says"),
    [
        ({}, "a detail needs a path: or a link:, and not both"),
        ({"path": "x/{id}", "link": "self"}, "a detail needs a path: or a link:, and not both"),
        ({"path": "x"}, "needs a member of the hit, such as {id}"),
        ({"link": "self", "query": {"a": "{id}"}}, "a detail by link: has no query:"),
        ({"path": "x/{id"}, "a brace has no partner"),
        ({"path": "x/{items[0]}"}, "'items[0]' is an expression: a hole takes a dotted path into the hit"),
        ({"path": "x/{}"}, "The path is empty"),
        ({"path": "x?id={id}"}, "what follows '?' goes under query:"),
        ({"path": "x/{id}", "at_once": 0}, "greater than or equal to 1"),
        ({"path": "x/{id}", "at_once": 17}, "less than or equal to 16"),
    ],
)
def test_a_detail_that_cannot_be_meant_is_refused(detail: JsonValue, says: str) -> None:
    with pytest.raises(ValidationError) as raised:
        RestJsonSettings.model_validate_json(json.dumps({**LIST, "detail": detail}))
    assert says in str(raised.value)

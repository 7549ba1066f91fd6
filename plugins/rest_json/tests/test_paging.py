"""Lists that come in pages: followed to their end or the limit; what cannot be followed to its end is said or fails."""

from __future__ import annotations

import asyncio
import json
import tracemalloc
from collections.abc import Callable
from typing import TypeAlias

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
    Truncated,
    UnexpectedStatus,
    Unreadable,
)
from gateway.core.errors import TimedOut
from gateway.resilience.attempt import attempt
from gateway.resilience.deadline import Deadline
from gateway.testing import SourceRequest, SourceResponse
from gateway.testing.source import Peer, written
from plugins.rest_json.tests.asking import CPF, adapter_before, failing, looked_up, query, said

pytestmark = pytest.mark.anyio

Answer: TypeAlias = Callable[[SourceRequest], SourceResponse]
ALL = [{"id": number, "nome": f"Cliente {number}"} for number in range(1, 8)]
BASE: dict[str, JsonValue] = {"path": "customers", "query": {"cpf": "{cpf}"}, "records": "items"}


def paged(by: str, **given: JsonValue) -> dict[str, JsonValue]:
    return {**BASE, "pages": {"by": by, **given}}


def cut(start: int, size: int = 3) -> list[Json]:
    return list(ALL[start : start + size])


def ids(records: object) -> list[Json]:
    assert isinstance(records, list)
    return [record["id"] for record in records]


# ---------------------------------------------------------------------------------------------- the five ways, on one list


def by_next(address: Callable[[int], str]) -> Answer:
    def answer(request: SourceRequest) -> SourceResponse:
        start = int(request.query().get("start", "0"))
        more = start + 3 < len(ALL)
        return said({"items": cut(start), "next": address(start + 3) if more else None})

    return answer


def by_header(request: SourceRequest) -> SourceResponse:
    start = int(request.query().get("start", "0"))
    links = '<https://api.acme.example/help>; rel="help", </api/customers?start=0>; rel=first'
    if start + 3 < len(ALL):
        links += f', <?cpf={CPF}&start={start + 3}>; title="a, b"; rel="last next"'
    return said({"items": cut(start)}, link=links)


def by_cursor(request: SourceRequest) -> SourceResponse:
    start = int(request.query().get("after", "c0")[1:])
    return said({"items": cut(start), "paging": {"next": {"after": f"c{start + 3}"}} if start + 3 < len(ALL) else {}})


def by_page(request: SourceRequest) -> SourceResponse:
    return said({"items": cut(3 * (int(request.query()["page"]) - 1)), "of": len(ALL)})


def by_offset(request: SourceRequest) -> SourceResponse:
    return said({"items": cut(int(request.query()["skip"]))})


WAYS: list[tuple[JsonValue, Answer, int]] = [
    (paged("next", at="next"), by_next(lambda start: f"/api/customers?start={start}"), 3),
    (paged("next", at="next"), by_next(lambda start: f"?start={start}"), 3),
    (paged("next", at="next"), by_next(lambda start: f"customers?start={start}#top"), 3),
    (paged("next", at="next"), by_next(lambda start: f"other?q={{x}}&start={start}"), 3),
    (paged("link_header"), by_header, 3),
    (paged("cursor", at="paging.next.after", parameter="after"), by_cursor, 3),
    (paged("page", parameter="page", total="of"), by_page, 3),
    (paged("page", parameter="page"), by_page, 4),
    (paged("offset", parameter="skip"), by_offset, 4),
]


@pytest.mark.parametrize(("settings", "answer", "pages"), WAYS)
async def test_every_page_is_read(settings: JsonValue, answer: Answer, pages: int) -> None:
    found, requests = await looked_up(answer, settings, limit=20)
    assert ids(found.records) == [1, 2, 3, 4, 5, 6, 7]
    assert not found.truncated
    assert len(requests) == pages


@pytest.mark.parametrize(("settings", "answer", "pages"), WAYS)
async def test_reading_stops_at_the_limit_and_says_so(settings: JsonValue, answer: Answer, pages: int) -> None:
    found, requests = await looked_up(answer, settings, limit=4)
    assert ids(found.records) == [1, 2, 3, 4]
    assert found.truncated
    assert len(requests) == 2


@pytest.mark.parametrize("size", [6, 7])
async def test_a_limit_that_is_just_met_is_no_cut(size: int) -> None:
    found, _ = await looked_up(by_cursor, paged("cursor", at="paging.next.after", parameter="after"), limit=size)
    assert found.truncated is (size < 7)


@pytest.mark.parametrize("path", ["customers", "/customers", "customers:find", "a/customers"])
async def test_a_relative_address_starts_from_the_one_that_was_asked(path: str) -> None:
    found, requests = await looked_up(
        by_next(lambda start: f"?start={start}"), {**paged("next", at="next"), "path": path}
    )
    assert len(found.records) == 7
    assert {request.path() for request in requests} == {f"/api/{path.lstrip('/')}"}


async def test_an_absolute_address_of_the_source_is_followed() -> None:
    def answer(request: SourceRequest) -> SourceResponse:
        address = f"HTTP://{request.headers['host']}/api/customers?start=3"
        return said({"items": [ALL[0]], "next": address} if "start" not in request.query() else {"items": [ALL[1]]})

    found, requests = await looked_up(answer, paged("next", at="next"))
    assert ids(found.records) == [1, 2]
    assert requests[1].target == "/api/customers?start=3"


async def test_pages_of_a_post_put_cursor_and_limit_into_the_body() -> None:
    def answer(request: SourceRequest) -> SourceResponse:
        body = json.loads(request.body)
        after = body.get("paging", {}).get("after")
        assert body == {"cpf": CPF, "limit": 11, "sort": [], **({"paging": {"after": after}} if after else {})}
        return said({"items": [ALL[0]], "after": ["x", 1]} if after is None else {"items": [ALL[1]], "after": []})

    found, requests = await looked_up(
        answer,
        {
            "method": "POST",
            "body": {"cpf": "{cpf}", "sort": []},
            "records": "items",
            "limit_parameter": "body.limit",
            "pages": {"by": "cursor", "at": "after", "parameter": "body.paging.after"},
        },
    )
    assert ids(found.records) == [1, 2]
    assert json.loads(requests[1].body)["paging"] == {"after": ["x", 1]}


async def test_pages_of_a_form_put_the_number_into_the_form() -> None:
    def answer(request: SourceRequest) -> SourceResponse:
        form = SourceRequest("POST", f"/?{request.body.decode()}", {}).query()
        return said({"items": cut(3 * int(form["pagina"])), "of": len(ALL)})

    pages: JsonValue = {"by": "page", "parameter": "body.pagina", "first": 0, "total": "of"}
    settings: JsonValue = {"method": "POST", "form": {"cpf": "{cpf}"}, "records": "items", "pages": pages}
    found, _ = await looked_up(answer, settings)
    assert len(found.records) == 7


async def test_headers_go_with_every_page() -> None:
    settings = {**paged("next", at="next"), "headers": {"X-Doc": "{cpf}", "X-Version": "2"}}
    _, requests = await looked_up(by_next(lambda start: f"?start={start}"), settings)
    assert [(each.headers["x-doc"], each.headers["x-version"]) for each in requests] == [(CPF, "2")] * 3


# ---------------------------------------------------------------------------------------------- never an absence


async def test_an_empty_page_before_another_is_followed_and_is_no_absence() -> None:
    def answer(request: SourceRequest) -> SourceResponse:
        if "start" in request.query():
            return said({"items": [ALL[0]], "total": 1})
        return said({"items": [], "total": 1, "next": "?start=1", "hasMore": True})

    found, _ = await looked_up(answer, paged("next", at="next"))
    assert ids(found.records) == [1]


async def test_pages_that_are_all_empty_are_a_definite_no_once_the_last_is_read() -> None:
    def answer(request: SourceRequest) -> SourceResponse:
        return said({"items": [], "next": None if "start" in request.query() else "?start=1"})

    found, requests = await looked_up(answer, paged("next", at="next"))
    assert not found.records
    assert len(requests) == 2


@pytest.mark.parametrize(
    ("beside", "error"),
    [
        ({"erro": "timeout"}, ReportedError),
        ({"total": 3}, Unreadable),
        ({"hasMore": True}, Unreadable),
        ({"nextCursor": "x"}, Unreadable),
    ],
)
async def test_an_empty_last_page_beside_trouble_is_no_definite_no(
    beside: dict[str, Json], error: type[SourceError]
) -> None:
    raised, _ = await failing(lambda _: said({"items": [], **beside}), paged("next", at="next"))
    assert isinstance(raised, error)


async def test_a_failure_beside_an_empty_page_in_between_is_no_page() -> None:
    raised, _ = await failing(lambda _: said({"items": [], "erro": "x", "next": "?p=2"}), paged("next", at="next"))
    assert isinstance(raised, ReportedError)


async def test_a_source_that_says_by_itself_that_there_is_no_more_is_believed() -> None:
    # Zendesk's and Relay's shape: the address of a next page stands there even after the last one.
    document: Json = {"items": [], "meta": {"has_more": False}, "links": {"next": "?page=2"}}
    settings = paged("next", at="links.next", more="meta.has_more")
    found, requests = await looked_up(lambda _: said(document), settings)
    assert not found.records
    assert not found.truncated
    assert len(requests) == 1


async def test_a_total_that_was_not_reached_is_no_definite_no() -> None:
    settings = paged("page", parameter="page", total="de")
    raised, _ = await failing(lambda _: said({"items": [], "de": 3}), settings)
    assert "its total (pages.total) is over 0" in str(raised)


async def test_a_total_that_the_pages_do_not_reach_is_said() -> None:
    def answer(request: SourceRequest) -> SourceResponse:
        return said({"items": cut(0) if request.query()["page"] == "1" else [], "de": 9})

    found, _ = await looked_up(answer, paged("page", parameter="page", total="de"))
    assert len(found.records) == 3
    assert found.truncated


async def test_nobody_on_the_first_page_is_nobody() -> None:
    nobody = Nobody(statuses=frozenset({404}))
    found, _ = await looked_up(lambda _: said({}, 404), paged("page", parameter="page"), nobody=nobody)
    assert not found.records
    assert not found.truncated


def then(first: Json, second: SourceResponse) -> Answer:
    return lambda request: second if request.query().get("page") == "2" else said(first)


async def test_nobody_on_a_later_page_is_the_end_of_numbered_pages() -> None:
    answer = then({"items": cut(0)}, said({}, 404))
    nobody = Nobody(statuses=frozenset({404}))
    found, _ = await looked_up(answer, paged("page", parameter="page"), nobody=nobody)
    assert len(found.records) == 3


@pytest.mark.parametrize("pages", [{"total": "of"}, {"more": "more"}])
async def test_nobody_where_another_page_was_promised_is_a_list_that_is_not_whole(pages: dict[str, JsonValue]) -> None:
    def answer(request: SourceRequest) -> SourceResponse:
        first = request.query()["page"] == "1"
        return said({"items": cut(0), "of": 7, "more": True}) if first else said({}, 404)

    nobody = Nobody(statuses=frozenset({404}))
    found, _ = await looked_up(answer, paged("page", parameter="page", **pages), nobody=nobody)
    assert ids(found.records) == [1, 2, 3]
    assert found.truncated


async def test_pages_that_were_read_are_not_held() -> None:
    def answer(request: SourceRequest) -> SourceResponse:
        return said(
            {"items": [], "after": f"c{len(seen)}", "pad": "x" * 2_000_000, **seen.setdefault(request.target, {})}
        )

    seen: dict[str, dict[str, Json]] = {}
    tracemalloc.start()
    try:
        await failing(answer, paged("cursor", at="after", parameter="after"))
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(seen) == 10
    assert most < 16_000_000


async def test_a_page_that_the_source_named_and_does_not_have_is_a_failure() -> None:
    answer = then({"items": cut(0), "next": "?page=2"}, said({}, 404))
    nobody = Nobody(statuses=frozenset({404}))
    raised, _ = await failing(answer, paged("next", at="next"), nobody=nobody)
    assert "names another page and says nobody there" in str(raised)


# ---------------------------------------------------------------------------------------------- never silently partial


@pytest.mark.parametrize(
    ("second", "error"),
    [
        (said({}, 500), ServerError),
        (said({}, 404), UnexpectedStatus),
        (SourceResponse(b'{"items": [{"id": 4'), Truncated),
        (said({"items": None}), Unreadable),
        (said({"errors": [{"message": "x"}]}), ReportedError),
        (SourceResponse(b"", 302, {"location": "/login"}), Redirected),
    ],
)
async def test_a_page_that_fails_fails_the_lookup(second: SourceResponse, error: type[SourceError]) -> None:
    raised, requests = await failing(then({"items": cut(0)}, second), paged("page", parameter="page"))
    assert isinstance(raised, error)
    assert len(requests) == 2


async def test_the_wait_that_a_later_page_asks_for_is_passed_on() -> None:
    answer = then({"items": cut(0)}, said({}, 429, retry_after="7"))
    raised, _ = await failing(answer, paged("page", parameter="page"))
    assert isinstance(raised, RateLimited)
    assert raised.retry_after == 7.0


async def test_pages_are_bounded_and_what_was_not_read_is_said() -> None:
    def answer(request: SourceRequest) -> SourceResponse:
        return said({"items": [{"id": int(request.query()["page"])}]})

    found, requests = await looked_up(answer, paged("page", parameter="page", most=5), limit=50)
    assert ids(found.records) == [1, 2, 3, 4, 5]
    assert found.truncated
    assert len(requests) == 5


async def test_endless_empty_pages_are_no_absence() -> None:
    def answer(request: SourceRequest) -> SourceResponse:
        return said({"items": [], "next": f"?start={int(request.query().get('start', '0')) + 1}"})

    raised, requests = await failing(answer, paged("next", at="next", most=4))
    assert "The source's first 4 pages list nobody, and it says that there are more." in str(raised)
    assert len(requests) == 4


@pytest.mark.parametrize("reference", ["?start=1", "/api/customers?start=1"])
async def test_pages_that_go_round_are_a_failure(reference: str) -> None:
    count = iter(range(100))
    raised, requests = await failing(
        lambda _: said({"items": [{"id": next(count)}], "next": reference}), paged("next", at="next")
    )
    assert "The source's pages go round in a circle" in str(raised)
    assert len(requests) == 2


async def test_a_source_that_ignores_the_pages_parameter_is_a_failure() -> None:
    raised, requests = await failing(lambda _: said({"items": cut(0)}), paged("page", parameter="pagina"))
    assert "The source gives the same page again" in str(raised)
    assert len(requests) == 2


async def test_more_than_the_last_page_gave_is_said() -> None:
    found, _ = await looked_up(lambda _: said({"items": cut(0), "total": 9}), paged("next", at="next"))
    assert found.truncated


async def test_a_record_that_moved_to_the_next_page_is_counted_once_and_said() -> None:
    def answer(request: SourceRequest) -> SourceResponse:
        skip = int(request.query()["skip"])
        return said({"items": cut(max(0, skip - 1))})  # somebody was put in front after the first page

    found, requests = await looked_up(answer, paged("offset", parameter="skip"), limit=20)
    assert ids(found.records) == [1, 2, 3, 4, 5, 6, 7]
    assert [request.query()["skip"] for request in requests] == ["0", "3", "6", "8"]
    assert "A record came on two pages" in found.warnings[0]


async def test_all_pages_have_the_one_time_that_a_lookup_has() -> None:
    held = asyncio.Event()

    async def behave(request: SourceRequest, peer: Peer) -> None:
        if request.query()["page"] == "3":
            await held.wait()
        await peer.send(written(said({"items": [{"id": int(request.query()["page"])}]})))

    async with adapter_before(by_page, paged("page", parameter="page")) as (adapter, source):
        source.behaviour = behave
        ask = attempt(adapter, 0.3)
        with pytest.raises(TimedOut):
            await ask(query(cpf=CPF), 10, Deadline(asyncio.get_running_loop().time() + 5))
        held.set()
        await source.until(lambda: source.open == 0, "the connection is closed")
    assert len(source.requests) == 3


# ---------------------------------------------------------------------------------------------- what a reply may ask of us


@pytest.mark.parametrize(
    ("reference", "error"),
    [
        ("https://evil.example/api", Redirected),
        ("//evil.example/api", Redirected),
        ("http://127.0.0.1:1/api", Redirected),
        ("http://user:pass@127.0.0.1/api", Redirected),
        ("file:///etc/passwd", Unreadable),
        ("javascript:alert(1)", Unreadable),
        ("http://[::1", Unreadable),
        ("http://127.0.0.1:99999999/", Unreadable),
        ("?" + "x" * 9000, Unreadable),
        ("   ", Unreadable),
        (7, Unreadable),
        (True, Unreadable),
        ({"href": "?page=2"}, Unreadable),
    ],
)
async def test_an_address_that_leads_elsewhere_is_not_asked(reference: Json, error: type[SourceError]) -> None:
    raised, requests = await failing(lambda _: said({"items": cut(0), "next": reference}), paged("next", at="next"))
    assert isinstance(raised, error)
    assert "evil" not in str(raised)
    assert len(requests) == 1


async def test_an_address_cannot_write_another_header() -> None:
    def answer(request: SourceRequest) -> SourceResponse:
        return said({"items": cut(3)} if "start" in request.target else {"items": cut(0), "next": "?start=1\r\nX-A: 1"})

    _, requests = await looked_up(answer, paged("next", at="next"))
    assert "x-a" not in requests[1].headers


@pytest.mark.parametrize("cursor", [True, 1.5, ["a"], {"a": 1}])
async def test_a_cursor_for_the_query_is_a_text_or_a_number(cursor: Json) -> None:
    settings = paged("cursor", at="c", parameter="after")
    raised, _ = await failing(lambda _: said({"items": cut(0), "c": cursor}), settings)
    assert "What stands at pages.at (c) in the reply is nothing by which the next page could be asked for" in str(
        raised
    )


@pytest.mark.parametrize("value", [None, "talvez", [], {}])
async def test_a_more_that_is_neither_true_nor_false_is_a_failure(value: Json) -> None:
    settings = paged("cursor", at="c", parameter="after", more="mais")
    raised, _ = await failing(lambda _: said({"items": cut(0), "c": "x", "mais": value}), settings)
    assert "At pages.more (mais) the reply has no true or false" in str(raised)


@pytest.mark.parametrize("value", [None, "many", -1, 1.5, []])
async def test_a_total_that_is_no_number_is_a_failure(value: Json) -> None:
    settings = paged("page", parameter="page", total="of")
    raised, _ = await failing(lambda _: said({"items": cut(0), "of": value}), settings)
    assert "At pages.total (of) the reply has no number of records" in str(raised)


async def test_a_cursor_stays_in_its_parameter() -> None:
    def answer(request: SourceRequest) -> SourceResponse:
        return said({"items": cut(3)} if "after" in request.query() else {"items": cut(0), "c": "a&b=1#/../{cpf}"})

    _, requests = await looked_up(answer, paged("cursor", at="c", parameter="after"))
    assert requests[1].query() == {"cpf": CPF, "after": "a&b=1#/../{cpf}"}


async def test_two_lookups_at_once_do_not_share_their_pages() -> None:
    async with adapter_before(by_offset, paged("offset", parameter="skip")) as (adapter, _):
        both = await asyncio.gather(*(adapter.lookup(query(cpf=CPF), limit=20) for _ in range(2)))
    assert [len(found.records) for found in both] == [7, 7]


# ---------------------------------------------------------------------------------------------- settings


@pytest.mark.parametrize(
    ("pages", "says"),
    [
        ({"by": "pages"}, "Input should be 'next', 'link_header', 'cursor', 'page' or 'offset'"),
        ({"by": "next"}, "pages by next need at:"),
        ({"by": "cursor", "at": "c"}, "pages by cursor need parameter:"),
        ({"by": "page"}, "pages by page need parameter:"),
        ({"by": "link_header", "at": "next"}, "pages by link_header have no at:"),
        ({"by": "offset", "parameter": "o", "first": 1}, "pages by offset have no first:"),
        ({"by": "cursor", "at": "c", "parameter": "p", "total": "t"}, "pages by cursor have no total:"),
        ({"by": "page", "parameter": "p", "total": "t", "more": "m"}, "write one of the two"),
        ({"by": "page", "parameter": "p", "most": 1}, "greater than or equal to 2"),
        ({"by": "page", "parameter": "body.p"}, "a GET has no body: write p, a parameter of the query"),
        ({"by": "cursor", "at": "$.c", "parameter": "p"}, "This is JSONPath"),
    ],
)
def test_pages_that_cannot_be_meant_are_refused(pages: JsonValue, says: str) -> None:
    with pytest.raises(ValidationError) as raised:
        RestJsonSettings.model_validate_json(json.dumps({**BASE, "pages": pages}))
    assert says in str(raised.value)


@pytest.mark.parametrize("pages", [{"by": "offset", "parameter": "o"}, {"by": "page", "parameter": "p"}])
def test_pages_that_are_counted_need_every_record(pages: JsonValue) -> None:
    given = {**BASE, "records": "items[?ativo]", "pages": pages}
    with pytest.raises(ValidationError, match="is an expression that may leave some out"):
        RestJsonSettings.model_validate_json(json.dumps(given))


@pytest.mark.parametrize("place", ["body.cpf", "body.cpf.x", "body.a.b"])
def test_a_place_in_the_body_has_to_be_free(place: str) -> None:
    given = {"method": "POST", "body": {"cpf": "{cpf}", "a": {"b": 1}}, "limit_parameter": place}
    with pytest.raises(ValidationError, match="is not free in the body"):
        RestJsonSettings.model_validate_json(json.dumps(given))

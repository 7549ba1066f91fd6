"""A customer's past: a request of its own, asked and read as lookups are."""

from __future__ import annotations

import pytest
from pydantic import JsonValue

from gateway.adapter import Found, HistoryTeller, Nobody, ServerError, Unreadable
from gateway.testing import SourceRequest, SourceResponse
from plugins.rest_json.tests.asking import NO_SIGNS, adapter_before, query, said

pytestmark = pytest.mark.anyio

SETTINGS: JsonValue = {
    "path": "customers",
    "query": {"email": "{email}"},
    "headers": {"X-Canal": "helpdesk"},
    "history": {"path": "customers/{email}/orders", "records": "orders", "limit_parameter": "size"},
}
ASKED = query(email="ana@example.com")


async def told(reply: SourceResponse, nobody: Nobody = NO_SIGNS, limit: int = 2) -> tuple[Found, list[SourceRequest]]:
    async with adapter_before(lambda _: reply, SETTINGS, nobody) as (adapter, source):
        assert isinstance(adapter, HistoryTeller)
        return await adapter.history(ASKED, limit=limit), source.requests


async def test_the_past_is_asked_for_by_a_request_of_its_own() -> None:
    found, [request] = await told(said({"orders": [{"number": 1}, {"number": 2}]}))
    assert found.records == [{"number": 1}, {"number": 2}]
    assert request.target == "/api/customers/ana%40example.com/orders?size=3"
    assert request.headers["x-canal"] == "helpdesk"


async def test_a_long_past_is_cut_and_says_so() -> None:
    found, _ = await told(said({"orders": [{"number": 1}, {"number": 2}, {"number": 3}]}))
    assert (len(found.records), found.truncated) == (2, True)


async def test_nothing_happened_is_an_answer() -> None:
    found, _ = await told(said({"orders": []}))
    assert (list(found.records), found.truncated) == ([], False)


async def test_a_failure_is_no_empty_past() -> None:
    with pytest.raises(ServerError):
        await told(said({}, 500))
    with pytest.raises(Unreadable):
        await told(said({"items": []}))


async def test_without_the_request_nothing_is_told() -> None:
    async with adapter_before(lambda _: said([]), {"query": {"email": "{email}"}}) as (adapter, _):
        assert not isinstance(adapter, HistoryTeller)

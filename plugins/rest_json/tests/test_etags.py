"""Replies with an ETag: asked again conditionally, kept in memory within bounds, and never instead of an answer."""

from __future__ import annotations

import pytest
from gateway_rest_json.etags import KeptReplies
from pydantic import JsonValue

from gateway.adapter import Reply, UnexpectedStatus
from gateway.testing import SourceRequest, SourceResponse
from plugins.rest_json.tests.asking import CPF, adapter_before, failing, looked_up, query, said

pytestmark = pytest.mark.anyio

SETTINGS: dict[str, JsonValue] = {"path": "c/{cpf}", "records": "items", "etag": True}
TAG = 'W/"a1"'


def tagged(request: SourceRequest) -> SourceResponse:
    if request.headers.get("if-none-match") == TAG:
        return SourceResponse(b"", 304, {"etag": TAG})
    return said({"items": [{"nome": "Ana"}]}, etag=TAG)


async def test_a_reply_that_did_not_change_is_read_again() -> None:
    async with adapter_before(tagged, SETTINGS) as (adapter, source):
        first = await adapter.lookup(query(cpf=CPF), limit=5)
        again = await adapter.lookup(query(cpf=CPF), limit=5)
    assert first.records == again.records == [{"nome": "Ana"}]
    assert [request.headers.get("if-none-match") for request in source.requests] == [None, TAG]


async def test_another_question_is_asked_unconditionally() -> None:
    async with adapter_before(tagged, SETTINGS) as (adapter, source):
        await adapter.lookup(query(cpf=CPF), limit=5)
        await adapter.lookup(query(cpf="1"), limit=5)
    assert [request.headers.get("if-none-match") for request in source.requests] == [None, None]


async def test_a_reply_that_changed_stands_for_the_old_one() -> None:
    tags = iter(['"a1"', '"b2"', '"c3"'])
    async with adapter_before(lambda _: said({"items": []}, etag=next(tags)), SETTINGS) as (adapter, source):
        for _ in range(3):
            assert not (await adapter.lookup(query(cpf=CPF), limit=5)).records
    assert [request.headers.get("if-none-match") for request in source.requests] == [None, '"a1"', '"b2"']


async def test_without_the_setting_nothing_is_kept() -> None:
    async with adapter_before(tagged, {**SETTINGS, "etag": False}) as (adapter, source):
        for _ in range(2):
            await adapter.lookup(query(cpf=CPF), limit=5)
    assert [request.headers.get("if-none-match") for request in source.requests] == [None, None]


@pytest.mark.parametrize("etag", [True, False])
async def test_a_304_that_nobody_asked_for_is_a_failure(etag: bool) -> None:
    raised, _ = await failing(lambda _: SourceResponse(b"", 304), {**SETTINGS, "etag": etag})
    assert isinstance(raised, UnexpectedStatus)
    assert "304 (not changed) to a question that was not asked conditionally" in str(raised)


async def test_details_are_asked_conditionally_too() -> None:
    def answer(request: SourceRequest) -> SourceResponse:
        return said({"items": [{"id": 1}]}) if "c" in request.segments() else tagged(request)

    settings: JsonValue = {**SETTINGS, "detail": {"path": "d/{id}", "records": "items"}}
    async with adapter_before(answer, settings) as (adapter, source):
        for _ in range(2):
            assert (await adapter.lookup(query(cpf=CPF), limit=5)).records[0]["nome"] == "Ana"
    assert source.requests[-1].headers["if-none-match"] == TAG


async def test_a_post_is_never_conditional() -> None:
    settings: JsonValue = {"method": "POST", "body": {"cpf": "{cpf}"}, "records": "items", "etag": True}
    _, (request,) = await looked_up(tagged, settings)
    assert "if-none-match" not in request.headers


# ---------------------------------------------------------------------------------------------- bounds


def reply(body: bytes = b"[]", status: int = 200, **headers: str) -> Reply:
    return Reply(status, {"etag": '"x"', **{name.replace("_", "-"): text for name, text in headers.items()}}, body)


@pytest.mark.parametrize(
    "unkept",
    [
        reply(status=404),
        reply(status=203),
        reply(b"x" * 70_000),
        reply(etag=""),
        reply(etag="x"),
        reply(etag='"x", "y"'),
        reply(etag='"x\r\nX-A: 1"'),
        reply(etag=f'"{"x" * 300}"'),
        reply(cache_control="private, no-store"),
    ],
)
def test_what_cannot_be_asked_again_is_not_kept(unkept: Reply) -> None:
    kept = KeptReplies()
    kept.keep(b"k", reply())
    kept.keep(b"k", unkept)
    assert kept.get(b"k") is None
    assert len(kept) == 0


def test_number_and_bytes_are_bounded_and_the_oldest_goes_first() -> None:
    kept = KeptReplies()
    for number in range(300):
        kept.keep(b"%d" % number, reply())
    assert len(kept) == 256
    assert kept.get(b"0") is None
    for number in range(300):
        kept.keep(b"%d" % number, reply(b"x" * 60_000))
    assert len(kept) == 69
    assert kept.get(b"299") is not None
    kept.forget()
    assert len(kept) == 0


def test_what_is_old_is_forgotten() -> None:
    now = 0.0
    kept = KeptReplies(lambda: now)
    kept.keep(b"k", reply())
    now = 299.0
    assert kept.get(b"k") is not None
    now = 301.0
    assert kept.get(b"k") is None
    assert len(kept) == 0


async def test_closing_forgets_everything_and_nothing_of_it_shows() -> None:
    kept = KeptReplies()
    kept.keep(b"k", reply(b'{"nome": "Ana"}'))
    assert "Ana" not in repr(kept.get(b"k"))

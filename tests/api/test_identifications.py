"""The question in JSON, strictly read, and the answer in JSON, with nothing lost."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.api.identifications import read_request
from gateway.core.errors import MalformedRequest
from gateway.core.model import Origin, SourceAnswer, SourceOutcome
from gateway.core.redaction import Redacted
from gateway.service.refs import Refs
from tests.api.answers import FOUND, JUST_A_NAME, MARIA, NOT_FOUND, UNAVAILABLE
from tests.api.composed import BOT, Composed, Prepared

pytestmark = pytest.mark.anyio
NOTHING_ELSE = {"identifiers": [], "stored": {}, "form": {}, "active": True, "revision": 1}


async def test_search_fields_reach_the_service_as_they_were_filled_in() -> None:
    gateway = Composed()
    await gateway.identify({"search": {"cpf": "529.982.247-25", "nome": " João "}, "limit": 7, "explain": True})
    (request,) = gateway.identifier.asked
    assert (request.tenant, request.search, request.text) == ("acme", {"cpf": "529.982.247-25", "nome": " João "}, None)
    assert (request.limit, request.explain, request.viewer.role, request.viewer.key_id) == (
        7,
        True,
        "helpdesk",
        "k-help",
    )
    assert isinstance(request, Redacted)
    assert "529" not in repr(request)


async def test_the_one_box_reaches_the_service_as_text() -> None:
    gateway = Composed()
    await gateway.identify({"text": "11 98765-4321"})
    (request,) = gateway.identifier.asked
    assert (request.search, request.text, request.limit, request.explain) == (None, "11 98765-4321", None, False)


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b"", "not JSON"),
        (b"search=cpf", "not JSON"),
        (b'{"text": "a"} x', "not JSON"),
        (b'{"text": "\xff"}', "not JSON"),
        (b'{"text": "\\ud800"}', "not JSON"),
        (b'{"limit": NaN, "text": "a"}', "not JSON"),
        (b"\xef\xbb\xbf{}", "not JSON"),
        (b"[]", "Expected `object`, got `array`"),
        (b"{}", "exactly one of"),
        (b'{"text": "a", "search": {"cpf": "1"}}', "exactly one of"),
        (b'{"search": {"cpf": 52998224725}}', "Expected `str`, got `int` - at `$.search[...]`"),
        (b'{"search": null}', "Expected `object`, got `null` - at `$.search`"),
        (b'{"text": "a", "limit": 0}', ">= 1 - at `$.limit`"),
        (b'{"text": "a", "limit": 201}', "<= 200 - at `$.limit`"),
        (b'{"text": "a", "limit": 1.5}', "at `$.limit`"),
        (b'{"text": "a", "limit": true}', "at `$.limit`"),
        (b'{"text": "a", "explain": "yes"}', "at `$.explain`"),
        (b'{"text": "a", "52998224725": 1}', "Known: search, text, explain, refresh, interaction, limit."),
        (b'{"search": {"cpf": "1", "cpf": "52998224725"}}', "given twice"),
        (b'{"text": "52998224725", "text": "a"}', "given twice"),
        (b'{"text": "' + b"a" * 1001 + b'"}', "length <= 1000"),
    ],
)
async def test_a_body_that_cannot_be_meant_is_refused_with_the_place_and_without_the_value(
    body: bytes, says: str
) -> None:
    gateway = Composed()
    refused = await gateway.identify(body)
    assert (refused.status, refused.json["code"]) == (400, "malformed_request")
    assert says in refused.json["detail"]
    assert b"52998224725" not in refused.body
    assert gateway.identifier.asked == []


async def test_nesting_without_end_is_refused_and_breaks_nothing() -> None:
    gateway = Composed()
    assert (await gateway.identify(b'{"search": ' + b"[" * 60_000)).status == 400


async def test_an_answer_carries_everything_that_was_found() -> None:
    gateway = Composed(Prepared(FOUND))
    answered = await gateway.identify({"search": {"cpf": "52998224725"}, "explain": True})
    assert answered.headers["content-type"] == "application/json"
    body = answered.json
    (match,) = body.pop("matches")
    ref = match.pop("ref")
    assert match == {
        "verified": True,
        "same_document": False,
        "customer": {
            "unique_key": {"name": "email", "kind": "email", "value": "maria@example.com"},
            "name": "Maria da Conceição",
            "documents": [
                {"kind": "cpf", "value": "52998224725", "masked": False},
                {"kind": "cpf", "value": "***.982.247-**", "masked": True},
            ],
            "emails": ["maria@example.com", "maria@example.org"],
            "phones": ["+5511987654321"],
            "birth_date": "1980-03-17",
            "addresses": [{"street": "Rua das Flores", "number": "10", "city": "São Paulo", "state": "SP"}],
            "attributes": {"plano": "Ouro"},
            "display": {"pontos": 12, "tags": ["vip"]},
            "sources": ["erp", "crm"],
            "provenance": {"name": ["erp", "crm"], "emails[1]": ["crm"]},
            "conflicts": [
                {
                    "path": "name",
                    "values": [
                        {"source": "erp", "value": "Maria da Conceição"},
                        {"source": "crm", "value": "Maria Conceição"},
                    ],
                }
            ],
        },
        "contact": {
            "id": "c-1",
            "standing": "customer",
            "unique_key": {"name": "email", "kind": "email", "value": "maria@example.com"},
            "name": "Maria",
            "identifiers": [{"kind": "email", "value": "maria@example.com", "verified": True}],
            "customer_type": "Cliente",
            "stored": {"attributes.plano": "Ouro"},
            "form": {},
            "active": True,
            "revision": 1,
        },
    }
    held = Refs([bytes(32)], lambda: 1_800_000_000.0).open(ref, "acme")
    assert (held.unique_key, held.contact, held.sources) == (
        MARIA.unique_key,
        "c-1",
        ("erp", "crm"),
    )
    assert body == {
        "request_id": answered.headers["x-request-id"],
        "outcome": "found",
        "complete": False,
        "more": True,
        "searched": ["cpf", "nome"],
        "warnings": [],
        "sources": [
            {
                "source": "erp",
                "outcome": "found",
                "warnings": ["bare &"],
                "refused": 1,
                "dropped": 2,
                "truncated": True,
                "elapsed_ms": 12.35,
            },
            {
                "source": "soap",
                "outcome": "timed_out",
                "code": "timed_out",
                "detail": "The source did not answer in time.",
                "warnings": [],
                "refused": 0,
                "dropped": 0,
                "truncated": False,
                "elapsed_ms": 0.0,
            },
        ],
        "facts": {
            "customer": {"identified": False, "type": "Cliente", "attributes": {}},
            "code": {"state": "not_sent"},
            "outcome": "found",
            "complete": False,
            "assurance": "claimed",
        },
        "actions": {"set": {}, "tags": [], "ask_for": []},
        "trace": [
            {
                "what": "asked",
                "at_ms": 1.0,
                "source": "erp",
                "attempt": 1,
                "keys": [{"field": "cpf", "form": "masked", "value": "***.***.***-25", "candidate": False}],
            },
            {
                "what": "answered",
                "at_ms": 20.0,
                "source": "erp",
                "took_ms": 19.0,
                "records": 4,
                "truncated": True,
                "warnings": [],
            },
        ],
    }


async def test_absent_values_are_left_out_and_lists_are_always_there() -> None:
    gateway = Composed(Prepared(JUST_A_NAME))
    body = (await gateway.identify({"text": "ana"})).json
    assert "trace" not in body
    assert "proposal" not in body
    known, local = body["matches"]
    assert known["same_document"] is True
    assert known["customer"] == {
        "unique_key": {"name": "email", "kind": "email", "value": "ana@example.com"},
        "documents": [],
        "emails": [],
        "phones": [],
        "addresses": [],
        "attributes": {},
        "display": {},
        "sources": ["erp"],
        "provenance": {},
        "conflicts": [],
    }
    assert local["contact"] == {"id": "c-2", "standing": "registered", **NOTHING_ELSE}
    assert "customer" not in local


async def test_not_found_proposes_and_names_the_known_prospect() -> None:
    gateway = Composed(Prepared(NOT_FOUND))
    body = (await gateway.identify({"text": "52998224725"})).json
    assert (body["outcome"], body["matches"]) == ("not_found", [])
    assert body["proposal"].pop("ref")
    assert body["proposal"] == {
        "message": "Cliente não cadastrado/52998224725",
        "customer_type": "Não Cliente",
        "prospect": "keyed",
        "unique_key": {"name": "cpf", "kind": "cpf", "value": "52998224725"},
    }
    assert body["known_prospect"] == {"id": "c-3", "standing": "prospect", "name": "Ana", **NOTHING_ELSE}


async def test_unavailable_is_a_200_that_proposes_nothing_and_says_why() -> None:
    gateway = Composed(Prepared(UNAVAILABLE))
    answered = await gateway.identify({"text": "52998224725"})
    assert (answered.status, answered.json["outcome"], answered.json["complete"]) == (200, "unavailable", False)
    assert "proposal" not in answered.json
    assert answered.json["sources"][0]["code"] == "unreachable"


async def test_the_trace_comes_only_where_it_was_asked_for() -> None:
    gateway = Composed(Prepared(FOUND))
    assert "trace" not in (await gateway.identify({"text": "a"})).json
    assert "trace" in (await gateway.identify({"text": "a", "explain": True})).json


async def test_who_sees_masked_values_only_gets_no_ref_to_them() -> None:
    gateway = Composed(Prepared(FOUND))
    (match,) = (await gateway.identify({"text": "a"}, BOT)).json["matches"]
    assert "ref" not in match


async def test_refresh_is_passed_on_and_is_false_unless_it_is_asked_for() -> None:
    gateway = Composed()
    await gateway.identify({"text": "maria@example.com"})
    await gateway.identify({"text": "maria@example.com", "refresh": True})
    assert [request.refresh for request in gateway.identifier.asked] == [False, True]
    refused = await gateway.identify({"text": "maria@example.com", "refresh": "yes"})
    assert (refused.status, refused.json["code"]) == (400, "malformed_request")


async def test_a_remembered_answer_shows_its_age_and_a_stale_one_says_so() -> None:
    answers = (
        SourceAnswer("erp", SourceOutcome.FOUND),
        SourceAnswer("crm", SourceOutcome.NOT_FOUND, origin=Origin.CACHED, age=1.5),
        SourceAnswer("old", SourceOutcome.FOUND, code="unreachable", origin=Origin.STALE, age=61.0),
    )
    sources = (await Composed(Prepared(replace(FOUND, sources=answers))).identify({"text": "a"})).json["sources"]
    assert [(one.get("age_ms"), one.get("stale"), one.get("code")) for one in sources] == [
        (None, None, None),
        (1500.0, None, None),
        (61_000.0, True, "unreachable"),
    ]


_VALUES = st.text(st.characters(codec="utf-8"), max_size=4)
_NAMES = st.sampled_from(["cpf", "nome", "search", 'e"x', "a\\b", "ção", ""])


@given(
    st.lists(st.tuples(_NAMES, _VALUES), max_size=4),
    st.booleans(),
    st.booleans(),
)
def test_a_repeated_search_field_is_refused_however_it_is_written(
    members: list[tuple[str, str]], escaped: bool, more: bool
) -> None:
    pairs = ", ".join(f"{json.dumps(name)}: {json.dumps(value, ensure_ascii=escaped)}" for name, value in members)
    rest = ', "explain": true' if more else ""
    body = f'{{"search": {{{pairs}}}{rest}}}'.encode()
    if len(dict(members)) == len(members):
        assert len(read_request(body).search or {}) == len(members)
    else:
        with pytest.raises(MalformedRequest, match="given twice"):
            read_request(body)


async def test_who_asks_is_told_to_the_audit_and_need_not_be() -> None:
    gateway = Composed()
    await gateway.identify({"search": {"cpf": "52998224725"}}, headers=[("Gateway-Actor", "op-7")])
    await gateway.identify({"search": {"cpf": "52998224725"}})
    assert [asked.actor for asked in gateway.identifier.asked] == ["op-7", None]
    refused = await gateway.identify({"search": {"cpf": "52998224725"}}, headers=[("Gateway-Actor", "João")])
    assert (refused.status, refused.json["code"]) == (400, "malformed_request")
    assert "The header Gateway-Actor has 1 to 200 printable" in refused.json["detail"]

"""The operations of interactions over real databases: what they answer, and every problem that they may answer with."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from gateway.api.interactions import endpoints
from gateway.api.limits import Places
from gateway.api.openapi import problem_codes
from gateway.api.table import OPERATIONS
from gateway.core.context import DEEPEST, MOST_BYTES, MOST_ENTRIES
from gateway.core.errors import StorageUnavailable
from gateway.core.model import UniqueKey
from tests.api.composed import BOT, HELPDESK, OTHER, Answer, Composed, Key, call
from tests.api.test_openapi import fits
from tests.service.attended import Attended
from tests.service.scripted import ANAS_CPF
from tests.service.test_reception import ROUTED

pytestmark = pytest.mark.anyio

ALL = "/v1/tenants/acme/interactions"
OPERATOR = "operator-key"
ANAS_KEY = UniqueKey("email", "email", "ana@example.com")
BIAS_KEY = UniqueKey("email", "email", "bia@example.com")
CHAT = {"channel": "whatsapp", "channel_user": {"value": "5511987654321"}}
NOBODY = "0" * 32


@dataclass(slots=True)
class Api:
    """The API over a desk with a database."""

    attended: Attended
    places: int = 10
    composed: Composed = field(init=False)

    def __post_init__(self) -> None:
        self.composed = Composed(stored=endpoints(self.attended.desk, Places(self.places)))
        self.composed.ring.known[OPERATOR] = Key("k-op", "acme", "operator")

    async def post(
        self, path: str, body: object = None, key: str = HELPDESK, actor: str | None = "op-7", **headers: str
    ) -> Answer:
        sent = b"" if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
        given = [
            ("Authorization", f"Bearer {key}"),
            *((name.replace("_", "-"), text) for name, text in headers.items()),
        ]
        if actor is not None:
            given.append(("Gateway-Actor", actor))
        return await call(self.composed.app, "POST", f"{ALL}{path}", sent, given)

    async def get(self, path: str, key: str = HELPDESK) -> Answer:
        return await self.composed.get(f"{ALL}{path}", key)

    async def started(self, body: object = None, **more: Any) -> dict[str, Any]:
        answer = await self.post("", CHAT if body is None else body, **more)
        assert answer.status == 201, answer.body
        interaction: dict[str, Any] = answer.json["interaction"]
        return interaction

    def ref(self, key: UniqueKey = ANAS_KEY) -> str:
        return self.attended.ref(key)


@pytest.fixture
async def api(address: str) -> AsyncIterator[Api]:
    attended = Attended(address)
    yield Api(attended)
    await attended.aclose()


def refused(answer: Answer, status: int, code: str, said: str, reason: str | None = None) -> None:
    assert (answer.status, answer.json["code"], answer.json.get("reason")) == (status, code, reason), answer.body
    assert said in answer.json["detail"]
    fits(answer.json, "Problem")


# ---------------------------------------------------------------------------------------------- what is answered


async def test_a_whole_attendance(api: Api) -> None:
    answer = await api.post("", {**CHAT, "search": {"cpf": ANAS_CPF}, "context": CONTEXT})
    assert answer.status == 201
    fits(answer.json, "StartedInteraction")
    one = answer.json["interaction"]["id"]
    assert answer.json["interaction"]["link"]["how"] == "automatic"
    assert answer.json["interaction"]["unique_key"]["value"] == "ana@example.com"
    acted = await api.post(f"/{one}/first-action")
    fits(acted.json, "Interaction")
    assert acted.json["protocol"] == "2026-0000000001"
    replaced = await api.post(f"/{one}/reidentify", {"ref": api.ref(BIAS_KEY)})
    assert (replaced.status, replaced.json["link"]["actor"]) == (200, "op-7")
    assert (await api.post(f"/{one}/unlink")).json.get("link") is None
    assert (await api.post(f"/{one}/link", {"ref": api.ref()})).json["link"]["assurance"] == "matched"
    note = await api.post(f"/{one}/notes", {"text": "Quer a 2ª via"})
    fits(note.json, "Note")
    case = await api.post(f"/{one}/cases", {"case": "SR-118", "title": "2ª via", "identified": True})
    fits(case.json, "Case")
    assert (note.status, case.status) == (201, 201)
    finished = await api.post(f"/{one}/finish")
    fits(finished.json, "FinishedInteraction")
    assert finished.json["survey"] == "https://pesquisa.example/?p=2026-0000000001"
    history = (await api.get(f"/{one}")).json
    fits(history, "InteractionHistory")
    assert history["context"] == CONTEXT
    assert history["interaction"] == finished.json["interaction"]
    assert [("ended_at" in link, link["how"]) for link in history["links"]] == [
        (True, "automatic"), (True, "hand"), (False, "hand"),
    ]  # fmt: skip
    assert (history["notes"], history["cases"]) == ([note.json], [case.json])
    [found] = (await api.get("?protocol=2026-0000000001")).json["interactions"]
    assert found == finished.json["interaction"]


CONTEXT = {
    "pre_chat": [{"question": "Assunto", "answer": "2ª via"}],
    "visitor": {"authenticated": False, "browser": "Firefox 131", "place": "São Paulo"},
    "navigation": [{"kind": "search", "what": "boleto", "at": "2026-11-22T11:58:00Z"}],
    "variables": {"fila": "cobrança", "tentativas": [1, {"ok": False}], "nota": 9.5, "nada": None},
}


async def test_why_nobody_was_linked_is_said(api: Api) -> None:
    answer = await api.post("", {**CHAT, "anonymous": True, "text": ANAS_CPF})
    assert (answer.status, answer.json["not_linked"]) == (201, "anonymous")
    assert "not_linked" not in (await api.post("", CHAT)).json


async def test_a_list_comes_in_pages(api: Api) -> None:
    ids = {(await api.started())["id"] for _ in range(5)}
    first = (await api.get("?limit=3")).json
    fits(first, "InteractionPage")
    rest = (await api.get(f"?limit=3&cursor={first['next']}")).json
    assert {one["id"] for one in first["interactions"] + rest["interactions"]} == ids
    assert "next" not in rest
    linked = await api.started({**CHAT, "search": {"cpf": ANAS_CPF}})
    mine = (await api.get(f"?contact={linked['link']['contact']}")).json
    assert [one["id"] for one in mine["interactions"]] == [linked["id"]]


async def test_what_comes_again_is_done_once_and_said_to_be_so(api: Api) -> None:
    first = await api.post("", CHAT, Idempotency_Key="k-1")
    again = await api.post("", CHAT, Idempotency_Key="k-1")
    assert (again.status, again.headers["idempotency-replayed"]) == (201, "true")
    assert "idempotency-replayed" not in first.headers
    assert first.json == again.json
    one = first.json["interaction"]["id"]
    ends = [await api.post(f"/{one}/finish", Idempotency_Key="k-2") for _ in range(2)]
    assert ends[0].json == ends[1].json
    other = await api.post("", {"channel": "chat"}, Idempotency_Key="k-1")
    refused(other, 409, "conflict", "Use a new key", "idempotency_key_reused")


async def test_a_bot_starts_by_event_without_an_actor_and_sees_likenesses(api: Api) -> None:
    body = {**CHAT, "search": {"cpf": ANAS_CPF}, "context": CONTEXT}
    started = await api.started(body, key=BOT, actor=None)
    assert "actor" not in started
    assert started["link"]["assurance"] == "matched"
    assert "unique_key" not in started
    history = (await api.get(f"/{started['id']}", BOT)).json
    assert history["context"] == {"pre_chat": [], "navigation": [], "variables": {}}
    assert ANAS_CPF not in str(history)


# ---------------------------------------------------------------------------------------------- what is refused


@pytest.mark.parametrize(
    ("body", "status", "code", "said"),
    [
        (b"", 400, "malformed_request", "not JSON"),
        ({}, 400, "malformed_request", "missing required field `channel`"),
        ({"channel": "chat", "cpf": "1"}, 400, "malformed_request", "Known: channel, by_hand"),
        ({"channel": "chat", "search": {}, "text": "a"}, 400, "malformed_request", "at most one of 'search'"),
        ({**CHAT, "context": {"visits": []}}, 400, "malformed_request", "A member is not known - at `$.context`."),
        (
            {**CHAT, "context": {"navigation": [{"kind": "page", "what": "/", "at": "2026-11-22T11:58:00"}]}},
            400,
            "malformed_request",
            "timezone",
        ),
        ({"channel": "watsapp"}, 422, "unknown_channel", "Did you mean 'whatsapp'?"),
        ({**CHAT, "channel_user": {"kind": "phone", "value": "12"}}, 422, "invalid_key", "not a valid phone"),
        ({**CHAT, "search": {"cpf": "52998224724"}}, 422, "invalid_key", "'cpf' is not a valid cpf"),
        ({**CHAT, "search": {"cfp": "1"}}, 422, "unknown_search_field", "Did you mean 'cpf'?"),
        ({**CHAT, "search": {}}, 422, "empty_search", "Fill in at least one"),
        ({**CHAT, "text": "?!"}, 422, "nothing_recognised", "none of what this tenant"),
        (
            {**CHAT, "context": {"variables": {"a": "x" * MOST_BYTES}}},
            422,
            "context_too_large",
            f"more than {MOST_BYTES} bytes as JSON",
        ),
        (
            {**CHAT, "context": {"variables": {"a": [0] * MOST_ENTRIES}}},
            422,
            "context_too_large",
            f"more than {MOST_ENTRIES} members and items",
        ),
    ],
)
async def test_a_start_that_is_wrong_starts_nothing(api: Api, body: object, status: int, code: str, said: str) -> None:
    refused(await api.post("", body), status, code, said)
    assert (await api.get("")).json["interactions"] == []


@pytest.mark.parametrize("levels", [DEEPEST, 20_000])
async def test_a_context_as_deep_as_a_well_is_refused(api: Api, levels: int) -> None:
    deep = b'{"channel": "chat", "context": {"variables": {"a": ' + b"[" * levels + b"]" * levels + b"}}}"
    answer = await api.post("", deep)
    if levels == DEEPEST:
        refused(answer, 422, "context_too_large", f"more than {DEEPEST} levels")
    else:
        refused(answer, 400, "malformed_request", "nested")


async def test_a_persons_write_names_him(api: Api) -> None:
    refused(await api.post("", CHAT, actor=None), 400, "malformed_request", "The header Gateway-Actor is missing")
    refused(await api.post("", CHAT, actor="a b"), 400, "malformed_request", "printable ASCII")


@pytest.mark.parametrize(
    ("path", "body", "key", "permission"),
    [
        ("", {**CHAT, "by_hand": True}, OPERATOR, "interactions.start_by_hand"),
        ("", {**CHAT, "by_hand": True}, BOT, "interactions.start_by_hand"),
        (f"/{NOBODY}/link", {"contact": NOBODY}, BOT, "interactions.link"),
        (f"/{NOBODY}/reidentify", {"contact": NOBODY}, BOT, "interactions.link"),
        (f"/{NOBODY}/unlink", None, BOT, "interactions.link"),
        ("", CHAT, "operations-key", "interactions.write"),
        (f"/{NOBODY}/finish", None, "operations-key", "interactions.write"),
    ],
)
async def test_who_may_not_is_told_what_he_lacks(api: Api, path: str, body: object, key: str, permission: str) -> None:
    refused(await api.post(path, body, key), 403, "forbidden", f"'{permission}'")


async def test_what_is_not_this_tenants_is_not_here(api: Api) -> None:
    for path, body in (
        ("first-action", None),
        ("link", {"contact": NOBODY}),
        ("reidentify", {"contact": NOBODY}),
        ("unlink", None),
        ("notes", {"text": "a"}),
        ("cases", {"case": "1", "identified": False}),
        ("finish", None),
    ):
        refused(await api.post(f"/{NOBODY}/{path}", body), 404, "not_here", "no such interaction")
    refused(await api.get(f"/{NOBODY}"), 404, "not_here", "no such interaction")
    one = (await api.started())["id"]
    refused(await api.post(f"/{one}/link", {"contact": NOBODY}), 404, "not_here", "no such contact")
    refused(await api.get("", OTHER), 404, "unknown_tenant", "no such tenant")


async def test_whom_to_link_is_one_thing(api: Api) -> None:
    one = (await api.started())["id"]
    for body in ({}, {"ref": api.ref(), "contact": NOBODY}):
        for use in ("link", "reidentify"):
            refused(await api.post(f"/{one}/{use}", body), 400, "malformed_request", "exactly one of 'ref'")
    refused(await api.post(f"/{one}/link", {"ref": "x" * 80}), 422, "ref_forged", "Send it as it came")


async def test_what_does_not_go_with_what_is_there_says_why(api: Api) -> None:
    one = (await api.started())["id"]
    refused(await api.post(f"/{one}/unlink"), 409, "conflict", "linked to nobody", "nobody_linked")
    case = {"case": "SR-118", "identified": True}
    refused(await api.post(f"/{one}/cases", case), 409, "conflict", "nobody is linked", "nobody_linked")
    assert (await api.post(f"/{one}/cases", {**case, "identified": False})).status == 201
    await api.post(f"/{one}/link", {"ref": api.ref()})
    again = await api.post(f"/{one}/link", {"ref": api.ref()})
    refused(again, 409, "conflict", "Unlink it first", "linked_already")
    shared = UniqueKey("email", "email", "nao@tem.com")
    junk = await api.post(f"/{one}/reidentify", {"ref": api.ref(shared)})
    refused(junk, 409, "conflict", "one that strangers share", "junk_key")
    await api.post(f"/{one}/finish")
    for path, body in (("notes", {"text": "a"}), ("unlink", None), ("finish", None), ("first-action", None)):
        refused(await api.post(f"/{one}/{path}", body), 409, "conflict", "is finished", "finished")


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("?limit=0", "'limit' is 1 to 100"),
        ("?limit=101", "'limit' is 1 to 100"),
        ("?cursor=x", "none that a page gave"),
        ("?cpf=52998224725", "Known: protocol, contact, cursor, limit"),
        ("?protocol=2026-0000000001&limit=3", "Leave the other parameters out"),
    ],
)
async def test_a_list_that_is_asked_for_wrongly(api: Api, query: str, said: str) -> None:
    refused(await api.get(query), 400, "malformed_request", said)


async def test_a_start_takes_a_place_of_the_tenants(api: Api) -> None:
    full = Api(api.attended, places=0)
    refused(await full.post("", CHAT), 429, "too_many_in_flight", "under way")


async def test_without_a_contact_base_there_is_nothing() -> None:
    composed = Composed()
    refused(await composed.get(ALL), 404, "contact_base_off", "contact_base.enabled")


async def test_a_database_that_is_away_is_said_to_be_so() -> None:
    attended = Attended("postgresql://gateway@/gateway?host=/nowhere")
    refused(await Api(attended).post("", CHAT), 503, "storage_unavailable", StorageUnavailable().args[0])
    refused(await Api(attended).get(""), 503, "storage_unavailable", "does not answer")
    await attended.aclose()


def test_every_problem_seen_here_is_documented() -> None:
    documented = {operation.name: set(problem_codes(operation)) for operation in OPERATIONS}
    writes = {"conflict", "not_here", "malformed_request", "storage_unavailable", "contact_base_off", "forbidden"}
    for name in ("link_interaction", "reidentify_interaction"):
        assert writes | {"ref_expired", "ref_forged"} <= documented[name]
    for name in ("first_action", "unlink_interaction", "add_note", "add_case", "finish_interaction"):
        assert writes <= documented[name]
    assert {"unknown_channel", "context_too_large", "invalid_key", "too_many_in_flight", "conflict"} <= documented[
        "start_interaction"
    ]


async def test_an_explanation_is_for_who_may_read_customers(api: Api) -> None:
    api.attended.house.tenant = replace(api.attended.tenant, rules=ROUTED)
    asked = {**CHAT, "search": {"cpf": ANAS_CPF}, "explain": True}
    told = await api.post("", asked)
    fits(told.json, "StartedInteraction")
    assert [one["verdict"] for one in told.json["rules"]] == ["applied", "not_applied", "applied"]
    assert (await api.post("", asked, BOT)).json["rules"] == []
    assert "rules" not in (await api.post("", CHAT)).json

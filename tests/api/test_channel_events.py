"""The operation of channels' events over real databases: what it answers, and every problem that it may answer with."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import jwt
import pytest

from gateway.api.channel_event_operations import TAKE
from gateway.api.channel_events import endpoints
from gateway.api.limits import Places
from gateway.api.openapi import problem_codes
from gateway.api.operation import problems_of
from gateway.core.errors import StorageUnavailable
from gateway.core.facts import CodeState
from gateway.core.redaction import Secret
from gateway.core.signed_identity import Algorithm, SignedToken
from gateway.storage.engine import embedded
from tests.api.composed import BOT, HELPDESK, OPERATIONS, OTHER, Answer, Composed, call
from tests.api.test_openapi import fits
from tests.service.attended import Attended
from tests.service.coded import Coded
from tests.service.scripted import ANA
from tests.service.test_reception import ROUTED

pytestmark = pytest.mark.anyio

EVENTS = "/v1/tenants/acme/channel-events"
SECRET = "c" * 40
NUMBER = "+5511987654321"
RECORDED: dict[str, dict[str, Any]] = {
    "email": {
        "event": "<CAF118@mail.example.com>",
        "attendance": "<CAF100@mail.example.com>",
        "data": {"from": '"Ana Souza" <ana@example.com>', "to": "ajuda@acme.example", "subject": "2ª via do boleto"},
    },
    "phone": {
        "event": "CA118-answered",
        "attendance": "CA118",
        "data": {"From": f"sip:{NUMBER}@pbx.example;user=phone", "To": "sip:30001000@pbx.example", "queue": "cobrança"},
    },
    "ivr": {
        "event": "CA118-menu",
        "attendance": "CA118",
        "data": {"ANI": "11987654321", "DNIS": "30001000", "URA": {"opção": "2", "CPF": "52998224725"}},
    },
    "chat": {
        "event": "conversation-77-1",
        "channel_user": {"value": "visitor-7"},
        "data": {"Name": "Ana Souza", "Email": "ana@example.com", "Phone": "(11) 98765-4321", "CaseNumber": "CAS-1"},
        "context": {"pre_chat": [{"question": "Assunto", "answer": "2ª via"}]},
    },
    "whatsapp": {
        "event": "wamid.HBgNNTUxMTk4NzY1NDMyMRUCABIYIDQ",
        "data": {
            "contacts": [{"profile": {"name": "Ana Souza"}, "wa_id": "5511987654321"}],
            "messages": [{"from": "5511987654321", "type": "text"}],
        },
    },
    "telegram": {
        "event": "update-9001",
        "data": {"from": {"id": 991, "first_name": "Ana"}, "contact": {"phone_number": NUMBER, "user_id": 991}},
    },
    "messenger": {"event": "m_AG5Hz2", "data": {"sender": {"id": "7250001"}, "email": "ana@example.com"}},
    "instagram": {"event": "aWdfZA", "data": {"sender": {"id": "178414"}, "cpf": "529.982.247-25"}},
    "other": {"event": "totem-1", "channel_user": {"value": "totem-3"}, "data": {"cpf": "529.982.247-25"}},
}
"""What each channel hands over, of a customer whom the source knows."""


@dataclass(slots=True)
class Api:
    """The API over a desk with a database."""

    attended: Attended
    places: int = 10
    composed: Composed = field(init=False)

    def __post_init__(self) -> None:
        self.composed = Composed(stored=endpoints(self.attended.events, self.attended.refs, Places(self.places)))

    async def post(self, body: object, key: str = BOT, *headers: tuple[str, str]) -> Answer:
        sent = body if isinstance(body, bytes) else json.dumps(body).encode()
        return await call(self.composed.app, "POST", EVENTS, sent, [("Authorization", f"Bearer {key}"), *headers])


@pytest.fixture
async def api(address: str) -> AsyncIterator[Api]:
    attended = Attended(address)
    yield Api(attended)
    await attended.aclose()


def refused(answer: Answer, status: int, code: str, said: str, reason: str | None = None) -> None:
    assert (answer.status, answer.json["code"], answer.json.get("reason")) == (status, code, reason), answer.body
    assert said in answer.json["detail"]
    fits(answer.json, "Problem")
    assert code in problems_of(TAKE)


@pytest.mark.parametrize("channel", list(RECORDED))
async def test_one_call_finds_links_and_begins(api: Api, channel: str) -> None:
    answer = await api.post({"channel": channel, **RECORDED[channel]})
    assert answer.status == 200, answer.body
    fits(answer.json, "Reception")
    body = answer.json
    assert (body["outcome"], body["left_out"], body["registered"]) == ("found", [], False)
    assert "not_linked" not in body
    assert body["interaction"]["link"]["assurance"] == "matched"
    assert body["facts"]["channel"] == channel
    # A bot sees a likeness.
    assert "ana@example.com" not in answer.body.decode()
    assert "Ana Souza" not in answer.body.decode()
    # Nothing of it is in the log.
    log = api.composed.log.getvalue().decode()
    assert not any(value in log for value in ("ana@example.com", "Ana Souza", "987654321", "52998224725"))


async def test_a_helpdesk_sees_who_it_is_and_names_its_operator(api: Api) -> None:
    event = {"channel": "email", **RECORDED["email"]}
    answer = await api.post(event, HELPDESK, ("Gateway-Actor", "op-7"))
    assert answer.json["identification"]["matches"][0]["customer"]["name"] == ANA["nome"]
    assert answer.json["interaction"]["actor"] == "op-7"
    refused(await api.post(event, HELPDESK), 400, "malformed_request", "Gateway-Actor is missing")


async def test_a_message_is_looked_through_for_a_code(api: Api) -> None:
    code = await Coded(api.attended).issued()
    event = {"channel": "telegram", **RECORDED["telegram"]}
    without = await api.post({**event, "text": "bom dia"})
    fits(without.json, "Reception")
    assert (without.json["code"]["state"], without.json["facts"]["code"]["state"]) == ("not_sent", "not_sent")
    shown = await api.post({**event, "event": "update-9002", "text": f"meu código: {code}"})
    fits(shown.json, "Reception")
    assert (shown.json["code"]["state"], shown.json["interaction"]["link"]["assurance"]) == ("valid", "code")
    assert code not in api.composed.log.getvalue().decode()


async def test_the_same_request_again_gives_the_same(api: Api) -> None:
    event, key = {"channel": "phone", **RECORDED["phone"]}, ("Idempotency-Key", "call-118")
    first = await api.post(event, BOT, key)
    again = await api.post(event, BOT, key)
    assert again.headers["idempotency-replayed"] == "true"
    assert again.json["interaction"] == first.json["interaction"]
    refused(await api.post(event), 409, "conflict", "This event came before", "replayed")
    refused(await api.post(event, BOT, ("Idempotency-Key", "x")), 409, "conflict", "came before", "replayed")
    changed = {**event, "anonymous": True}
    refused(await api.post(changed, BOT, key), 409, "conflict", "Use a new key", "idempotency_key_reused")


@pytest.mark.parametrize(
    ("body", "status", "code", "said"),
    [
        ({"channel": "fax", "event": "1"}, 422, "unknown_channel", "There is no such channel. Known: email, phone"),
        ({"channel": "chat"}, 400, "malformed_request", "missing required field `event`"),
        ({"channel": "chat", "event": ""}, 400, "malformed_request", "length >= 1"),
        ({"channel": "chat", "event": 7}, 400, "malformed_request", "Expected `str`"),
        ({"channel": "chat", "event": "1", "data": []}, 400, "malformed_request", "Expected `object`"),
        ({"channel": "chat", "event": "1", "cpf": "529"}, 400, "malformed_request", "Known: channel, event, attendance"),
        ({"channel": "chat", "event": "1", "identity": {"jwt": "x"}}, 400, "malformed_request", "not known"),
        ({"channel": "chat", "event": "1", "data": {"a": "x" * 40_000}}, 422, "context_too_large", "The data has more"),
        ({"channel": "chat", "event": "1", "data": {"a": [0] * 2000}}, 422, "context_too_large", "1000 members"),
        (
            {"channel": "chat", "event": "1", "data": {"a": [[[[[[[[[[1]]]]]]]]]]}}, 422, "context_too_large",
            "8 levels",
        ),
        ({"channel": "chat", "event": "1", "identity": {"token": "a.b.c"}}, 422, "identity_refused", "does not count"),
        ({"channel": "chat", "event": "1", "text": "x" * 20_000}, 422, "text_too_long", "10000"),
        (b"{", 400, "malformed_request", "not JSON"),
        (b"[" * 50_000, 400, "malformed_request", "body"),
        (b'{"channel": "chat", "event": "' + b"x" * 1_000_000 + b'"}', 413, "body_too_large", "over 65536 bytes"),
        (b'{"channel": "chat", "event": "1", "data": {"a": 1, "a": 2}}', 400, "malformed_request", "given twice"),
        (b'{"channel": "chat", "event": "\\ud800"}', 400, "malformed_request", "JSON"),
    ],
)  # fmt: skip
async def test_what_is_wrong_is_refused_and_begins_nothing(
    api: Api, body: object, status: int, code: str, said: str
) -> None:
    refused(await api.post(body), status, code, said)
    page = await api.attended.storage.interactions.page("acme", None, None, 10)
    assert page.interactions == ()


async def test_who_may_not_is_refused(api: Api) -> None:
    event = {"channel": "email", **RECORDED["email"]}
    refused(await api.post(event, OPERATIONS), 403, "forbidden", "interactions.write")
    refused(await api.post(event, OTHER), 404, "unknown_tenant", "no such tenant")


async def test_a_helpdesk_is_told_why_an_identity_does_not_count_and_a_bot_is_not(api: Api) -> None:
    api.attended.over("chat", identity=SignedToken(Algorithm.HS256, Secret(SECRET), {"email": "email"}))
    now = int(api.attended.time().timestamp())

    def event(number: int, secret: str = SECRET, **claims: Any) -> dict[str, Any]:
        said = {"email": "ana@example.com", "iat": now, "exp": now + 60, **claims}
        token = {"token": jwt.encode(said, secret, "HS256")}
        return {"channel": "chat", "event": str(number), "channel_user": {"value": "v"}, "identity": token}

    actor = ("Gateway-Actor", "op-7")
    first = await api.post(event(1, jti="a"), HELPDESK, actor)
    assert first.json["interaction"]["link"]["assurance"] == "channel"
    assert first.json["facts"]["customer"]["identified"] is True
    for wrong, status, code in (
        (event(2, "x" * 40), 422, "identity_forged"),
        (event(3, exp=now - 100), 410, "identity_expired"),
        (event(4, exp=now + 10**7), 422, "identity_lives_too_long"),
        (event(5, iat=now + 1000), 422, "identity_not_yet"),
        (event(6, email=""), 422, "identity_incomplete"),
        (event(7, jti="a"), 409, "identity_replayed"),
    ):
        refused(await api.post(wrong, HELPDESK, actor), status, code, "identity")
        refused(await api.post(wrong), 422, "identity_refused", "does not count")


async def test_a_signature_that_is_none_or_not_the_companys_is_forged(api: Api) -> None:
    api.attended.over("chat", identity=SignedToken(Algorithm.HS256, Secret(SECRET), {"email": "email"}))
    now = int(api.attended.time().timestamp())
    said = {"email": "ana@example.com", "iat": now, "exp": now + 60}
    none = jwt.encode(said, "", "none")
    signed = jwt.encode(said, SECRET, "HS256")
    head, body, signature = signed.split(".")
    other = jwt.encode({**said, "email": "beto@example.com"}, "y" * 64, "HS512").split(".")[1]
    forged = {
        "alg none": none,
        "alg none, with a signature": f"{none.split('.')[0]}.{body}.{signature}",
        "no signature": f"{head}.{body}.",
        "another's signature": jwt.encode(said, "x" * 40, "HS256"),
        "another algorithm": jwt.encode(said, SECRET * 2, "HS512"),
        "another body": f"{head}.{other}.{signature}",
        "no token": "x",
    }
    faces = set()
    for place, token in enumerate(forged.values()):
        event = {"channel": "chat", "event": str(place), "channel_user": {"value": "v"}, "identity": {"token": token}}
        refused(await api.post(event, HELPDESK, ("Gateway-Actor", "op-7")), 422, "identity_forged", "identity")
        answer = await api.post(event)
        refused(answer, 422, "identity_refused", "does not count")
        faces.add((json.dumps({**answer.json, "request_id": ""}), *answer.headers))
        assert token not in api.composed.log.getvalue().decode() or token == "x"
    assert len(faces) == 1
    page = await api.attended.storage.interactions.page("acme", None, None, 10)
    assert page.interactions == ()


async def test_an_events_wrong_code_has_one_face_for_who_writes(api: Api) -> None:
    coded = Coded(api.attended)
    used, old = await coded.issued(), await coded.issued(valid_for=30)
    assert (await coded.show(used, "somebody")).state is CodeState.VALID
    api.attended.time.now += timedelta(seconds=30)
    wrong = {
        "used": used,
        "expired": old,
        "other_channel": await coded.issued(channel="whatsapp"),
        "mistyped": "8X7F-M9LK-JX8H-TTM9",
    }
    faces, actor = set(), ("Gateway-Actor", "op-7")
    for place, (reason, code) in enumerate(wrong.items()):
        event = {"channel": "telegram", "event": f"u-{place}", "data": {"from": {"id": 7}}, "text": f"código {code}"}
        by_bot = await api.post(event)
        by_helpdesk = await api.post({**event, "event": f"h-{place}", "data": {"from": {"id": 8}}}, HELPDESK, actor)
        assert (by_helpdesk.json["code"]["state"], by_helpdesk.json["code"]["reason"]) == ("invalid", reason)
        faces.add(json.dumps({**by_bot.json, "request_id": "", "interaction": ""}))
    assert len(faces) == 1


async def test_an_explanation_is_for_who_may_read_customers(api: Api) -> None:
    api.attended.tenant = api.attended.house.tenant = replace(api.attended.tenant, rules=ROUTED)
    event, actor = {"channel": "phone", "data": {"caller": NUMBER}, "explain": True}, ("Gateway-Actor", "op-7")
    told = (await api.post({**event, "event": "1"}, HELPDESK, actor)).json
    assert [one["verdict"] for one in told["rules"]] == ["applied", "not_applied", "applied"]
    assert [step["what"] for step in told["identification"]["trace"]][-1] == "concluded"
    assert NUMBER not in json.dumps([told["rules"], told["identification"]["trace"]])
    by_bot = (await api.post({**event, "event": "2"})).json
    assert (by_bot["rules"], by_bot["identification"]["trace"]) == ([], [])
    short = (await api.post({**event, "event": "3", "explain": False})).json
    assert "rules" not in short
    assert "trace" not in short["identification"]


async def test_too_many_at_once_are_refused(api: Api) -> None:
    full = Api(api.attended, places=0)
    refused(await full.post({"channel": "email", **RECORDED["email"]}), 429, "too_many_in_flight", "under way")


async def test_without_its_database_nothing_is_confirmed(tmp_path: Any) -> None:
    api = Api(Attended(embedded(tmp_path / "nowhere")))
    answer = await api.post({"channel": "email", **RECORDED["email"]})
    refused(answer, 503, StorageUnavailable.code, "Repeat later, with the same Idempotency-Key")
    await api.attended.aclose()


def test_every_problem_of_it_is_documented() -> None:
    assert problems_of(TAKE) <= set(problem_codes(TAKE))

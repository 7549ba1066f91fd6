"""Identification codes over the API, down to the database: given out to the company's site, shown in a chat."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import pytest

from gateway.api.code_operations import CODE_OPERATIONS
from gateway.api.codes import endpoints
from gateway.api.limits import Places
from gateway.api.openapi import openapi, problem_codes
from gateway.core.code import codes_in, new_code
from gateway.core.code_settings import CodeSettings
from gateway.core.tenant import Tenant
from gateway.service.codes import IssueRequest
from gateway.service.interactions import StartRequest
from gateway.storage.code_attempts import MOST
from gateway.storage.engine import embedded
from tests.api.composed import BOT, HELPDESK, OPERATIONS, Answer, Composed, Key, call
from tests.service.attended import OPERATOR, Attended, on_sqlite
from tests.service.coded import ISSUER as ISSUING
from tests.service.coded import Coded
from tests.service.test_reception import ROUTED

pytestmark = pytest.mark.anyio

ISSUER = "issuer-key"
CODES = "/v1/tenants/acme/identification-codes"
ANA = {"search": {"email": "ana@example.com"}, "name": "Ana Souza"}
VALID = {"state": "valid", "for_writer": "Obrigado, o código está certo."}
INVALID = {"state": "invalid", "for_writer": "Este código não é válido. Gere um novo na sua conta e envie-o aqui."}
DOCUMENT: dict[str, Any] = openapi("9.9")
PROBLEMS = {operation.path: problem_codes(operation) for operation in CODE_OPERATIONS}


@dataclass(slots=True)
class Api:
    """The API over a desk with a database."""

    attended: Attended
    coded: Coded = field(init=False)
    composed: Composed = field(init=False)

    def __post_init__(self) -> None:
        self.coded = Coded(self.attended)
        self.composed = Composed(
            stored=endpoints(self.coded.desk, self.coded.redeeming, self.attended.refs, Places(10))
        )
        self.composed.ring.known[ISSUER] = Key("k-site", "acme", "issuer")

    async def post(self, path: str, body: object, key: str, **headers: str) -> Answer:
        given = [(name.replace("_", "-"), text) for name, text in headers.items()]
        sent = body if isinstance(body, bytes) else json.dumps(body).encode()
        return await call(
            self.composed.app, "POST", f"{CODES}{path}", sent, [("Authorization", f"Bearer {key}"), *given]
        )

    async def redeem(self, text: str, key: str = HELPDESK, **more: Any) -> Answer:
        body = {"text": text, "channel": "whatsapp", "channel_user": {"value": "5511987654321"}, **more}
        return await self.post("/redeem", body, key, Gateway_Actor="op-7")

    async def issue(self, body: object = ANA, key: str = ISSUER, **headers: str) -> Answer:
        return await self.post("", body, key, **headers)


@pytest.fixture
async def api(tmp_path: Path) -> AsyncIterator[Api]:
    async with on_sqlite(tmp_path / "data") as attended:
        yield Api(attended)


def refused(answer: Answer, status: int, code: str, path: str = "") -> str:
    assert (answer.status, answer.json["code"]) == (status, code), answer.json
    assert code in PROBLEMS[f"/v1/tenants/{{tenant}}/identification-codes{path}"]
    detail: str = answer.json["detail"]
    return detail


# ---------------------------------------------------------------------------------------------- a code is given out


async def test_the_companys_site_gets_a_code_for_five_minutes(api: Api) -> None:
    answer = await api.issue({**ANA, "channel": "whatsapp", "purpose": "segunda via"})
    assert answer.status == 201, answer.body
    schema = DOCUMENT["components"]["schemas"]["IssuedCode"]
    jsonschema.validate(answer.json, {**schema, "components": DOCUMENT["components"]})
    assert (answer.json["valid_for"], answer.json["channel"]) == (300, "whatsapp")
    [code] = codes_in(answer.json["code"]).codes
    assert code.written == answer.json["code"]
    lasts = datetime.fromisoformat(answer.json["expires_at"]) - api.attended.time.now
    assert lasts.total_seconds() == pytest.approx(300, abs=1)


async def test_a_request_may_ask_for_less_time_and_not_for_more_than_the_tenants(api: Api) -> None:
    tenant = api.attended.tenant
    api.attended.house.tenant = replace(tenant, codes=CodeSettings(valid_for=120))
    given = [
        (await api.issue({**ANA, **more})).json["valid_for"] for more in ({}, {"valid_for": 60}, {"valid_for": 300})
    ]
    assert given == [120, 60, 120]


@pytest.mark.parametrize(
    ("body", "status", "code", "said"),
    [
        ({}, 422, "no_identifier", "Nothing in the request tells who the customer is."),
        ({"search": {"nome": "Ana Souza"}}, 422, "no_identifier", "a search field other than his name"),
        ({"name": "Ana Souza"}, 422, "no_identifier", "Send his unique key"),
        ({"search": {"email": "nao@tem.com"}}, 422, "invalid_value", "strangers share"),
        ({"search": {"fone": "+55 11 99999-9999"}}, 422, "no_identifier", "a value that is his alone"),
        ({"search": {"emial": "ana@example.com"}}, 422, "unknown_search_field", "Did you mean 'email'?"),
        ({"search": {"email": " "}}, 422, "empty_search", "'email' is empty"),
        ({"search": {"cpf": "529.982.247-26"}}, 422, "invalid_key", "'cpf' is not a valid cpf"),
        ({"unique_key": "ana"}, 422, "invalid_value", "'unique_key' is not a valid email"),
        ({**ANA, "unique_key": "bia@example.com"}, 422, "invalid_value", "the search field 'email' says another"),
        ({**ANA, "channel": "watsapp"}, 422, "unknown_channel", "Did you mean 'whatsapp'?"),
        ({**ANA, "stored": {"attributes.saldo": "7"}}, 422, "invalid_value", "stored_fields"),
        ({**ANA, "purpose": "x" * 101}, 400, "malformed_request", "length <= 100"),
        ({**ANA, "valid_for": 301}, 400, "malformed_request", "<= 300"),
        ({**ANA, "valid_for": 29}, 400, "malformed_request", ">= 30"),
        ({**ANA, "vaild_for": 60}, 400, "malformed_request", "Did you mean 'valid_for'?"),
    ],
)
async def test_what_cannot_be_is_refused_with_its_reason(
    api: Api, body: object, status: int, code: str, said: str
) -> None:
    assert said in refused(await api.issue(body), status, code)


@pytest.mark.parametrize("key", [HELPDESK, BOT, OPERATIONS])
async def test_nobody_but_the_companys_site_gets_codes(api: Api, key: str) -> None:
    answer = await api.issue(key=key, Gateway_Actor="op-7")
    assert "'codes.issue'" in refused(answer, 403, "forbidden")


async def test_a_request_whose_answer_was_lost_is_sent_again_and_gives_another_code(api: Api) -> None:
    first = await api.issue(Idempotency_Key="page-1")
    second = await api.issue(Idempotency_Key="page-1")
    assert (second.status, second.headers["idempotency-replayed"]) == (201, "true")
    assert first.json["code"] != second.json["code"]
    answer = await api.issue({"unique_key": "bia@example.com"}, Idempotency_Key="page-1")
    assert "came with another request" in refused(answer, 409, "conflict")


# ---------------------------------------------------------------------------------------------- a code is shown


async def test_a_helpdesk_is_shown_who_it_is_and_a_bot_what_the_code_bears_out(api: Api) -> None:
    shown = {}
    for key in (HELPDESK, BOT):
        answer = await api.redeem(f"oi, {(await api.issue()).json['code']}", key, channel_user={"value": key})
        assert answer.status == 200, answer.body
        schema = DOCUMENT["components"]["schemas"]["Reception"]
        jsonschema.validate(answer.json, {**schema, "components": DOCUMENT["components"]})
        assert answer.json["code"] == VALID
        assert (answer.json["outcome"], answer.json["facts"]["customer"]["identified"]) == ("found", True)
        shown[key] = answer.json["identification"]["matches"][0]
    assert shown[HELPDESK]["customer"]["name"] == "Ana Souza"
    assert "ref" in shown[HELPDESK]
    assert (shown[BOT]["customer"]["name"], shown[BOT]["customer"]["documents"][0]["masked"]) == ("Ana Souza", True)
    assert shown[BOT]["customer"]["emails"] == ["a**@*******.***"]
    assert "ref" not in shown[BOT]


async def test_the_reason_is_the_helpdesks_alone(api: Api) -> None:
    code = (await api.issue()).json["code"]
    await api.redeem(code)
    by_helpdesk, by_bot = await api.redeem(code), await api.redeem(code, BOT)
    assert by_helpdesk.json["code"] == {**INVALID, "reason": "used"}
    assert by_bot.json["code"] == INVALID
    unknown = await api.redeem(new_code().written, BOT)
    without_id = [{**answer.json, "request_id": ""} for answer in (by_bot, unknown)]
    assert without_id[0] == without_id[1]


async def test_every_code_that_is_not_good_has_a_reason_for_the_helpdesk_and_one_face_for_who_writes(api: Api) -> None:
    async def of_another_tenant() -> str:
        mine, theirs = api.coded.desk, replace(api.attended.tenant, slug="boreal")

        class House:
            def get(self, slug: str) -> Tenant:
                return theirs

        request = IssueRequest(search=ANA["search"])
        made = await replace(mine, tenants=House()).issue(replace(ISSUING, tenant="boreal"), request)
        return made.made.code.written

    used = (await api.issue()).json["code"]
    await api.redeem(used, channel_user={"value": "first"})
    old = (await api.issue({**ANA, "valid_for": 30})).json["code"]
    api.attended.time.now += timedelta(seconds=30)
    wrong = {
        "used": used,
        "expired": old,
        "other_channel": (await api.issue({**ANA, "channel": "telegram"})).json["code"],
        "unknown": await of_another_tenant(),
        "mistyped": "8X7F-M9LK-JX8H-TTM9",
    }
    faces = set()
    for reason, code in wrong.items():
        by_helpdesk = await api.redeem(code, channel_user={"value": reason})
        by_bot = await api.redeem(code, BOT, channel_user={"value": reason})
        assert by_helpdesk.json["code"] == {**INVALID, "reason": reason}
        faces.add((by_bot.status, json.dumps({**by_bot.json, "request_id": ""}), *by_bot.headers))
    # Of one who sent too many, the good one looks no better.
    for _ in range(MOST):
        await api.redeem(new_code().written, BOT, channel_user={"value": "guesser"})
    good = (await api.issue()).json["code"]
    throttled = await api.redeem(good, BOT, channel_user={"value": "guesser"})
    faces.add((throttled.status, json.dumps({**throttled.json, "request_id": ""}), *throttled.headers))
    assert len(faces) == 1
    helped = await api.redeem(good, channel_user={"value": "guesser"})
    assert helped.json["code"] == {**INVALID, "reason": "throttled"}
    # Nothing of it was spent, and no code is in the log.
    assert (await api.redeem(good)).json["code"] == VALID
    log = api.composed.log.getvalue().decode()
    assert not any(code in log for code in (*wrong.values(), good))


async def test_an_explanation_is_for_who_may_read_customers(api: Api) -> None:
    api.attended.house.tenant = replace(api.attended.tenant, rules=ROUTED)
    for key, verdicts in ((HELPDESK, ["not_applied", "applied", "stopped"]), (BOT, [])):
        code = (await api.issue()).json["code"]
        answer = await api.redeem(code, key, explain=True, channel_user={"value": key})
        assert [one["verdict"] for one in answer.json["rules"]] == verdicts
        assert bool(answer.json["identification"]["trace"]) is (key == HELPDESK)
        assert "ana@example.com" not in json.dumps([answer.json["rules"], answer.json["identification"]["trace"]])
    assert "rules" not in (await api.redeem("oi")).json


async def test_a_message_without_a_code_says_so_in_words_for_who_writes(api: Api) -> None:
    answer = await api.redeem("bom dia", BOT)
    assert answer.json["code"]["state"] == "not_sent"
    assert answer.json["code"]["for_writer"].startswith("Para continuar, envie o código")


@pytest.mark.parametrize(
    ("more", "status", "code", "said"),
    [
        ({"text": "x" * 10_001}, 422, "text_too_long", "more than 10000 characters"),
        ({"channel": "watsapp"}, 422, "unknown_channel", "Did you mean 'whatsapp'?"),
        ({"channel_user": {"value": "12", "kind": "phone"}}, 422, "invalid_key", "'channel_user' is not a valid phone"),
        ({"interaction": "0" * 32}, 404, "not_here", "no such interaction"),
        ({"channel_user": None}, 400, "malformed_request", "channel_user"),
        ({"channel_user": {"valeu": "12"}}, 400, "malformed_request", "A member is not known - at `$.channel_user`."),
        ({"code": "8X7F"}, 400, "malformed_request", "A member of the body is not known."),
    ],
)
async def test_what_cannot_be_redeemed_is_refused_with_its_reason(
    api: Api, more: dict[str, Any], status: int, code: str, said: str
) -> None:
    assert said in refused(await api.redeem(**{"text": "oi", **more}), status, code, "/redeem")


async def test_who_writes_has_to_be_said(api: Api) -> None:
    answer = await api.post("/redeem", {"text": "oi", "channel": "whatsapp"}, HELPDESK, Gateway_Actor="op-7")
    assert "missing required field `channel_user`" in refused(answer, 400, "malformed_request", "/redeem")


async def test_a_message_of_a_megabyte_is_refused_at_the_edge(api: Api) -> None:
    refused(await api.redeem("8X7F-" * 210_000), 413, "body_too_large", "/redeem")


@pytest.mark.parametrize("key", [ISSUER, OPERATIONS])
async def test_who_issues_codes_redeems_none(api: Api, key: str) -> None:
    assert "'interactions.write'" in refused(await api.redeem("oi", key), 403, "forbidden", "/redeem")


async def test_an_interaction_of_another_user_or_another_channel_is_a_conflict_and_spends_nothing(api: Api) -> None:
    code = (await api.issue()).json["code"]
    for channel, user in (("whatsapp", "somebody"), ("telegram", "5511987654321"), ("telegram", None)):
        who = None if user is None else ("channel_user", user)
        interaction = (
            await api.attended.desk.start(OPERATOR, StartRequest(channel, channel_user=who))
        ).made.interaction
        assert interaction is not None
        answer = await api.redeem(code, BOT, interaction=interaction.id)
        assert "is another channel user's" in refused(answer, 409, "conflict", "/redeem")
        assert answer.json["reason"] == "other_user"
    assert (await api.redeem(code)).json["code"] == VALID


async def test_an_interaction_that_is_over_is_a_conflict_with_its_reason(api: Api) -> None:
    desk = api.attended.desk
    interaction = (await desk.start(OPERATOR, StartRequest("whatsapp"))).made.interaction
    assert interaction is not None
    await desk.finish(OPERATOR, interaction.id)
    answer = await api.redeem((await api.issue()).json["code"], interaction=interaction.id)
    assert "Start a new one." in refused(answer, 409, "conflict", "/redeem")
    assert answer.json["reason"] == "finished"


async def test_a_repeated_message_is_answered_as_the_first(api: Api) -> None:
    body = {"text": (await api.issue()).json["code"], "channel": "whatsapp", "channel_user": {"value": "55"}}
    answers = [await api.post("/redeem", body, BOT, Idempotency_Key="m-1") for _ in range(2)]
    assert [answer.json["code"] for answer in answers] == [VALID] * 2
    assert answers[1].headers["idempotency-replayed"] == "true"


async def test_a_database_that_is_away_is_a_503_and_spends_nothing(tmp_path: Path) -> None:
    attended = Attended(embedded(tmp_path / "nowhere"))
    api = Api(attended)
    refused(await api.redeem(new_code().written), 503, "storage_unavailable", "/redeem")
    refused(await api.issue(), 503, "storage_unavailable")
    await attended.aclose()

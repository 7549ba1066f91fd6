"""A company's site that asks Deskie for codes asks the gateway instead: the same call, the same answer."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from gateway.api.routes import issuing_face
from gateway.core.code import codes_in
from gateway.core.tenant import Deskie
from gateway.facades.basic import CHALLENGE, presented
from gateway.facades.deskie import PATH, DeskieCodes, as_json, issue_request
from tests.api.composed import HELPDESK, OTHER, Answer, Composed, call
from tests.api.test_codes import ISSUER, Key
from tests.service.attended import Attended, on_sqlite
from tests.service.coded import Coded

pytestmark = pytest.mark.anyio

FACADE = Deskie(
    {
        "user_email": "email",
        "user_phone": "fone",
        "user_whatsapp_phone": "fone",
        "user_custom_id": "codigo",
        "custom_fields.cf_20": "cpf",
    }
)
ANA = {"user": {"user_email": "ana@example.com", "user_full_name": "Ana Souza"}}


@dataclass(slots=True)
class Site:
    """The facade over a desk with a database, asked as a company's site asks Deskie."""

    attended: Attended
    keeps: bool = True
    composed: Composed = field(init=False)

    def __post_init__(self) -> None:
        house = self.attended.house
        house.tenant = replace(house.tenant, deskie=Deskie({"user_email": "email", "user_phone": "fone"}))
        codes = DeskieCodes(Coded(self.attended).desk if self.keeps else None, house)
        parts = Composed().parts
        self.composed = Composed(more_routes=[issuing_face(PATH, codes, presented, CHALLENGE, as_json, parts)])
        for ring in (self.composed.ring, parts.keys):
            ring.known[ISSUER] = Key("k-site", "acme", "issuer")  # type: ignore[union-attr]

    async def ask(self, body: object, key: str | None = ISSUER, method: str = "POST") -> Answer:
        sent = body if isinstance(body, bytes) else json.dumps(body).encode()
        credentials = b64encode(f"staff@example.com:{key}".encode()).decode()
        headers = [("Content-Type", "application/json")]
        if key is not None:
            headers.append(("Authorization", f"Basic {credentials}"))
        return await call(self.composed.app, method, PATH.replace("{tenant}", "acme"), sent, headers)


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    async with on_sqlite(tmp_path / "data") as attended:
        yield Site(attended)


# ---------------------------------------------------------------------------------------------- the call


async def test_the_site_gets_a_code_and_nothing_else(site: Site) -> None:
    answer = await site.ask(ANA)
    assert (answer.status, list(answer.json)) == (200, ["code"]), answer.body
    [code] = codes_in(answer.json["code"]).codes
    assert code.written == answer.json["code"]
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    ("user", "search", "name"),
    [
        ({"user_email": "ana@example.com"}, {"email": "ana@example.com"}, None),
        ({"email": " ana@example.com ", "full_name": "Ana Souza"}, {"email": "ana@example.com"}, "Ana Souza"),
        ({"email": "bia@example.com", "user_email": "ana@example.com"}, {"email": "ana@example.com"}, None),
        ({"user_phone": "+5511987654321", "user_whatsapp_phone": "+5511912345678"}, {"fone": "+5511987654321"}, None),
        ({"user_phone": "", "user_whatsapp_phone": "+5511912345678"}, {"fone": "+5511912345678"}, None),
        ({"user_custom_id": 4711}, {"codigo": "4711"}, None),
        ({"custom_id": "a.souza"}, {"codigo": "a.souza"}, None),
        ({"custom_fields": {"cf_20": "529.982.247-25", "cf_21": True}}, {"cpf": "529.982.247-25"}, None),
        ({"user_email": None, "user_custom_id": True, "company_name": "ABC", "language_id": 2}, {}, None),
        ({"user_custom_id": 10**40, "custom_fields": "cf_20", "user_note": ["x"]}, {}, None),
    ],
)
def test_members_become_search_fields(user: dict[str, object], search: dict[str, str], name: str | None) -> None:
    request = issue_request(json.dumps({"user": user}).encode(), FACADE)
    assert (request.search, request.name) == (search, name)


# ---------------------------------------------------------------------------------------------- what is refused


def refused(answer: Answer, status: int, code: str) -> str:
    assert (answer.status, answer.json["error"]) == (status, code), answer.body
    assert set(answer.json) == {"error", "message", "request_id"}
    assert answer.headers["content-type"] == "application/json"
    message: str = answer.json["message"]
    return message


@pytest.mark.parametrize(
    ("body", "status", "code", "said"),
    [
        (b"", 400, "malformed_request", 'Send {"user": {"user_email": "…"}} as JSON in UTF-8.'),
        (b"[1]", 400, "malformed_request", "no object 'user'"),
        (b'{"user": "ana@example.com"}', 400, "malformed_request", "no object 'user'"),
        (b'{"user": {"user_email": "a", "user_email": "b"}}', 400, "malformed_request", "cannot be read"),
        (b"\xff", 400, "malformed_request", "cannot be read"),
        (b"[" * 60_000, 400, "malformed_request", "cannot be read"),
        ({"user": {"user_email": "x" * 513}}, 400, "malformed_request", "more than 512 characters"),
        ({"user": {}}, 422, "no_identifier", "Nothing in the request tells who the customer is."),
        ({"user": {"user_full_name": "Ana Souza"}}, 422, "no_identifier", "Nothing in the request tells"),
        ({"user": {"user_email": "ana"}}, 422, "invalid_key", "'email' is not a valid email"),
        ({"user": {"user_email": "nao@tem.com"}}, 422, "invalid_value", "strangers share"),
    ],
)
async def test_what_tells_nobody_is_refused_in_words(
    site: Site, body: object, status: int, code: str, said: str
) -> None:
    assert said in refused(await site.ask(body), status, code)


async def test_only_the_companys_own_key_gets_codes(site: Site) -> None:
    answer = await site.ask(ANA, None)
    refused(answer, 401, "unauthenticated")
    assert answer.headers["www-authenticate"] == CHALLENGE
    refused(await site.ask(ANA, "unknown"), 401, "unauthenticated")
    assert "'codes.issue'" in refused(await site.ask(ANA, HELPDESK), 403, "forbidden")
    refused(await site.ask(ANA, OTHER), 404, "unknown_tenant")
    refused(await site.ask(ANA, method="GET"), 405, "method_not_allowed")


async def test_a_tenant_turns_it_on(site: Site) -> None:
    house = site.attended.house
    house.tenant = replace(house.tenant, deskie=None)
    assert "turns it on with facades.deskie" in refused(await site.ask(ANA), 404, "facade_off")


async def test_a_gateway_that_keeps_nothing_has_no_codes(tmp_path: Path) -> None:
    async with on_sqlite(tmp_path / "data") as attended:
        refused(await Site(attended, keeps=False).ask(ANA), 404, "contact_base_off")

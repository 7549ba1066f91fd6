"""Three ways to a code against the real process: a page with a signed token, Deskie's call, the API; and the widget."""

from __future__ import annotations

import json
import re
import time
from base64 import b64encode
from collections.abc import Iterator

import httpx2
import jwt
import pytest

from gateway.api.widget import widget_script
from tests.whole.running import Running, Systems, bearer, build, serving

CODE = re.compile(r"[0-9A-Z]{4}(-[0-9A-Z]{4}){3}")
PAGE, EMAIL, SECRET = (
    "https://www.aurora.example",
    "segredo.da.ana@example.com",
    "a-secret-that-stands-in-no-log-0123456789",
)
BLOCK = f"""
codes:
  page_token: {{algorithm: HS256, secret: !env AURORA_PAGES, audience: codes, claims: {{email: email}}}}
  origins: [{PAGE}]
"""
FROM_PAGE = "/v1/tenants/aurora/identification-codes/from-page"


@pytest.fixture(scope="module")
def site(systems: Systems, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    house = build(tmp_path_factory.mktemp("codes"), systems)
    file = house.file("aurora")
    text = file.read_text("utf-8")
    text = (
        text.replace("facades:\n", "facades:\n  deskie: {}\n")
        if "\nfacades:\n" in text
        else text + "facades: {deskie: {}}\n"
    )
    file.write_text(text + BLOCK, "utf-8")
    house.environment["AURORA_PAGES"] = SECRET
    house.key("aurora")
    house.key("aurora", "issuer")
    house.key("aurora", "auditor")
    with serving(house) as running:
        yield running


def token(**changed: object) -> str:
    said = {"aud": "codes", "jti": "t-1", "sub": "7", "email": EMAIL, "exp": int(time.time()) + 100}
    return jwt.encode({**said, **changed}, SECRET, "HS256")


def from_page(site: Running, said: str) -> httpx2.Response:
    return site.http.post(FROM_PAGE, json={"token": said}, headers={"Origin": PAGE})


def test_a_page_gets_a_code_without_a_key(site: Running) -> None:
    asked = {"Origin": PAGE, "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "content-type"}
    before = site.http.options(FROM_PAGE, headers=asked)
    assert (before.status_code, before.headers["access-control-allow-origin"]) == (204, PAGE)
    answer = from_page(site, token())
    assert answer.status_code == 201, answer.text
    assert CODE.fullmatch(answer.json()["code"])
    forged = from_page(site, token()[:-4] + "AAAA")
    assert (forged.status_code, forged.json()["code"]) == (422, "identity_forged")


def test_each_code_stands_in_the_audit(site: Running) -> None:
    assert from_page(site, token(jti="t-audit")).status_code == 201
    answer = site.get("/v1/tenants/aurora/audit?action=code_issue", site.house.key("aurora", "auditor"))
    assert "page" in {line["key"] for line in answer.json()["entries"]}, answer.text


def test_a_site_that_asked_deskie_gets_a_code(site: Running) -> None:
    credentials = b64encode(f"staff@example.com:{site.house.key('aurora', 'issuer')}".encode()).decode()
    answer = site.http.post(
        "/facades/deskie/aurora/api/users/identification.json",
        content=json.dumps({"user": {"user_email": EMAIL}}),
        headers={"Authorization": f"Basic {credentials}"},
    )
    assert answer.status_code == 200, answer.text
    assert CODE.fullmatch(answer.json()["code"])


def test_who_shows_a_pages_code_in_a_chat_is_whom_the_token_named(site: Running) -> None:
    code = from_page(site, token(jti="t-chat", sub="8", email="joao.silva@example.com")).json()["code"]
    written = {
        "text": f"Olá! Meu código é {code.lower()}, obrigado.",
        "channel": "whatsapp",
        "channel_user": {"value": "5511987650000"},
    }
    answer = site.http.post(
        "/v1/tenants/aurora/identification-codes/redeem",
        json=written,
        headers={**bearer(site.house.key("aurora")), "Gateway-Actor": "op-1"},
    )
    assert answer.status_code == 200, answer.text
    assert '"valid"' in answer.text


def test_the_companys_back_end_gets_a_code(site: Running) -> None:
    key = site.house.key("aurora", "issuer")
    answer = site.http.post(
        "/v1/tenants/aurora/identification-codes", json={"search": {"email": EMAIL}}, headers=bearer(key)
    )
    assert answer.status_code == 201, answer.text


def test_the_widget_is_there(site: Running) -> None:
    answer = site.get("/widget/identification-code.js")
    assert answer.content == widget_script()
    again = site.http.get("/widget/identification-code.js", headers={"If-None-Match": answer.headers["etag"]})
    assert again.status_code == 304


def test_nothing_of_it_comes_into_the_log(site: Running) -> None:
    said = token(jti="t-log")
    code = from_page(site, said).json()["code"]
    from_page(site, said + "x")
    for secret in (EMAIL, SECRET, said, code, site.house.key("aurora", "issuer")):
        assert secret not in site.log.text

"""Codes for pages without a back end: by what the company signed, for origins that it lists, a few times only."""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from gateway.api import codes, page_codes
from gateway.api.code_operations import FROM_PAGE
from gateway.api.limits import Places, TokenBuckets
from gateway.api.openapi import problem_codes
from gateway.core.code import codes_in
from gateway.core.code_settings import CodeSettings, PageTokens
from gateway.core.model import Json
from gateway.core.redaction import Secret
from gateway.core.signed_identity import Algorithm, SignedToken
from gateway.service.page_codes import CODES_OF_CUSTOMER, CODES_OF_TOKEN, PageCodes
from gateway.storage.engine import embedded
from gateway.storage.migrate import upgrade
from tests.api.composed import Answer, Composed, call
from tests.api.test_codes import ISSUER, Key
from tests.service.attended import Attended, on_sqlite
from tests.service.coded import Coded
from tests.service.signing import SECRET, signed

pytestmark = pytest.mark.anyio

PATH = "/v1/tenants/acme/identification-codes/from-page"
PAGE = "https://www.acme.example"
HOW = SignedToken(Algorithm.HS256, Secret(SECRET), {"email": "email", "nome": "name"}, audience="gateway", single=True)


@dataclass(slots=True)
class Pages:
    """The API over a desk with a database, and a company that signs tokens."""

    attended: Attended
    burst: int = 1000
    origin: str = PAGE
    composed: Composed = field(init=False)

    def __post_init__(self) -> None:
        coded = Coded(self.attended)
        desk = coded.desk
        house, time = self.attended.house, self.attended.time
        house.tenant = replace(house.tenant, codes=CodeSettings(120, PageTokens(HOW, frozenset({self.origin}))))
        buckets = TokenBuckets(rate=1.0, burst=self.burst, clock=lambda: 0.0)
        with_keys = codes.endpoints(desk, coded.redeeming, self.attended.refs, Places(10))
        from_pages = page_codes.endpoints(PageCodes(desk, house, buckets, time))
        self.composed = Composed(stored={**with_keys, **from_pages})
        self.composed.ring.known[ISSUER] = Key("k-site", "acme", "issuer")

    @property
    def now(self) -> datetime:
        return self.attended.time.now

    def token(self, key: str = SECRET, **changed: Json) -> str:
        said: dict[str, Json] = {
            "sub": "u-7",
            "jti": "t-1",
            "aud": "gateway",
            "email": "ana@example.com",
            "iat": self.now.timestamp(),
            "exp": (self.now + timedelta(seconds=200)).timestamp(),
        }
        return signed({name: value for name, value in {**said, **changed}.items() if value is not None}, key)

    async def ask(self, token: object, origin: str | None = PAGE, path: str = PATH) -> Answer:
        headers = [("Content-Type", "application/json"), *([("Origin", origin)] if origin is not None else [])]
        body = token if isinstance(token, bytes) else json.dumps({"token": token}).encode()
        return await call(self.composed.app, "POST", path, body, headers)


@pytest.fixture
async def pages(tmp_path: Path) -> AsyncIterator[Pages]:
    async with on_sqlite(tmp_path / "data") as attended:
        yield Pages(attended)


def refused(answer: Answer, status: int, code: str, *, readable: bool = True) -> str:
    assert (answer.status, answer.json["code"]) == (status, code), answer.json
    assert code in problem_codes(FROM_PAGE)
    assert answer.headers["vary"] == "Origin"
    assert answer.headers.get("access-control-allow-origin") == (PAGE if readable else None)
    detail: str = answer.json["detail"]
    return detail


# ---------------------------------------------------------------------------------------------- a page gets a code


async def test_a_token_becomes_a_code_for_whom_it_names(pages: Pages) -> None:
    answer = await pages.ask(pages.token())
    assert (answer.status, answer.json["valid_for"]) == (201, 120), answer.body
    assert codes_in(answer.json["code"]).codes
    assert answer.headers["access-control-allow-origin"] == PAGE
    assert "access-control-allow-credentials" not in answer.headers
    assert answer.headers["cache-control"] == "no-store"


async def test_a_page_asks_first_whether_it_may(pages: Pages) -> None:
    asked = [
        ("Origin", PAGE),
        ("Access-Control-Request-Method", "POST"),
        ("Access-Control-Request-Headers", "content-type"),
    ]
    answer = await call(pages.composed.app, "OPTIONS", PATH, headers=asked)
    assert (answer.status, answer.body) == (204, b"")
    assert {name: value for name, value in answer.headers.items() if name.startswith(("access", "vary"))} == {
        "vary": "Origin",
        "access-control-allow-origin": PAGE,
        "access-control-allow-methods": "POST",
        "access-control-allow-headers": "content-type",
        "access-control-max-age": "600",
    }


@pytest.mark.parametrize(
    "origin",
    [
        None,
        "null",
        "*",
        "",
        "https://acme.example",
        "http://www.acme.example",
        "https://www.acme.example:8443",
        f"{PAGE}/",
    ],
)
async def test_only_pages_of_exactly_the_listed_origins_may(pages: Pages, origin: str | None) -> None:
    refused(await pages.ask(pages.token(), origin), 403, "origin_refused", readable=False)
    headers = [] if origin is None else [("Origin", origin)]
    answer = await call(pages.composed.app, "OPTIONS", PATH, headers=headers)
    refused(answer, 403, "origin_refused", readable=False)


@pytest.mark.parametrize("origin", [f"{PAGE}.evil.example", PAGE.upper(), f"{PAGE} {PAGE}", f"{PAGE}é"])
async def test_nor_do_pages_whose_origin_looks_like_one(pages: Pages, origin: str) -> None:
    refused(await pages.ask(pages.token(), origin), 403, "origin_refused", readable=False)


async def test_a_tenant_that_does_not_want_it_looks_like_none(pages: Pages) -> None:
    unknown = await pages.ask(pages.token(), path=PATH.replace("acme", "nobody"))
    house = pages.attended.house
    house.tenant = replace(house.tenant, codes=CodeSettings())
    off = await pages.ask(pages.token())
    said = [refused(answer, 404, "page_codes_off", readable=False) for answer in (unknown, off)]
    assert said[0] == said[1]


# ---------------------------------------------------------------------------------------------- what is no good


@pytest.mark.parametrize(
    ("changed", "status", "code"),
    [
        ({"key": SECRET[::-1]}, 422, "identity_forged"),
        ({"exp": 0}, 410, "identity_expired"),
        ({"exp": None}, 422, "identity_lives_too_long"),
        ({"exp": 9e9}, 422, "identity_lives_too_long"),
        ({"iat": 9e9}, 422, "identity_not_yet"),
        ({"nbf": 9e9}, 422, "identity_not_yet"),
        ({"aud": "shop"}, 422, "identity_for_others"),
        ({"jti": None}, 422, "identity_incomplete"),
        ({"email": None}, 422, "identity_incomplete"),
        ({"email": None, "name": "Ana Souza"}, 422, "no_identifier"),
        ({"email": "ana"}, 422, "invalid_key"),
        ({"email": "nao@tem.com"}, 422, "invalid_value"),
    ],
)
async def test_a_token_that_does_not_count_is_refused_so_that_the_page_can_read_it(
    pages: Pages, changed: dict[str, Json], status: int, code: str
) -> None:
    key = str(changed.pop("key", SECRET))
    detail = refused(await pages.ask(pages.token(key, **changed)), status, code)
    assert "ana" not in detail


async def test_a_token_that_nobody_signed_gives_no_code_and_is_in_no_log(pages: Pages) -> None:
    head, body, _ = pages.token().split(".")
    none = urlsafe_b64encode(b'{"alg":"none","typ":"JWT"}').rstrip(b"=").decode()
    for token in (f"{none}.{body}.", f"{none}.{body}.AAAA", f"{head}.{body}."):
        refused(await pages.ask(token), 422, "identity_forged")
    log = pages.composed.log.getvalue().decode()
    assert not any(part in log for part in (body, "ana@example.com", "u-7"))


@pytest.mark.parametrize("body", [b"", b"{}", b"[]", b'{"token": 7}', b'{"token": ""}', b'{"token": "a.b.c", "x": 1}'])
async def test_a_body_of_another_shape_is_refused(pages: Pages, body: bytes) -> None:
    refused(await pages.ask(body), 400, "malformed_request")


async def test_a_token_gives_a_few_codes_and_then_no_more(pages: Pages) -> None:
    token = pages.token()
    given = [(await pages.ask(token)).json["code"] for _ in range(CODES_OF_TOKEN)]
    assert len(set(given)) == CODES_OF_TOKEN
    assert "used before" in refused(await pages.ask(token), 409, "identity_replayed")
    assert (await pages.ask(pages.token(jti="t-2"))).status == 201


async def test_a_customer_gets_so_many_codes_with_however_many_tokens(pages: Pages) -> None:
    for number in range(CODES_OF_CUSTOMER):
        assert (await pages.ask(pages.token(jti=f"t-{number}"))).status == 201
    answer = await pages.ask(pages.token(jti="one more"))
    assert "Retry-After" in refused(answer, 429, "too_many_requests")
    assert int(answer.headers["retry-after"]) > 200
    assert (await pages.ask(pages.token(jti="another's", sub="u-8"))).status == 201
    pages.attended.time.now += timedelta(seconds=301)
    assert (await pages.ask(pages.token(jti="later"))).status == 201


async def test_whoever_has_no_good_token_cannot_use_up_what_the_tenants_pages_may_ask(tmp_path: Path) -> None:
    address = embedded(tmp_path / "data")
    upgrade(address)
    attended = Attended(address)
    pages = Pages(attended, burst=2)
    for _ in range(5):
        refused(await pages.ask(pages.token("x" * 40)), 422, "identity_forged")
    assert [(await pages.ask(pages.token(jti=f"t-{number}"))).status for number in range(3)] == [201, 201, 429]
    await attended.aclose()

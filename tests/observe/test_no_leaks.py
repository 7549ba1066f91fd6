"""Nobody's data and no secret in any log, metric, problem document or repr, whatever goes wrong on the way."""

from __future__ import annotations

import asyncio
import io
import logging
import re
from base64 import b64encode
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from starlette.types import ASGIApp

from gateway.adapter import Found, Query, RawRecord, ReportedError, Unreachable
from gateway.api.bodies import Body, IdentificationRequest
from gateway.api.identifications import read_request
from gateway.api.presenting import identification_body
from gateway.api.routes import api_routes, at_the_edge, foreign_face
from gateway.config.secrets import SecretStore
from gateway.core.disclosure import Viewer
from gateway.core.tenant import DirectTalk
from gateway.facades.basic import CHALLENGE
from gateway.facades.direct_talk import PATH, DirectTalkPage, as_xml
from gateway.facades.direct_talk_query import presented
from gateway.observe.logs import LogFormat, open_log, take_over
from gateway.observe.watch import Watch
from gateway.service.identify import Identifier
from gateway.service.request import IdentifyRequest
from tests.api.composed import Answer, Composed, Key, call
from tests.service.scripted import House, Script, Step

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("logging_as_before")]

KEY = "secret-of-the-marker"
ZULMIRA: RawRecord = {
    "email": "zulmira.xisto@example.com",
    "nome": "Zulmira Xisto",
    "cpf": "529.982.247-25",
    "fone": "(11) 91234-5678",
}
MARKS = (b"xisto", b"zulmira", b"529.982", b"529982", b"982.247", b"982247", b"91234", b"secret-of-the", b"marker")


@dataclass(slots=True)
class Whole:
    """Both faces over the real path, the log at DEBUG and every library's messages in it."""

    steps: tuple[Step, ...]
    log: io.BytesIO = field(default_factory=io.BytesIO)
    gateway: Composed = field(init=False)
    app: ASGIApp = field(init=False)

    def __post_init__(self) -> None:
        log = open_log(self.log, LogFormat.JSON, logging.DEBUG)
        take_over(log, logging.DEBUG)
        self.gateway = Composed()
        self.gateway.ring.known = {KEY: Key("k-1", "acme", "helpdesk")}
        house = House({"crm": Script(self.steps), "erp": Script([[]])})
        house.tenant = replace(house.tenant, direct_talk=DirectTalk(parameter="chave"))
        watch = Watch(log, self.gateway.metrics)
        parts = replace(self.gateway.parts, identifier=Identifier(house.tenants, watch), observer=watch)
        page = DirectTalkPage(parts.identifier, house)
        routes = [*api_routes(parts), foreign_face(PATH, page, presented, CHALLENGE, as_xml, parts)]
        self.app = at_the_edge(routes, watch)

    async def api(self, body: bytes, key: str = KEY) -> Answer:
        headers = [("Authorization", f"Bearer {key}")]
        return await call(self.app, "POST", "/v1/tenants/acme/identifications", body, headers)

    async def page(self, query: str, key: str = KEY) -> Answer:
        return await call(self.app, "GET", f"/facades/direct-talk/acme?{query}&chave={key}")

    def told(self) -> bytes:
        """Everything that stays behind when the answers are gone."""
        return (self.log.getvalue() + self.gateway.metrics.exposition(None)).lower()


MEASURED = re.compile(rb"(?<=[:\s])-?\d+(?:\.\d+(?:e[-+]?\d+)?|e[-+]?\d+)(?=[,}\s])")
"""A number with a fraction, by itself: a time or a size, in which any digits may turn up."""


def shows_nobody(text: bytes) -> None:
    text = MEASURED.sub(b"0", text)
    assert [mark for mark in MARKS if mark in text.lower()] == []


QUESTIONS = (
    b'{"search": {"cpf": "529.982.247-25", "nome": "Zulmira"}, "explain": true}',
    b'{"search": {"email": "zulmira.xisto@example.com"}}',
    b'{"text": "(11) 91234-5678"}',
    b'{"text": "Zulmira Xisto"}',
)
FAILURES: tuple[Step, ...] = (
    Unreachable(),
    ReportedError(),
    ValueError("Zulmira Xisto 529.982.247-25"),
    KeyError("zulmira.xisto@example.com"),
    Found([{"nome": "Zulmira Xisto"}]),
    Found([{**ZULMIRA, "email": "other@example.com", "cpf": "123.456.789-09", "nome": "Other"}]),
    Found([ZULMIRA, {**ZULMIRA, "email": "not an address: xisto"}], truncated=True),
)


@pytest.mark.parametrize("step", [[ZULMIRA], [], *FAILURES], ids=lambda step: type(step).__name__)
async def test_an_identification_leaves_nobodys_data_behind(step: Step) -> None:
    whole = Whole((step,))
    for question in QUESTIONS:
        assert (await whole.api(question)).status == 200
    await whole.page("cpf=529.982.247-25&nome=Zulmira")
    assert whole.log.getvalue().count(b'"event":"identification"') == len(QUESTIONS) + 1
    shows_nobody(whole.told())


@pytest.mark.parametrize(
    "body",
    [
        b'{"search": {"cpf": "529.982.247-26"}}',
        b'{"search": {"email": "zulmira.xisto@"}}',
        b'{"search": {"zulmira": "xisto"}}',
        b'{"zulmira": "xisto"}',
        b'{"search": {"cpf": 529982247}}',
        b'{"text": "zulmira", "text": "xisto"}',
        b'{"text": ""}',
        b'{"text": "529.982.247-25',
        b'{"search": {"cpf": ""}}',
    ],
)
async def test_a_refused_question_is_repeated_nowhere(body: bytes) -> None:
    whole = Whole(([ZULMIRA],))
    answered = await whole.api(body)
    assert 400 <= answered.status < 500
    shows_nobody(answered.body)
    shows_nobody(whole.told())


@pytest.mark.parametrize(
    "query", ["cpf=529.982.247-26", "zulmira=xisto", "email=zulmira.xisto", "nome=Zulmira&Nome=Xisto"]
)
async def test_a_refused_call_of_the_page_is_repeated_nowhere(query: str) -> None:
    whole = Whole(([ZULMIRA],))
    answered = await whole.page(query)
    assert 400 <= answered.status < 500
    shows_nobody(answered.body)
    shows_nobody(whole.told())


async def test_a_key_is_shown_nowhere_whether_good_or_not() -> None:
    whole = Whole(([],))
    for answered in (
        await whole.api(QUESTIONS[0]),
        await whole.api(QUESTIONS[0], key="marker-that-is-wrong"),
        await whole.page("cpf=52998224725", key="marker-that-is-wrong"),
        await call(whole.app, "GET", "/v1/tenants/acme/sources", headers=_basic("zulmira", KEY)),
        await call(whole.app, "GET", "/zulmira/529.982.247-25?xisto=91234"),
        await call(whole.app, "GET", "/v1/tenants/zulmira/sources", headers=[("Authorization", f"Bearer {KEY}")]),
    ):
        shows_nobody(answered.body)
    shows_nobody(whole.told())


async def test_reprs_show_nobody() -> None:
    house = House({"crm": Script([[ZULMIRA]])})
    request = IdentifyRequest("acme", Viewer("helpdesk", "k-1"), {"cpf": "529.982.247-25"})
    result = await house.identifier.identify(request)
    refs = Composed().parts.sealer
    body: Body = identification_body(result, tenant="acme", request_id="r", sealer=refs, explain=True)
    asked: IdentificationRequest = read_request(QUESTIONS[0])
    for shown in (request, result, result.matches, result.sources, body, asked, refs):
        shows_nobody(repr(shown).encode())


async def test_a_lookup_under_way_shows_nobody() -> None:
    asked = asyncio.Event()

    async def endless(query: Query) -> list[RawRecord]:
        asked.set()
        await asyncio.Event().wait()
        return []

    house = House({"crm": Script([endless])})
    request = IdentifyRequest("acme", Viewer("helpdesk", "k-1"), {"cpf": "529.982.247-25"})
    waiting = asyncio.create_task(house.identifier.identify(request))
    await asked.wait()
    with house.tenants.lease("acme") as live:
        flights = live.sources["crm"].layers.flights
        assert len(flights) == 1
        for shown in (house.tenants, house.identifier, live, flights, *flights._by_key.values(), waiting):
            shows_nobody(repr(shown).encode())
    waiting.cancel()
    await asyncio.wait((waiting,))


def test_reprs_of_the_configuration_show_no_secret(tmp_path: Path) -> None:
    store = SecretStore("acme", tmp_path, {"ACME_CRM": KEY}, frozenset(), frozenset({"acme"}))
    shows_nobody(repr(store).encode())


def _basic(user: str, password: str) -> list[tuple[str, str]]:
    return [("Authorization", "Basic " + b64encode(f"{user}:{password}".encode()).decode())]

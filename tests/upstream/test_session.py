"""Sessions over real connections: a login by configuration, its token on every request, and another when it has ended."""

from __future__ import annotations

import asyncio
import gzip
import json
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field, replace

import pytest

from gateway.adapter import LargeReply
from gateway.core.errors import HtmlPage, Redirected, ServerError, SourceError, Unauthorised, Unreadable
from gateway.core.paths import compile_path
from gateway.core.redaction import Secret
from gateway.core.sign_in import Carrier, CookieToken, HeaderToken, JsonToken, Login, SessionAuth, TokenUse
from gateway.testing import SourceRequest, SourceResponse
from gateway.testing.source import Behaviour, Peer, silent, written
from tests.upstream.signed import SECRET, Signed, signed, whole_text

pytestmark = pytest.mark.anyio

_LOGIN = Login(
    "POST", "login", body=Secret(json.dumps({"user": "gw", "password": SECRET})), media_type="application/json"
)
_JSON = JsonToken(compile_path("data.token"))
_AUTH = SessionAuth(_LOGIN, _JSON, TokenUse(Carrier.HEADER, "X-Session"))


@dataclass
class Office:
    """A source with its own login at /login. A session is good until it is forgotten; `ended` is how it says so."""

    ended: SourceResponse = field(default_factory=lambda: SourceResponse(b"who?", status=401))
    good: set[str] = field(default_factory=set)
    logins: list[SourceRequest] = field(default_factory=list)
    asked: list[SourceRequest] = field(default_factory=list)

    async def __call__(self, request: SourceRequest, peer: Peer) -> None:
        await peer.send(written(self.login(request) if request.path() == "/login" else self.answer(request)))

    def login(self, request: SourceRequest) -> SourceResponse:
        self.logins.append(request)
        token = f"s{len(self.logins)}"
        self.good.add(token)
        return self.welcome(token)

    def welcome(self, token: str) -> SourceResponse:
        return SourceResponse(json.dumps({"data": {"token": token}}).encode())

    def answer(self, request: SourceRequest) -> SourceResponse:
        self.asked.append(request)
        return SourceResponse(b"ok") if self.shown(request) in self.good else self.ended

    def shown(self, request: SourceRequest) -> str | None:
        return request.headers.get("x-session")


class _ByHeader(Office):
    def welcome(self, token: str) -> SourceResponse:
        return SourceResponse(b"", 204, {"X-Auth-Token": token})

    def shown(self, request: SourceRequest) -> str | None:
        return request.headers.get("authorization", "").removeprefix("Token token=")


class _ByCookie(Office):
    """As a page of forms does: a redirect with a cookie, and another cookie beside it."""

    def welcome(self, token: str) -> SourceResponse:
        cookies = f"lang=pt; Path=/\r\nSet-Cookie: JSESSIONID={token}; Path=/; HttpOnly"
        return SourceResponse(b"", 302, {"Location": "/home", "Set-Cookie": cookies})

    def shown(self, request: SourceRequest) -> str | None:
        return request.headers.get("cookie", "").removeprefix("JSESSIONID=")


class _ByQuery(Office):
    def shown(self, request: SourceRequest) -> str | None:
        return request.query().get("sid")


def opened(office: Behaviour, auth: SessionAuth = _AUTH) -> AbstractAsyncContextManager[Signed]:
    return signed(office, silent, lambda url: auth)


@pytest.mark.parametrize(
    ("kind", "auth"),
    [
        (Office, _AUTH),
        (
            _ByHeader,
            SessionAuth(
                _LOGIN, HeaderToken("X-Auth-Token"), TokenUse(Carrier.HEADER, "Authorization", "Token token={token}")
            ),
        ),
        (_ByCookie, SessionAuth(_LOGIN, CookieToken("JSESSIONID"), TokenUse(Carrier.COOKIE, "JSESSIONID"))),
        (_ByQuery, SessionAuth(_LOGIN, _JSON, TokenUse(Carrier.QUERY, "sid"))),
    ],
)
async def test_a_login_s_token_is_sent_where_the_source_wants_it(kind: type[Office], auth: SessionAuth) -> None:
    office = kind()
    async with opened(office, auth) as here:
        assert [await here.ask() for _ in range(3)] == [b"200 ok"] * 3
        (login,) = office.logins
        assert (login.method, login.headers["content-type"]) == ("POST", "application/json")
        assert json.loads(login.body) == {"user": "gw", "password": SECRET}
        assert here.source.accepted == 1


async def test_secrets_of_a_login_s_query_and_headers_are_escaped_for_their_place() -> None:
    office = Office()
    login = Login("GET", "login?mode=1", (("senha", Secret(SECRET)),), (("X-Key", Secret("{a}b")),))
    async with opened(office, replace(_AUTH, login=login)) as here:
        assert await here.ask() == b"200 ok"
    assert office.logins[0].query() == {"mode": "1", "senha": SECRET}
    assert office.logins[0].headers["x-key"] == "{a}b"


async def test_any_number_of_waiting_calls_log_in_once() -> None:
    office = Office()
    async with opened(office) as here:
        assert await asyncio.gather(*[here.ask() for _ in range(30)]) == [b"200 ok"] * 30
    assert len(office.logins) == 1


async def test_a_session_is_left_when_its_time_is_over() -> None:
    office = Office()
    async with opened(office, replace(_AUTH, lasts=0.0001)) as here:
        assert [await here.ask() for _ in range(3)] == [b"200 ok"] * 3
    assert len(office.logins) == 3


_EXPIRED = "<p>Sua Sess\u00e3o expirou</p>"


@pytest.mark.parametrize(
    ("ended", "auth"),
    [
        (SourceResponse(b"", 401), _AUTH),
        (SourceResponse(b"", 403), _AUTH),
        (SourceResponse(b"", 302, {"Location": "/login"}), replace(_AUTH, ended=frozenset({302}))),
        (SourceResponse(_EXPIRED.encode()), replace(_AUTH, ended_texts=("sessao expirou",))),
        (SourceResponse(_EXPIRED.encode("latin-1"), 500), replace(_AUTH, ended_texts=("sessao expirou",))),
        (
            SourceResponse(gzip.compress(_EXPIRED.encode()), headers={"Content-Encoding": "gzip"}),
            replace(_AUTH, ended_texts=("sessao expirou",)),
        ),
    ],
)
async def test_an_ended_session_is_begun_anew_and_the_call_repeated(ended: SourceResponse, auth: SessionAuth) -> None:
    office = Office(ended)
    async with opened(office, auth) as here:
        assert await here.ask() == b"200 ok"
        office.good.clear()
        assert await here.ask() == b"200 ok"
        assert [request.body for request in office.asked] == [b"asked"] * 3
    assert len(office.logins) == 2


async def test_a_reply_that_was_looked_into_comes_whole() -> None:
    office = Office(SourceResponse(gzip.compress(b"a long answer"), headers={"Content-Encoding": "gzip", "X-A": "b"}))
    async with opened(office, replace(_AUTH, ended_texts=("sessao expirou",))) as here:
        office.login = lambda request: office.welcome("s0")  # type: ignore[method-assign]
        reply = await here.wire.prepare("GET").send({})
        assert (reply.status, reply.body, reply.headers["x-a"]) == (200, b"a long answer", "b")


async def test_a_reply_too_large_to_be_looked_into_comes_in_pieces_and_is_no_ended_session() -> None:
    body = b"sessao expirou " * 200_000
    office = Office(SourceResponse(gzip.compress(body), headers={"Content-Encoding": "gzip"}))
    async with opened(office, replace(_AUTH, ended_texts=("sessao expirou",))) as here:
        office.login = lambda request: office.welcome("s0")  # type: ignore[method-assign]
        async with here.wire.prepare("GET").open({}, whole=1000) as reply:
            assert isinstance(reply, LargeReply)
            assert b"".join([piece async for piece in reply.chunks]) == body
        async with here.wire.prepare("GET").open({}, whole=1000) as reply:
            assert isinstance(reply, LargeReply)
        assert (await here.wire.prepare("GET").send({})).body == body
        assert len(office.asked) == 3


async def test_a_session_that_ends_at_once_is_not_begun_for_ever() -> None:
    office = Office(SourceResponse(b"no", 403))
    async with opened(office) as here:
        office.login = lambda request: office.welcome("never good")  # type: ignore[method-assign]
        assert await here.ask() == b"403 no"
        assert len(office.asked) == 2


# ---------------------------------------------------------------------------------------------- failures


def answering_the_login(reply: SourceResponse) -> Office:
    office = Office()
    office.login = lambda request: reply  # type: ignore[method-assign]
    return office


_COOKIE = SessionAuth(_LOGIN, CookieToken("SID"), TokenUse(Carrier.COOKIE, "SID"))


@pytest.mark.parametrize(
    ("reply", "auth", "kind", "sentence"),
    [
        (SourceResponse(b"no", 401), _AUTH, Unauthorised, "refused our credentials"),
        (SourceResponse(b'{"data": {}}'), _AUTH, Unauthorised, "no token where upstream.auth.session.token says"),
        (SourceResponse(b'{"data": {"token": ""}}'), _AUTH, Unauthorised, "no token where"),
        (SourceResponse(b'{"data": {"token": true}}'), _AUTH, Unauthorised, "no token where"),
        (SourceResponse(b"<html>wrong</html>"), _AUTH, HtmlPage, "HTML page"),
        (SourceResponse(b"ok"), _AUTH, Unreadable, "not a JSON object"),
        (SourceResponse(b"", 503), _AUTH, ServerError, "HTTP 503"),
        (SourceResponse(b'{"data": {"token": "a\\nb"}}'), _AUTH, Unreadable, "does not fit into a header"),
        (SourceResponse(b"<html>wrong</html>"), _COOKIE, Unauthorised, "no token where"),
        (SourceResponse(b"", 302, {"Location": "/login?error"}), _COOKIE, Redirected, "redirects"),
        (SourceResponse(b"", 401, {"Set-Cookie": "SID=x"}), _COOKIE, Unauthorised, "refused our credentials"),
        (SourceResponse(b"", 200, {"Set-Cookie": 'SID="a b"'}), _COOKIE, Unreadable, "does not fit into a cookie"),
        (SourceResponse(b"", 200, {"Set-Cookie": "SID=; Max-Age=0"}), _COOKIE, Unauthorised, "no token where"),
    ],
)
async def test_a_login_that_gives_no_token_says_why(
    reply: SourceResponse, auth: SessionAuth, kind: type[SourceError], sentence: str
) -> None:
    office = answering_the_login(reply)
    async with opened(office, auth) as here:
        with pytest.raises(SourceError) as failed:
            await here.ask()
    assert type(failed.value) is kind
    assert str(failed.value).startswith("No token by upstream.auth.session. ")
    assert sentence in str(failed.value)
    assert SECRET not in whole_text(failed.value)
    assert office.asked == []

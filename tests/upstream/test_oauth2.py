"""Client credentials over real connections: one token for everybody, renewed once, and failures that name the endpoint."""

from __future__ import annotations

import asyncio
import base64
from dataclasses import replace
from urllib.parse import parse_qs, unquote_plus

import pytest

from gateway.core.errors import (
    DestinationRefused,
    HtmlPage,
    Misconfigured,
    RateLimited,
    Redirected,
    ServerError,
    SourceError,
    TimedOut,
    TooLarge,
    Unauthorised,
    UnexpectedStatus,
    Unreachable,
    Unreadable,
)
from gateway.core.redaction import Secret
from gateway.core.sign_in import OAuth2Auth
from gateway.core.tenant import Upstream
from gateway.testing import SourceResponse
from gateway.testing.exchange import SourceRequest
from gateway.testing.failing import everything_logged
from gateway.testing.source import Behaviour, Peer, answering, dripping, raw, running_source, silent
from gateway.upstream import open_wire, tokens
from tests.upstream.opened import LOOPBACK, SOURCE
from tests.upstream.signed import SECRET, Gate, Issuer, signed, token_reply, whole_text

pytestmark = pytest.mark.anyio


def client(url: str) -> OAuth2Auth:
    return OAuth2Auth(f"{url}/token", "gw:1", Secret(SECRET))


# ---------------------------------------------------------------------------------------------- the request


async def test_the_token_is_asked_for_as_the_standard_says() -> None:
    gate = Gate(set())

    def auth(url: str) -> OAuth2Auth:
        return replace(client(url), scope="a b", parameters={"audience": "x"})

    async with signed(gate, Issuer(gate), auth) as here:
        assert await here.ask() == b"200 ok"
        (request,) = here.issuer.requests
    assert (request.method, request.target) == ("POST", "/token")
    assert request.headers["content-type"] == "application/x-www-form-urlencoded"
    fields = {"grant_type": ["client_credentials"], "audience": ["x"], "scope": ["a b"]}
    assert parse_qs(request.body.decode()) == fields
    kind, _, pair = request.headers["authorization"].partition(" ")
    user, _, password = base64.b64decode(pair).decode().partition(":")
    assert (kind, unquote_plus(user), unquote_plus(password)) == ("Basic", "gw:1", SECRET)


async def test_a_client_may_stand_in_the_form() -> None:
    gate = Gate(set())
    async with signed(gate, Issuer(gate), lambda url: replace(client(url), in_body=True)) as here:
        assert await here.ask() == b"200 ok"
        (request,) = here.issuer.requests
    fields = {"grant_type": ["client_credentials"], "client_id": ["gw:1"], "client_secret": [SECRET]}
    assert parse_qs(request.body.decode()) == fields
    assert "authorization" not in request.headers


async def test_the_token_replaces_what_others_put_in_its_place() -> None:
    gate = Gate(set())
    async with signed(gate, Issuer(gate), client) as here:
        call = here.wire.prepare("GET", headers=[("Authorization", "Bearer {mine}")])
        assert (await call.send({"mine": "adapter's"})).body == b"ok"


# ---------------------------------------------------------------------------------------------- one token for everybody


async def test_any_number_of_waiting_calls_ask_for_one_token() -> None:
    gate = Gate(set())
    issuer = Issuer(gate, release=asyncio.Event())
    async with signed(gate, issuer, client) as here:
        calls = [asyncio.create_task(here.ask()) for _ in range(50)]
        await here.issuer.until(lambda: len(here.issuer.requests) == 1, "the token is asked for")
        assert issuer.release is not None
        issuer.release.set()
        assert await asyncio.gather(*calls) == [b"200 ok"] * 50
        assert issuer.given == 1


async def test_a_waiter_that_gives_up_harms_no_other() -> None:
    gate = Gate(set())
    issuer = Issuer(gate, release=asyncio.Event())
    async with signed(gate, issuer, client) as here:
        first, second = (asyncio.create_task(here.ask()) for _ in range(2))
        await here.issuer.until(lambda: len(here.issuer.requests) == 1, "the token is asked for")
        first.cancel()
        with pytest.raises(asyncio.CancelledError):
            await first
        assert issuer.release is not None
        issuer.release.set()
        assert await second == b"200 ok"
        assert issuer.given == 1


async def test_a_token_that_all_have_given_up_waiting_for_serves_the_next() -> None:
    gate = Gate(set())
    issuer = Issuer(gate, release=asyncio.Event())
    async with signed(gate, issuer, client) as here:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await here.ask()
        assert issuer.release is not None
        issuer.release.set()
        assert await here.ask() == b"200 ok"
        assert issuer.given == 1


async def test_closing_the_wire_ends_a_sign_in_under_way() -> None:
    async with signed(answering(SourceResponse(b"ok")), silent, client) as here:
        call = asyncio.create_task(here.ask())
        await here.issuer.until(lambda: len(here.issuer.requests) == 1, "the token is asked for")
        await here.wire.aclose()
        with pytest.raises(Unreachable, match="connections are closed"):
            await call
        await here.issuer.until(lambda: here.issuer.open == 0, "the connection is closed")


# ---------------------------------------------------------------------------------------------- renewal


@pytest.mark.parametrize(
    ("lasts", "asked"), [({}, 1), ({"expires_in": 3600}, 1), ({"expires_in": "3600"}, 1), ({"expires_in": 0.0001}, 3)]
)
async def test_a_token_is_used_until_just_before_it_expires(lasts: dict[str, object], asked: int) -> None:
    gate = Gate(set())
    async with signed(gate, Issuer(gate, lambda token: token_reply(token, **lasts)), client) as here:
        for _ in range(3):
            assert await here.ask() == b"200 ok"
        assert len(here.issuer.requests) == asked


async def test_a_refused_token_is_renewed_and_the_call_repeated() -> None:
    gate = Gate(set())
    issuer = Issuer(gate)
    async with signed(gate, issuer, client) as here:
        assert await here.ask() == b"200 ok"
        gate.good.clear()
        assert await here.ask() == b"200 ok"
        assert issuer.given == 2
        assert [request.body for request in here.source.requests] == [b"asked"] * 3


async def test_a_call_renews_once_and_hands_on_the_second_refusal() -> None:
    gate = Gate(set(), shown=lambda request: None)
    issuer = Issuer(gate)
    async with signed(gate, issuer, client) as here:
        assert await here.ask() == b"401 who?"
        assert issuer.given == 2
        assert len(here.source.requests) == 2


async def test_many_calls_refused_at_once_renew_once() -> None:
    gate = Gate(set())
    issuer = Issuer(gate)
    together = asyncio.Event()
    waiting = 0

    async def in_step(request: SourceRequest, peer: Peer) -> None:
        """The refusals of the first token all come at once."""
        nonlocal waiting
        if gate.shown(request) == "t1" and not gate.good:
            waiting += 1
            if waiting == 8:
                together.set()
            await together.wait()
        await gate(request, peer)

    async with signed(in_step, issuer, client) as here:
        assert await here.ask() == b"200 ok"
        gate.good.clear()
        assert await asyncio.gather(*[here.ask() for _ in range(8)]) == [b"200 ok"] * 8
        assert issuer.given == 2


async def test_403_is_not_mended_by_another_token() -> None:
    gate = Gate(set(), shown=lambda request: None, refusal=SourceResponse(b"no", status=403))
    issuer = Issuer(gate)
    async with signed(gate, issuer, client) as here:
        assert await here.ask() == b"403 no"
        assert issuer.given == 1


# ---------------------------------------------------------------------------------------------- failures


def problem(word: str, status: int = 400) -> Behaviour:
    text = f'{{"error": "{word}", "error_description": "client gw:1 with {SECRET}"}}'
    return answering(SourceResponse(text.encode(), status=status))


def giving(text: str) -> Behaviour:
    return answering(SourceResponse(text.encode()))


@pytest.mark.parametrize(
    ("issuer", "kind", "sentence"),
    [
        (problem("invalid_client", 401), Unauthorised, "does not accept the client. Check client_id and client_secret"),
        (problem("invalid_client"), Unauthorised, "does not accept the client"),
        (problem("unauthorized_client"), Unauthorised, "does not let this client"),
        (problem("invalid_scope"), Misconfigured, "Check scope."),
        (problem("invalid_target"), Misconfigured, "Check parameters."),
        (problem("unsupported_grant_type"), Misconfigured, "does not offer client credentials"),
        (problem("invalid_request"), Misconfigured, "misses something"),
        (problem("its_own_word"), Unauthorised, "refused our credentials"),
        (answering(SourceResponse(b"no", status=401)), Unauthorised, "refused our credentials"),
        (answering(SourceResponse(b"", status=403)), Unauthorised, "refused our credentials"),
        (answering(SourceResponse(b"", status=429, headers={"retry-after": "7"})), RateLimited, "slow down"),
        (answering(SourceResponse(b"", status=503)), ServerError, "HTTP 503"),
        (answering(SourceResponse(b"", status=404)), UnexpectedStatus, "Check the address"),
        (answering(SourceResponse(b"", status=302, headers={"location": "/"})), Redirected, "final address"),
        (answering(SourceResponse(b"<html>sign in</html>")), HtmlPage, "HTML page"),
        (giving("{"), Unreadable, "not a JSON object"),
        (giving("[]"), Unreadable, "not a JSON object"),
        (giving("[" * 60_000), Unreadable, "not a JSON object"),
        (giving('{"access_token": "a", "access_token": "b"}'), Unreadable, "not a JSON object"),
        (giving("{}"), Unreadable, "no access_token"),
        (giving('{"access_token": ""}'), Unreadable, "no access_token"),
        (giving('{"access_token": ["t"]}'), Unreadable, "no access_token"),
        (giving('{"access_token": "t", "token_type": "DPoP"}'), Misconfigured, "another type than Bearer"),
        (giving('{"access_token": "t\\r\\nx: y", "token_type": "bearer"}'), Unreadable, "does not fit into a header"),
        (giving('{"access_token": "t\\u0151", "token_type": "bearer"}'), Unreadable, "does not fit into a header"),
        (giving('{"access_token": "' + "t" * 70_000 + '"}'), TooLarge, "over 64 KiB"),
        (raw(b"no http\r\n\r\n"), Unreadable, "upstream.auth.oauth2.token_url"),
        (raw(b"", closing=True), Unreachable, "No connection"),
    ],
)
async def test_what_the_endpoint_does_ends_in_its_own_sentence(
    issuer: Behaviour, kind: type[SourceError], sentence: str
) -> None:
    with everything_logged() as logged:
        async with signed(Gate(set()), issuer, client) as here:
            failures = await asyncio.gather(*[here.ask() for _ in range(3)], return_exceptions=True)
            assert here.source.requests == []
            await here.issuer.until(lambda: here.issuer.open <= 1, "failed requests leave nothing")
    for failure in failures:
        assert type(failure) is kind
        assert str(failure).startswith("No token by upstream.auth.oauth2. ")
        assert isinstance(failure, SourceError)
        assert failure.undone
        assert sentence in str(failure)
        assert SECRET not in whole_text(failure)
        assert "gw:1" not in whole_text(failure)
    assert isinstance(failures[0], RateLimited) is (kind is RateLimited)
    if isinstance(failures[0], RateLimited):
        assert failures[0].retry_after == 7
    assert SECRET not in "".join(logged.lines)


async def test_a_failed_sign_in_is_tried_again_by_the_next_call() -> None:
    gate = Gate(set())
    async with signed(gate, answering(SourceResponse(b"", status=503)), client) as here:
        with pytest.raises(ServerError):
            await here.ask()
        here.issuer.behaviour = Issuer(gate)
        assert await here.ask() == b"200 ok"


async def test_an_endpoint_that_drips_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tokens, "_LONGEST", 0.1)
    async with signed(Gate(set()), dripping(token_reply("t1")), client) as here:
        with pytest.raises(TimedOut, match="No token by upstream.auth.oauth2"):
            await here.ask()
        await here.issuer.until(lambda: here.issuer.open == 0, "the connection is closed")


async def test_the_endpoint_is_reached_under_the_same_guard() -> None:
    upstream = Upstream("https://crm.example", client("http://127.0.0.1:9"))
    wire = open_wire(SOURCE, upstream)
    with pytest.raises(DestinationRefused, match="No token by upstream.auth.oauth2"):
        await wire.prepare("GET").send({})
    await wire.aclose()


async def test_a_dead_endpoint_is_unreachable() -> None:
    async with running_source(silent) as dead:
        url = dead.url
    wire = open_wire(SOURCE, Upstream("https://crm.example", client(url), networks=LOOPBACK))
    with pytest.raises(Unreachable, match="No token by upstream.auth.oauth2. No connection"):
        await wire.prepare("GET").send({})
    await wire.aclose()


async def test_no_repr_shows_a_token_or_a_secret() -> None:
    gate = Gate(set())
    async with signed(gate, Issuer(gate), client) as here:
        await here.ask()
        assert SECRET not in repr(client("https://x.example"))
        token = await tokens.Tokens(_Given()).current()
        assert repr(token) == "<Token …>"


class _Given:
    where = "a test"

    async def token(self) -> tokens.Token:
        return tokens.Token((b"authorization", b"Bearer t0ken"))

    async def aclose(self) -> None: ...

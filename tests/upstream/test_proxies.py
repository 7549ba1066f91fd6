"""Sources behind an outgoing HTTP proxy: the way through it, who sees which credentials, and what is said where it fails."""

from __future__ import annotations

import asyncio
import gc
import json
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path

import pytest

from gateway.core.errors import (
    DestinationRefused,
    RateLimited,
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
from gateway.core.tenant import BasicAuth, BearerAuth, Proxy, Upstream
from gateway.testing import SourceRequest, SourceResponse
from gateway.testing.source import Behaviour, Peer, answering, dripping, raw, resetting, running_source, silent
from gateway.upstream import open_wire
from tests.upstream.certificates import Authority, server_side
from tests.upstream.opened import LOOPBACK, SOURCE, Names, opened
from tests.upstream.proxying import ESTABLISHED, Tunnelling, proxied
from tests.upstream.test_own_tls import showing
from tests.upstream.test_tls import certified

pytestmark = pytest.mark.anyio

_HOST = "erp.acme.example"
_OK = answering(SourceResponse(b"ok"))
_AUTH = BasicAuth("gw", Secret("pr0xy-s3nh4"))
_SHOWN = "Basic Z3c6cHIweHktczNuaDQ="


def _with_auth(proxy: Proxy) -> Proxy:
    return replace(proxy, auth=_AUTH)


def _resolving(proxy: Proxy) -> Proxy:
    return replace(proxy, resolves=True)


def _named(upstream: Callable[[str], Upstream]) -> Callable[[str], Upstream]:
    return lambda url: upstream(url.replace("127.0.0.1", _HOST))


# ---------------------------------------------------------------------------------------------- through it


async def test_a_plain_source_is_reached_through_a_tunnel_that_serves_many_requests() -> None:
    tunnelling = Tunnelling()
    async with proxied(tunnelling) as (proxy, upstream), opened(_OK, upstream) as here:
        call = here.wire.prepare("GET", "clientes")
        assert [(await call.send({})).body for _ in range(3)] == [b"ok"] * 3
        host, port = here.source.address[:2]
        assert [(request.method, request.target) for request in proxy.requests] == [("CONNECT", f"{host}:{port}")]
        assert proxy.requests[0].headers["host"] == f"{host}:{port}"
        assert [request.target for request in here.source.requests] == ["/clientes"] * 3


async def test_an_https_source_is_spoken_to_in_tls_under_its_own_name(tmp_path: Path) -> None:
    made, names, tunnelling = certified(tmp_path), list[str](), Tunnelling()
    made.server.sni_callback = lambda connection, name, context: names.append(name)
    async with (
        proxied(tunnelling) as (_, upstream),
        opened(_OK, _named(upstream), names=Names([["127.0.0.1"]]), server_tls=made.server, trust=made.trust) as here,
    ):
        assert (await here.wire.prepare("GET", "clientes").send({})).body == b"ok"
        assert here.source.requests[0].headers["host"].startswith(_HOST)
    assert names == [_HOST]
    assert b"clientes" not in tunnelling.carried


async def test_a_certificate_of_another_name_is_refused_inside_the_tunnel(tmp_path: Path) -> None:
    made = certified(tmp_path)

    async with proxied(Tunnelling()) as (_, upstream):

        def other(url: str) -> Upstream:
            return upstream(url.replace("127.0.0.1", "crm.acme.example"))

        async with opened(_OK, other, names=Names([["127.0.0.1"]]), server_tls=made.server, trust=made.trust) as here:
            with pytest.raises(Unreachable, match="TLS certificate is not accepted"):
                await here.wire.prepare("GET").send({})


async def test_our_certificate_is_shown_to_the_source_through_the_tunnel(tmp_path: Path) -> None:
    authority = Authority()
    server = server_side(tmp_path, authority.signs(_HOST), clients=authority)
    tls = showing(authority.signs("gw"), authority.pem)
    async with proxied(Tunnelling()) as (_, upstream):

        def with_certificate(url: str) -> Upstream:
            return replace(_named(upstream)(url), tls=tls)

        async with opened(_OK, with_certificate, names=Names([["127.0.0.1"]]), server_tls=server) as here:
            assert (await here.wire.prepare("GET").send({})).body == b"ok"


async def test_a_reply_to_connect_has_no_body_whatever_it_says() -> None:
    opening = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.0 200 OK\r\ncontent-length: 5\r\nvia: 1.1 dmz\r\n\r\n"
    async with proxied(Tunnelling(opening=opening)) as (_, upstream), opened(_OK, upstream) as here:
        assert (await here.wire.prepare("GET").send({})).body == b"ok"


async def test_tokens_are_fetched_through_the_same_proxy() -> None:
    token = SourceResponse(json.dumps({"access_token": "t1", "token_type": "Bearer"}).encode())
    async with running_source(answering(token)) as issuer, proxied(Tunnelling()) as (proxy, upstream):
        auth = OAuth2Auth(f"{issuer.url}/token", "gw", Secret("s3nh4"))
        async with opened(_OK, lambda url: replace(upstream(url), auth=auth)) as here:
            assert (await here.wire.prepare("GET").send({})).body == b"ok"
            assert {request.target for request in proxy.requests} == {
                f"127.0.0.1:{server.address[1]}" for server in (issuer, here.source)
            }
            assert "proxy-authorization" not in issuer.requests[0].headers


async def test_the_environments_proxies_are_never_used(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
        monkeypatch.setenv(name.upper(), "http://127.0.0.1:9")
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.setenv(name, "127.0.0.1,localhost,*")
    async with opened(_OK) as here:
        assert (await here.wire.prepare("GET").send({})).body == b"ok"
    async with proxied(Tunnelling()) as (proxy, upstream), opened(_OK, upstream) as here:
        assert (await here.wire.prepare("GET").send({})).body == b"ok"
        assert proxy.accepted == 1


# ---------------------------------------------------------------------------------------------- credentials


async def test_each_sees_its_own_credentials_alone() -> None:
    tunnelling = Tunnelling()
    async with proxied(tunnelling, _with_auth) as (proxy, upstream):
        auth = BearerAuth(Secret("the-sources-own"))
        async with opened(_OK, lambda url: replace(upstream(url), auth=auth)) as here:
            await here.wire.prepare("GET").send({})
            assert proxy.requests[0].headers["proxy-authorization"] == _SHOWN
            assert "authorization" not in proxy.requests[0].headers
            assert here.source.requests[0].headers["authorization"] == "Bearer the-sources-own"
            assert "proxy-authorization" not in here.source.requests[0].headers


# ---------------------------------------------------------------------------------------------- the guard


async def test_the_proxy_is_given_the_judged_address_and_not_the_name() -> None:
    """What the proxy would make of the name does not matter: nobody resolves it again."""
    names = Names([["127.0.0.1"], ["169.254.169.254"]])
    async with proxied(Tunnelling()) as (proxy, upstream), opened(_OK, _named(upstream), names=names) as here:
        assert (await here.wire.prepare("GET").send({})).body == b"ok"
        assert proxy.requests[0].target == f"127.0.0.1:{here.source.address[1]}"
        assert here.source.requests[0].headers["host"].startswith(_HOST)


@pytest.mark.parametrize("answer", ["10.0.0.1", "169.254.169.254", "::1"])
async def test_a_source_that_may_not_be_reached_is_not_reached_through_a_proxy_either(answer: str) -> None:
    async with proxied(Tunnelling()) as (proxy, upstream):
        wire = open_wire(SOURCE, upstream(f"http://{_HOST}/"), resolver=Names([[answer]]))
        with pytest.raises(DestinationRefused, match="may not reach"):
            await wire.prepare("GET").send({})
        await wire.aclose()
        assert proxy.accepted == 0


async def test_a_proxy_that_resolves_is_given_the_name() -> None:
    names = Names([[]])
    tunnelling = Tunnelling(leads={_HOST: "127.0.0.1"})
    async with proxied(tunnelling, _resolving) as (proxy, upstream), opened(_OK, _named(upstream), names=names) as here:
        assert (await here.wire.prepare("GET").send({})).body == b"ok"
        assert proxy.requests[0].target == f"{_HOST}:{here.source.address[1]}"
    assert names.asked == 0


@pytest.mark.parametrize(
    "host",
    [
        "10.0.0.1",
        "169.254.169.254",
        "2852039166",
        "0xa9.254.169.254",
        "[::ffff:169.254.169.254]",
        "[fd00:ec2::254]",
        "localhost",
        "erp.localhost",
        "metadata.google.internal",
        "instance-data",
    ],
)
async def test_what_is_known_to_lead_inside_is_never_asked_of_a_proxy_that_resolves(host: str) -> None:
    async with proxied(Tunnelling(), _resolving) as (proxy, upstream):
        wire = open_wire(SOURCE, upstream(f"http://{host}:8000/"), resolver=Names([[]]))
        with pytest.raises(DestinationRefused):
            await wire.prepare("GET").send({})
        await wire.aclose()
        assert proxy.accepted == 0


async def test_a_proxys_name_may_lead_to_any_network_but_never_to_metadata() -> None:
    async with proxied(Tunnelling()) as (proxy, upstream), opened(_OK, upstream) as here:
        port = proxy.address[1]
        way = Proxy("dmz", f"http://proxy.corp.example:{port}")
        for answer, outcome in (("127.0.0.1", None), ("169.254.169.254", "never connected to")):
            there = Upstream(here.source.url, networks=LOOPBACK, proxy=way)
            wire = open_wire(SOURCE, there, resolver=Names([[answer]]))
            if outcome is None:
                assert (await wire.prepare("GET").send({})).body == b"ok"
            else:
                with pytest.raises(DestinationRefused, match=outcome):
                    await wire.prepare("GET").send({})
            await wire.aclose()


async def test_an_address_that_the_proxy_cannot_reach_gives_way_to_the_next() -> None:
    tunnelling = Tunnelling()

    async def half_blind(request: SourceRequest, peer: Peer) -> None:
        if request.target.startswith("127.0.0.2:"):
            await peer.send(b"HTTP/1.1 503 No route\r\ncontent-length: 0\r\n\r\n")
        else:
            await tunnelling(request, peer)

    names = Names([["127.0.0.2", "127.0.0.1"]])
    async with proxied(half_blind) as (proxy, upstream), opened(_OK, _named(upstream), names=names) as here:
        assert (await here.wire.prepare("GET").send({})).body == b"ok"
        assert len(proxy.requests) == 2


# ---------------------------------------------------------------------------------------------- what goes wrong


def _status(line: bytes) -> Behaviour:
    return raw(b"HTTP/1.1 " + line + b"\r\ncontent-length: 9\r\n\r\n<h1>x</h1>", closing=True)


_ODD: list[tuple[Behaviour, type[SourceError], str]] = [
    (_status(b"403 Forbidden"), DestinationRefused, "does not let us through to the source (403)"),
    (_status(b"403 Forbidden"), DestinationRefused, "set proxies.dmz.resolve: proxy in gateway.yaml"),
    (_status(b"407 Who"), Unauthorised, "wants credentials (407). Give proxies.dmz.auth in gateway.yaml."),
    (_status(b"429 Slowly"), RateLimited, "asked us to slow down (429)"),
    (_status(b"502 Bad Gateway"), Unreachable, "cannot reach the source (502). Check upstream.url"),
    (_status(b"504 Gateway Timeout"), Unreachable, "cannot reach the source (504)"),
    (_status(b"501 Not Implemented"), UnexpectedStatus, "does not open tunnels (501). Check proxies.dmz.url"),
    (_status(b"405 Method Not Allowed"), UnexpectedStatus, "does not open tunnels (405)"),
    (_status(b"302 Found"), UnexpectedStatus, "does not open tunnels (302)"),
    (raw(b"HTTP/1.1 101 Switching\r\n\r\n"), Unreadable, "The proxy 'dmz' does not answer in valid HTTP/1.1"),
    (raw(b"220 mail.example.com ESMTP\r\n\r\n"), Unreadable, "The proxy 'dmz' does not answer in valid HTTP/1.1"),
    (raw(ESTABLISHED + b"HTTP/1.1 200 OK\r\n\r\n"), Unreadable, "The proxy 'dmz' does not answer in valid HTTP"),
    (
        raw(ESTABLISHED[:-2] + b"x-a: " + b"a" * 40_000),
        TooLarge,
        "reply headers of the proxy 'dmz' are over 16 KiB",
    ),
    (raw(b"HTTP/1.1 100 C\r\n\r\n" * 4000), TooLarge, "reply headers of the proxy 'dmz' are over"),
    (raw(b"", closing=True), Unreachable, "No connection to the proxy 'dmz', or it broke. Check proxies.dmz.url"),
    (raw(ESTABLISHED[:20], closing=True), Unreachable, "No connection to the proxy 'dmz', or it broke."),
    (resetting, Unreachable, "No connection to the proxy 'dmz', or it broke."),
]


@pytest.mark.parametrize(("behaviour", "kind", "sentence"), _ODD)
async def test_a_proxy_that_does_not_open_a_tunnel_is_told_from_a_source_that_fails(
    behaviour: Behaviour, kind: type[SourceError], sentence: str
) -> None:
    async with proxied(behaviour) as (proxy, upstream), opened(_OK, upstream) as here:
        with pytest.raises(SourceError) as failed:
            await here.wire.prepare("GET").send({})
        await proxy.until(lambda: proxy.open == 0, "its connections are closed")
        assert here.source.accepted == 0
    assert isinstance(failed.value, kind)
    assert sentence in str(failed.value)
    assert failed.value.undone
    assert "<h1>" not in str(failed.value)


async def test_refused_credentials_are_said_without_them() -> None:
    async with proxied(_status(b"407 Who"), _with_auth) as (_, upstream), opened(_OK, upstream) as here:
        with pytest.raises(Unauthorised) as refused:
            await here.wire.prepare("GET").send({})
    assert "refused our credentials (407). Check proxies.dmz.auth" in str(refused.value)
    assert "s3nh4" not in repr(refused.value) + str(refused.value) + repr(_with_auth(Proxy("dmz", "")))


async def test_a_proxy_that_is_not_there_or_not_known() -> None:
    async with running_source(_OK) as gone:
        pass
    for url, sentence in (
        (gone.url, "No connection to the proxy 'dmz'"),
        ("http://proxy.corp.example:3128", "The host name of the proxy 'dmz' is not known. Check proxies.dmz.url"),
    ):
        upstream = Upstream("http://127.0.0.1:9/", networks=LOOPBACK, proxy=Proxy("dmz", url))
        wire = open_wire(SOURCE, upstream, resolver=Names([[]]))
        with pytest.raises(Unreachable, match=sentence):
            await wire.prepare("GET").send({})
        await wire.aclose()


@pytest.mark.parametrize("behaviour", [silent, dripping(SourceResponse(b"x" * 10_000))], ids=["silent", "dripping"])
async def test_a_proxy_that_takes_its_time_is_said_to(behaviour: Behaviour) -> None:
    hurried = proxied(behaviour, lambda proxy: replace(proxy, timeout=0.05))
    async with hurried as (proxy, upstream), opened(_OK, upstream) as here:
        with pytest.raises(TimedOut, match="'dmz' opened no way to the source in time.*proxies.dmz.timeout"):
            await here.wire.prepare("GET").send({})
        await proxy.until(lambda: proxy.open == 0, "its connections are closed")


async def test_a_tunnel_that_breaks_is_a_failure_of_the_way_and_the_next_lookup_takes_another() -> None:
    tunnelling, broken = Tunnelling(), [True]

    async def breaking(request: SourceRequest, peer: Peer) -> None:
        if broken.pop() if broken else False:
            await peer.send(ESTABLISHED)
            peer.reset()
        else:
            await tunnelling(request, peer)

    async with proxied(breaking) as (_, upstream), opened(_OK, upstream) as here:
        call = here.wire.prepare("POST")
        with pytest.raises(Unreachable):
            await call.send({}, b"x")
        assert (await call.send({}, b"x")).body == b"ok"


# ---------------------------------------------------------------------------------------------- given up


class _Slow:
    """Opens the tunnel in two halves, with pauses of the loop's between them."""

    def __init__(self) -> None:
        self._tunnelling = Tunnelling(opening=ESTABLISHED[20:])

    async def __call__(self, request: SourceRequest, peer: Peer) -> None:
        await asyncio.sleep(0)
        await peer.send(ESTABLISHED[:20])
        await asyncio.sleep(0)
        await self._tunnelling(request, peer)


@pytest.mark.parametrize("anyio_backend", [("asyncio", {"use_uvloop": use}) for use in (False, True)])
@pytest.mark.parametrize("secure", [False, True], ids=["http", "https"])
async def test_given_up_at_any_moment_it_leaves_no_connection(secure: bool, tmp_path: Path) -> None:
    made = certified(tmp_path) if secure else None
    async with AsyncExitStack() as stack:
        proxy, upstream = await stack.enter_async_context(proxied(_Slow()))
        here = await stack.enter_async_context(
            opened(
                _OK,
                _named(upstream),
                names=Names([["127.0.0.1"]]),
                server_tls=made.server if made else None,
                trust=made.trust if made else None,
            )
        )
        for patience in range(60):
            lookup = asyncio.create_task(here.wire.prepare("POST").send({}, b"x"))
            for _ in range(patience):
                await asyncio.sleep(0)
            lookup.cancel()
            await asyncio.wait([lookup])
        await here.wire.aclose()
        await proxy.until(lambda: proxy.open == 0, "every tunnel is closed")
        await here.source.until(lambda: here.source.open == 0, "every connection is closed")
        gc.collect()

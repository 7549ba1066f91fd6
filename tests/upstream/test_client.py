"""httpx2's API over the wire: the same connections, guard, caps and credentials, and SourceErrors."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

import httpx2
import pytest

from gateway.adapter import AdapterContext, Call, Nobody
from gateway.core.errors import DestinationRefused, TooLarge, Truncated, Unreachable
from gateway.core.redaction import Secret
from gateway.core.tenant import BearerAuth, QueryAuth, Upstream
from gateway.testing import SourceRequest, SourceResponse
from gateway.testing.failing import everything_logged
from gateway.testing.source import Behaviour, Peer, Source, answering, cut, resetting, silent, written
from gateway.upstream import httpx_client
from tests.upstream.opened import LOOPBACK, SOURCE, opened

pytestmark = pytest.mark.anyio


@dataclass(frozen=True)
class Here:
    source: Source
    client: httpx2.AsyncClient


@asynccontextmanager
async def client_to(behaviour: Behaviour, path: str = "", **fields: object) -> AsyncIterator[Here]:
    def upstream(url: str) -> Upstream:
        return Upstream(url + path, networks=LOOPBACK, **fields)  # type: ignore[arg-type]

    async with opened(behaviour, upstream) as here:
        client = httpx_client(AdapterContext(SOURCE, here.wire, Nobody()))
        try:
            yield Here(here.source, client)
        finally:
            await client.aclose()


async def echo(request: SourceRequest, peer: Peer) -> None:
    body = f"{request.method} {request.target} {request.body.decode()}".encode()
    await peer.send(written(SourceResponse(body, headers={"content-type": "text/plain; charset=utf-8"})))


async def test_the_sources_address_is_the_base() -> None:
    async with client_to(echo, "/api") as here:
        assert (
            await here.client.get("clientes/1", params={"nome": "João"})
        ).text == "GET /api/clientes/1?nome=Jo%C3%A3o "
        assert (await here.client.post("clientes", json={"cpf": "1"})).text == 'POST /api/clientes {"cpf":"1"}'
        assert here.source.accepted == 1


async def test_a_page_as_the_base_is_asked_as_it_is() -> None:
    async with client_to(echo, "/clientes.asp?modo=xml") as here:
        assert (await here.client.get("")).text == "GET /clientes.asp?modo=xml "
        assert (await here.client.get("", params={"a": "1"})).text == "GET /clientes.asp?modo=xml&a=1 "


async def test_credentials_headers_and_host_are_the_sources() -> None:
    auth = BearerAuth(Secret("t0ken"))
    async with client_to(echo, auth=auth, headers={"X-Tenant": "acme"}) as here:
        wrong = {"Authorization": "Basic eDp5", "Host": "evil.example", "X-Tenant": "other", "X-Mine": "1"}
        await here.client.get("", headers=wrong)
        sent = here.source.requests[0].headers
        assert (sent["authorization"], sent["x-tenant"], sent["x-mine"]) == ("Bearer t0ken", "acme", "1")
        assert sent["host"] == f"127.0.0.1:{here.source.address[1]}"
        assert sent["accept-encoding"] == "gzip, deflate"


async def test_a_key_in_the_query_is_added() -> None:
    async with client_to(echo, auth=QueryAuth("chave", Secret("k1"))) as here:
        assert (await here.client.get("", params={"a": "1"})).text == "GET /?a=1&chave=k1 "


@pytest.mark.parametrize(
    "url", ["https://127.0.0.1/", "http://127.0.0.1:9/", "http://169.254.169.254/", "http://localhost/"]
)
async def test_another_origin_is_refused(url: str) -> None:
    async with client_to(echo) as here:
        with pytest.raises(DestinationRefused, match="One source has one origin"):
            await here.client.get(url)
        assert here.source.accepted == 0


async def test_a_redirect_is_followed_only_within_the_origin_and_only_when_asked_to() -> None:
    async def behave(request: SourceRequest, peer: Peer) -> None:
        where = {"/in": "/there", "/out": "http://169.254.169.254/"}.get(request.target)
        await peer.send(written(SourceResponse(b"", 302, {"location": where}) if where else SourceResponse(b"ok")))

    async with client_to(behave) as here:
        assert (await here.client.get("in")).status_code == 302
        assert (await here.client.get("in", follow_redirects=True)).text == "ok"
        with pytest.raises(DestinationRefused):
            await here.client.get("out", follow_redirects=True)


async def test_the_body_is_decoded_once_and_capped() -> None:
    packed = SourceResponse(gzip.compress(b"a" * 50_000), headers={"content-encoding": "gzip"})
    async with client_to(answering(packed), max_body=60_000) as here:
        assert (await here.client.get("")).content == b"a" * 50_000
        here.source.behaviour = answering(
            SourceResponse(gzip.compress(b"a" * 70_000), headers={"content-encoding": "gzip"})
        )
        with pytest.raises(TooLarge):
            await here.client.get("")
        here.source.behaviour = answering(SourceResponse(b"ok", headers={"x": "y" * 70_000}))
        with pytest.raises(TooLarge):
            await here.client.get("")
        await here.source.until(lambda: here.source.open == 0, "a refused reply closes its connection")


async def test_a_large_reply_can_be_read_in_pieces() -> None:
    async with client_to(answering(SourceResponse(b"x" * 500_000))) as here:
        async with here.client.stream("GET", "") as response:
            assert sum([len(piece) async for piece in response.aiter_bytes()]) == 500_000
        async with here.client.stream("GET", "") as response:
            async for _ in response.aiter_bytes():
                break
        await here.source.until(lambda: here.source.open == 0, "a half-read reply closes its connection")


async def test_failures_are_source_errors() -> None:
    async with client_to(cut(SourceResponse(b"x" * 100))) as here:
        with pytest.raises(Truncated):
            await here.client.get("")
        here.source.behaviour = resetting
        with pytest.raises(Unreachable):
            await here.client.get("")


async def test_a_cancelled_request_leaves_nothing_open() -> None:
    async with client_to(silent) as here:
        lookup = asyncio.create_task(here.client.get(""))
        await here.source.until(lambda: len(here.source.requests) == 1, "it is asked")
        lookup.cancel()
        with pytest.raises(asyncio.CancelledError):
            await lookup
        await here.source.until(lambda: here.source.open == 0, "the connection is closed")


async def test_nothing_of_the_environment_changes_where_it_goes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    async with client_to(echo) as here:
        assert (await here.client.get("")).status_code == 200


async def test_nothing_is_logged() -> None:
    with everything_logged() as journal:
        async with client_to(echo, auth=QueryAuth("chave", Secret("s3cret"))) as here:
            await here.client.get("", params={"cpf": "12345678909"})
    assert not [line for line in journal.lines if "12345678909" in line or "s3cret" in line]


async def test_only_the_gateways_own_wire_can_be_dressed() -> None:
    class Other:
        def prepare(
            self,
            method: str,
            path: str = "",
            *,
            query: Sequence[tuple[str, str]] = (),
            headers: Sequence[tuple[str, str]] = (),
            charset: str = "utf-8",
        ) -> Call:
            raise AssertionError

    with pytest.raises(TypeError, match="pass the AdapterContext that create was given"):
        httpx_client(AdapterContext(SOURCE, Other(), Nobody()))

"""The wire to a source over real connections: what comes back, what is refused, and what is left open."""

from __future__ import annotations

import asyncio
import gc
import random
import socket
import traceback
from collections.abc import Sequence

import pytest

from gateway.adapter import Call
from gateway.core.errors import Misconfigured, SourceError, TooLarge, Truncated, Unreachable, Unreadable
from gateway.core.redaction import Secret
from gateway.core.tenant import BasicAuth, BearerAuth, QueryAuth, Upstream
from gateway.testing import SourceRequest, SourceResponse
from gateway.testing.failing import everything_logged
from gateway.testing.source import (
    Behaviour,
    Peer,
    answering,
    cut,
    dripping,
    held,
    raw,
    resetting,
    running_source,
    silent,
    written,
)
from gateway.upstream import open_wire
from gateway.upstream.exchange import outgoing
from gateway.upstream.reading import whole_reply
from tests.upstream.opened import LOOPBACK, SOURCE, opened

pytestmark = pytest.mark.anyio

_OK = SourceResponse(b"ok")
_CPF = "12345678909"


async def echo(request: SourceRequest, peer: Peer) -> None:
    await peer.send(written(SourceResponse(request.target.encode())))


async def failure_of(behaviour: Behaviour, *, method: str = "GET", body: bytes | None = None) -> SourceError:
    """How a lookup by CPF ends; its whole text, causes included, has no value and no secret in it."""

    def upstream(url: str) -> Upstream:
        return Upstream(url, BasicAuth("gw", Secret("s3cret")), networks=LOOPBACK)

    async with opened(behaviour, upstream) as here:
        with pytest.raises(SourceError) as failed:
            await here.wire.prepare(method, "x", query=[("doc", "{cpf}")]).send({"cpf": _CPF}, body)
        text = "".join(traceback.format_exception(failed.value))
        assert _CPF not in text
        assert "s3cret" not in text
        await here.source.until(lambda: here.source.open == 0, "a failed request closes its connection")
    return failed.value


# ---------------------------------------------------------------------------------------------- sending


async def test_a_prepared_request_is_sent_many_times_over_one_connection() -> None:
    async with opened(echo) as here:
        call = here.wire.prepare("GET", "clientes/{code}", query=[("nome", "{nome}")])
        for number in range(5):
            reply = await call.send({"code": str(number), "nome": "João"})
            assert (reply.status, reply.body) == (200, b"/clientes/%d?nome=Jo%%C3%%A3o" % number)
        assert here.source.accepted == 1


async def test_a_body_is_posted_as_it_is() -> None:
    async with opened(answering(_OK)) as here:
        body = "<envelope>João</envelope>".encode()
        call = here.wire.prepare(
            "POST", headers=[("Content-Type", "text/xml; charset=utf-8"), ("SOAPAction", '"Busca"')]
        )
        await call.send({}, body)
        request = here.source.requests[0]
        assert (request.method, request.body) == ("POST", body)
        assert request.headers["soapaction"] == '"Busca"'
        assert request.headers["content-length"] == str(len(body))


async def test_credentials_are_on_every_request() -> None:
    def upstream(url: str) -> Upstream:
        return Upstream(url, BearerAuth(Secret("t0ken")), {"X-Tenant": "acme"}, networks=LOOPBACK)

    async with opened(answering(_OK), upstream) as here:
        for call in (here.wire.prepare("GET"), here.wire.prepare("POST", "x")):
            await call.send({})
        assert [request.headers["authorization"] for request in here.source.requests] == ["Bearer t0ken"] * 2
        assert [request.headers["x-tenant"] for request in here.source.requests] == ["acme"] * 2


async def test_nothing_of_the_environment_changes_where_it_goes(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.setenv("no_proxy", "")
    async with opened(answering(_OK)) as here:
        assert (await here.wire.prepare("GET").send({})).body == b"ok"


async def test_opening_and_preparing_do_no_io_and_need_no_loop() -> None:
    def made_in_a_thread() -> None:
        open_wire(SOURCE, Upstream("https://crm.example")).prepare("GET", "x")

    await asyncio.to_thread(made_in_a_thread)


async def test_a_wrong_address_is_said_when_a_request_is_prepared() -> None:
    """Not when the wire is opened: the tenant's other sources go on."""
    wire = open_wire(SOURCE, Upstream("crm.example/x"))
    with pytest.raises(Misconfigured, match="must begin with https://"):
        wire.prepare("GET")
    await wire.aclose()


# ---------------------------------------------------------------------------------------------- replies


@pytest.mark.parametrize("status", [200, 204, 302, 404, 500])
async def test_any_status_comes_back_as_a_reply(status: int) -> None:
    async with opened(answering(SourceResponse(b"", status, {"location": "http://169.254.169.254/"}))) as here:
        call = here.wire.prepare("GET")
        assert [(await call.send({})).status for _ in range(2)] == [status] * 2
        assert here.source.accepted == 1


async def test_replies_are_read_in_every_framing() -> None:
    replies = [
        b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok",
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1;x=y\r\no\r\n1\r\nk\r\n0\r\ntrailer: t\r\n\r\n",
        b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok",
        b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\nok",
        b"HTTP/1.0 200 OK\r\n\r\nok",
    ]
    for reply in replies:
        async with opened(raw(reply, closing=True)) as here:
            assert (await here.wire.prepare("GET").send({})).body == b"ok"


async def test_a_source_that_switches_protocols_is_not_followed() -> None:
    switching = raw(b"HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\nx y z")
    async with opened(switching) as here:
        with pytest.raises(Unreadable):
            await here.wire.prepare("GET").send({})
        await here.source.until(lambda: here.source.open == 0, "the connection is closed")


async def test_what_follows_a_reply_is_never_the_next_lookups_answer() -> None:
    async def chatty(request: SourceRequest, peer: Peer) -> None:
        await peer.send(written(SourceResponse(request.target.encode())) + written(SourceResponse(b"somebody else")))

    async with opened(chatty) as here:
        call = here.wire.prepare("GET", "{code}")
        for number in range(5):
            assert (await call.send({"code": str(number)})).body == b"/%d" % number


async def test_a_connection_that_the_source_closed_meanwhile_is_not_used_again() -> None:
    async def once(request: SourceRequest, peer: Peer) -> None:
        await peer.send(written(_OK))
        peer.finish()

    async with opened(once) as here:
        call = here.wire.prepare("GET")
        for _ in range(5):
            assert (await call.send({})).body == b"ok"
            await here.source.until(lambda: here.source.open == 0, "it has closed")


async def test_an_early_reply_to_a_post_is_read() -> None:
    async with running_source(answering(SourceResponse(b"too much", 413))) as source:
        refuses = source.behaviour

        async def behave(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readuntil(b"\r\n\r\n")
            await refuses(SourceRequest("POST", "/", {}), Peer(reader, writer))
            await reader.read()
            writer.close()

        server = await asyncio.start_server(behave, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        wire = open_wire(SOURCE, Upstream(f"http://127.0.0.1:{port}", networks=LOOPBACK))
        reply = await wire.prepare("POST").send({}, b"x" * 50_000)
        assert (reply.status, reply.body) == (413, b"too much")
        await wire.aclose()
        server.close()


# ---------------------------------------------------------------------------------------------- failures


async def test_a_refused_connection_is_unreachable() -> None:
    async with running_source(silent) as source:
        url = source.url
    wire = open_wire(SOURCE, Upstream(url, networks=LOOPBACK))
    with pytest.raises(Unreachable, match="Check its address and that it runs") as failed:
        await wire.prepare("GET").send({})
    assert failed.value.__cause__ is not None
    await wire.aclose()


async def test_a_connection_closed_without_a_word_is_unreachable() -> None:
    assert type(await failure_of(raw(b"", closing=True))) is Unreachable
    assert type(await failure_of(raw(b"HTTP/1.1 200 OK\r\nx: ", closing=True))) is Unreachable
    assert type(await failure_of(resetting)) is Unreachable


@pytest.mark.parametrize(
    "reply",
    [
        b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nabc",
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n",
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nabc",
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n",
        b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\n",
    ],
)
async def test_a_reply_that_ends_early_is_truncated(reply: bytes) -> None:
    assert type(await failure_of(raw(reply, closing=True))) is Truncated


async def test_a_reset_within_the_body_is_truncated() -> None:
    async def behave(request: SourceRequest, peer: Peer) -> None:
        await peer.send(b"HTTP/1.1 200 OK\r\ncontent-length: 50000\r\n\r\nabc")
        await headers_are_read.wait()
        peer.reset()

    headers_are_read = asyncio.Event()
    async with opened(behave) as here:
        incoming = await here.wire.send(outgoing(b"GET", "/", here.wire.base.headers([]), None))
        headers_are_read.set()
        with pytest.raises(Truncated):
            await whole_reply(incoming, max_body=100_000, max_headers=1000)


@pytest.mark.parametrize(
    "reply",
    [
        b"220 mail.example.com ESMTP 12345678909\r\n\r\n",
        b"HTTP/1.1 abc\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nno colon 12345678909\r\n\r\n",
        b"HTTP/1.1 200 OK\r\ncontent-length: 1, 2\r\n\r\nab",
        b"HTTP/1.1 200 OK\r\ncontent-length: -1\r\n\r\nab",
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n12345678909x\r\nabc\r\n",
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\nabc\r\n",
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
    ],
)
async def test_what_is_no_http_is_unreadable_and_not_repeated(reply: bytes) -> None:
    async def behave(request: SourceRequest, peer: Peer) -> None:
        await peer.send(reply)
        await peer.gone()

    failure = await failure_of(behave)
    assert type(failure) is Unreadable
    assert str(failure) == (
        "The source does not answer in valid HTTP/1.1. Check the scheme and the port in upstream.url."
    )
    assert failure.__cause__ is None
    assert failure.__context__ is None


@pytest.mark.parametrize("size", [70 * 1024, 300 * 1024])
async def test_giant_headers_are_too_large(size: int) -> None:
    async def behave(request: SourceRequest, peer: Peer) -> None:
        await peer.send(b"HTTP/1.1 200 OK\r\nx: " + b"y" * size + b"\r\ncontent-length: 0\r\n\r\n")
        await peer.gone()

    failure = await failure_of(behave)
    assert type(failure) is TooLarge
    assert "upstream.max_headers" in str(failure)


async def test_headers_without_end_are_too_large() -> None:
    async def behave(request: SourceRequest, peer: Peer) -> None:
        await peer.send(b"HTTP/1.1 200 OK\r\n")
        while True:
            await peer.send(b"x: " + b"y" * 1000 + b"\r\n")

    assert type(await failure_of(behave)) is TooLarge


async def test_a_body_without_end_is_too_large() -> None:
    async def behave(request: SourceRequest, peer: Peer) -> None:
        await peer.send(b"HTTP/1.1 200 OK\r\n\r\n")
        while True:
            await peer.send(b"x" * 65536)

    assert type(await failure_of(behave)) is TooLarge


# ---------------------------------------------------------------------------------------------- cancelling


async def _drip_the_headers(request: SourceRequest, peer: Peer) -> None:
    await peer.send(b"HTTP/1.1 200 OK\r\nx-a: ")
    await peer.gone()


async def _drip_the_body(request: SourceRequest, peer: Peer) -> None:
    await peer.send(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nabc")
    await peer.gone()


@pytest.mark.parametrize(
    "behaviour", [silent, _drip_the_headers, _drip_the_body, dripping(SourceResponse(b"x" * 10_000))]
)
async def test_a_cancelled_request_leaves_nothing_open(behaviour: Behaviour) -> None:
    async with opened(behaviour) as here:
        call = here.wire.prepare("GET")
        for _ in range(3):
            heard = len(here.source.requests)
            lookup = asyncio.create_task(call.send({}))
            await here.source.until(lambda: len(here.source.requests) > heard, "it is asked")  # noqa: B023
            lookup.cancel()
            with pytest.raises(asyncio.CancelledError):
                await lookup
            await here.source.until(lambda: here.source.open == 0, "the connection is closed")
        here.source.behaviour = answering(_OK)
        assert (await call.send({})).body == b"ok"


async def test_a_deadline_ends_a_slow_drip() -> None:
    async with opened(dripping(SourceResponse(b"x" * 10_000))) as here:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.1):
                await here.wire.prepare("GET").send({})
        await here.source.until(lambda: here.source.open == 0, "the connection is closed")


async def test_cancelled_while_connecting_it_leaves_nothing_open() -> None:
    """A listening socket whose queue is full: the connection never comes about."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as full:
        wire = open_wire(SOURCE, Upstream(f"http://127.0.0.1:{full.getsockname()[1]}", networks=LOOPBACK))
        lookups = [asyncio.create_task(wire.prepare("GET").send({})) for _ in range(8)]
        await asyncio.wait(lookups, timeout=0.1)
        for lookup in lookups:
            lookup.cancel()
        await asyncio.wait(lookups)
        assert all(lookup.cancelled() for lookup in lookups)
        await wire.aclose()
    gc.collect()


async def test_lookups_cancelled_at_any_moment_leave_nothing_open_and_harm_no_other() -> None:
    async def slowly(request: SourceRequest, peer: Peer) -> None:
        whole = written(SourceResponse(request.target.encode()))
        for half in (whole[:40], whole[40:]):
            await asyncio.sleep(0)
            await peer.send(half)

    dice = random.Random(4)

    async def one(call: Call, number: int) -> None:
        lookup = asyncio.create_task(call.send({"code": str(number)}))
        for _ in range(dice.randrange(30)):
            await asyncio.sleep(0)
        if number % 3:
            lookup.cancel()
        try:
            assert (await lookup).body == b"/%d" % number
        except asyncio.CancelledError:
            assert number % 3

    async with opened(slowly) as here:
        before = asyncio.all_tasks()
        call = here.wire.prepare("GET", "{code}")
        for start in range(0, 600, 20):
            await asyncio.gather(*(one(call, number) for number in range(start, start + 20)))
        await here.wire.aclose()
        await here.source.until(lambda: here.source.open == 0, "every connection is closed")
        assert asyncio.all_tasks() <= before | here.source.tasks


# ---------------------------------------------------------------------------------------------- closing


async def test_closing_closes_idle_connections() -> None:
    release = asyncio.Event()
    async with opened(held(_OK, release)) as here:
        call = here.wire.prepare("GET")
        lookups = [asyncio.create_task(call.send({})) for _ in range(5)]
        await here.source.until(lambda: len(here.source.requests) == 5, "five are asked at once")
        release.set()
        await asyncio.gather(*lookups)
        assert here.source.open == 5
        await here.wire.aclose()
        await here.source.until(lambda: here.source.open == 0, "the wire is closed")
        await here.wire.aclose()
        with pytest.raises(Unreachable, match="its tenant was replaced, or the gateway stops"):
            await call.send({})


async def test_a_lookup_under_way_when_the_wire_closes_leaves_nothing_open() -> None:
    release = asyncio.Event()
    async with opened(held(_OK, release)) as here:
        lookup = asyncio.create_task(here.wire.prepare("GET").send({}))
        await here.source.until(lambda: len(here.source.requests) == 1, "it is asked")
        await here.wire.aclose()
        release.set()
        await asyncio.wait([lookup])
        assert lookup.exception() is None or isinstance(lookup.exception(), SourceError)
        await here.source.until(lambda: here.source.open == 0, "its connection is closed")


async def test_a_lookup_that_connects_while_the_wire_closes_leaves_nothing_open() -> None:
    resolved = asyncio.Event()

    class Slow:
        async def addresses(self, host: str, port: int) -> Sequence[str]:
            asked.set()
            await resolved.wait()
            return ["127.0.0.1"]

    asked = asyncio.Event()
    async with running_source(answering(_OK)) as source:
        upstream = Upstream(source.url.replace("127.0.0.1", "erp.acme.example"), networks=LOOPBACK)
        wire = open_wire(SOURCE, upstream, resolver=Slow())
        lookup = asyncio.create_task(wire.prepare("GET").send({}))
        await asked.wait()
        await wire.aclose()
        resolved.set()
        assert (await lookup).body == b"ok"
        await source.until(lambda: source.open == 0, "its connection is closed")


# ---------------------------------------------------------------------------------------------- discretion


async def test_nothing_is_logged_of_what_is_asked_or_answered(capfd: pytest.CaptureFixture[str]) -> None:
    def upstream(url: str) -> Upstream:
        return Upstream(f"{url}/p?token=s3cret", QueryAuth("chave", Secret("s3cret")), networks=LOOPBACK)

    with everything_logged() as journal:
        async with opened(answering(SourceResponse(b"m@example.com")), upstream) as here:
            call = here.wire.prepare("GET", query=[("doc", "{cpf}")])
            await call.send({"cpf": _CPF})
            for behaviour in (raw(b"junk m@example.com\r\n\r\n", closing=True), cut(SourceResponse(b"m@example.com"))):
                here.source.behaviour = behaviour
                with pytest.raises(SourceError):
                    await call.send({"cpf": _CPF})
            shown = f"{here.wire!r} {call!r}"
    out, err = capfd.readouterr()
    for text in ("\n".join(journal.lines), shown, out + err):
        assert _CPF not in text
        assert "s3cret" not in text
        assert "m@example.com" not in text
    assert not [line for line in journal.lines if line.startswith(("httpx2", "httpcore2"))]
    assert repr(here.wire) == "<SourceWire acme/erp>"

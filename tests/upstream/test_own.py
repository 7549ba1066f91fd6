"""Our transport's connections: which are used again, which never, and who waits for whom. On both event loops."""

from __future__ import annotations

import asyncio
import os
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from ipaddress import ip_network
from pathlib import Path

import pytest

from gateway.core.errors import SourceError, TooLarge, Truncated, Unreachable, Unreadable
from gateway.testing import SourceRequest, SourceResponse
from gateway.testing.source import Behaviour, Peer, Source, answering, held, raw, running_source, silent, written
from gateway.upstream.address import parse_address
from gateway.upstream.connecting import Connector
from gateway.upstream.exchange import outgoing
from gateway.upstream.guard import Guard, SystemResolver
from gateway.upstream.own import OwnTransport
from gateway.upstream.reading import whole_reply
from tests.upstream.opened import Names
from tests.upstream.replies import OK, with_length
from tests.upstream.test_tls import Certified, certified

pytestmark = pytest.mark.anyio

_OK = SourceResponse(b"ok")
_LOOPBACK = (ip_network("127.0.0.0/8"),)


@pytest.fixture(params=[False, True], ids=["asyncio", "uvloop"])
def anyio_backend(request: pytest.FixtureRequest) -> tuple[str, dict[str, bool]]:
    return ("asyncio", {"use_uvloop": request.param})


def no_tls() -> ssl.SSLContext:
    raise AssertionError("plain HTTP needs no TLS")


@dataclass
class Carried:
    """A transport to a running source. `ask` gives the body of one whole reply."""

    source: Source
    transport: OwnTransport

    async def ask(self, target: str = "/", method: bytes = b"GET", body: bytes | None = None) -> bytes:
        request = outgoing(method, target, [(b"host", b"erp.acme.example")], body)
        reply = await whole_reply(await self.transport.send(request), max_body=10_000_000, max_headers=1000)
        return reply.body


@asynccontextmanager
async def carried(
    behaviour: Behaviour,
    *,
    most: int = 100,
    keep: float = 4.0,
    tls: Certified | None = None,
    names: Names | None = None,
) -> AsyncIterator[Carried]:
    async with running_source(behaviour, tls=tls.server if tls else None) as source:
        address = parse_address(source.url.replace("127.0.0.1", "erp.acme.example"))
        guard = Guard(_LOOPBACK, names or Names([["127.0.0.1"]]))
        connector = Connector(address, guard, tls.trust if tls else no_tls)
        transport = OwnTransport(connector, max_headers=10_000, most=most, keep=keep)
        try:
            yield Carried(source, transport)
        finally:
            await transport.aclose()
            await source.until(lambda: source.open == 0, "a closed transport leaves nothing open")


def to_port(port: int) -> OwnTransport:
    guard = Guard(_LOOPBACK, SystemResolver())
    return OwnTransport(Connector(parse_address(f"http://127.0.0.1:{port}"), guard, no_tls), max_headers=10_000)


async def echo(request: SourceRequest, peer: Peer) -> None:
    await peer.send(written(SourceResponse(request.target.encode())))


# ---------------------------------------------------------------------------------------------- used again


async def test_the_connection_that_was_idle_last_is_used_first() -> None:
    release = asyncio.Event()
    async with carried(held(_OK, release)) as here:
        asked = [asyncio.create_task(here.ask()) for _ in range(3)]
        await here.source.until(lambda: len(here.source.requests) == 3, "three are asked at once")
        release.set()
        await asyncio.gather(*asked)
        used: list[Peer] = []

        async def note(request: SourceRequest, peer: Peer) -> None:
            used.append(peer)
            await echo(request, peer)

        here.source.behaviour = note
        for _ in range(4):
            await here.ask()
        assert here.source.accepted == 3
        assert len(set(map(id, used))) == 1


async def test_an_idle_connection_is_closed_in_time_without_another_request() -> None:
    async with carried(answering(_OK), keep=0.02) as here:
        await here.ask()
        await here.source.until(lambda: here.source.open == 0, "the idle connection is closed")
        await here.ask()
        assert here.source.accepted == 2


async def test_a_source_that_says_how_long_it_keeps_a_connection_is_believed() -> None:
    async with carried(answering(SourceResponse(b"ok", headers={"keep-alive": "timeout=1"}))) as here:
        await here.ask()
        await here.source.until(lambda: here.source.open == 0, "a second is too short for a second request")
        here.source.behaviour = answering(SourceResponse(b"ok", headers={"keep-alive": "timeout=60"}))
        await here.ask()
        (connection,) = here.transport._idle
        left = connection.expires - asyncio.get_running_loop().time()
        assert 58 < left <= 59


async def test_a_stale_connection_is_replaced_once_for_a_request_that_may_be_repeated() -> None:
    """The source closes it only when it hears the next request, as one does whose patience ends at that moment."""

    async def once(request: SourceRequest, peer: Peer) -> None:
        if seen and seen[-1] is peer:
            peer.finish()
            return
        seen.append(peer)
        await echo(request, peer)

    seen: list[Peer] = []
    async with carried(once) as here:
        assert await here.ask("/1") == b"/1"
        assert await here.ask("/2") == b"/2"
        assert here.source.accepted == 2
        with pytest.raises(Unreachable):
            await here.ask("/3", b"POST", b"x")
        assert here.source.accepted == 2


async def test_a_fresh_connection_that_closes_is_not_tried_again() -> None:
    async with carried(raw(b"", closing=True)) as here:
        with pytest.raises(Unreachable):
            await here.ask()
        assert here.source.accepted == 1


async def test_a_request_that_a_source_began_to_answer_is_not_repeated() -> None:
    async with carried(echo) as here:
        await here.ask()
        here.source.behaviour = raw(b"HTTP/1.1 2", closing=True)
        with pytest.raises(Unreachable):
            await here.ask()
        assert len(here.source.requests) == 2


async def test_a_reset_connection_is_replaced_too() -> None:
    async def resets(request: SourceRequest, peer: Peer) -> None:
        if len(here.source.requests) == 2:
            peer.reset()
            return
        await echo(request, peer)

    async with carried(resets) as here:
        assert [await here.ask("/1"), await here.ask("/2")] == [b"/1", b"/2"]
        assert [request.target for request in here.source.requests] == ["/1", "/2", "/2"]


# ---------------------------------------------------------------------------------------------- never used again


@pytest.mark.parametrize("junk", [with_length(b"somebody else"), b"H", b"\0", b"HTTP/1.1 408 Request Timeout\r\n\r\n"])
@pytest.mark.parametrize("together", [True, False])
async def test_what_follows_a_reply_is_never_the_next_ones(junk: bytes, together: bool) -> None:
    async def chatty(request: SourceRequest, peer: Peer) -> None:
        reply = written(SourceResponse(request.target.encode()))
        if together:
            await peer.send(reply + junk)
        else:
            await peer.send(reply)
            await peer.send(junk)
        heard.set()

    heard = asyncio.Event()
    async with carried(chatty) as here:
        for number in range(10):
            assert await here.ask(f"/{number}") == b"/%d" % number
            await heard.wait()
            heard.clear()
        assert here.source.accepted == 10


async def test_a_word_from_an_idle_connection_closes_it() -> None:
    async def later(request: SourceRequest, peer: Peer) -> None:
        await echo(request, peer)
        await speak.wait()
        await peer.send(with_length(b"nobody asked"))
        await peer.gone()

    speak = asyncio.Event()
    async with carried(later) as here:
        assert await here.ask("/1") == b"/1"
        speak.set()
        await here.source.until(lambda: here.source.open == 0, "it is closed")
        assert await here.ask("/2") == b"/2"


@pytest.mark.parametrize(
    "reply",
    [
        with_length(b"ok", b"connection: close\r\n"),
        b"HTTP/1.0 200 OK\r\ncontent-length: 2\r\nconnection: keep-alive\r\n\r\nok",
        OK + b"content-length: 2\r\nkeep-alive: timeout=0\r\n\r\nok",
    ],
)
async def test_a_connection_that_the_source_does_not_keep_is_closed(reply: bytes) -> None:
    async with carried(raw(reply)) as here:
        for _ in range(3):
            assert await here.ask() == b"ok"
        assert here.source.accepted == 3


async def test_the_reply_to_a_head_is_read_without_a_body() -> None:
    async with carried(raw(OK + b"content-length: 500\r\n\r\n")) as here:
        assert await here.ask(method=b"HEAD") == b""
        assert await here.ask(method=b"HEAD") == b""


async def test_a_reply_before_the_request_is_out_is_read_and_its_connection_closed() -> None:
    async def refusing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Reads no more than the head until the reply has been read."""
        await reader.readuntil(b"\r\n\r\n")
        writer.write(with_length(b"too much", status=b"413 Content Too Large"))
        await answered.wait()
        with suppress(OSError):
            while await reader.read(1_000_000):
                pass
        writer.close()
        closed.set()

    answered, closed = asyncio.Event(), asyncio.Event()
    server = await asyncio.start_server(refusing, "127.0.0.1", 0)
    transport = to_port(server.sockets[0].getsockname()[1])
    request = outgoing(b"POST", "/", [(b"host", b"h")], b"x" * 20_000_000)
    reply = await whole_reply(await transport.send(request), max_body=100, max_headers=1000)
    assert (reply.status, reply.body) == (413, b"too much")
    assert transport._idle == []
    answered.set()
    await closed.wait()
    await transport.aclose()
    server.close()


# ---------------------------------------------------------------------------------------------- places


async def test_more_requests_than_places_wait_in_their_order() -> None:
    release = asyncio.Event()

    async def holding(request: SourceRequest, peer: Peer) -> None:
        await release.wait()
        await echo(request, peer)

    async with carried(holding, most=2) as here:
        asked = [asyncio.create_task(here.ask(f"/{number}")) for number in range(8)]
        await here.source.until(lambda: len(here.source.requests) == 2, "two are asked")
        asked[3].cancel()
        release.set()
        answers = await asyncio.gather(*asked, return_exceptions=True)
        assert [answer for answer in answers if isinstance(answer, bytes)] == [
            b"/%d" % n for n in (0, 1, 2, 4, 5, 6, 7)
        ]
        assert isinstance(answers[3], asyncio.CancelledError)
        assert sorted(request.target for request in here.source.requests) == ["/0", "/1", "/2", "/4", "/5", "/6", "/7"]
        assert here.source.accepted == 2


async def test_a_failure_gives_its_place_back() -> None:
    async with carried(raw(b"junk\r\n\r\n"), most=1) as here:
        for _ in range(5):
            with pytest.raises(Unreadable):
                await here.ask()
        here.source.behaviour = answering(_OK)
        assert await here.ask() == b"ok"


async def test_an_address_that_does_not_answer_is_not_the_only_one(monkeypatch: pytest.MonkeyPatch) -> None:
    async with carried(answering(_OK), names=Names([["127.0.0.2", "127.0.0.1"]])) as here:
        assert await here.ask() == b"ok"


# ---------------------------------------------------------------------------------------------- bodies


async def test_a_body_that_nobody_reads_makes_the_source_wait() -> None:
    async def endless(request: SourceRequest, peer: Peer) -> None:
        await peer.send(OK + b"\r\n")
        while True:
            await peer.send(b"x" * 65536)

    async with carried(endless) as here:
        incoming = await here.transport.send(outgoing(b"GET", "/", [(b"host", b"h")], None))
        while incoming._connection._transport.is_reading() and incoming._reply.held < 5_000_000:
            await asyncio.sleep(0)
        assert incoming._reply.held < 2_000_000
        with pytest.raises(TooLarge):
            await whole_reply(incoming, max_body=5_000_000, max_headers=1000)
        await here.source.until(lambda: here.source.open == 0, "its connection is closed")


async def test_a_large_body_arrives_whole() -> None:
    body = bytes(range(256)) * 20_000
    async with carried(answering(SourceResponse(body))) as here:
        assert [await here.ask() == body for _ in range(3)] == [True] * 3
        assert here.source.accepted == 1


async def test_the_body_of_a_reply_that_was_let_go_is_not_waited_for() -> None:
    async with carried(raw(OK + b"content-length: 100\r\n\r\nabc")) as here:
        incoming = await here.transport.send(outgoing(b"GET", "/", [(b"host", b"h")], None))
        chunks = incoming.chunks()
        assert await anext(chunks) == b"abc"
        await incoming.aclose()
        await incoming.aclose()
        with pytest.raises(Truncated):
            await anext(chunks)


# ---------------------------------------------------------------------------------------------- TLS


async def _until_the_end(request: SourceRequest, peer: Peer) -> None:
    await peer.send(OK + b"\r\n<clientes/>")
    peer.finish()


async def _cut_off(request: SourceRequest, peer: Peer) -> None:
    """As somebody on the way would: the connection ends, and TLS's closing alert does not come."""
    await peer.send(OK + b"\r\n<clientes/>")
    connection = peer._writer.get_extra_info("socket")
    with socket.socket(fileno=os.dup(connection.fileno())) as below:
        below.shutdown(socket.SHUT_WR)
    await peer.gone()


async def test_a_body_until_the_end_is_whole_only_with_tls_own_goodbye(tmp_path: Path) -> None:
    async with carried(_until_the_end, tls=certified(tmp_path)) as here:
        assert await here.ask() == b"<clientes/>"
        here.source.behaviour = _cut_off
        with pytest.raises(Truncated):
            await here.ask()


async def test_many_requests_over_tls_share_a_connection(tmp_path: Path) -> None:
    async with carried(echo, tls=certified(tmp_path)) as here:
        for number in range(20):
            assert await here.ask(f"/{number}") == b"/%d" % number
        assert here.source.accepted <= 2


async def test_given_up_over_tls_it_leaves_nothing_open(tmp_path: Path) -> None:
    async with carried(silent, tls=certified(tmp_path)) as here:
        for _ in range(5):
            heard = len(here.source.requests)
            asked = asyncio.create_task(here.ask())
            await here.source.until(lambda: len(here.source.requests) > heard, "it is asked")  # noqa: B023
            asked.cancel()
            with pytest.raises(asyncio.CancelledError):
                await asked
            await here.source.until(lambda: here.source.open == 0, "its connection is closed")


# ---------------------------------------------------------------------------------------------- the source speaks first


@pytest.mark.parametrize(
    "greeting", [b"220 mail.example.com ESMTP\r\n", b"SSH-2.0-OpenSSH_9.6\r\n", b"\0\0\0\x0a5.7.1"]
)
async def test_a_server_of_another_protocol_that_greets_is_unreadable(greeting: bytes) -> None:
    async def greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(greeting)
        await reader.read()
        writer.close()
        closed.set()

    closed = asyncio.Event()
    server = await asyncio.start_server(greet, "127.0.0.1", 0)
    transport = to_port(server.sockets[0].getsockname()[1])
    with pytest.raises(SourceError) as failed:
        await transport.send(outgoing(b"GET", "/", [(b"host", b"h")], None))
    assert type(failed.value) is Unreadable
    await closed.wait()
    await transport.aclose()
    server.close()

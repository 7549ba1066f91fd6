"""TLS towards sources: verified, by name, with a sentence for whoever has to mend it."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from gateway.core.errors import Unreachable
from gateway.core.tenant import Upstream
from gateway.testing import SourceResponse
from gateway.testing.source import answering, silent
from gateway.upstream import open_wire
from gateway.upstream.tls import system_tls
from tests.upstream.certificates import Authority, server_side
from tests.upstream.opened import LOOPBACK, SOURCE, Names, opened

pytestmark = pytest.mark.anyio


@dataclass(frozen=True)
class Certified:
    """A server's side with a certificate for erp.acme.example, and a client's side that trusts who signed it."""

    server: ssl.SSLContext
    trust: Callable[[], ssl.SSLContext]


def certified(folder: Path, *, expired: bool = False) -> Certified:
    authority = Authority()
    shown = authority.expired("erp.acme.example") if expired else authority.signs("erp.acme.example")
    return Certified(server_side(folder, shown), lambda: ssl.create_default_context(cadata=authority.pem))


def _named(url: str) -> Upstream:
    return Upstream(url.replace("127.0.0.1", "erp.acme.example"), networks=LOOPBACK)


def _loopback() -> Names:
    return Names([["127.0.0.1"]])


async def test_the_judged_address_is_spoken_to_under_the_sources_name(tmp_path: Path) -> None:
    made = certified(tmp_path)
    names: list[str] = []
    made.server.sni_callback = lambda connection, name, context: names.append(name)
    ok = answering(SourceResponse(b"ok"))
    async with opened(ok, _named, names=_loopback(), server_tls=made.server, trust=made.trust) as here:
        call = here.wire.prepare("GET")
        assert [(await call.send({})).body for _ in range(3)] == [b"ok"] * 3
        assert here.source.accepted == 1
    assert names == ["erp.acme.example"]


async def test_a_certificate_of_another_name_is_refused_and_says_so(tmp_path: Path) -> None:
    made = certified(tmp_path)
    ok = answering(SourceResponse(b"ok"))
    async with opened(ok, server_tls=made.server, trust=made.trust) as here:
        with pytest.raises(Unreachable, match="TLS certificate is not accepted") as refused:
            await here.wire.prepare("GET").send({})
        assert "IP address mismatch" in str(refused.value)


async def test_an_expired_certificate_is_refused_and_says_so(tmp_path: Path) -> None:
    made = certified(tmp_path, expired=True)
    ok = answering(SourceResponse(b"ok"))
    async with opened(ok, _named, names=_loopback(), server_tls=made.server, trust=made.trust) as here:
        with pytest.raises(Unreachable, match="certificate has expired"):
            await here.wire.prepare("GET").send({})
        assert here.source.requests == []


async def test_an_authority_that_the_system_does_not_trust_is_refused(tmp_path: Path) -> None:
    made = certified(tmp_path)
    ok = answering(SourceResponse(b"ok"))
    async with opened(ok, _named, names=_loopback(), server_tls=made.server) as here:
        with pytest.raises(Unreachable, match="TLS certificate is not accepted"):
            await here.wire.prepare("GET").send({})


async def test_a_source_without_tls_behind_https_says_what_to_check() -> None:
    async def plain(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        await writer.drain()
        writer.close()
        await writer.wait_closed()

    server = await asyncio.start_server(plain, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    wire = open_wire(SOURCE, Upstream(f"https://127.0.0.1:{port}", networks=LOOPBACK))
    with pytest.raises(Unreachable, match="Check the scheme and the port"):
        await wire.prepare("GET").send({})
    await wire.aclose()
    server.close()


async def test_tls_before_1_2_is_refused(tmp_path: Path) -> None:
    assert system_tls().minimum_version == ssl.TLSVersion.TLSv1_2
    assert system_tls().verify_mode == ssl.CERT_REQUIRED
    assert system_tls().check_hostname
    assert system_tls() is system_tls()


async def test_cancelled_within_the_handshake_it_leaves_nothing_open() -> None:
    """The source hears the client's hello and says nothing: the handshake never ends."""
    greeted, closed = asyncio.Event(), asyncio.Event()

    async def mute(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        greeted.set()
        await reader.read()
        closed.set()
        writer.close()

    server = await asyncio.start_server(mute, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    wire = open_wire(SOURCE, Upstream(f"https://127.0.0.1:{port}", networks=LOOPBACK))
    lookup = asyncio.create_task(wire.prepare("GET").send({}))
    await greeted.wait()
    lookup.cancel()
    with pytest.raises(asyncio.CancelledError):
        await lookup
    async with asyncio.timeout(5):
        await closed.wait()
    await wire.aclose()
    server.close()


async def test_a_cut_reply_over_tls_is_truncated_and_an_idle_connection_closes(tmp_path: Path) -> None:
    made = certified(tmp_path)
    async with opened(silent, _named, names=_loopback(), server_tls=made.server, trust=made.trust) as here:
        call = here.wire.prepare("GET")
        lookup = asyncio.create_task(call.send({}))
        await here.source.until(lambda: len(here.source.requests) == 1, "it is asked")
        lookup.cancel()
        with pytest.raises(asyncio.CancelledError):
            await lookup
        await here.source.until(lambda: here.source.open == 0, "the connection is closed")
        here.source.behaviour = answering(SourceResponse(b"ok"))
        assert (await call.send({})).body == b"ok"
        await here.wire.aclose()
        await here.source.until(lambda: here.source.open == 0, "the wire is closed")

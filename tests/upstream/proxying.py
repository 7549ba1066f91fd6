"""A real little CONNECT proxy on loopback: what the tests of proxies start with."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

from gateway.core.tenant import Proxy, Upstream
from gateway.testing import SourceRequest
from gateway.testing.source import Behaviour, Peer, Source, running_source
from tests.upstream.opened import LOOPBACK

ESTABLISHED = b"HTTP/1.1 200 Connection established\r\n\r\n"


@dataclass
class Tunnelling:
    """A proxy that opens every tunnel that it is asked for. `leads`: host -> where it really is, for names that only the
    proxy knows; `opening`: what it says when the tunnel is there; `carried`: all bytes that clients sent through it."""

    leads: dict[str, str] = field(default_factory=dict)
    opening: bytes = ESTABLISHED
    carried: bytearray = field(default_factory=bytearray)

    async def __call__(self, request: SourceRequest, peer: Peer) -> None:
        host, _, port = request.target.rpartition(":")
        reader, writer = await asyncio.open_connection(self.leads.get(host, host), int(port))
        try:
            await peer.send(self.opening)
            back = asyncio.create_task(_copied(reader, peer))
            while data := await peer.receive():
                self.carried += data
                writer.write(data)
                await writer.drain()
            back.cancel()
            await asyncio.wait([back])
        finally:
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()
        peer.finish()


async def _copied(reader: asyncio.StreamReader, peer: Peer) -> None:
    # RuntimeError: what uvloop says of a connection that was closed meanwhile.
    with suppress(OSError, RuntimeError):
        while data := await reader.read(65536):
            await peer.send(data)


@asynccontextmanager
async def proxied(
    behaviour: Behaviour, change: Callable[[Proxy], Proxy] = lambda proxy: proxy
) -> AsyncIterator[tuple[Source, Callable[[str], Upstream]]]:
    """The running proxy, and what makes a source's configuration from its address: reached through it."""
    async with running_source(behaviour) as proxy:
        way = change(Proxy("dmz", proxy.url))
        yield proxy, lambda url: Upstream(url, networks=LOOPBACK, proxy=way)

"""How httpcore2 opens connections for us: to addresses that the guard has judged, closing what is given up half-way."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Iterable
from typing import Any

import httpcore2

from gateway.upstream.guard import Guard

# One dead address of several (IPv6 without a route, often) must not use up the lookup's whole time.
_NEXT_ADDRESS_AFTER = 1.0


class GuardedNetwork(httpcore2.AsyncNetworkBackend):
    """Connects to judged addresses; the name stays what httpcore2 puts into SNI and we into Host."""

    def __init__(self, guard: Guard) -> None:
        self._guard = guard
        self._network = httpcore2.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109  (the library's signature)
        local_address: str | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> Stream:
        """Raises DestinationRefused, Unreachable, httpcore2.ConnectError."""
        *others, last = await self._guard.addresses(host, port)
        for address in others:
            try:
                async with asyncio.timeout(_NEXT_ADDRESS_AFTER):
                    return Stream(await self._network.connect_tcp(str(address), port))
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout, TimeoutError):
                continue
        return Stream(await self._network.connect_tcp(str(last), port))


class Stream(httpcore2.AsyncNetworkStream):
    """A connection that knows whether the source ended it."""

    def __init__(self, inner: httpcore2.AsyncNetworkStream) -> None:
        self._inner = inner
        self._closed = False
        self.ended = False

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ASYNC109
        received = await self._inner.read(max_bytes)
        if not received:
            self.ended = True
        return received

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ASYNC109
        await self._inner.write(buffer)

    async def aclose(self) -> None:
        self._closed = True
        await self._inner.aclose()

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ASYNC109
    ) -> Stream:
        try:
            return Stream(await self._inner.start_tls(ssl_context, server_hostname))
        except asyncio.CancelledError:
            # httpcore2 closes after a failed handshake, but not after one that was cancelled.
            await self.aclose()
            raise

    def get_extra_info(self, info: str) -> Any:
        if info == "is_readable" and self._closed:
            return True
        return self._inner.get_extra_info(info)

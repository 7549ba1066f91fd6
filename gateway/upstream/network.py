"""How httpcore2 opens connections for us: to addresses that the guard has judged, closing what is given up half-way."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Iterable
from typing import Any

import httpcore2

from gateway.core.destination import IPAddress
from gateway.upstream.guard import Guard
from gateway.upstream.tunnel import Tunnels

# One dead address of several (IPv6 without a route, often) must not use up the lookup's whole time.
_NEXT_ADDRESS_AFTER = 1.0


class GuardedNetwork(httpcore2.AsyncNetworkBackend):
    """Connects to judged addresses, through `tunnels` where there are any; the name stays what httpcore2 puts into SNI and
    we into Host."""

    def __init__(self, guard: Guard, tunnels: Tunnels | None = None) -> None:
        self._guard = guard
        self._tunnels = tunnels
        self._network = httpcore2.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109  (the library's signature)
        local_address: str | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> Stream:
        """Raises DestinationRefused, Unreachable, httpcore2.ConnectError, and what `Tunnels.open` raises."""
        if self._tunnels is not None:
            return Stream((await self._tunnels.open(host, port, self._dial)).stream)
        *others, last = await self._guard.addresses(host, port)
        for address in others:
            try:
                async with asyncio.timeout(_NEXT_ADDRESS_AFTER):
                    return Stream(await self._network.connect_tcp(str(address), port))
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout, TimeoutError):
                continue
        return Stream(await self._network.connect_tcp(str(last), port))

    async def _dial(self, address: IPAddress, port: int) -> _Pipe:
        try:
            return _Pipe(await self._network.connect_tcp(str(address), port))
        except (httpcore2.NetworkError, httpcore2.TimeoutException) as error:
            raise ConnectionError from error


class _Pipe:
    """A plain connection to a proxy: as `tunnel.Pipe`."""

    def __init__(self, stream: httpcore2.AsyncNetworkStream) -> None:
        self.stream = stream

    async def read(self, max_bytes: int) -> bytes:
        try:
            return await self.stream.read(max_bytes)
        except httpcore2.NetworkError as error:
            raise ConnectionError from error

    async def write(self, buffer: bytes) -> None:
        try:
            await self.stream.write(buffer)
        except httpcore2.NetworkError as error:
            raise ConnectionError from error

    async def aclose(self) -> None:
        await self.stream.aclose()


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

"""Opens connections to judged addresses, under the name that the source is known by."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Callable

from gateway.core.destination import IPAddress
from gateway.upstream.address import Address
from gateway.upstream.connection import Connection
from gateway.upstream.failures import unreachable
from gateway.upstream.guard import Guard
from gateway.upstream.reply_parser import ReplyParser
from gateway.upstream.tunnel import Tunnels

# One dead address of several (IPv6 without a route, often) must not use up the lookup's whole time.
_NEXT_ADDRESS_AFTER = 1.0
# How long a source may take for its half of TLS's goodbye, in seconds.
_FAREWELL = 1.0


class Connector:
    """Connects to one origin, through `tunnels` where there are any. `tls` makes the context, once, where the origin's
    scheme is https."""

    def __init__(
        self, address: Address, guard: Guard, tls: Callable[[], ssl.SSLContext], tunnels: Tunnels | None = None
    ) -> None:
        self._address = address
        self._guard = guard
        self._tls = tls
        self._tunnels = tunnels
        self._context: ssl.SSLContext | None = None

    async def connect(self, reply: ReplyParser) -> Connection:
        """A connection for a request that `reply` answers. Raises DestinationRefused, Misconfigured, Unreachable, and what
        `Tunnels.open` raises; cancelled at any await it leaves no socket."""
        context = self._tls_context()
        if self._tunnels is not None:
            return await self._tunnelled(self._tunnels, context, reply)
        *others, last = await self._guard.addresses(self._address.host, self._address.port)
        for address in others:
            try:
                async with asyncio.timeout(_NEXT_ADDRESS_AFTER):
                    return await self._open(address, context, reply)
            except OSError:
                continue
        try:
            return await self._open(last, context, reply)
        except OSError as error:
            raise unreachable(error, opening=True) from error

    async def _open(self, address: IPAddress, context: ssl.SSLContext | None, reply: ReplyParser) -> Connection:
        _, connection = await asyncio.get_running_loop().create_connection(
            lambda: Connection(reply),
            str(address),
            self._address.port,
            ssl=context,
            server_hostname=self._address.host if context is not None else None,
            ssl_shutdown_timeout=_FAREWELL if context is not None else None,
        )
        return connection

    async def _tunnelled(self, tunnels: Tunnels, context: ssl.SSLContext | None, reply: ReplyParser) -> Connection:
        pipe = await tunnels.open(self._address.host, self._address.port, _dial)
        try:
            _, connection = await asyncio.get_running_loop().create_connection(
                lambda: Connection(reply),
                sock=pipe.socket,
                ssl=context,
                server_hostname=self._address.host if context is not None else None,
                ssl_shutdown_timeout=_FAREWELL if context is not None else None,
            )
        except OSError as error:
            raise unreachable(error, opening=True) from error
        return connection

    def _tls_context(self) -> ssl.SSLContext | None:
        if self._address.scheme == "https" and self._context is None:
            self._context = self._tls()
        return self._context


class _Socket:
    """A plain connection to a proxy, before a transport takes its socket over: as `tunnel.Pipe`."""

    def __init__(self, socket_: socket.socket) -> None:
        self.socket = socket_

    async def read(self, max_bytes: int) -> bytes:
        return await asyncio.get_running_loop().sock_recv(self.socket, max_bytes)

    async def write(self, buffer: bytes) -> None:
        await asyncio.get_running_loop().sock_sendall(self.socket, buffer)

    async def aclose(self) -> None:
        self.socket.close()


async def _dial(address: IPAddress, port: int) -> _Socket:
    family = socket.AF_INET if address.version == 4 else socket.AF_INET6
    connecting = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        connecting.setblocking(False)
        await asyncio.get_running_loop().sock_connect(connecting, (str(address), port))
    except BaseException:
        connecting.close()
        raise
    return _Socket(connecting)

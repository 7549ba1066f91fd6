"""The standard transport: httpcore2's connection pool over the guarded network."""

from __future__ import annotations

import ssl
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from typing import Any

import httpcore2

from gateway.core.errors import Unreachable
from gateway.upstream.address import Address
from gateway.upstream.exchange import Outgoing
from gateway.upstream.failures import WIRE_CLOSED
from gateway.upstream.guard import Guard
from gateway.upstream.network import GuardedNetwork, Stream
from gateway.upstream.quiet import silence_libraries
from gateway.upstream.standard_failures import FAILURES, before_the_body, within_the_body
from gateway.upstream.tunnel import Tunnels

# Just under the five seconds after which common servers (Node, uvicorn, Apache) close an idle connection themselves.
_KEEP_IDLE = 4.0


class StandardTransport:
    """A pool of HTTP/1.1 connections to one origin, made at the first request.

    It has no limit of its own: the source's bulkhead bounds the requests under way. It has no time-out of its own: the
    caller's deadline cancels, and a cancelled request closes its connection.
    """

    def __init__(
        self, address: Address, guard: Guard, tls: Callable[[], ssl.SSLContext], tunnels: Tunnels | None = None
    ) -> None:
        self._address = address
        self._network = GuardedNetwork(guard, tunnels)
        self._tls = tls
        self._pool: httpcore2.AsyncConnectionPool | None = None
        self.closed = False

    async def send(self, request: Outgoing) -> StandardIncoming:
        if self.closed:
            raise Unreachable(WIRE_CLOSED)
        pool = self._pool or self._open()
        address = self._address
        url = httpcore2.URL(scheme=address.scheme, host=address.host, port=address.port, target=request.target)
        sent = httpcore2.Request(request.method, url, headers=list(request.headers), content=request.body)
        try:
            response = await pool.handle_async_request(sent)
        except FAILURES as error:
            failure = before_the_body(error)
        else:
            return StandardIncoming(response, self)
        # Outside the handler: a context would quote bytes of the request or the reply.
        raise failure

    async def aclose(self) -> None:
        self.closed = True
        pool, self._pool = self._pool, None
        if pool is not None:
            await pool.aclose()

    def _open(self) -> httpcore2.AsyncConnectionPool:
        silence_libraries()
        self._pool = httpcore2.AsyncConnectionPool(
            ssl_context=self._tls() if self._address.scheme == "https" else None,
            max_connections=None,
            keepalive_expiry=_KEEP_IDLE,
            network_backend=self._network,
        )
        return self._pool


class StandardIncoming:
    """httpcore2's response, as `exchange.Incoming`."""

    def __init__(self, response: httpcore2.Response, transport: StandardTransport) -> None:
        self._response = response
        self._transport = transport
        self._stream: httpcore2.AsyncNetworkStream = response.extensions["network_stream"]

    @property
    def status(self) -> int:
        return self._response.status

    @property
    def headers(self) -> Sequence[tuple[bytes, bytes]]:
        return self._response.headers

    @property
    def ready(self) -> bytes | None:
        return None

    async def chunks(self) -> AsyncGenerator[bytes, None]:
        try:
            async with aclosing(self._response.aiter_stream()) as chunks:
                async for chunk in chunks:
                    yield chunk
            return
        except FAILURES as error:
            failure = within_the_body(error, ended=isinstance(self._stream, Stream) and self._stream.ended)
        raise failure

    async def aclose(self) -> None:
        if self._transport.closed or _more_than_a_reply(self._response):
            await self._stream.aclose()
        await self._response.aclose()


def _more_than_a_reply(response: httpcore2.Response) -> bool:
    """Did bytes come after the end of the reply? httpcore2 would read them as the next lookup's: somebody else's data."""
    connection: Any = getattr(response.stream, "_stream")._connection  # noqa: B009  (private: only h11 knows)
    return bool(connection._h11_state.trailing_data[0])

"""Our own transport: a pool of HTTP/1.1 connections to one origin, on asyncio and llhttp."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence

from gateway.core.errors import Truncated, Unreachable
from gateway.upstream.connecting import Connector
from gateway.upstream.connection import Connection
from gateway.upstream.exchange import Outgoing
from gateway.upstream.failures import WIRE_CLOSED
from gateway.upstream.reply_parser import ReplyParser

# Just under the five seconds after which common servers (Node, uvicorn, Apache) close an idle connection themselves.
_KEEP_IDLE = 4.0
# What a source promises by `Keep-Alive: timeout` is believed up to a minute, and with a second for the way.
_LONGEST_IDLE = 60.0
_ON_THE_WAY = 1.0
# The source's bulkhead bounds the lookups; this bounds what one of them may open (it is the most a bulkhead may be set to).
_MOST_CONNECTIONS = 1000
# RFC 9110, 9.2.2, as far as a lookup uses them: asked twice they do what they do asked once.
_REPEATABLE = frozenset({b"GET", b"HEAD", b"OPTIONS"})


class OwnTransport:
    """Idle connections are used again, the last one first, so that a quiet hour leaves few of them.

    It has no time-out of its own: the caller's deadline cancels, and a cancelled request closes its connection.
    """

    def __init__(
        self, connector: Connector, *, max_headers: int, most: int = _MOST_CONNECTIONS, keep: float = _KEEP_IDLE
    ) -> None:
        """`most` requests are under way at once; the others wait, first come, first served. `keep`: seconds for which an
        idle connection stays open where the source says nothing of it."""
        self._connector = connector
        self._max_headers = max_headers
        self._keep = keep
        self._places = asyncio.Semaphore(most)
        self._idle: list[Connection] = []
        self._sweeping: asyncio.TimerHandle | None = None
        self._closed = False

    async def send(self, request: Outgoing) -> OwnIncoming:
        """As `exchange.Transport.send`."""
        data = request.head()
        if request.body:
            data += request.body
        await self._places.acquire()
        connection: Connection | None = None
        try:
            if self._closed:
                raise Unreachable(WIRE_CLOSED)
            reply = self._parser(request)
            connection = self._take()
            if connection is not None:
                await connection.ask(data, reply)
                if reply.failure is not None and not reply.touched and request.method in _REPEATABLE:
                    # The source closed it while the request was on its way; the older ones are no better.
                    self._close_idle()
                    reply, connection = self._parser(request), None
            if connection is None:
                connection = await self._connector.connect(reply)
                await connection.ask(data, reply)
            if reply.failure is not None:
                raise reply.failure
        except BaseException:
            self._places.release()
            if connection is not None:
                connection.abort()
            raise
        return OwnIncoming(reply, connection, self)

    async def aclose(self) -> None:
        """Connections in use close when their exchange ends."""
        self._closed = True
        closing = self._close_idle()
        if closing:
            await asyncio.wait([connection.lost for connection in closing])

    def give_back(self, connection: Connection, read: ReplyParser | None) -> None:
        """The exchange on `connection` is over. `read`: its reply, where that was read to its end."""
        self._places.release()
        if read is None:
            connection.abort()
            return
        keep = self._keep if read.idle is None else min(read.idle - _ON_THE_WAY, _LONGEST_IDLE)
        if not connection.release():
            return
        if self._closed or keep <= 0:
            connection.close()
            return
        connection.expires = asyncio.get_running_loop().time() + keep
        self._idle.append(connection)
        if self._sweeping is None:
            self._sweep_at(connection.expires)

    def _parser(self, request: Outgoing) -> ReplyParser:
        return ReplyParser(to_head=request.method == b"HEAD", max_headers=self._max_headers)

    def _take(self) -> Connection | None:
        while self._idle:
            connection = self._idle.pop()
            if connection.expires > asyncio.get_running_loop().time() and connection.quiet():
                return connection
            connection.abort()
        return None

    def _close_idle(self) -> list[Connection]:
        closing, self._idle = self._idle, []
        for connection in closing:
            connection.close()
        if self._sweeping is not None:
            self._sweeping.cancel()
            self._sweeping = None
        return closing

    def _sweep_at(self, moment: float) -> None:
        self._sweeping = asyncio.get_running_loop().call_at(moment, self._sweep)

    def _sweep(self) -> None:
        """Closes what was idle for too long: one timer for all, none for a request."""
        now = asyncio.get_running_loop().time()
        kept = []
        for connection in self._idle:
            if connection.expires <= now or connection.lost.done():
                connection.close()
            else:
                kept.append(connection)
        self._idle = kept
        self._sweeping = None
        if kept:
            self._sweep_at(min(connection.expires for connection in kept))


class OwnIncoming:
    """A reply on our connection, as `exchange.Incoming`."""

    __slots__ = ("_connection", "_read", "_reply", "_transport", "headers", "status")

    def __init__(self, reply: ReplyParser, connection: Connection, transport: OwnTransport) -> None:
        self.status = reply.status
        self.headers: Sequence[tuple[bytes, bytes]] = reply.headers
        self._reply = reply
        self._connection: Connection | None = connection
        self._transport = transport
        self._read = False

    @property
    def ready(self) -> bytes | None:
        if not self._reply.complete:
            return None
        self._read = True
        return self._reply.take()

    async def chunks(self) -> AsyncGenerator[bytes, None]:
        reply = self._reply
        while True:
            if reply.failure is not None:
                raise reply.failure
            if reply.pieces:
                yield reply.take()
            elif reply.complete:
                self._read = True
                return
            elif self._connection is None:
                raise Truncated
            else:
                await self._connection.more(reply)

    async def aclose(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            self._transport.give_back(connection, self._reply if self._read else None)

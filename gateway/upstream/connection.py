"""One connection to a source: writes a request, feeds what comes back to its parser, and tells who waits for it."""

from __future__ import annotations

import asyncio
import select
import ssl
from collections.abc import Callable
from typing import cast

from gateway.upstream.reply_parser import ReplyParser

# Body bytes that may wait here for who reads them; then the source has to wait.
_HELD = 256 * 1024


class Connection(asyncio.Protocol):
    """Carries one request at a time. `expires`: when it is idle for too long, on the loop's clock. `lost`: it is closed."""

    def __init__(self, reply: ReplyParser) -> None:
        """`reply`: the first one, which a source may begin before it is asked."""
        self.expires = 0.0
        self.lost: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._reply: ReplyParser | None = reply
        self._waiter: asyncio.Future[None] | None = None
        self._paused = False
        self._clean = False

    # ------------------------------------------------------------------------------------------ for the pool

    async def ask(self, request: bytes, reply: ReplyParser) -> None:
        """Returns when the reply has begun or failed. Ended in any other way it leaves the connection to be aborted."""
        self._reply = reply
        if self.lost.done():
            reply.end(clean=False)
        else:
            self._transport.write(request)
        while not reply.begun:
            await self._news()

    async def more(self, reply: ReplyParser) -> None:
        """Waits until body bytes are here, or the reply has ended in one way or another."""
        if self._paused:
            self._paused = False
            self._transport.resume_reading()
        while not (reply.pieces or reply.over):
            await self._news()

    def release(self) -> bool:
        """The exchange is over. True where the connection may carry another: closed already where not."""
        reply, self._reply = self._reply, None
        transport = self._transport
        if (
            reply is not None
            and reply.reusable
            and reply.complete
            and not transport.is_closing()
            # A reply that came before the request was out: the rest of it would have to be written still.
            and not transport.get_write_buffer_size()
        ):
            return True
        self.abort()
        return False

    def quiet(self) -> bool:
        """Has nothing come on the idle connection? Its end or a stranger's bytes may wait to be read."""
        return not (self._transport.is_closing() or self._readable())

    def close(self) -> None:
        """An idle connection's polite end."""
        self._transport.close()

    def abort(self) -> None:
        self._transport.abort()

    async def _news(self) -> None:
        waiter = self._waiter = asyncio.get_running_loop().create_future()
        try:
            await waiter
        finally:
            self._waiter = None

    def _tell(self) -> None:
        waiter = self._waiter
        if waiter is not None and not waiter.done():
            waiter.set_result(None)

    # ------------------------------------------------------------------------------------------ asyncio's callbacks

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._readable = _watched(transport.get_extra_info("socket").fileno())

    def data_received(self, data: bytes) -> None:
        reply = self._reply
        if reply is None:
            # Nobody asked: an answer to somebody else, or a farewell such as 408.
            self.abort()
            return
        reply.feed(data)
        if reply.held > _HELD and not reply.complete and not self._paused:
            self._paused = True
            self._transport.pause_reading()
        if reply.begun:
            self._tell()

    def eof_received(self) -> None:
        self._clean = _said_goodbye(self._transport)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._reply is not None:
            self._reply.end(clean=self._clean and exc is None, error=exc)
            self._tell()
        if not self.lost.done():
            self.lost.set_result(None)


def _watched(descriptor: int) -> Callable[[], bool]:
    """Tells whether bytes or an end wait on a socket; the loop itself would tell only after its next round."""
    if not hasattr(select, "poll"):
        return lambda: bool(select.select([descriptor], [], [], 0)[0])
    poll = select.poll()
    poll.register(descriptor, select.POLLIN)
    return lambda: bool(poll.poll(0))


def _said_goodbye(transport: asyncio.Transport) -> bool:
    """Was the stream's end the source's own? With TLS only its closing alert says so: a FIN may be anybody's."""
    tls: ssl.SSLObject | None = transport.get_extra_info("ssl_object")
    if tls is None:
        return True
    try:
        return not tls.read(1)
    except ssl.SSLZeroReturnError:
        return True
    except ssl.SSLError:
        return False

"""Opens a reply that may be large: whole while it is small, in pieces beyond, and let go of whenever its reader leaves."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from collections.abc import Mapping as Map
from types import TracebackType
from typing import Protocol

from gateway.adapter.contract import LargeReply, Reply
from gateway.upstream.exchange import Incoming, Outgoing
from gateway.upstream.reading import checked_headers, decoded

# Of a reply that says itself how large it is, no more than this is waited for before it is handed over.
_HEAD = 16 * 1024


class Opening:
    """Reads one incoming reply as far as it has to be to know whether it is large. `aclose` is due in every case."""

    __slots__ = ("_chunks", "_incoming", "_max_body", "_max_headers", "_pieces", "_whole")

    def __init__(self, incoming: Incoming, *, whole: int, max_body: int, max_headers: int) -> None:
        self._incoming = incoming
        # A reply over the cap is a large one, too: its first part may be all that is wanted.
        self._whole = min(whole, max_body - 1)
        self._max_body = max_body
        self._max_headers = max_headers
        self._pieces: AsyncGenerator[bytes, None] | None = None
        self._chunks: AsyncGenerator[bytes, None] | None = None

    async def reply(self) -> Reply | LargeReply:
        """Raises TooLarge, Truncated, Unreadable."""
        incoming = self._incoming
        headers = checked_headers(incoming.headers, self._max_headers)
        ready = incoming.ready
        if ready is not None and len(ready) <= self._whole and "content-encoding" not in headers:
            return Reply(incoming.status, headers, ready)
        most = self._enough(headers)
        pieces = self._pieces = decoded(
            incoming.chunks() if ready is None else _at_once(ready), headers, self._max_body
        )
        first: list[bytes] = []
        size = 0
        async for piece in pieces:
            first.append(piece)
            size += len(piece)
            if size > most:
                head = b"".join(first)
                self._chunks = _going_on(head, pieces)
                return LargeReply(incoming.status, headers, head, self._chunks)
        return Reply(incoming.status, headers, b"".join(first))

    async def aclose(self) -> None:
        """Lets go of the connection: kept where the reply was read to its end, else closed."""
        try:
            if self._chunks is not None:
                await self._chunks.aclose()
            if self._pieces is not None:
                await self._pieces.aclose()
        finally:
            await self._incoming.aclose()

    def _enough(self, headers: Map[str, str]) -> int:
        """With more bytes than these the reply is a large one."""
        said = headers.get("content-length", "")
        if "content-encoding" not in headers and said.isascii() and said.isdigit() and int(said[:18]) > self._whole:
            return min(self._whole, _HEAD)
        return self._whole


class Beginner(Protocol):
    """Who sends the request: the wire."""

    async def begin(self, request: Outgoing, whole: int) -> Opening: ...


class OpenedCall:
    """As `contract.Call.open` gives it: asks when it is entered."""

    __slots__ = ("_opening", "_request", "_whole", "_wire")

    def __init__(self, wire: Beginner, request: Outgoing, whole: int) -> None:
        self._wire = wire
        self._request = request
        self._whole = whole
        self._opening: Opening | None = None

    async def __aenter__(self) -> Reply | LargeReply:
        opening = await self._wire.begin(self._request, self._whole)
        large = False
        try:
            reply = await opening.reply()
            large = isinstance(reply, LargeReply)
        finally:
            if not large:
                await opening.aclose()
        self._opening = opening if large else None
        return reply

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        opening, self._opening = self._opening, None
        if opening is not None:
            await opening.aclose()


async def _at_once(body: bytes) -> AsyncGenerator[bytes, None]:
    yield body


async def _going_on(head: bytes, pieces: AsyncGenerator[bytes, None]) -> AsyncGenerator[bytes, None]:
    yield head
    async for piece in pieces:
        yield piece

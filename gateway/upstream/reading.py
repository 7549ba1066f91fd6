"""Reads a reply under its caps: header bytes, and body bytes as they are after gzip or deflate is undone."""

from __future__ import annotations

import zlib
from collections.abc import AsyncGenerator, Iterator, Sequence
from collections.abc import Mapping as Map
from contextlib import aclosing

from gateway.adapter.contract import Reply
from gateway.core.errors import TooLarge, Truncated, Unreadable
from gateway.upstream.exchange import Incoming
from gateway.upstream.failures import HEADERS_TOO_LARGE

_BROKEN = "The source's reply says that it is compressed, and cannot be decompressed."
_PIECEMEAL = "The source's reply is compressed in more pieces than can be honest."
_STEP = 256 * 1024
# A body that grows when compressed does so by less than this; more means that the compressed bytes are the attack.
_FRAMING = 64 * 1024
# Each member costs some microseconds, an empty one 20 bytes: ten megabytes of them would hold up everybody for seconds.
_MOST_MEMBERS = 1000
UNDONE = frozenset({b"content-encoding", b"content-length", b"transfer-encoding"})
"""Header fields that are true no more of a body that came out of `decoded`."""


async def whole_reply(incoming: Incoming, *, max_body: int, max_headers: int) -> Reply:
    """The whole reply. Raises TooLarge, Truncated, Unreadable; lets go of the connection in every case."""
    try:
        headers = checked_headers(incoming.headers, max_headers)
        body = incoming.ready
        if body is not None:
            # Most replies come in one piece.
            body = _decoded_whole(body, headers, max_body)
        else:
            async with aclosing(decoded(incoming.chunks(), headers, max_body)) as chunks:
                body = b"".join([chunk async for chunk in chunks])
        return Reply(incoming.status, headers, body)
    finally:
        await incoming.aclose()


def _decoded_whole(body: bytes, headers: Map[str, str], max_body: int) -> bytes:
    decoding = Decoding(headers, max_body)
    if decoding.plain:
        if len(body) > max_body:
            raise TooLarge()
        return body
    pieces = [*decoding.feed(body)]
    decoding.end()
    return b"".join(pieces)


def checked_headers(raw: Sequence[tuple[bytes, bytes]], max_headers: int) -> dict[str, str]:
    """Lower-case names, repeated ones joined by `, ` (RFC 9110, 5.2). Raises TooLarge; a field counts with `: ` and CRLF."""
    if sum(len(name) + len(value) + 4 for name, value in raw) > max_headers:
        raise TooLarge(HEADERS_TOO_LARGE)
    headers: dict[str, str] = {}
    for raw_name, raw_value in raw:
        name, value = raw_name.decode("latin-1").lower(), raw_value.decode("latin-1")
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    return headers


async def decoded(
    chunks: AsyncGenerator[bytes, None], headers: Map[str, str], max_body: int
) -> AsyncGenerator[bytes, None]:
    """The body in pieces, decoded; ends with TooLarge once `max_body` bytes are out and there are more. Closes `chunks`."""
    decoding = Decoding(headers, max_body)
    async with aclosing(chunks):
        async for chunk in chunks:
            for piece in decoding.feed(chunk):
                yield piece
    decoding.end()


class Decoding:
    """Undoes the content coding of one body, piece by piece, under a cap. `plain`: there is none to undo."""

    __slots__ = ("_inflater", "_left", "_most", "_received", "plain")

    def __init__(self, headers: Map[str, str], max_body: int) -> None:
        """Raises Unreadable for a coding that was not asked for."""
        self._inflater = _inflater(headers.get("content-encoding", ""))
        self.plain = self._inflater is None
        self._left = max_body
        self._most = max_body + _FRAMING
        self._received = 0

    def feed(self, chunk: bytes) -> Iterator[bytes]:
        """Raises TooLarge after the last byte that the cap allows, Unreadable."""
        inflater = self._inflater
        self._received += len(chunk)
        if inflater is not None and self._received > self._most:
            raise TooLarge()
        for piece in (chunk,) if inflater is None else inflater.feed(chunk):
            if len(piece) > self._left:
                if self._left:
                    yield piece[: self._left]
                raise TooLarge()
            self._left -= len(piece)
            yield piece

    def end(self) -> None:
        """Raises Truncated where what was compressed is not whole."""
        if self._inflater is not None:
            self._inflater.end()


def _inflater(coding: str) -> Inflater | None:
    names = [name for part in coding.split(",") if (name := part.strip().lower()) not in ("", "identity")]
    if not names:
        return None
    if names in (["gzip"], ["x-gzip"], ["deflate"]):
        return Inflater(gzip=names != ["deflate"])
    raise Unreadable("The source's reply is compressed in a way that it was not asked for. It must use gzip or none.")


class Inflater:
    """Undoes gzip or deflate (with zlib's header, as RFC 9110 says, or without, as some servers do) in pieces of bounded
    size: a small input may stand for a gigabyte."""

    def __init__(self, *, gzip: bool) -> None:
        self._gzip = gzip
        self._start = b""
        self._stream: zlib._Decompress | None = None
        self._ended = False
        self._members = 0

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Raises Unreadable where it is not what it says, TooLarge where it is too many things one after the other."""
        while True:
            if self._stream is None:
                data = self._begin(data)
            if self._stream is None:
                return
            try:
                piece = self._stream.decompress(data, _STEP)
            except zlib.error as error:
                raise Unreadable(_BROKEN) from error
            if piece:
                yield piece
            if self._stream.eof:
                data, self._stream, self._ended = self._stream.unused_data, None, True
            else:
                data = self._stream.unconsumed_tail
                if not data and len(piece) < _STEP:
                    return

    def end(self) -> None:
        """Raises Truncated where the compressed stream is not whole. Nothing at all is whole: it is an empty body."""
        if self._stream is not None or self._start:
            raise Truncated()

    def _begin(self, data: bytes) -> bytes:
        """Opens a stream as soon as its first two bytes, which tell what it is, are here; gives what belongs to it."""
        if self._ended:
            # gzip may go on with padding and another member (RFC 1952, 2.2); what follows deflate means nothing.
            data = data.lstrip(b"\0") if self._gzip else b""
        data = self._start + data
        if len(data) < 2:
            self._start = data
            return b""
        self._start = b""
        self._members += 1
        if self._members > _MOST_MEMBERS:
            raise TooLarge(_PIECEMEAL)
        zlib_header = data[0] & 0x0F == 8 and (data[0] << 8 | data[1]) % 31 == 0
        self._stream = zlib.decompressobj(31 if self._gzip else 15 if zlib_header else -15)
        return data

"""How these tests read a reply as it comes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from unittest.mock import patch

from gateway_xml_get import stream
from gateway_xml_get.document import DocumentReader

from gateway.adapter import Found, LargeReply, Nobody

NOBODY = Nobody()


class Chunks:
    """A body that comes in these pieces; `taken`: how many were."""

    def __init__(self, pieces: Sequence[bytes], failure: Exception | None = None) -> None:
        self._pieces = pieces
        self._failure = failure
        self.taken = 0

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for piece in self._pieces:
            self.taken += 1
            yield piece
        if self._failure is not None:
            raise self._failure


def cut(body: bytes, size: int) -> list[bytes]:
    return [body[start : start + size] for start in range(0, len(body), size)]


def streamed(
    reply: str | bytes | Chunks,
    *,
    reads: frozenset[str] = frozenset(),
    lists: frozenset[str] = frozenset(),
    records: str | None = None,
    nobody: Nobody = NOBODY,
    asked: tuple[str, ...] = (),
    limit: int = 50,
    content_type: str = "",
    encoding: str | None = None,
    piece: int = 64,
) -> Found:
    """What a large reply says. `piece`: so many bytes are looked at at once, by the adapter as by these tests' chunks."""
    body = reply.encode() if isinstance(reply, str) else reply
    chunks = Chunks(cut(body, piece)) if isinstance(body, bytes) else body
    large = LargeReply(200, {"content-type": content_type}, b"", aiter(chunks))
    reader = DocumentReader(records, reads, nobody, lists=lists)
    with patch.object(stream, "_PIECE", piece):
        return asyncio.run(stream.read_stream(large, reader, encoding, asked, limit))

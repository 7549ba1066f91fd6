"""Reads a large reply as it comes, and no further than its first records.

The beginning, cut between two elements and closed, is a document of its own: it is read like any other. What follows
cannot change the records that it gave, because they stand in the document's order and the one that may be cut is not among
them. So memory holds what was read, and nothing of the rest.
"""

from __future__ import annotations

from collections.abc import Collection

from gateway.adapter import Found, LargeReply, TooLarge
from gateway_xml_get.document import DocumentReader
from gateway_xml_get.parse import TOO_MANY
from gateway_xml_get.scan import Scanner
from gateway_xml_get.stream_decode import StreamDecoder

WHOLE = 1024 * 1024
"""Bytes; a larger reply is read as it comes."""
_PIECE = 32 * 1024
_NOT_TOLD = (
    "The source's reply is large, and its first records cannot be told from the rest. Name the element that is one record "
    "under settings.records, or narrow the question."
)


async def read_stream(
    reply: LargeReply, reader: DocumentReader, encoding: str | None, asked: Collection[str], limit: int
) -> Found:
    """The first `limit` records; the rest of the reply is left unread. `asked`: the values asked by. Raises SourceError for
    what is wrong with the reply before its records are there, `Truncated` among it."""
    decoder = StreamDecoder(reply.headers.get("content-type", ""), encoding)
    scanner = Scanner()
    try:
        found = await _first_records(reply, decoder, scanner, reader, asked, limit)
    except TooLarge as error:
        if str(error) != TOO_MANY:
            raise
        raise TooLarge(_NOT_TOLD) from None
    finally:
        scanner.close()
    if not decoder.warnings:
        return found
    return Found(found.records, (*sorted(decoder.warnings), *found.warnings), found.truncated)


async def _first_records(
    reply: LargeReply,
    decoder: StreamDecoder,
    scanner: Scanner,
    reader: DocumentReader,
    asked: Collection[str],
    limit: int,
) -> Found:
    held = bytearray()
    look_at = _PIECE
    async for chunk in reply.chunks:
        for start in range(0, len(chunk), _PIECE):
            piece = decoder.feed(chunk[start : start + _PIECE])
            scanner.feed(piece)
            held += piece
            if len(held) >= look_at and scanner.cut:
                found = reader.beginning(bytes(held[: scanner.cut]) + scanner.closing, asked, limit)
                if found is not None:
                    return found
                # Each look begins anew: doubled, all of them together cost what the last one does, twice.
                look_at = 2 * len(held)
    piece = decoder.feed(b"", last=True)
    scanner.feed(piece, last=True)
    return reader.read(bytes(held + piece), asked, limit)

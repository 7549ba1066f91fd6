"""Bytes out: how an endpoint answers."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable

import msgspec
from starlette.types import Receive, Send

JSON = b"application/json"
PROBLEM = b"application/problem+json"
HTML = b"text/html; charset=utf-8"

Header = tuple[bytes, bytes]

# Answers hold personal data: no cache on the way may keep them.
_ALWAYS: tuple[Header, ...] = ((b"cache-control", b"no-store"), (b"x-content-type-options", b"nosniff"))

encode = msgspec.json.Encoder().encode


async def answer(
    send: Send, body: bytes, *, status: int = 200, content_type: bytes = JSON, headers: Iterable[Header] = ()
) -> None:
    """The whole answer at once."""
    length = str(len(body)).encode("ascii")
    start = [(b"content-type", content_type), (b"content-length", length), *_ALWAYS, *headers]
    await send({"type": "http.response.start", "status": status, "headers": start})
    await send({"type": "http.response.body", "body": body})


async def answer_in_parts(
    send: Send, parts: AsyncIterator[bytes], *, content_type: bytes, headers: Iterable[Header] = ()
) -> None:
    """As it comes, at whatever pace it is read. What fails before the first part can still be answered as a problem; what
    fails later breaks the answer off, so that nobody takes it for whole."""
    first = await anext(parts, b"")
    start = [(b"content-type", content_type), *_ALWAYS, *headers]
    await send({"type": "http.response.start", "status": 200, "headers": start})
    await send({"type": "http.response.body", "body": first, "more_body": True})
    async for part in parts:
        await send({"type": "http.response.body", "body": part, "more_body": True})
    await send({"type": "http.response.body", "body": b""})


async def read_body(receive: Receive) -> bytes:
    """The whole body of the request; the cap is on `receive` already. What a caller who left had sent, where he left."""
    message = await receive()
    body: bytes = message.get("body", b"")
    while message.get("more_body", False):
        message = await receive()
        body += message.get("body", b"")
    return body

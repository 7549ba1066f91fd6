"""How every facade answers: bytes out that no cache on the way keeps, and what an error gives it to say."""

from __future__ import annotations

from typing import Protocol

from starlette.types import Send

Header = tuple[bytes, bytes]


class Refused(Protocol):
    """An error as the edge gives it to a face."""

    @property
    def code(self) -> str: ...
    @property
    def detail(self) -> str: ...


async def answer(send: Send, status: int, content_type: bytes, body: bytes, *more: Header) -> None:
    """`more`: header fields beside those that every answer has."""
    headers = [
        (b"content-type", content_type),
        (b"content-length", str(len(body)).encode("ascii")),
        (b"cache-control", b"no-store"),
        (b"x-content-type-options", b"nosniff"),
        *more,
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})

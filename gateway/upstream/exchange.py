"""The seam between a wire and what carries it: a finished request goes in, an unread reply comes out."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from typing import Protocol

from gateway.core.redaction import Redacted

_WITH_BODY = frozenset({b"POST", b"PUT", b"PATCH"})


@dataclass(frozen=True, slots=True, repr=False)
class Outgoing(Redacted):
    """A request as it goes out. `target`: path and query, escaped. Header names are lower-case; `host` is among them."""

    method: bytes
    target: bytes
    headers: Sequence[tuple[bytes, bytes]]
    body: bytes | None = None


def outgoing(method: bytes, target: str, headers: Sequence[tuple[bytes, bytes]], body: bytes | None) -> Outgoing:
    """A request with the length of its body on it (RFC 9110, 8.6: a POST without a body says so)."""
    if body is not None or method in _WITH_BODY:
        headers = [*headers, (b"content-length", b"%d" % len(body or b""))]
    return Outgoing(method, target.encode("ascii"), headers, body)


class Incoming(Protocol):
    """A reply whose headers are here and whose body is not read. `aclose` is due in every case."""

    @property
    def status(self) -> int: ...

    @property
    def headers(self) -> Sequence[tuple[bytes, bytes]]:
        """As they came, in their order."""
        ...

    def chunks(self) -> AsyncGenerator[bytes, None]:
        """The body, chunked framing undone, content coding not. Raises Truncated where it ends early, Unreadable where
        the framing is broken."""
        ...

    async def aclose(self) -> None:
        """Let go of the connection: kept for the next request where the reply was read to its end, else closed."""
        ...


class Transport(Protocol):
    """Carries requests to one origin. Cancelled at any await it leaves no connection in a half-used state."""

    async def send(self, request: Outgoing) -> Incoming:
        """Raises Unreachable, DestinationRefused, TooLarge (headers) or Unreadable (no HTTP)."""
        ...

    async def aclose(self) -> None: ...

"""The seam between a wire and what carries it: a finished request goes in, an unread reply comes out."""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator, Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from gateway.core.errors import Misconfigured
from gateway.core.redaction import Redacted
from gateway.upstream.failures import CANNOT_BE_WRITTEN

_WITH_BODY = frozenset({b"POST", b"PUT", b"PATCH"})
_TOKEN = rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
# RFC 9112, 3 and RFC 9110, 5.5: what stands in its place and cannot end it.
_START = re.compile(_TOKEN + rb" [!-~]+ HTTP/1\.1\r\n")
_LINE = re.compile(_TOKEN + rb": [^\x00-\x08\x0a-\x1f\x7f]*\r\n")


@dataclass(frozen=True, slots=True, repr=False)
class Outgoing(Redacted):
    """A request as it goes out. `target`: path and query, escaped. Header names are lower-case; `host` is among them.
    `lines`: the headers as they are written, where somebody has that already."""

    method: bytes
    target: bytes
    headers: Sequence[tuple[bytes, bytes]]
    body: bytes | None = None
    lines: bytes | None = None

    def head(self) -> bytes:
        """The request up to its body. Raises Misconfigured where a part of it would not stay in its place."""
        start = b"%b %b HTTP/1.1\r\n" % (self.method, self.target)
        if not _START.fullmatch(start):
            raise Misconfigured(CANNOT_BE_WRITTEN)
        return b"%b%b\r\n" % (start, header_lines(self.headers) if self.lines is None else self.lines)


def header_lines(headers: Iterable[tuple[bytes, bytes]]) -> bytes:
    """Header fields as they are written, each with its line's end. Raises Misconfigured where one would not stay one."""
    lines = [b"%b: %b\r\n" % field for field in headers]
    if not all(map(_LINE.fullmatch, lines)):
        raise Misconfigured(CANNOT_BE_WRITTEN)
    return b"".join(lines)


def outgoing(
    method: bytes,
    target: str,
    headers: Sequence[tuple[bytes, bytes]],
    body: bytes | None,
    lines: bytes | None = None,
) -> Outgoing:
    """A request with the length of its body on it (RFC 9110, 8.6: a POST without a body says so). `lines`: the `headers`
    as they are written, where that is known."""
    if body is not None or method in _WITH_BODY:
        length = b"%d" % len(body or b"")
        headers = [*headers, (b"content-length", length)]
        lines = None if lines is None else b"%bcontent-length: %b\r\n" % (lines, length)
    return Outgoing(method, target.encode("ascii"), headers, body, lines)


class Incoming(Protocol):
    """A reply whose headers are here and whose body is not read. `aclose` is due in every case."""

    @property
    def status(self) -> int: ...

    @property
    def headers(self) -> Sequence[tuple[bytes, bytes]]:
        """As they came, in their order."""
        ...

    @property
    def ready(self) -> bytes | None:
        """What `chunks` would give, at once, where all of it is here already; the body is read by that or by `chunks`."""
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

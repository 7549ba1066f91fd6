"""Reads one HTTP/1.1 reply out of bytes as they come, with llhttp; knows no connection."""

from __future__ import annotations

from httptools import HttpParserError, HttpParserUpgrade, HttpResponseParser

from gateway.core.errors import SourceError, TooLarge, Truncated, Unreachable, Unreadable
from gateway.upstream.failures import HEADERS_TOO_LARGE, NO_HTTP, unreachable

_NOTED = frozenset({len(b"keep-alive"), len(b"transfer-encoding")})
_FRAMING = frozenset({b"content-length", b"transfer-encoding"})
_VERSIONS = frozenset({"1.0", "1.1"})
_FIRST = b"H"[0]
# Status lines and interim replies stand beside the headers that the cap means.
_BESIDE = 4096


class _Stop(Exception):
    """Ends llhttp's work from within a callback; `feed` sees it as an HttpParserError."""


class ReplyParser:
    """One reply, from its first byte to its last. Nothing of it can reach the next one: each has a parser of its own.

    `begun`: status and headers are here, or `failure` is; `complete`: so is the body. `reusable`: the connection may carry
    another request. `pieces`: body bytes that nobody has taken yet, `held` their number. `idle`: seconds for which the
    source says that it keeps an idle connection.
    """

    __slots__ = (
        "_body",
        "_chunked",
        "_most",
        "_overhead",
        "_parser",
        "_to_head",
        "begun",
        "complete",
        "failure",
        "headers",
        "held",
        "idle",
        "pieces",
        "reusable",
        "status",
        "touched",
    )

    def __init__(self, *, to_head: bool, max_headers: int) -> None:
        """`to_head`: the reply to a HEAD, whose length is of a body that does not come."""
        self.status = 0
        self.headers: list[tuple[bytes, bytes]] = []
        self.pieces: list[bytes] = []
        self.held = 0
        self.idle: float | None = None
        self.begun = self.complete = self.reusable = self.touched = False
        self.failure: SourceError | None = None
        self._to_head = to_head
        self._most = max_headers + _BESIDE
        self._chunked = False
        self._body = False
        self._overhead = 0
        self._parser = HttpResponseParser(self)
        # CGI programs end lines with LF alone, and a client may take that (RFC 9112, 2.2).
        self._parser.set_dangerous_leniencies(lenient_optional_cr_before_lf=True)

    @property
    def over(self) -> bool:
        """Is there nothing more to wait for?"""
        return self.complete or self.failure is not None

    def feed(self, data: bytes) -> None:
        """The next bytes. Raises nothing: what is wrong with them stands in `failure`."""
        if self.complete:
            # Whatever follows a reply is not the next one's: its connection is not used again.
            self.reusable = False
            return
        if self.failure is not None:
            return
        if not self.touched:
            self.touched = True
            if data[0] != _FIRST:
                # llhttp also speaks RTSP and ICE.
                self._refuse()
                return
        self._body = False
        try:
            self._parser.feed_data(data)
        except (HttpParserError, HttpParserUpgrade):
            if self.complete:
                self.reusable = False
            elif self.failure is None:
                self._refuse()
        if self._body:
            self._overhead = 0
        elif not self.complete:
            # Headers, trailers, sizes of chunks and interim replies alike: bytes that bring no body are counted.
            self._overhead += len(data)
            if self._overhead > self._most and self.failure is None:
                self._fail(TooLarge(HEADERS_TOO_LARGE))
        if self.over:
            # Each holds the other: a circle for each request would keep the garbage collector busy.
            del self._parser

    def end(self, *, clean: bool, error: Exception | None = None) -> None:
        """No more bytes come. `clean`: the source said so itself, by its FIN, and with TLS by its closing alert; `error`:
        what broke the connection."""
        self.reusable = False
        if self.over:
            return
        if not self.begun:
            self._fail(Unreachable() if error is None else unreachable(error))
        elif clean and self._ends_with_the_connection():
            self.complete = True
        else:
            self._fail(Truncated())

    def take(self) -> bytes:
        """The body's bytes that are here."""
        pieces = self.pieces
        taken = pieces[0] if len(pieces) == 1 else b"".join(pieces)
        pieces.clear()
        self.held = 0
        return taken

    def _ends_with_the_connection(self) -> bool:
        """Is the body as long as the connection lasts (RFC 9112, 6.3, rule 8)?"""
        return not any(name.lower() in _FRAMING for name, _ in self.headers)

    def _refuse(self) -> None:
        self._fail(Unreadable(NO_HTTP))

    def _fail(self, failure: SourceError) -> None:
        self.failure = failure
        self.begun = True
        self.reusable = False

    # ------------------------------------------------------------------------------------------ llhttp's callbacks

    def on_message_begin(self) -> None:
        if self.complete:
            raise _Stop

    def on_header(self, name: bytes, value: bytes) -> None:
        if self.begun:
            # A trailer: nobody asked for any, and it must not pass for a header (RFC 9110, 6.5.1).
            return
        if value[-1:] in (b" ", b"\t"):
            value = value.rstrip(b" \t")
        self.headers.append((name, value))
        if len(name) in _NOTED:
            self._note(name.lower(), value)

    def _note(self, name: bytes, value: bytes) -> None:
        if name == b"transfer-encoding":
            if value.lower() != b"chunked" or self._chunked:
                # Nobody asked for another coding (RFC 9112, 6.1), and what follows it could not be told from a next reply.
                self._refuse()
                raise _Stop
            self._chunked = True
        elif name == b"keep-alive":
            self.idle = _seconds(value)

    def on_headers_complete(self) -> None:
        status, version = self._parser.get_status_code(), self._parser.get_http_version()
        if status < 100 or status == 101 or version not in _VERSIONS:
            # 101: nobody asked to switch protocols.
            self._refuse()
            raise _Stop
        if status < 200:
            return
        self.status = status
        self.begun = True
        self.reusable = self._parser.should_keep_alive() and version == "1.1"
        if self._to_head:
            self.complete = True
            raise _Stop

    def on_body(self, data: bytes) -> None:
        self._body = True
        self.pieces.append(data)
        self.held += len(data)

    def on_message_complete(self) -> None:
        if self.begun:
            self.complete = True
            return
        # An interim reply: the real one follows (RFC 9110, 15.2).
        self.headers.clear()
        self.idle = None
        self._chunked = False


def _seconds(value: bytes) -> float | None:
    """`timeout=5, max=100` -> 5.0"""
    for part in value.lower().split(b","):
        name, _, number = part.partition(b"=")
        if name.strip() == b"timeout" and number.strip().isdigit() and len(number) < 10:
            return float(number)
    return None

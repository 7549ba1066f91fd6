"""Turns what an adapter prepares, and what its source's configuration adds to it, into a request template."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from gateway.adapter.settings import pieces
from gateway.core.errors import Misconfigured
from gateway.core.redaction import Redacted
from gateway.core.tenant import Upstream
from gateway.upstream.address import Address, escaped_path, escaped_query, parse_address
from gateway.upstream.credentials import Credentials, credentials, header, header_name, header_value
from gateway.upstream.exchange import header_lines
from gateway.upstream.template import Header, Parameter, Pieces, Segment, Template

_METHOD = re.compile(r"[A-Z]{1,16}")
_HOLE_NAME = re.compile(r"[\w.-]+")
_ABSOLUTE = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*://[^/?#{}]*)(.*)", re.DOTALL)
CONNECTIONS_OWN = frozenset(
    b"host connection keep-alive content-length transfer-encoding te trailer upgrade expect accept-encoding "
    b"proxy-authorization proxy-connection".split()
)
"""Header fields that the wire alone writes."""
_PRINTABLE = "".join(map(chr, range(0x20, 0x7F)))
_DEFAULTS = ((b"user-agent", b"customer-identification-gateway"), (b"accept", b"*/*"))


@dataclass(frozen=True, slots=True, repr=False)
class Base(Redacted):
    """What every request of one source starts from. Of one header's several givers credentials win over `fixed`, the
    source's own headers, and these over the adapter's."""

    address: Address
    credentials: Credentials
    fixed: tuple[tuple[bytes, bytes], ...]

    def headers(self, asked: Iterable[tuple[bytes, bytes]]) -> tuple[tuple[bytes, bytes], ...]:
        """All header fields of a request, `asked` being the adapter's."""
        signed = self.credentials.headers
        taken = {name for name, _ in signed}
        fixed = [(name, value) for name, value in self.fixed if name not in taken]
        taken.update(name for name, _ in fixed)
        given = [(name, value) for name, value in asked if name not in taken]
        taken.update(name for name, _ in given)
        defaults = [(name, value) for name, value in _DEFAULTS if name not in taken]
        host = (b"host", self.address.host_header)
        return (host, *defaults, (b"accept-encoding", b"gzip, deflate"), *given, *fixed, *signed)

    @property
    def settled(self) -> frozenset[bytes]:
        """The headers that an adapter cannot change."""
        return frozenset(name for name, _ in (*self.fixed, *self.credentials.headers))


def base_of(upstream: Upstream) -> Base:
    """Raises Misconfigured for an address, a header or a secret that cannot be sent."""
    signed = credentials(upstream.auth)
    fixed = tuple(header(name, value) for name, value in upstream.headers.items())
    for name, _ in (*fixed, *signed.headers):
        _refuse_connections_own(name)
    return Base(parse_address(upstream.url), signed, fixed)


def compile_template(
    base: Base,
    method: str,
    path: str,
    query: Sequence[tuple[str, str]],
    headers: Sequence[tuple[str, str]],
    charset: str,
) -> Template:
    """Raises Misconfigured as `Wire.prepare` says."""
    if not _METHOD.fullmatch(method):
        raise Misconfigured("The adapter's method is not an HTTP method in capitals (GET, POST).")
    _check_charset(charset)
    path_text, query_texts = _target(base.address, path)
    finished, open_headers = _headers(base, headers)
    own_query = base.address.query if not _ABSOLUTE.match(path) else ""
    try:
        parts = [
            *([own_query] if own_query else []),
            *[_written_parameter(text, charset) for text in query_texts],
            *[_parameter(name, value, charset) for name, value in query],
            *([base.credentials.query] if base.credentials.query else []),
        ]
        whole_path = _path(path_text, charset)
    except UnicodeError as error:
        raise Misconfigured(f"A request template has a character that {charset} cannot write.") from error
    return Template(method.encode(), charset, whole_path, tuple(parts), finished, header_lines(finished), open_headers)


def _target(base: Address, path: str) -> tuple[str, list[str]]:
    """The whole path and the parameters that the adapter's path brings with it, holes still open."""
    if "#" in path:
        raise Misconfigured("The adapter's path has a fragment (#…), which is never sent. Leave it out.")
    start = base.path.rstrip("/") + "/"
    absolute = _ABSOLUTE.match(path)
    if absolute is not None:
        _check_origin(absolute[1], absolute[2], base)
        start, path = "/", absolute[2]
    own, _, query = path.partition("?")
    texts = [text for text in query.split("&") if text]
    return (start + own.lstrip("/") if own or absolute else base.path), texts


def _check_origin(start: str, rest: str, base: Address) -> None:
    try:
        same = parse_address(start).origin == base.origin and rest[:1] in ("", "/", "?")
    except Misconfigured:
        same = False
    if not same:
        raise Misconfigured("The adapter asks an address of another origin than upstream.url. Put that one there.")


def _path(path: str, charset: str) -> tuple[str | Segment, ...]:
    parts: list[str | Segment] = []
    for index, text in enumerate(path.split("/")):
        found = _checked_pieces(text, lambda literal: escaped_path(literal, charset))
        slash = "/" if index else ""
        if len(found) > 1:
            parts += [slash, Segment(found)]
        else:
            parts.append(slash + found[0])
    return tuple(parts)


def _written_parameter(text: str, charset: str) -> str | Parameter:
    """A parameter as it stands in an address: escapes in it stay."""
    name, equals, value = text.partition("=")
    found = _checked_pieces(value, lambda literal: escaped_query(literal, charset))
    return _closed(name, escaped_query(name, charset), found, equals)


def _parameter(name: str, value: str, charset: str) -> str | Parameter:
    """A parameter as plain text: everything special in it is escaped."""
    found = _checked_pieces(value, lambda literal: quote(literal, safe="", encoding=charset, errors="strict"))
    return _closed(name, quote(name, safe="", encoding=charset, errors="strict"), found, "=")


def _closed(name: str, escaped: str, found: Pieces, equals: str) -> str | Parameter:
    if "{" in name or "}" in name:
        raise Misconfigured("A query parameter's name has braces. Holes stand in its value alone.")
    return Parameter(escaped, found) if len(found) > 1 else f"{escaped}{equals}{found[0]}"


def _headers(
    base: Base, headers: Sequence[tuple[str, str]]
) -> tuple[tuple[tuple[bytes, bytes], ...], tuple[Header, ...]]:
    closed: list[tuple[bytes, bytes]] = []
    holed: list[Header] = []
    for name, value in headers:
        field = header_name(name)
        _refuse_connections_own(field)
        found = _checked_pieces(value, lambda literal: literal)
        for literal in found[::2]:
            header_value(name, literal)
        if len(found) == 1:
            closed.append((field, header_value(name, value)))
        elif field not in base.settled:
            holed.append(Header(name, field, found))
    replaced = {header.field for header in holed}
    finished = tuple((name, value) for name, value in base.headers(closed) if name not in replaced)
    return finished, tuple(holed)


def _refuse_connections_own(name: bytes) -> None:
    if name in CONNECTIONS_OWN:
        raise Misconfigured(f"The header {name.decode()} belongs to the connection. Leave it out.")


def _checked_pieces(template: str, escape: Callable[[str], str]) -> Pieces:
    found = pieces(template)
    if any("{" in text or "}" in text for text in found[::2]):
        raise Misconfigured("A request template has a brace without its partner. A hole is written {search_field}.")
    if not all(_HOLE_NAME.fullmatch(name) for name in found[1::2]):
        raise Misconfigured("A request template has braces around something that is no search field.")
    return tuple(part if index % 2 else escape(part) for index, part in enumerate(found))


def _check_charset(charset: str) -> None:
    try:
        extends_ascii = _PRINTABLE.encode(charset) == _PRINTABLE.encode("ascii")
    except (LookupError, UnicodeError):
        extends_ascii = False
    if not extends_ascii:
        raise Misconfigured(
            "The source's charset is not one in which addresses are written. Write utf-8, iso-8859-1 or windows-1252."
        )

"""A request template: all that can be written beforehand is; values go into its holes escaped for their place.

A value never ends the place that it stands in: in the path and the query all but RFC 3986's unreserved characters is
percent-encoded, in a header control characters are refused. A blank becomes `%20`, not `+`: decoders of forms read both as a
blank, decoders of plain addresses read `+` as a plus.
"""

from __future__ import annotations

from collections.abc import Mapping as Map
from dataclasses import dataclass
from typing import TypeAlias
from urllib.parse import quote_from_bytes, unquote

from gateway.core.errors import Misconfigured
from gateway.core.redaction import Redacted
from gateway.upstream.credentials import header_value
from gateway.upstream.exchange import Outgoing, header_lines, outgoing

Pieces: TypeAlias = tuple[str, ...]
"""Texts and names of holes by turns, beginning and ending with a text; the texts are escaped already."""


@dataclass(frozen=True, slots=True, repr=False)
class Segment(Redacted):
    """A part of the path between slashes, with holes."""

    pieces: Pieces


@dataclass(frozen=True, slots=True, repr=False)
class Parameter(Redacted):
    """A query parameter with holes; `name` is escaped."""

    name: str
    pieces: Pieces


@dataclass(frozen=True, slots=True, repr=False)
class Header(Redacted):
    """A header with holes."""

    name: str
    field: bytes
    pieces: Pieces


@dataclass(frozen=True, slots=True, repr=False)
class Template(Redacted):
    """`path`: texts and segments, to be joined; `query`: texts and parameters, to be joined by `&`; `headers`: finished, and
    as they are written: `lines`."""

    method: bytes
    charset: str
    path: tuple[str | Segment, ...]
    query: tuple[str | Parameter, ...]
    headers: tuple[tuple[bytes, bytes], ...]
    lines: bytes
    open_headers: tuple[Header, ...]

    def fill(self, values: Map[str, str], body: bytes | None) -> Outgoing:
        """Raises Misconfigured where a hole stays open or a value cannot stand in its place, naming the hole alone."""
        path = "".join([part if isinstance(part, str) else self._segment(part, values) for part in self.path])
        query = "&".join([text for part in self.query if (text := self._parameter(part, values)) is not None])
        target = f"{path}?{query}" if query else path
        if not self.open_headers:
            return outgoing(self.method, target, self.headers, body, self.lines)
        filled = [_header(header, values) for header in self.open_headers]
        return outgoing(self.method, target, [*self.headers, *filled], body, self.lines + header_lines(filled))

    def _segment(self, segment: Segment, values: Map[str, str]) -> str:
        if not all(values.get(name) for name in segment.pieces[1::2]):
            raise Misconfigured(
                f"The path cannot be asked without {_names(segment.pieces)}. Check the source's settings."
            )
        text = self._escaped(segment.pieces, values)
        if _leads_away(text):
            raise Misconfigured(f"A value of {_names(segment.pieces)} would lead to another path.")
        return text

    def _parameter(self, part: str | Parameter, values: Map[str, str]) -> str | None:
        if isinstance(part, str):
            return part
        filled = [name in values for name in part.pieces[1::2]]
        if not any(filled):
            return None
        if not all(filled):
            raise Misconfigured(
                f"A query parameter cannot be asked without all of {_names(part.pieces)}. Check the source's settings."
            )
        return f"{part.name}={self._escaped(part.pieces, values)}"

    def _escaped(self, pieces: Pieces, values: Map[str, str]) -> str:
        texts = list(pieces)
        for index in range(1, len(texts), 2):
            texts[index] = _escape(values[texts[index]], self.charset, texts[index])
        return "".join(texts)


def _leads_away(segment: str) -> bool:
    """Is a part of it `.` or `..`, as servers see it that undo escapes, even twice, before they resolve the path?"""
    for _ in range(3):
        segment = unquote(segment, encoding="latin-1")
    return any(part in (".", "..") for part in segment.replace("\\", "/").split("/"))


def _escape(value: str, charset: str, hole: str) -> str:
    try:
        encoded = value.encode(charset)
    except UnicodeError:
        # Without a cause: its text would quote the value's character.
        raise Misconfigured(
            f"The value of {{{hole}}} has a character that {charset} cannot write. Check the source's charset."
        ) from None
    return quote_from_bytes(encoded, safe="")


def _header(header: Header, values: Map[str, str]) -> tuple[bytes, bytes]:
    if not all(name in values for name in header.pieces[1::2]):
        raise Misconfigured(f"The header {header.name} cannot be sent without {_names(header.pieces)}.")
    text = "".join([values[piece] if index % 2 else piece for index, piece in enumerate(header.pieces)])
    return (header.field, header_value(header.name, text))


def _names(pieces: Pieces) -> str:
    return ", ".join(f"{{{name}}}" for name in pieces[1::2])

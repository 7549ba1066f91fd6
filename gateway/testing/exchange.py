"""A request as the suite's source receives it, and the reply that it sends."""

from __future__ import annotations

import gzip
from collections.abc import Mapping as Map
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, unquote

from gateway.core.redaction import Redacted


@dataclass(frozen=True, slots=True, repr=False)
class SourceRequest(Redacted):
    """What an adapter sent. `target`: path and query as on the wire; header names are lower-case."""

    method: str
    target: str
    headers: Map[str, str]
    body: bytes = b""

    def path(self, charset: str = "utf-8") -> str:
        """The path without the query, percent-decoded."""
        return unquote(self.target.partition("?")[0], encoding=charset, errors="strict")

    def segments(self, charset: str = "utf-8") -> tuple[str, ...]:
        """The parts of the path between its slashes, each percent-decoded by itself."""
        raw = self.target.partition("?")[0]
        return tuple(unquote(part, encoding=charset, errors="strict") for part in raw.split("/")[1:])

    def query(self, charset: str = "utf-8") -> dict[str, str]:
        """Parameter -> value of the query, percent-decoded; the last of a repeated one."""
        raw = self.target.partition("?")[2]
        return dict(parse_qsl(raw, keep_blank_values=True, encoding=charset, errors="strict"))


@dataclass(frozen=True, slots=True)
class SourceResponse:
    """What a source answers. The server adds the length; `headers` go out as they are."""

    body: bytes = b""
    status: int = 200
    headers: Map[str, str] = field(default_factory=dict)

    def __repr__(self) -> str:
        return f"<SourceResponse {self.status}, {len(self.body)} bytes>"


def gzipped(response: SourceResponse) -> SourceResponse:
    """The same answer, compressed."""
    return SourceResponse(
        gzip.compress(response.body), response.status, {**response.headers, "content-encoding": "gzip"}
    )

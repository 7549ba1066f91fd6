"""How a token of a source is obtained and sent: client credentials (OAuth2), or a session that begins with a login."""

from __future__ import annotations

from collections.abc import Mapping as Map
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from gateway.core.redaction import Secret

if TYPE_CHECKING:
    from gateway.core.paths import Path

HOLE = "{token}"
"""Stands for the token in `TokenUse.format`."""
REFUSALS = frozenset({401, 403})
"""Statuses with which a source ends a session."""


@dataclass(frozen=True, slots=True)
class ClientTls:
    """TLS towards one origin, all as PEM. `authorities`: who may have signed the source's certificate, instead of the
    system's. `certificate` and `key`: how the gateway shows who it is; without `key` it stands beside the certificate."""

    certificate: Secret | None = None
    key: Secret | None = None
    key_password: Secret | None = None
    authorities: Secret | None = None


@dataclass(frozen=True, slots=True)
class OAuth2Auth:
    """Client credentials (RFC 6749, 4.4). `parameters`: further ones of the token request (`audience`, `resource`).
    `in_body`: the client shows its secret in the form, not as Basic (2.3.1). `tls`: of `token_url`; None: the source's,
    where it has the source's origin, else the system's."""

    token_url: str
    client_id: str
    client_secret: Secret
    scope: str | None = None
    parameters: Map[str, str] = field(default_factory=dict)
    in_body: bool = False
    tls: ClientTls | None = None


@dataclass(frozen=True, slots=True)
class Login:
    """The request that begins a session, to the source's own origin. `path` as an adapter's: appended to the base address.
    `query` and `headers`: names and values, of which any may be secret; `body`: finished, `media_type` what it is."""

    method: str
    path: str
    query: tuple[tuple[str, Secret], ...] = ()
    headers: tuple[tuple[str, Secret], ...] = ()
    body: Secret | None = None
    media_type: str | None = None


@dataclass(frozen=True, slots=True)
class JsonToken:
    """The token is at a path of the login's reply."""

    path: Path


@dataclass(frozen=True, slots=True)
class HeaderToken:
    """The token is a header of the login's reply."""

    name: str


@dataclass(frozen=True, slots=True)
class CookieToken:
    """The token is the value of a cookie that the login's reply sets."""

    name: str


class Carrier(StrEnum):
    """Where a token stands in a request."""

    HEADER = "header"
    COOKIE = "cookie"
    QUERY = "query"


@dataclass(frozen=True, slots=True)
class TokenUse:
    """How a token is sent: in the header, cookie or query parameter `name`, as `format` with HOLE filled."""

    carrier: Carrier
    name: str
    format: str = HOLE


@dataclass(frozen=True, slots=True)
class SessionAuth:
    """A login, then its token on every request. `lasts`: seconds for which a token is good, None: until the source ends the
    session. `ended`: statuses that end it; `ended_texts`: phrases anywhere in a reply that do, folded (`core.folding`)."""

    login: Login
    token: JsonToken | HeaderToken | CookieToken
    send: TokenUse
    lasts: float | None = None
    ended: frozenset[int] = REFUSALS
    ended_texts: tuple[str, ...] = ()

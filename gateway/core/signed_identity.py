"""How a company's own systems vouch for who is logged in: what a signature is verified with, and what it then says."""

from __future__ import annotations

from collections.abc import Mapping as Map
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import TypeAlias

from gateway.core.redaction import Redacted, Secret

LEAST_SECRET = 32
"""Bytes: a shorter secret can be guessed from one token without asking anybody (RFC 7518, 3.2)."""


class Algorithm(StrEnum):
    """What a token may be signed with (RFC 7518, RFC 8037). There is no `none`."""

    HS256 = "HS256"
    HS384 = "HS384"
    HS512 = "HS512"
    RS256 = "RS256"
    ES256 = "ES256"
    EDDSA = "EdDSA"

    @property
    def shared(self) -> bool:
        """Whoever verifies could sign as well: a secret instead of a pair of keys."""
        return self in (Algorithm.HS256, Algorithm.HS384, Algorithm.HS512)

    @property
    def least_secret(self) -> int:
        """Bytes of a shared secret: as many as the hash has (RFC 7518, 3.2); 0 for keys in pairs."""
        return {Algorithm.HS256: LEAST_SECRET, Algorithm.HS384: 48, Algorithm.HS512: 64}.get(self, 0)


@dataclass(frozen=True, slots=True)
class SignedToken:
    """A JSON Web Token (RFC 7519) that the company signs. `key`: the secret, or the public key as PEM.

    `claims`: search field -> the claim that gives its value. `issuer`, `audience`: what `iss` and `aud` have to say; None:
    not looked at. `max_age`: seconds that a token may live at most; `leeway`: seconds by which two clocks may differ.
    `single`: the token has to have an id (`jti`), because its caller counts how often it is used.
    """

    algorithm: Algorithm
    key: Secret
    claims: Map[str, str]
    issuer: str | None = None
    audience: str | None = None
    max_age: float = 300.0
    leeway: float = 30.0
    single: bool = False


@dataclass(frozen=True, slots=True)
class UserHash:
    """HMAC-SHA-256 of the user's id, as chat widgets send it beside the id (`user_hash`). It never expires.

    `field`: the search field whose value the id is.
    """

    key: Secret
    field: str


SignedIdentity: TypeAlias = SignedToken | UserHash


@dataclass(frozen=True, slots=True, repr=False)
class Claims(Redacted):
    """What was vouched for. `fields`: search field -> value as it was signed, not normalised; never empty.

    `subject`: whose token it is (`sub`); of a user hash, his id. `token_id`: its `jti`, and `expires_at`: until when one
    has to remember that it was used. None where the token does not say; a user hash never does.
    """

    fields: Map[str, str] = field(default_factory=dict)
    subject: str | None = None
    token_id: str | None = None
    expires_at: datetime | None = None

"""Who is logged in at the company's pages, as an event brings it: held against how the tenant's file says it is signed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from gateway.core.attendance import Token
from gateway.core.channel import Channel
from gateway.core.errors import IdentityForged, IdentityOff
from gateway.core.redaction import Redacted
from gateway.core.signed_identity import Claims, SignedToken
from gateway.service.signed_identity import verify, verify_user_hash


@dataclass(frozen=True, slots=True, repr=False)
class SignedUser(Redacted):
    """Who is logged in, as the company signed it: a `token`, or the `user_id` with its `user_hash`."""

    token: str | None = None
    user_id: str | None = None
    user_hash: str | None = None


def vouched_for(channel: Channel, signed: SignedUser | None, now: datetime) -> Claims | None:
    """Raises IdentityRefused."""
    if signed is None:
        return None
    how = channel.identity
    if how is None:
        raise IdentityOff(f"channels.{channel.name}.identity")
    if isinstance(how, SignedToken):
        if signed.token is None:
            raise IdentityForged
        return verify(signed.token, how, now)
    if signed.user_id is None or signed.user_hash is None:
        raise IdentityForged
    return verify_user_hash(signed.user_id, signed.user_hash, how)


def single_use(channel: Channel, claims: Claims | None) -> Token | None:
    """What is counted of a signed identity, where it has an id."""
    if claims is None or claims.token_id is None or claims.expires_at is None:
        return None
    how = channel.identity
    leeway = how.leeway if isinstance(how, SignedToken) else 0.0
    return Token(claims.token_id, claims.expires_at + timedelta(seconds=leeway))

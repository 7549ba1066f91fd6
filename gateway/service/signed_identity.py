"""Verifies what a company signed of who is logged in: a token, or the HMAC of an id. No I/O; the caller gives the time."""

from __future__ import annotations

import hmac
import json
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping as Map
from datetime import datetime, timezone
from hashlib import sha256
from typing import TypeGuard

from gateway.core.errors import (
    IdentityExpired,
    IdentityForged,
    IdentityForOthers,
    IdentityIncomplete,
    IdentityLivesTooLong,
    IdentityNotYet,
)
from gateway.core.json_values import text_of, unrepeated
from gateway.core.model import Json
from gateway.core.signed_identity import Claims, SignedToken, UserHash

LONGEST_TOKEN = 8192
"""Characters of a token."""
LONGEST_TEXT = 1000
"""Characters of one value that is signed."""
_PARTS = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+")
_HEX = re.compile(r"[0-9a-fA-F]{64}")
_UNTIL = 253_402_300_799
"""The last second of the year 9999, beyond which no datetime goes."""


def verify(token: str, how: SignedToken, now: datetime) -> Claims:
    """What the token says, once it is certain that the company signed it, for this tenant, and that it is in force.

    `now`: aware. Raises IdentityForged before anything in the token is believed; then IdentityExpired, IdentityNotYet,
    IdentityLivesTooLong, IdentityForOthers or IdentityIncomplete. Nothing is remembered: whoever takes a token only once
    holds `Claims.token_id` against those that came before, until `Claims.expires_at`.
    """
    said = _signed(token, how)
    expires_at = _in_force(said, how, now.timestamp())
    _meant_for_us(said, how)
    token_id = _text(said, "jti")
    if how.single and token_id is None:
        raise IdentityIncomplete(["jti"])
    fields = _fields(said, how.claims)
    if not fields:
        raise IdentityIncomplete(sorted(set(how.claims.values())))
    return Claims(fields, _text(said, "sub"), token_id, datetime.fromtimestamp(expires_at, timezone.utc))


def verify_user_hash(user_id: str, user_hash: str, how: UserHash) -> Claims:
    """`user_hash`: HMAC-SHA-256 of `user_id` (UTF-8) in hexadecimal. Raises IdentityForged, IdentityIncomplete."""
    if not user_id.strip():
        raise IdentityIncomplete(["user_id"])
    if len(user_id) > LONGEST_TEXT or not _HEX.fullmatch(user_hash):
        raise IdentityForged
    try:
        right = hmac.new(how.key.reveal().encode(), user_id.encode(), sha256).hexdigest()
    except UnicodeEncodeError:
        raise IdentityForged from None
    if not hmac.compare_digest(right, user_hash.lower()):
        raise IdentityForged
    return Claims({how.field: user_id}, subject=user_id)


# ---------------------------------------------------------------------------------------------- the signature


def _signed(token: str, how: SignedToken) -> dict[str, Json]:
    """The claims of a token that the company signed. Its header decides nothing: the algorithm is the tenant's."""
    if len(token) > LONGEST_TOKEN or not _PARTS.fullmatch(token) or not all(map(_canonical, token.split("."))):
        raise IdentityForged
    # Only tenants who take tokens pay for the library.
    from jwt import PyJWS
    from jwt.exceptions import PyJWTError

    signatures = PyJWS(algorithms=[how.algorithm])
    try:
        payload = signatures.decode_complete(token, how.key.reveal(), algorithms=[how.algorithm])["payload"]
        said: Json = json.loads(payload, object_pairs_hook=unrepeated, parse_constant=_no_number)
    except (PyJWTError, ValueError, RecursionError):
        raise IdentityForged from None
    if not isinstance(said, dict):
        raise IdentityForged
    return said


def _canonical(part: str) -> bool:
    """The one spelling of these bytes: base64 leaves bits over, so that several texts would be the same token."""
    try:
        return urlsafe_b64encode(urlsafe_b64decode(part + "=" * (-len(part) % 4))).rstrip(b"=").decode() == part
    except ValueError:
        return False


def _no_number(word: str) -> Json:
    raise ValueError(word)


# ---------------------------------------------------------------------------------------------- what it says


def _in_force(said: Map[str, Json], how: SignedToken, now: float) -> float:
    """Until when (seconds since 1970); raises where it is over, has not begun, or goes on for too long."""
    expires = _moment(said, "exp")
    if expires is None:
        raise IdentityLivesTooLong(how.max_age)
    if expires <= now - how.leeway:
        raise IdentityExpired
    issued, begins = _moment(said, "iat"), _moment(said, "nbf")
    if any(moment is not None and moment > now + how.leeway for moment in (issued, begins)):
        raise IdentityNotYet
    if issued is not None and issued < now - how.max_age - how.leeway:
        raise IdentityExpired
    if expires > now + how.max_age + how.leeway:
        raise IdentityLivesTooLong(how.max_age)
    return expires


def _meant_for_us(said: Map[str, Json], how: SignedToken) -> None:
    if how.issuer is not None and said.get("iss") != how.issuer:
        raise IdentityForOthers("iss")
    audience = said.get("aud")
    meant = audience if isinstance(audience, list) else [audience]
    if how.audience is not None and how.audience not in meant:
        raise IdentityForOthers("aud")


def _moment(said: Map[str, Json], claim: str) -> float | None:
    """Seconds since 1970 (RFC 7519, 2: NumericDate)."""
    value = said.get(claim)
    if value is None:
        return None
    if not _is_number(value) or not 0 <= value <= _UNTIL:
        raise IdentityForged
    return float(value)


def _is_number(value: Json) -> TypeGuard[int | float]:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _fields(said: Map[str, Json], claims: Map[str, str]) -> dict[str, str]:
    """The search fields that the token fills in. What its issuer says is not verified, is not said."""
    found = {}
    for name, claim in claims.items():
        value = _text(said, claim)
        # OpenID Connect Core 1.0, 5.1: email_verified, phone_number_verified.
        if value is not None and said.get(f"{claim}_verified") not in (False, "false"):
            found[name] = value
    return found


def _text(said: Map[str, Json], claim: str) -> str | None:
    """A claim's text; ids are often whole numbers. None where it is absent, null or empty."""
    if said.get(claim) is None:
        return None
    text = text_of(said[claim])
    if text is None or len(text) > LONGEST_TEXT or not _is_text(text):
        raise IdentityIncomplete([claim])
    return text if text.strip() else None


def _is_text(value: str) -> bool:
    """No half of a surrogate pair, which no database takes."""
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True

"""A match's `ref`: a sealed, short-lived pointer to a customer, so that no personal value stands in an address.

Layout, base64url without padding: version (1 byte), key id (4), period (4), nonce (12), AES-256-GCM of the content and its
tag (16). The tenant's slug is authenticated with it: another tenant's ref does not open. Each hour has its own key, derived
from the gateway's, because no AES-GCM key may see more than 2**32 random nonces (NIST SP 800-38D, 8.3).
"""

from __future__ import annotations

import os
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from typing import Protocol

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

from gateway.core.errors import RefExpired, RefForged
from gateway.core.model import Match, UniqueKey
from gateway.core.redaction import Redacted

LIFETIME = 30 * 60
"""Seconds: as long as an attendance may reasonably keep an answer on the screen."""
_PERIOD = 3600
_VERSION = 1
_HEAD = 1 + 4 + 4
_NONCE = 12
_TAG = 16
_LONGEST = 8192


class Assurance(StrEnum):
    """Did a value of the customer agree with what was asked?"""

    VERIFIED = "verified"
    UNVERIFIED = "unverified"


@dataclass(frozen=True, slots=True, repr=False)
class RefContent(Redacted):
    """What a ref holds. `contact`: id in the contact base. `expires`: seconds since 1970."""

    tenant: str
    unique_key: UniqueKey | None
    contact: str | None
    sources: tuple[str, ...]
    assurance: Assurance
    expires: int


class Sealer(Protocol):
    """What a face needs of this module."""

    def seal(self, match: Match, tenant: str) -> str: ...


class _Sealed(msgspec.Struct, array_like=True, gc=False):
    expires: int
    key: tuple[str, str, str] | None
    contact: str | None
    sources: tuple[str, ...]
    assurance: Assurance

    def __repr__(self) -> str:
        return "<_Sealed …>"


class Refs:
    """Seals and opens refs. `keys`: 32 bytes each; the first seals, all open. `clock`: seconds since 1970."""

    def __init__(self, keys: Sequence[bytes], clock: Callable[[], float]) -> None:
        self._keys = {sha256(b"gateway ref key id" + key).digest()[:4]: key for key in keys}
        self._sealing = next(iter(self._keys))
        self._clock = clock
        self._derived: dict[tuple[bytes, int], AESGCM] = {}
        self._encoder = msgspec.msgpack.Encoder()
        self._decoder = msgspec.msgpack.Decoder(_Sealed)

    def seal(self, match: Match, tenant: str) -> str:
        """The ref of one match of an answer to this tenant; opens for `LIFETIME` seconds."""
        now = int(self._clock())
        head = bytes((_VERSION,)) + self._sealing + (now // _PERIOD).to_bytes(4, "big")
        nonce = os.urandom(_NONCE)
        content = self._encoder.encode(_content(match, now + LIFETIME))
        sealed = self._cipher(self._sealing, now // _PERIOD).encrypt(nonce, content, head + tenant.encode())
        return urlsafe_b64encode(head + nonce + sealed).rstrip(b"=").decode("ascii")

    def open(self, ref: str, tenant: str) -> RefContent:
        """Raises RefExpired; RefForged for anything that `seal` did not make for this tenant."""
        token = _decode(ref)
        head, nonce, sealed = token[:_HEAD], token[_HEAD : _HEAD + _NONCE], token[_HEAD + _NONCE :]
        key_id, period = head[1:5], int.from_bytes(head[5:], "big")
        now = int(self._clock())
        # One period ahead: another worker's clock may be a little before ours.
        if head[0] != _VERSION or key_id not in self._keys or period > now // _PERIOD + 1:
            raise RefForged
        if period < now // _PERIOD - 1:
            raise RefExpired
        try:
            content = self._cipher(key_id, period).decrypt(nonce, sealed, head + tenant.encode())
        except InvalidTag:
            raise RefForged from None
        held = self._decoder.decode(content)
        if held.expires < now:
            raise RefExpired
        unique_key = UniqueKey(*held.key) if held.key else None
        return RefContent(tenant, unique_key, held.contact, held.sources, held.assurance, held.expires)

    def _cipher(self, key_id: bytes, period: int) -> AESGCM:
        cipher = self._derived.get((key_id, period))
        if cipher is None:
            # Older ones cannot be asked for any more.
            self._derived = {known: kept for known, kept in self._derived.items() if known[1] >= period - 1}
            info = b"gateway ref" + period.to_bytes(4, "big")
            derived = HKDFExpand(algorithm=SHA256(), length=32, info=info).derive(self._keys[key_id])
            cipher = self._derived[key_id, period] = AESGCM(derived)
        return cipher


def _content(match: Match, expires: int) -> _Sealed:
    customer, contact = match.customer, match.contact
    unique_key = customer.unique_key if customer else contact.unique_key if contact else None
    return _Sealed(
        expires,
        (unique_key.name, unique_key.kind, unique_key.value) if unique_key else None,
        contact.id if contact else None,
        customer.sources if customer else (),
        Assurance.VERIFIED if match.verified else Assurance.UNVERIFIED,
    )


def _decode(ref: str) -> bytes:
    """The token's bytes; only the one spelling that `seal` gives is taken."""
    if len(ref) > _LONGEST or not ref.isascii():
        raise RefForged
    try:
        token = urlsafe_b64decode(ref + "=" * (-len(ref) % 4))
    except ValueError:
        raise RefForged from None
    if len(token) < _HEAD + _NONCE + _TAG or urlsafe_b64encode(token).rstrip(b"=") != ref.encode():
        raise RefForged
    return token

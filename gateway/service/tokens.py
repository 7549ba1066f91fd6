"""Sealed, short-lived texts that the gateway gives away and gets back: nobody else can make or read them.

Layout, base64url without padding: sort (1 byte), key id (4), period (4), nonce (12), AES-256-GCM of the content and its tag
(16). The tenant's slug is authenticated with it: another tenant's does not open, and one sort does not open as another. Each
hour has its own key, derived from the gateway's, because no AES-GCM key may see more than 2**32 random nonces (NIST SP
800-38D, 8.3).
"""

from __future__ import annotations

import os
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Sequence
from hashlib import sha256

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

from gateway.core.errors import RefExpired, RefForged

LIFETIME = 30 * 60
"""Seconds: as long as an attendance may reasonably keep an answer on the screen."""
_PERIOD = 3600
_HEAD = 1 + 4 + 4
_NONCE = 12
_TAG = 16
_LONGEST = 8192


class Tokens:
    """`keys`: 32 bytes each; the first seals, all open. `clock`: seconds since 1970."""

    def __init__(self, keys: Sequence[bytes], clock: Callable[[], float]) -> None:
        self._keys = {sha256(b"gateway ref key id" + key).digest()[:4]: key for key in keys}
        self._sealing = next(iter(self._keys))
        self._clock = clock
        self._derived: dict[tuple[bytes, int], AESGCM] = {}

    def now(self) -> int:
        """Seconds since 1970."""
        return int(self._clock())

    def seal(self, sort: int, content: bytes, tenant: str, now: int) -> str:
        """`sort`: 1 to 255, what kind of token it is."""
        head = bytes((sort,)) + self._sealing + (now // _PERIOD).to_bytes(4, "big")
        nonce = os.urandom(_NONCE)
        sealed = self._cipher(self._sealing, now // _PERIOD).encrypt(nonce, content, head + tenant.encode())
        return urlsafe_b64encode(head + nonce + sealed).rstrip(b"=").decode("ascii")

    def open(self, sort: int, token: str, tenant: str, now: int) -> bytes:
        """Raises RefExpired for one of an hour before the last; RefForged for what `seal` did not make for this tenant."""
        read = _decode(token)
        head, nonce, sealed = read[:_HEAD], read[_HEAD : _HEAD + _NONCE], read[_HEAD + _NONCE :]
        key_id, period = head[1:5], int.from_bytes(head[5:], "big")
        # One period ahead: another worker's clock may be a little before ours.
        if head[0] != sort or key_id not in self._keys or period > now // _PERIOD + 1:
            raise RefForged
        if period < now // _PERIOD - 1:
            raise RefExpired
        try:
            return self._cipher(key_id, period).decrypt(nonce, sealed, head + tenant.encode())
        except InvalidTag:
            raise RefForged from None

    def _cipher(self, key_id: bytes, period: int) -> AESGCM:
        cipher = self._derived.get((key_id, period))
        if cipher is None:
            # Older ones cannot be asked for any more.
            self._derived = {known: kept for known, kept in self._derived.items() if known[1] >= period - 1}
            info = b"gateway ref" + period.to_bytes(4, "big")
            derived = HKDFExpand(algorithm=SHA256(), length=32, info=info).derive(self._keys[key_id])
            cipher = self._derived[key_id, period] = AESGCM(derived)
        return cipher


def _decode(token: str) -> bytes:
    """The token's bytes; only the one spelling that `seal` gives is taken."""
    if len(token) > _LONGEST or not token.isascii():
        raise RefForged
    try:
        read = urlsafe_b64decode(token + "=" * (-len(token) % 4))
    except ValueError:
        raise RefForged from None
    if len(read) < _HEAD + _NONCE + _TAG or urlsafe_b64encode(read).rstrip(b"=") != token.encode():
        raise RefForged
    return read

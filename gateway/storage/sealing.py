"""What is stored sealed, and found again without being opened: AES-256-GCM, and a keyed blind index beside it.

A sealed value: version (1 byte), key id (4), nonce (12), AES-256-GCM of the text and its tag (16). The tenant, the place
(table and column) and the row are authenticated with it, so that a value that is moved elsewhere does not open. Each tenant
has keys of its own, derived from the gateway's (HKDF, RFC 5869): no key sees more than 2**32 random nonces (SP 800-38D).

The blind index of a value is HMAC-SHA-256 under another derived key, cut to 16 bytes: equal values of one tenant have equal
indexes, and nobody without the key can tell which value an index is of, or try them out.
"""

from __future__ import annotations

import hmac
import os
from collections.abc import Sequence
from hashlib import sha256

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

from gateway.core.errors import SealBroken
from gateway.core.identity import identity
from gateway.core.model import Identifier

_VERSION = 1
_NONCE = 12
_TAG = 16
_HEAD = 1 + 4
_CONTENT = _HEAD + _NONCE
_LEAST = _CONTENT + _TAG
INDEX = 16
"""Bytes of a blind index."""
_TENANTS = 1_000
"""Most tenants whose derived keys are kept at hand."""


def key_id(key: bytes) -> bytes:
    """Four bytes that name a key and tell nothing of it."""
    return sha256(b"gateway storage key id" + key).digest()[:4]


class Sealing:
    """`keys`: 32 bytes each; the first seals, all open and find."""

    def __init__(self, keys: Sequence[bytes]) -> None:
        self._keys = {key_id(key): key for key in keys}
        self._sealing = next(iter(self._keys))
        self._ciphers: dict[tuple[bytes, str], AESGCM] = {}
        self._indexing: dict[str, tuple[hmac.HMAC, ...]] = {}

    @property
    def sealing_key(self) -> bytes:
        """The id of the key that seals now."""
        return self._sealing

    @property
    def rotating(self) -> bool:
        """Are there older keys, under which something may still be?"""
        return len(self._keys) > 1

    def seal(self, tenant: str, place: str, row: str, text: str) -> bytes:
        """`place`: `table.column`; `row`: the row's id."""
        nonce = os.urandom(_NONCE)
        head = bytes((_VERSION,)) + self._sealing
        sealed = self._cipher(self._sealing, tenant).encrypt(nonce, text.encode(), _context(head, tenant, place, row))
        return head + nonce + sealed

    def open(self, tenant: str, place: str, row: str, sealed: bytes) -> str:
        """Raises SealBroken for anything that `seal` did not make for this place."""
        head, key = sealed[:_HEAD], sealed[1:_HEAD]
        if len(sealed) < _LEAST or head[0] != _VERSION or key not in self._keys:
            raise SealBroken
        cipher = self._ciphers.get((key, tenant)) or self._cipher(key, tenant)
        try:
            content = cipher.decrypt(sealed[_HEAD:_CONTENT], sealed[_CONTENT:], _context(head, tenant, place, row))
        except InvalidTag:
            raise SealBroken from None
        return content.decode()

    def sealed_by(self, sealed: bytes) -> bytes:
        """The id of the key that sealed it."""
        return sealed[1:_HEAD]

    def index(self, tenant: str, what: str, value: str) -> bytes:
        """The blind index to be stored: of `value`, which is canonical, as a `what` (`email`, `unique_key`)."""
        return _index(self._keyed(tenant)[0], what, value)

    def indexes(self, tenant: str, what: str, value: str) -> tuple[bytes, ...]:
        """The indexes under which the value may have been stored: one for each key."""
        return tuple([_index(keyed, what, value) for keyed in self._keyed(tenant)])

    def _cipher(self, key: bytes, tenant: str) -> AESGCM:
        cipher = self._ciphers.get((key, tenant))
        if cipher is None:
            if len(self._ciphers) >= _TENANTS:
                self._ciphers.clear()
            cipher = self._ciphers[key, tenant] = AESGCM(_derive(self._keys[key], "gateway storage seal", tenant))
        return cipher

    def _keyed(self, tenant: str) -> tuple[hmac.HMAC, ...]:
        found = self._indexing.get(tenant)
        if found is None:
            if len(self._indexing) >= _TENANTS:
                self._indexing.clear()
            derived = [_derive(key, "gateway storage index", tenant) for key in self._keys.values()]
            found = tuple([hmac.new(key, digestmod="sha256") for key in derived])
            self._indexing[tenant] = found
        return found


def _derive(key: bytes, purpose: str, tenant: str) -> bytes:
    return HKDFExpand(algorithm=SHA256(), length=32, info=f"{purpose}\0{tenant}".encode()).derive(key)


def _index(keyed: hmac.HMAC, what: str, value: str) -> bytes:
    # A copy, because to key anew takes most of an HMAC's time.
    mac = keyed.copy()
    mac.update(f"{what}\0{value}".encode())
    return mac.digest()[:INDEX]


def indexed_user(user: Identifier) -> str:
    """The value by which a user of a channel is indexed, whatever for."""
    return "\0".join(identity(user.kind, user.value))


def _context(head: bytes, tenant: str, place: str, row: str) -> bytes:
    return head + f"\0{tenant}\0{place}\0{row}".encode()

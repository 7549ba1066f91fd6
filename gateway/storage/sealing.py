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

_VERSION = 1
_NONCE = 12
_TAG = 16
_HEAD = 1 + 4
INDEX = 16
"""Bytes of a blind index."""
_TENANTS = 10_000
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
        self._index_keys: dict[str, tuple[bytes, ...]] = {}

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
        head, nonce, content = sealed[:_HEAD], sealed[_HEAD : _HEAD + _NONCE], sealed[_HEAD + _NONCE :]
        if len(content) < _TAG or head[0] != _VERSION or head[1:] not in self._keys:
            raise SealBroken
        try:
            text = self._cipher(head[1:], tenant).decrypt(nonce, content, _context(head, tenant, place, row))
        except InvalidTag:
            raise SealBroken from None
        return text.decode()

    def sealed_by(self, sealed: bytes) -> bytes:
        """The id of the key that sealed it."""
        return sealed[1:_HEAD]

    def index(self, tenant: str, what: str, value: str) -> bytes:
        """The blind index to be stored: of `value`, which is canonical, as a `what` (`email`, `unique_key`)."""
        return _index(self._indexing(tenant)[0], what, value)

    def indexes(self, tenant: str, what: str, value: str) -> tuple[bytes, ...]:
        """The indexes under which the value may have been stored: one for each key."""
        return tuple([_index(key, what, value) for key in self._indexing(tenant)])

    def _cipher(self, key: bytes, tenant: str) -> AESGCM:
        cipher = self._ciphers.get((key, tenant))
        if cipher is None:
            if len(self._ciphers) >= _TENANTS:
                self._ciphers.clear()
            cipher = self._ciphers[key, tenant] = AESGCM(_derive(self._keys[key], "gateway storage seal", tenant))
        return cipher

    def _indexing(self, tenant: str) -> tuple[bytes, ...]:
        keys = self._index_keys.get(tenant)
        if keys is None:
            if len(self._index_keys) >= _TENANTS:
                self._index_keys.clear()
            keys = tuple(_derive(key, "gateway storage index", tenant) for key in self._keys.values())
            self._index_keys[tenant] = keys
        return keys


def _derive(key: bytes, purpose: str, tenant: str) -> bytes:
    return HKDFExpand(algorithm=SHA256(), length=32, info=f"{purpose}\0{tenant}".encode()).derive(key)


def _index(key: bytes, what: str, value: str) -> bytes:
    return hmac.digest(key, f"{what}\0{value}".encode(), "sha256")[:INDEX]


def _context(head: bytes, tenant: str, place: str, row: str) -> bytes:
    return head + f"\0{tenant}\0{place}\0{row}".encode()

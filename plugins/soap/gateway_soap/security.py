"""WS-Security's UsernameToken: who asks, as plain text or as a digest made anew for every message."""

from __future__ import annotations

import base64
import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from lxml import etree

from gateway.adapter import Secret

_OASIS = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-"
WSSE, WSU = f"{_OASIS}wssecurity-secext-1.0.xsd", f"{_OASIS}wssecurity-utility-1.0.xsd"
_TOKEN = f"{_OASIS}username-token-profile-1.0"
_BASE64 = f"{_OASIS}soap-message-security-1.0#Base64Binary"
_LASTS = timedelta(minutes=5)
NONCE, CREATED, EXPIRES, DIGEST = "gateway.nonce", "gateway.created", "gateway.expires", "gateway.digest"


@dataclass(frozen=True, slots=True)
class UsernameToken:
    """OASIS UsernameToken Profile 1.1.1. `digest`: the password goes as Base64(SHA-1(nonce + created + password)), which
    proves it without saying it. `timestamp`: the message says for how long it is good, too."""

    username: str
    password: Secret
    digest: bool = False
    timestamp: bool = False

    def header(self, envelope: str, mark: Callable[[str], str]) -> etree._Element:
        """The header element for an envelope of this namespace. `mark`: what stands for a value made per message."""
        header = etree.Element(f"{{{WSSE}}}Security", nsmap={"wsse": WSSE, "wsu": WSU})
        header.set(f"{{{envelope}}}mustUnderstand", "1")
        if self.timestamp:
            stamp = etree.SubElement(header, f"{{{WSU}}}Timestamp")
            _text(stamp, WSU, "Created", mark(CREATED))
            _text(stamp, WSU, "Expires", mark(EXPIRES))
        token = etree.SubElement(header, f"{{{WSSE}}}UsernameToken")
        _text(token, WSSE, "Username", self.username)
        password = _text(token, WSSE, "Password", mark(DIGEST) if self.digest else self.password.reveal())
        password.set("Type", f"{_TOKEN}#{'PasswordDigest' if self.digest else 'PasswordText'}")
        if self.digest:
            _text(token, WSSE, "Nonce", mark(NONCE)).set("EncodingType", _BASE64)
            _text(token, WSU, "Created", mark(CREATED))
        return header

    def values(self, now: datetime) -> dict[str, str]:
        """What this message says at the marks. `now` in UTC."""
        created, nonce = _moment(now), secrets.token_bytes(16)
        values = {CREATED: created, EXPIRES: _moment(now + _LASTS)}
        if self.digest:
            values[NONCE] = base64.b64encode(nonce).decode()
            # SHA-1 is the profile's; a password of any strength is not found from it within the nonce's life.
            proof = hashlib.sha1(nonce + created.encode() + self.password.reveal().encode(), usedforsecurity=False)
            values[DIGEST] = base64.b64encode(proof.digest()).decode()
        return values


def _text(parent: etree._Element, namespace: str, name: str, text: str) -> etree._Element:
    element = etree.SubElement(parent, f"{{{namespace}}}{name}")
    element.text = text
    return element


def _moment(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z"

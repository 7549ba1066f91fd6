"""What a source's `auth` puts on every request: a header or a query parameter, made once. Tokens come later (tokens.py)."""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass
from urllib.parse import quote

from gateway.core.errors import Misconfigured
from gateway.core.sign_in import OAuth2Auth, SessionAuth
from gateway.core.tenant import Auth, BasicAuth, BearerAuth, HeaderAuth

_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


@dataclass(frozen=True, slots=True, repr=False)
class Credentials:
    """`query` is percent-encoded (`key=…`), or empty."""

    headers: tuple[tuple[bytes, bytes], ...] = ()
    query: str = ""

    def __repr__(self) -> str:
        return "<Credentials …>"


def credentials(auth: Auth | None) -> Credentials:
    """Raises Misconfigured where the secret cannot stand where it is to be sent; its text is not repeated."""
    if auth is None or isinstance(auth, OAuth2Auth | SessionAuth):
        return Credentials()
    if isinstance(auth, BasicAuth):
        if ":" in auth.user:
            raise Misconfigured("upstream.auth.basic: a user name cannot hold a colon (RFC 7617, 2).")
        pair = base64.b64encode(f"{auth.user}:{auth.password.reveal()}".encode())
        return Credentials(headers=((b"authorization", b"Basic " + pair),))
    if isinstance(auth, BearerAuth):
        return Credentials(headers=(header("Authorization", f"Bearer {auth.token.reveal()}"),))
    if isinstance(auth, HeaderAuth):
        return Credentials(headers=(header(auth.header, auth.value.reveal()),))
    return Credentials(query=f"{quote(auth.parameter, safe='')}={quote(auth.value.reveal(), safe='')}")


def header(name: str, value: str) -> tuple[bytes, bytes]:
    """A header field ready to be sent: name in lower case, value in ISO-8859-1 (RFC 9110, 5.5).

    Raises Misconfigured, naming the header but not its value, for what would end the field or cannot be written.
    """
    return (header_name(name), header_value(name, value))


def header_name(name: str) -> bytes:
    if not _TOKEN.fullmatch(name):
        raise Misconfigured("A header's name may hold letters, digits and hyphens only. Check the source's headers.")
    return name.lower().encode("ascii")


def header_value(name: str, value: str) -> bytes:
    if _CONTROL.search(value):
        raise Misconfigured(f"The value of the header {name} has a line break or another control character.")
    try:
        return value.strip(" ").encode("latin-1")
    except UnicodeEncodeError:
        # Without a cause: its text would quote the value's character.
        raise Misconfigured(f"The value of the header {name} has a character outside ISO-8859-1.") from None

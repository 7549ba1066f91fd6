"""Texts that go into a request as they stand: addresses, headers, user names, and which names speak of a secret."""

from __future__ import annotations

import re
from typing import Annotated
from urllib.parse import parse_qsl, urlsplit

from pydantic import AfterValidator

from gateway.config.file_model import Text

_HEADER = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_UNSENDABLE = re.compile(r"[\x00-\x1f\x7f]")
BLANKS = re.compile(r"[\x00-\x20\x7f\\]")
SECRET_NAME = re.compile(
    r"authorization|cookie|token|secret|senha|passw|pwd|(?:api|access|subscription|auth)[-_]?key|^key$", re.IGNORECASE
)
_WIRES_OWN = frozenset(
    {"host", "connection", "keep-alive", "content-length", "transfer-encoding", "te", "trailer", "upgrade", "expect"}
    | {"accept-encoding"}
)


def _url(text: str) -> str:
    if BLANKS.search(text):
        raise ValueError("The address has a blank, a control character or a backslash. Percent-encode it.")
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        raise ValueError("This is not an address. Write https://host/path.") from None
    if parts.scheme.lower() not in ("http", "https") or not parts.hostname:
        raise ValueError("The address must begin with https:// or http:// and a host.")
    if "@" in parts.netloc:
        raise ValueError("The address has credentials in it. Put them under auth:, the secret as !env NAME.")
    if parts.fragment or text.endswith("#"):
        raise ValueError("The address has a fragment (#…), which is never sent. Leave it out.")
    if port == 0:
        raise ValueError("The address names port 0. Name the port that the source listens on.")
    if any(SECRET_NAME.search(name) for name, _ in parse_qsl(parts.query, keep_blank_values=True)):
        raise ValueError(
            "The address carries a key or password. Put it under auth: {query: …}, the secret as !env NAME."
        )
    return text


def _header_name(name: str) -> str:
    if not _HEADER.fullmatch(name):
        raise ValueError("A header's name has letters, digits and hyphens only.")
    if name.lower() in _WIRES_OWN:
        raise ValueError("The gateway writes this header itself. Take it out.")
    return name


def _plain_header_name(name: str) -> str:
    if SECRET_NAME.search(name):
        raise ValueError("This header carries a secret. Put it under auth: (basic, bearer or header), as !env NAME.")
    return _header_name(name)


def _header_value(text: str) -> str:
    if _UNSENDABLE.search(text) or not all(ord(character) < 256 for character in text):
        raise ValueError("A header's value is one line of ISO-8859-1 characters.")
    return text


def _user(text: str) -> str:
    if ":" in text:
        raise ValueError("A user name cannot hold a colon (RFC 7617).")
    return text


Url = Annotated[Text, AfterValidator(_url)]
"""An http or https address without credentials and fragment."""
UserName = Annotated[Text, AfterValidator(_user)]
HeaderName = Annotated[Text, AfterValidator(_header_name)]
PlainHeaderName = Annotated[Text, AfterValidator(_plain_header_name)]
"""Of a header that holds no secret."""
HeaderValue = Annotated[str, AfterValidator(_header_value)]

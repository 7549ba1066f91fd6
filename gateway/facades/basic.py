"""An API key as the password of Basic authentication (RFC 7617), as several vendors' clients send it."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Iterator

from starlette.types import Scope

BASIC = "basic"
CHALLENGE = 'Basic realm="gateway", charset="UTF-8"'


def presented(scope: Scope) -> Iterator[tuple[str, str]]:
    """The place and what stands there; the user's name does not matter."""
    for header, credentials in scope["headers"]:
        if header == b"authorization":
            password = _password(credentials)
            if password is not None:
                yield BASIC, password


def _password(header: bytes) -> str | None:
    scheme, _, credentials = header.partition(b" ")
    if scheme.lower() != b"basic":
        return None
    try:
        pair = b64decode(credentials.strip(), validate=True).decode("utf-8")
    except ValueError:
        return None
    return pair.partition(":")[2]

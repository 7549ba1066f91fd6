"""What a Direct Talk call says: its query string, and where a key may stand in it."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import unquote_to_bytes

from starlette.types import Scope

from gateway.core.errors import MalformedRequest
from gateway.facades import basic

_MOST_PARAMETERS = 64


def parameters(query: bytes) -> tuple[tuple[str, str], ...]:
    """Names and values, percent-decoded, in order. UTF-8 where the whole query string is; else windows-1252, which is what
    callers who say ISO-8859-1 send. Raises MalformedRequest where there are far too many."""
    parts = [part for part in query.split(b"&") if part]
    if len(parts) > _MOST_PARAMETERS:
        raise MalformedRequest(
            f"The query string has over {_MOST_PARAMETERS} parameters. Send the filled-in fields only."
        )
    pairs = [part.replace(b"+", b" ").partition(b"=") for part in parts]
    raw = [(unquote_to_bytes(name), unquote_to_bytes(value)) for name, _, value in pairs]
    charset = _charset(b"".join(name + value for name, value in raw))
    return tuple((name.decode(charset), value.decode(charset)) for name, value in raw)


def presented(scope: Scope) -> Iterator[tuple[str, str]]:
    """Everything of the request that may be an API key, with its place: the password of Basic, then each parameter's value.

    Which of them the tenant allows is decided once it is known whose key it is: nothing of a tenant shows before.
    """
    yield from basic.presented(scope)
    for parameter, value in parameters(scope["query_string"]):
        yield query_place(parameter), value


def query_place(parameter: str) -> str:
    return f"query:{parameter}"


def _charset(text: bytes) -> str:
    for charset in ("utf-8", "cp1252"):
        try:
            text.decode(charset)
        except UnicodeDecodeError:
            continue
        return charset
    return "iso-8859-1"

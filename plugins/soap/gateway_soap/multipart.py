"""The envelope out of a reply of several parts (SOAP with Attachments, MTOM); the attachments are left."""

from __future__ import annotations

import base64
import binascii
import quopri
import re
from collections.abc import Iterator
from collections.abc import Mapping as Map

from gateway.adapter import Truncated, Unreadable

_PARAMETER = re.compile(r";\s*([a-z-]+)\s*=\s*(?:\"((?:[^\"\\]|\\.)*)\"|([^\s;\"]+))", re.IGNORECASE)
_MOST_PARTS = 64


def root_part(body: bytes, content_type: str) -> tuple[bytes, str]:
    """The part that holds the envelope, and its content type (RFC 2387, 3.2: the one that `start` names, else the first).

    Raises Unreadable where there is no such part, Truncated where the last part has no end.
    """
    parameters = {
        found[1].lower(): found[2] if found[2] is not None else found[3] for found in _PARAMETER.finditer(content_type)
    }
    boundary = parameters.get("boundary", "")
    if not boundary:
        raise Unreadable("The reply is multipart and names no boundary in its Content-Type. Ask the source's owner.")
    start = parameters.get("start", "").strip("<>")
    first: tuple[Map[str, str], bytes] | None = None
    for headers, content in _parts(body, boundary.encode("utf-8")):
        first = first or (headers, content)
        if start and headers.get("content-id", "").strip("<>") == start:
            first = (headers, content)
            break
    if first is None:
        raise Unreadable("The reply is multipart and has no part in it. Ask the source's owner.")
    headers, content = first
    return _decoded(content, headers.get("content-transfer-encoding", "")), headers.get("content-type", "")


def _parts(body: bytes, boundary: bytes) -> Iterator[tuple[Map[str, str], bytes]]:
    """RFC 2046, 5.1.1: a boundary stands at the beginning of a line."""
    pieces = re.split(rb"(?:^|\r?\n)--" + re.escape(boundary) + rb"(?=--|[ \t]*\r?\n)", body, maxsplit=_MOST_PARTS)
    if len(pieces) < 2:
        return
    if not pieces[-1].startswith(b"--"):
        raise Truncated("The multipart reply ended before it was whole.")
    for piece in pieces[1:-1]:
        head, _, content = piece.lstrip(b" \t").partition(b"\r\n\r\n")
        if not content:
            head, _, content = piece.partition(b"\n\n")
        lines = head.decode("latin-1").splitlines()
        yield (
            {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)},
            content,
        )


def _decoded(content: bytes, encoding: str) -> bytes:
    match encoding.lower():
        case "base64":
            try:
                return base64.b64decode(content, validate=False)
            except (binascii.Error, ValueError):
                raise Unreadable("The envelope's part of the reply is no Base64. Ask the source's owner.") from None
        case "quoted-printable":
            return quopri.decodestring(content)
        case _:
            return content

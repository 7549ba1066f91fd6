"""Who sends and who calls, as mail and telephony write it: the bare address or number, out of what stands around it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from email.errors import HeaderParseError
from email.header import decode_header, make_header
from urllib.parse import unquote

from gateway.core.folding import fold, straighten

_WITHHELD = frozenset(
    {
        "", "anonymous", "anonimo", "anonim", "private", "privado", "withheld", "restricted", "restrito", "blocked",
        "bloqueado", "unknown", "desconhecido", "unavailable", "indisponivel", "confidential", "confidencial", "oculto",
        "nao identificado", "nao informado", "no caller id", "caller id blocked", "private number", "numero privado",
        "gizli", "gizli numara", "ozel numara", "bilinmeyen", "bilinmeyen numara", "null", "none", "n/a",
    }
)  # fmt: skip
_SPELLED = frozenset({"+266696687", "+7378742833", "+2562533", "+8656696", "+86282452253"})
"""ANONYMOUS, RESTRICTED, BLOCKED, UNKNOWN and UNAVAILABLE on a telephone's keys, as some carriers write them (Twilio)."""
_SCHEMES = ("sip", "sips", "tel", "callto")
_AFTER_USER = re.compile(r"[@;?]")
_ENCODED = re.compile(r"=\?[^?\s]+\?[bBqQ]\?")
_LONGEST_NAME = 200


def caller_number(text: str) -> str | None:
    """The number in `sip:+5511987654321@pbx.example;user=phone`, `"Ana" <tel:+55-11-98765-4321>` or what is one already;
    None where the caller withheld it. Whether it is a number is its kind's to say."""
    bare = _inside(straighten(text))[0].strip()
    scheme, colon, rest = bare.partition(":")
    if colon and scheme.strip().lower() in _SCHEMES:
        bare = unquote(_AFTER_USER.split(rest, maxsplit=1)[0]).strip()
    user, at, host = bare.partition("@")
    if at and (fold(user) in _WITHHELD or host.lower().endswith(".invalid")):
        return None
    return None if fold(bare) in _WITHHELD or bare in _SPELLED else bare


def sender(text: str) -> tuple[str, str | None]:
    """(address, name) of `"Ana Souza" <ana@example.com>` or `ana@example.com (Ana Souza)`; a name that is encoded (RFC 2047)
    is read. Of several senders everything, which is no address."""
    address, around = _inside(text)
    if around is None:
        address, opening, comment = text.partition(" (")
        around = comment.removesuffix(")") if opening and comment.endswith(")") else None
        address = address if around is not None else text
    name = None if around is None else _name(around)
    return address.strip(), None if name is None or "@" in name else name


def _inside(text: str) -> tuple[str, str | None]:
    """(what stands in the one pair of angle brackets, what stands before it); else the text, and None."""
    before, opening, rest = text.partition("<")
    inside, closing, after = rest.partition(">")
    if not opening or not closing or "<" in after or "<" in inside:
        return text, None
    return inside, before


def _name(text: str) -> str | None:
    name = text.strip().strip("\"'").strip()
    if _ENCODED.search(name):
        try:
            name = str(make_header(decode_header(name)))
        except (HeaderParseError, LookupError, ValueError):
            return None
    name = " ".join("".join(_visible(name)).split())
    return name if 0 < len(name) <= _LONGEST_NAME else None


def _visible(name: str) -> Iterator[str]:
    return (character if character.isprintable() else " " for character in name)

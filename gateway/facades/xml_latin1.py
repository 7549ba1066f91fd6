"""XML as Direct Talk reads it: ISO-8859-1, values in attributes, a line break after every tag."""

from __future__ import annotations

import re
from collections.abc import Iterable

from gateway.core.folding import fold

CONTENT_TYPE = b"text/xml; charset=ISO-8859-1"
_DECLARATION = b'<?xml version="1.0" encoding="ISO-8859-1"?>\n'

Attributes = Iterable[tuple[str, str]]

# What XML 1.0 does not allow (2.2), and the C1 controls, which readers take for windows-1252's letters.
_DROPPED = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_ESCAPED = {ord(c): f"&#{ord(c)};" for c in "\t\n\r"} | {
    ord("&"): "&amp;",
    ord("<"): "&lt;",
    ord(">"): "&gt;",
    ord('"'): "&quot;",
}
_NOT_IN_A_NAME = re.compile(r"[^a-z0-9._-]+")


def document(root: str, children: Iterable[bytes]) -> bytes:
    """A root with its children, one a line."""
    name = root.encode("ascii")
    return _DECLARATION + b"<" + name + b">\n" + b"".join(children) + b"</" + name + b">\n"


def lone(name: str, attributes: Attributes) -> bytes:
    """A document of one empty element."""
    return _DECLARATION + element(name, attributes)


def element(name: str, attributes: Attributes) -> bytes:
    """An empty element with attributes, and its line break."""
    inside = "".join(f' {attribute}="{_escaped(value)}"' for attribute, value in attributes)
    return f"<{name}{inside}/>\n".encode("iso-8859-1", "xmlcharrefreplace")


def attribute_name(name: str) -> str:
    """A name that XML allows and every reader compares alike: `Código do cliente` -> `codigo_do_cliente`."""
    plain = _NOT_IN_A_NAME.sub("_", fold(name)).strip("_")
    return plain if plain[:1].isalpha() else f"_{plain}"


def _escaped(value: str) -> str:
    return _DROPPED.sub("", value).translate(_ESCAPED)

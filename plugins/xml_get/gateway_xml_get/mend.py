"""Mends the dirt that a strict parser refuses, in one bounded pass; whatever is not listed here stays unreadable.

Mended: control characters, `&` that begins no reference, HTML's named entities, text before and after the document. Never
the markup itself: a lenient parser guesses, and drops letters and records while it does.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from html.entities import html5
from xml.sax.saxutils import escape

LARGEST = 4 * 1024 * 1024
"""Bytes; a larger document is not mended."""
_LEADING = 8192
_CONTROLS = bytes(code for code in range(0x20) if code not in b"\t\n\r")
_BLANKED = bytes.maketrans(_CONTROLS, b" " * len(_CONTROLS))
_SECTION_OR_AMPERSAND = re.compile(
    rb"<!\[CDATA\[(?:.*?\]\]>|.*)|<!--(?:.*?-->|.*)"
    rb"|&(?:(#[0-9]{1,7}|#x[0-9A-Fa-f]{1,6}|[A-Za-z][A-Za-z0-9]{0,31});)?",
    re.DOTALL,
)
_XML_ENTITIES = frozenset({b"amp", b"lt", b"gt", b"quot", b"apos"})
_START_TAG = re.compile(rb"<([A-Za-z_\x80-\xff][^\s/>]*)")
_ALONE = re.compile(rb"<[^\s/>]+(?:\s[^<>]*)?/>")
_PRINTED = frozenset(
    b"a b br body center div em font head hr html i img noscript p pre script span strong style table "
    b"tbody td th title tr u".split()
)
"""What a page's language prints around the document (warnings, counters). Other elements may be records: they stay."""


@dataclass(frozen=True, slots=True, repr=False)
class Mended:
    """A document without the dirt; `junk`: the text that stood around it; `warnings`: what was mended, without values."""

    body: bytes
    junk: bytes
    warnings: tuple[str, ...]


def mend(body: bytes) -> Mended:
    """`body`, in UTF-8, mended where it can be. Takes time in proportion to its length."""
    warnings: list[str] = []
    clean = body.translate(_BLANKED)
    if clean != body:
        warnings.append("The reply had control characters: read as blanks.")
    start, end = _extent(clean)
    before, after = clean[:start], clean[end:]
    if before:
        warnings.append("The reply had blanks or text before the document: left out.")
    if after.strip():
        warnings.append("The reply had text after the document: left out.")
    references = _References()
    whole = _SECTION_OR_AMPERSAND.sub(references.mend, clean[start:end])
    return Mended(whole, before + after, (*warnings, *references.warnings()))


class _References:
    """Rewrites the references of one document, and keeps what it met."""

    def __init__(self) -> None:
        self._bare = self._named = self._controls = False

    def mend(self, found: re.Match[bytes]) -> bytes:
        name = found[1]
        if found[0][:1] == b"<" or name in _XML_ENTITIES:
            return found[0]
        if name is None:
            self._bare = True
            return b"&amp;"
        if name[:1] == b"#":
            return self._numbered(found[0], int(b"0" + name[1:], 16 if name[1:2] == b"x" else 10))
        text = html5.get(f"{name.decode('ascii')};")
        if text is None:
            self._bare = True
            return b"&amp;" + name + b";"
        self._named = True
        return escape(text, {'"': "&quot;", "'": "&apos;"}).encode()

    def _numbered(self, reference: bytes, code: int) -> bytes:
        if code in (9, 10, 13) or 0x20 <= code < 0xD800 or 0xE000 <= code < 0xFFFE or 0x10000 <= code < 0x110000:
            return reference
        self._controls = True
        return b" "

    def warnings(self) -> tuple[str, ...]:
        said = (
            (self._bare, "The reply had '&' that began no reference: read as the character itself."),
            (self._named, "The reply had HTML's named entities: read as their characters."),
            (self._controls, "The reply had references to characters that XML does not allow: read as blanks."),
        )
        return tuple(sentence for met, sentence in said if met)


def _extent(body: bytes) -> tuple[int, int]:
    """Where the document begins and ends; all of `body` where that cannot be seen."""
    start = body.find(b"<?xml", 0, _LEADING)
    if start < 0:
        tags = _START_TAG.finditer(body, 0, _LEADING)
        start = next((tag.start() for tag in tags if tag[1].lower() not in _PRINTED), 0)
        if not _text_or_printed(body[:start]):
            start = len(body) - len(body.lstrip())
    root = _START_TAG.search(body, start)
    if root is None:
        return start, len(body)
    end = _end(body, root)
    around = _START_TAG.findall(body[:start] + body[end:])
    return (0, len(body)) if any(tag == root[1] or tag.lower() not in _PRINTED for tag in around) else (start, end)


def _text_or_printed(before: bytes) -> bool:
    """Is this junk, and not a comment or an instruction that belongs to the document?"""
    return before.lstrip()[:2] not in (b"<!", b"<?")


def _end(body: bytes, root: re.Match[bytes]) -> int:
    alone = _ALONE.match(body, root.start())
    if alone is not None:
        return alone.end()
    closing = body.rfind(b"</" + root[1])
    return (body.find(b">", closing) + 1 if closing >= 0 else 0) or len(body)

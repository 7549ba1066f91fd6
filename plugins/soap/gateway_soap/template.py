"""A message with holes: what a lookup fills in instead of building XML."""

from __future__ import annotations

import re
from collections.abc import Mapping as Map
from collections.abc import Sequence
from dataclasses import dataclass

from gateway.adapter import Misconfigured

_SPECIAL = re.compile('[&<>"\t\n\r]')
_ESCAPES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "\t": "&#9;", "\n": "&#10;", "\r": "&#13;"}
# XML 1.0 (fifth edition), 2.2: what is no Char.
_ILLEGAL = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, slots=True, repr=False)
class Template:
    """`pieces`: pairs of literal XML (perhaps with secrets in it) and the search field whose value follows it; `end`: what
    closes the message."""

    pieces: tuple[tuple[str, str], ...]
    end: str

    def __repr__(self) -> str:
        return f"<Template with {len(self.pieces)} hole(s)>"

    @classmethod
    def between(cls, text: str, marks: Sequence[tuple[str, str]]) -> Template:
        """The message with each mark (mark, search field) turned into a hole. Each mark occurs once, in any order."""
        pieces: list[tuple[str, str]] = []
        start = 0
        for place, mark, field in sorted((text.index(mark), mark, field) for mark, field in marks):
            pieces.append((text[start:place], field))
            start = place + len(mark)
        return cls(tuple(pieces), text[start:])

    def fill(self, values: Map[str, str]) -> bytes:
        """The message in UTF-8. Raises Misconfigured over a character that XML has no way to carry."""
        parts: list[str] = []
        for literal, field in self.pieces:
            parts += (literal, _escaped(values[field], field))
        parts.append(self.end)
        return "".join(parts).encode()


def _escaped(value: str, field: str) -> str:
    if _ILLEGAL.search(value):
        raise Misconfigured(
            f"The value of the search field '{field}' has a control character, which XML cannot carry. "
            "Search without it; if a kind or format puts it there, correct sources.<name>.fields."
        )
    return _SPECIAL.sub(lambda found: _ESCAPES[found[0]], value) if _SPECIAL.search(value) else value

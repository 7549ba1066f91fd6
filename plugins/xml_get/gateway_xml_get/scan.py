"""Follows a document as it comes, and keeps the place where its beginning can be cut off and closed into a whole one.

Strict, without entities and DTDs: what is not well-formed is a failure as soon as it is met.
"""

from __future__ import annotations

from xml.parsers import expat

from gateway.adapter import HtmlPage, ReportedError, SourceError, TooLarge, Truncated, Unreadable
from gateway_xml_get.parse import DOCTYPE, TOO_DEEP, is_html, is_oracle

_DEEPEST = 256
"""As libxml2's own limit."""
_HEAD = 4096
_UNFINISHED = frozenset(
    expat.errors.codes[message]
    for message in (
        expat.errors.XML_ERROR_NO_ELEMENTS,
        expat.errors.XML_ERROR_UNCLOSED_TOKEN,
        expat.errors.XML_ERROR_PARTIAL_CHAR,
        expat.errors.XML_ERROR_UNCLOSED_CDATA_SECTION,
    )
)


class Scanner:
    """`cut`: bytes from the document's start to the latest place between two elements, 0 where there is none yet; `closing`:
    the tags that are open there, as they are closed."""

    def __init__(self) -> None:
        self.cut = 0
        self._open: list[str] = []
        self._open_at_cut: tuple[str, ...] = ()
        self._after_element = False
        self._begun = False
        self._head = b""
        self._parser = parser = expat.ParserCreate("utf-8")
        parser.StartElementHandler = self._starts
        parser.EndElementHandler = self._ends
        parser.StartDoctypeDeclHandler = self._refuses

    @property
    def closing(self) -> bytes:
        return "".join([f"</{name}>" for name in reversed(self._open_at_cut)]).encode()

    def feed(self, data: bytes, *, last: bool = False) -> None:
        """The next bytes, in UTF-8. Raises HtmlPage, ReportedError, TooLarge, Truncated, Unreadable."""
        if len(self._head) < _HEAD:
            self._head += data[: _HEAD - len(self._head)]
        try:
            self._parser.Parse(data, last)
        except expat.ExpatError as error:
            failure = self._judged(error, data, last)
        else:
            return
        raise failure

    def close(self) -> None:
        """The parser and this hold each other."""
        del self._parser

    def _starts(self, name: str, attributes: dict[str, str]) -> None:
        if self._after_element:
            self._after_element = False
            self.cut = self._parser.CurrentByteIndex
            self._open_at_cut = tuple(self._open)
        self._begun = True
        self._open.append(name)
        if len(self._open) > _DEEPEST:
            raise TooLarge(TOO_DEEP)

    def _ends(self, name: str) -> None:
        self._open.pop()
        self._after_element = True

    def _refuses(self, name: str, system: str | None, public: str | None, internal: bool) -> None:
        raise HtmlPage() if is_html(self._head) else Unreadable(DOCTYPE)

    def _judged(self, error: expat.ExpatError, data: bytes, last: bool) -> SourceError:
        if is_oracle(data):
            return ReportedError()
        if is_html(self._head):
            return HtmlPage()
        if last and self._begun and error.code in _UNFINISHED:
            return Truncated()
        return Unreadable(
            f"The source's reply is not well-formed XML (line {error.lineno}, column {error.offset}), and too long to be "
            "mended. Ask its owner."
        )

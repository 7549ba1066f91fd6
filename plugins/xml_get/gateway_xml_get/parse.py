"""Bytes in UTF-8 to an element tree: strictly, then once more mended; what cannot be read is told apart."""

from __future__ import annotations

import re
from codecs import BOM_UTF8
from dataclasses import dataclass

from lxml import etree

from gateway.adapter import HtmlPage, ReportedError, SourceError, TooLarge, Truncated, Unreadable
from gateway_xml_get.mend import LARGEST, mend

MOST_TAGS = 100_000
MOST_ATTRIBUTES = 250_000
_DOCTYPE = (b"<!DOCTYPE", b"<!doctype", b"<!ENTITY")
_HTML = re.compile(rb"<!doctype\s+html|<(?:html|head|body|form)\b", re.IGNORECASE)
_SNIFF = 4096
_ORACLE = re.compile(rb"\bORA-[0-9]{5}\b")
_COMMENT = re.compile(rb"<!--(.*?)-->", re.DOTALL)
_TROUBLE = re.compile(rb"\b(?:erros?|errors?|falha|falhou|failed|failure|exception|ORA-[0-9]{5})\b", re.IGNORECASE)
_OPEN_MARKUP = re.compile(rb"<[^<>]*\Z")
DOCTYPE = "The source's reply has a DOCTYPE, which is never read. Ask its owner to leave it out."
TOO_MANY = "The source's reply has too many elements or attributes. Narrow the question."
TOO_DEEP = "The source's reply is nested too deeply. Check that the address is the right one."
_TOO_DEEP = 114  # libxml2: XML_ERR_RESOURCE_LIMIT
_ENDED = frozenset({45, 47, 63, 77})
"""libxml2's codes of what is not finished: a comment, a processing instruction, a CDATA section, an element."""


@dataclass(frozen=True, slots=True, repr=False)
class Parsed:
    """`doubtful`: there was text around the document, or a comment about a failure in it, which may be an error message of
    the page's own language."""

    root: etree._Element
    warnings: tuple[str, ...] = ()
    doubtful: bool = False


class Parser:
    """A strict parser: no entities, no network, no DTD, no recovery; libxml2's limits stay on. For one thread."""

    def __init__(self) -> None:
        self._xml = etree.XMLParser(
            encoding="utf-8",
            resolve_entities=False,
            load_dtd=False,
            no_network=True,
            huge_tree=False,
            recover=False,
            remove_comments=True,
            remove_pis=True,
        )

    def parse(self, body: bytes) -> Parsed:
        """The document in `body`, whatever encoding it declares: it is UTF-8. Raises SourceError."""
        _refuse(body)
        strict = self._strictly(body)
        if isinstance(strict, etree._Element):
            return Parsed(strict, doubtful=_remarks_failure(body))
        if len(body) > LARGEST:
            raise _judged(b"", body, strict)
        mended = mend(body)
        again = self._strictly(mended.body) if mended.warnings else strict
        if not isinstance(again, etree._Element):
            raise _judged(mended.junk, mended.body, again)
        if is_oracle(mended.junk):
            raise ReportedError
        around = bool(mended.junk.replace(BOM_UTF8, b"").strip())
        return Parsed(again, mended.warnings, around or _remarks_failure(body))

    def _strictly(self, body: bytes) -> etree._Element | _Failure:
        """The failure is handed back as numbers: libxml2's message may quote the reply."""
        try:
            return etree.fromstring(body, self._xml)
        except etree.XMLSyntaxError as error:
            line, column = error.position
            return _Failure(getattr(error, "code", 0), line, column)


def _remarks_failure(body: bytes) -> bool:
    """Does a comment speak of a failure? Pages print what went wrong where the operator does not see it."""
    return b"<!--" in body and any(_TROUBLE.search(comment) for comment in _COMMENT.findall(body))


@dataclass(frozen=True, slots=True)
class _Failure:
    code: int
    line: int
    column: int


def refuse_doctype(body: bytes) -> None:
    """Raises HtmlPage or Unreadable."""
    if b"<!" in body and any(mark in body for mark in _DOCTYPE):
        if is_html(body):
            raise HtmlPage
        raise Unreadable(DOCTYPE)


def is_html(body: bytes) -> bool:
    """Does it begin as a page for people?"""
    return _HTML.search(body, 0, _SNIFF) is not None


def is_oracle(body: bytes) -> bool:
    """Does an error of an Oracle database stand in it?"""
    return _ORACLE.search(body) is not None


def _refuse(body: bytes) -> None:
    refuse_doctype(body)
    if body.count(b"<") > MOST_TAGS or body.count(b"=") > MOST_ATTRIBUTES:
        raise TooLarge(TOO_MANY)


def _judged(junk: bytes, body: bytes, failure: _Failure) -> SourceError:
    if is_oracle(junk) or is_oracle(body):
        return ReportedError()
    if is_html(body):
        return HtmlPage()
    if failure.code == _TOO_DEEP:
        return TooLarge(TOO_DEEP)
    if failure.code in _ENDED or (body.lstrip()[:1] == b"<" and _OPEN_MARKUP.search(body)):
        return Truncated()
    return Unreadable(
        f"The source's reply is not well-formed XML (line {failure.line}, column {failure.column}). Ask its owner."
    )

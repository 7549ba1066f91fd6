"""Bytes of a stranger's XML into a tree, strictly: no DOCTYPE, no network, no recovery."""

from __future__ import annotations

import re

from lxml import etree

from gateway.adapter import TooLarge, Truncated, Unreadable

_BLANK = b" \t\r\n"
_BOM = b"\xef\xbb\xbf"
_DECLARED = re.compile(rb"<\?xml[^>]{0,200}?\sencoding\s*=")
_CHARSET = re.compile(r"charset\s*=\s*[\"']?([A-Za-z0-9._-]{1,40})")
_LIMIT_CODES = frozenset({etree.ErrorTypes.ERR_RESOURCE_LIMIT})
_ENDPOINT = "Check upstream.url: it must be the service's endpoint."


def parse(body: bytes, content_type: str = "", *, what: str = "The reply", hint: str = _ENDPOINT) -> etree._Element:
    """The root element. `content_type` tells the encoding where the document itself does not; `what` is called so in
    errors, and `hint` says what to do where it is no XML at all.

    Raises Truncated where the document ends before it is whole, TooLarge over libxml2's caps (256 levels, 10 MB in one
    text), Unreadable for everything else that is not well-formed, and for a DOCTYPE.
    """
    marked = body.startswith(_BOM)
    start = body[len(_BOM) :] if marked else body
    if _has_doctype(start):
        raise _doctype(what)
    try:
        root = etree.fromstring(body, _parser(None if marked else _charset(start, content_type)))
    except etree.XMLSyntaxError as error:
        raise _failure(start, error, what, hint) from None
    except LookupError:
        raise Unreadable(
            f"{what} is in an encoding that nobody knows, by its Content-Type. Ask the source's owner."
        ) from None
    # In UTF-16 the scan above sees nothing; entities stayed unresolved all the same.
    if root.getroottree().docinfo.doctype:
        raise _doctype(what)
    return root


def local_name(tag: str) -> str:
    """`{urn:x}Cliente` -> `Cliente`."""
    return tag.rpartition("}")[2]


def _parser(charset: str | None) -> etree.XMLParser:
    return etree.XMLParser(
        encoding=charset,
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=False,
        recover=False,
        remove_comments=True,
        remove_pis=True,
    )


def _charset(start: bytes, content_type: str) -> str | None:
    if not content_type or start.startswith((b"\xff\xfe", b"\xfe\xff")) or _DECLARED.match(start.lstrip(_BLANK)):
        return None
    named = _CHARSET.search(content_type)
    return named[1] if named else None


def _has_doctype(document: bytes) -> bool:
    """Looks through the prolog only: the same letters in a CDATA section are a value."""
    place = 0
    while True:
        while document[place : place + 1] in (b" ", b"\t", b"\r", b"\n"):
            place += 1
        if document.startswith(b"<?", place):
            end = document.find(b"?>", place)
            place = end + 2
        elif document.startswith(b"<!--", place):
            end = document.find(b"-->", place + 4)
            place = end + 3
        else:
            return document[place : place + 9].upper() == b"<!DOCTYPE"
        if end < 0:
            return False


def _doctype(what: str) -> Unreadable:
    return Unreadable(f"{what} has a DOCTYPE, which is refused. Ask the source's owner to leave it out.")


def _failure(start: bytes, error: etree.XMLSyntaxError, what: str, hint: str) -> Unreadable | Truncated | TooLarge:
    # libxml2's own words may quote the document, so they are not passed on.
    if error.code in _LIMIT_CODES:
        return TooLarge(f"{what} nests over 256 levels or holds one text over 10 MB. Narrow the question.")
    if start.lstrip(_BLANK).startswith(b"<"):
        whole = start.rstrip(_BLANK + b"\0").endswith(b">")
        if error.code == etree.ErrorTypes.ERR_TAG_NOT_FINISHED or not whole:
            return Truncated(f"{what} ended before it was whole.")
        line, column = error.position
        return Unreadable(f"{what} is not well-formed XML (line {line}, column {column}). Ask the source's owner.")
    return Unreadable(f"{what} is not XML. {hint}")

"""Answers that are folded up: a document as text inside one element, and .NET's data sets with their schema before them."""

from __future__ import annotations

import re

from lxml import etree

from gateway_soap.strict_xml import parse

_SCHEMA = "{http://www.w3.org/2001/XMLSchema}schema"
_DECLARATION = re.compile(r"^\ufeff?\s*(?:<\?xml[^>]*\?>)?\s*")
_WHAT = "The XML inside the reply's text"
_HINT = "Ask the source's owner."


def unfold(answer: etree._Element, content: bytes) -> None:
    """Puts the document that is the answer's only text into its place. `content`: the reply, as it came. Raises what `parse`
    raises."""
    if b"diffgram" in content:
        for schema in list(answer.iter(_SCHEMA)):
            above = schema.getparent()
            if above is not None:
                above.remove(schema)
    if b"&lt;" in content or b"<![CDATA[" in content or b"&#60;" in content:
        leaf = _only_text(answer)
        if leaf is None:
            return
        # Its declaration speaks of another encoding than the text that it stands in.
        text = _DECLARATION.sub("", leaf.text or "", count=1).rstrip()
        if text.startswith("<") and text.endswith(">"):
            leaf.text = None
            leaf.append(parse(text.encode(), what=_WHAT, hint=_HINT))


def _only_text(answer: etree._Element) -> etree._Element | None:
    found: etree._Element | None = None
    for element in answer.iter():
        if not len(element) and (element.text or "").strip():
            if found is not None:
                return None
            found = element
    return found

"""What SOAP encoding writes apart is put together: `multiRef`, `href` and `id`, and Apache's maps of key and value."""

from __future__ import annotations

import copy

from lxml import etree

from gateway.adapter import TooLarge, Unreadable, fold_name
from gateway_soap.strict_xml import local_name

_ENCODINGS = ("http://schemas.xmlsoap.org/soap/encoding/", "http://www.w3.org/2003/05/soap-encoding")
_ROOT = f"{{{_ENCODINGS[0]}}}root"
_ID, _REF = f"{{{_ENCODINGS[1]}}}id", f"{{{_ENCODINGS[1]}}}ref"
_TYPE = "{http://www.w3.org/2001/XMLSchema-instance}type"
_RESULT = "{http://www.w3.org/2003/05/soap-rpc}result"
_MOST_COPIED = 50_000
_MOST_TEXT = 16 * 1024 * 1024
_DEEPEST = 64


def response_of(body: etree._Element) -> etree._Element | None:
    """The element that answers, without SOAP 1.2's remark in it which child is the result (part 2, 4.2.1). SOAP 1.1, 5.6:
    independent elements stand beside it, marked as no roots."""
    answer = next((child for child in body if child.get(_ROOT) != "0"), None)
    if answer is not None and len(answer) and answer[0].tag == _RESULT:
        answer.remove(answer[0])
    return answer


def put_together(body: etree._Element) -> None:
    """Replaces references below `body` by what they refer to. Raises Unreadable where one leads nowhere or in a circle,
    TooLarge where what they stand for is over 50,000 elements or 16 MB of text."""
    known = {name: element for element in body.iter() if (name := element.get("id") or element.get(_ID))}
    if not known:
        return
    wanted = {name for element in body.iter() if (name := _reference(element)) is not None}
    joining = _Joining({name: element for name, element in known.items() if name in wanted})
    joining.join(body, frozenset(), 0)
    for name in joining.used:
        # It has done its work, and is no value.
        known[name].attrib.pop("id", None)


class _Allowance:
    """What may be copied: a few bytes of a reply may stand for any number."""

    def __init__(self) -> None:
        self._elements = _MOST_COPIED
        self._text = _MOST_TEXT

    def take(self, element: etree._Element) -> None:
        """Raises TooLarge."""
        for inner in element.iter():
            self._elements -= 1
            self._text -= len(inner.text or "") + sum(map(len, inner.attrib.values()))
            if self._elements < 0 or self._text < 0:
                raise TooLarge(
                    f"The reply's references stand for over {_MOST_COPIED} elements, or {_MOST_TEXT >> 20} MB of text. "
                    "Narrow the question."
                )


class _Joining:
    def __init__(self, known: dict[str, etree._Element]) -> None:
        # One that stands inside another is copied with it.
        originals = _Allowance()
        for element in known.values():
            originals.take(element)
        # What is copied is what stood there at first: copies of copies would grow without an end.
        self._known = {name: copy.deepcopy(element) for name, element in known.items()}
        self._allowance = _Allowance()
        self.used: set[str] = set()

    def join(self, element: etree._Element, above: frozenset[str], depth: int) -> None:
        if depth > _DEEPEST:
            raise TooLarge(f"The reply's references nest over {_DEEPEST} levels. Narrow the question.")
        wanted = _reference(element)
        if wanted is not None:
            above = self._replace(element, wanted, above)
        for child in element:
            self.join(child, above, depth + 1)

    def _replace(self, element: etree._Element, wanted: str, above: frozenset[str]) -> frozenset[str]:
        found = self._known.get(wanted)
        if found is None:
            raise Unreadable("The reply refers to a part of it that is not there. Ask the source's owner.")
        if wanted in above:
            raise Unreadable("The reply refers to itself in a circle. Ask the source's owner.")
        self.used.add(wanted)
        self._allowance.take(found)
        for name in ("href", _REF):
            element.attrib.pop(name, None)
        for name, text in found.attrib.items():
            if name not in ("id", _ID, _ROOT):
                element.set(name, element.get(name, text))
        element.text = found.text
        element.extend(copy.deepcopy(child) for child in found)
        return above | {wanted}


def _reference(element: etree._Element) -> str | None:
    if len(element):
        return None
    href = element.get("href")
    if href is not None and href[:1] == "#" and len(href) > 1:
        return href[1:]
    ref = element.get(_REF)
    # SOAP 1.2 has the bare name there; PHP writes it as a link.
    return ref.removeprefix("#") if ref is not None else None


def name_entries(body: etree._Element) -> None:
    """Apache's map type (`<item><key>nome</key><value>Ana</value></item>`, as Axis and PHP send what has no declared type):
    each value gets its key's name."""
    for element in body.iter():
        if not (element.get(_TYPE) or "").endswith(":Map"):
            continue
        for item in element:
            parts = {local_name(str(part.tag)): part for part in item}
            if len(item) == 2 and parts.keys() == {"key", "value"}:
                _become(item, parts["key"], parts["value"])


def _become(item: etree._Element, key: etree._Element, value: etree._Element) -> None:
    name = (key.text or "").strip()
    try:
        item.tag = name
    except ValueError:
        # No XML name: a blank, an accent in a strange place. Names compare folded all the same.
        try:
            item.tag = fold_name(name)
        except ValueError:
            return
    item.remove(key)
    item.remove(value)
    item.text = value.text
    for attribute, text in value.attrib.items():
        item.set(attribute, text)
    item.extend(list(value))

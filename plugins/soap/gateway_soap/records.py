"""The response element into records: where they are, whether there are any, and what they say."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from lxml import etree

from gateway.adapter import Found, Json, Nobody, RawRecord, Unreadable, check_definite, fold_name, more_beside
from gateway_soap.strict_xml import local_name

_NIL = "{http://www.w3.org/2001/XMLSchema-instance}nil"
_NOTHING = frozenset({"", "none", "null", "nil", "[]", "{}"})
_TOTALS = frozenset({"total", "totalregistros", "quantidade", "qtd", "count", "totalcount", "size"})
_EVERY_NAME = "*"
_DEEPEST_WRAPPER = 8
_SPELLINGS = 1000


class ReplyReader:
    """Reads the replies of one operation.

    `reply`: the response element's local name by the WSDL, None where any will do. `records`: the path to the records, or
    None to recognise them by the names in `reads`, which are also how those names are spelled in a record. `lists`: those
    of them that are lists even where there is one.
    """

    def __init__(
        self,
        reply: str | None,
        records: str | None,
        reads: frozenset[str],
        nobody: Nobody,
        lists: frozenset[str] = frozenset(),
    ) -> None:
        self._reply = reply
        self._path = tuple(map(fold_name, records.split("."))) if records is not None else None
        self._records = records
        self._spelled = {folded: name for name in sorted(reads) if (folded := fold_name(name))}
        self._reads_all = not reads or _EVERY_NAME in reads
        self._nobody = nobody
        self._lists = sorted(lists)
        self._names: dict[str, str] = {}
        self._folded: dict[str, str] = {}

    def read(self, response: etree._Element, limit: int) -> Found:
        """The first `limit` records. Raises Unreadable where none can be told from something else or the source says that
        there are some, ReportedError where an element reports a failure."""
        self.check_answers(response)
        if self._nobody.paths and self._nobody.in_document(self._record(response)):
            return Found(())
        if self._path is not None:
            elements, last = self._at_path(response, self._path)
        else:
            elements, last = self._recognised(response), [response]
        people = [element for element in elements if not _is_void(element)]
        if not people:
            check_definite(self._record(response))
            if not all(map(_is_void, last)):
                raise self._no_record()
        more = len(people) > limit or more_beside(_around(response, people), len(people))
        return Found([self._record(element) for element in people[:limit]], truncated=more)

    def check_answers(self, response: etree._Element) -> None:
        """Raises Unreadable where this is not the element that answers the operation."""
        name = local_name(str(response.tag))
        if self._reply is not None and fold_name(name) != fold_name(self._reply):
            raise Unreadable(
                f"The SOAP body does not hold '{self._reply}', the operation's answer by the WSDL. "
                "Check upstream.url and settings.operation."
            )

    # ------------------------------------------------------------------------------------------ where they are

    def _at_path(
        self, response: etree._Element, path: Sequence[str]
    ) -> tuple[list[etree._Element], list[etree._Element]]:
        """The records, and the deepest elements on the way that are there: it is nobody only if nothing is in them."""
        here = [response]
        names = path[1:] if path[0] == fold_name(local_name(str(response.tag))) else path
        for name in names:
            below = [child for element in here for child in element if fold_name(local_name(str(child.tag))) == name]
            if not below:
                return [], here
            here = below
        return here, here

    def _recognised(self, response: etree._Element) -> list[etree._Element]:
        """It is nobody only if the whole answer has nothing in it: an empty element that merely looks like the place of the
        records is no definite no beside a code or a text."""
        return _by_shape(response) if self._reads_all else self._by_names(response)

    def _by_names(self, response: etree._Element) -> list[etree._Element]:
        """As deep as one can go without losing a name that the mapping reads: past wrappers, not into a record."""
        here = [response]
        names = self._names_below(here)
        if not names:
            return []
        for _ in range(_DEEPEST_WRAPPER):
            groups: dict[str, list[etree._Element]] = {}
            for element in here:
                for child in element:
                    groups.setdefault(str(child.tag), []).append(child)
            if len(groups) == 1 and not self._says(here, groups):
                # A wrapper that says nothing itself: every name is in what it wraps.
                here = next(iter(groups.values()))
                continue
            whole = [group for group in groups.values() if self._names_below(group) == names]
            if len(whole) != 1:
                break
            here = whole[0]
        # One name alone beside nothing else, such as a result's `codigo`, does not make the whole answer a customer.
        return [] if here == [response] and len(names) == 1 < len(self._spelled) else here

    def _says(self, elements: Iterable[etree._Element], tags: Iterable[str]) -> bool:
        """Do these elements have attributes, or is one of these tags a name that the mapping reads?"""
        return any(self._wanted(tag) for tag in tags) or any(element.keys() for element in elements)

    def _names_below(self, elements: Iterable[etree._Element]) -> set[str]:
        names: set[str] = set()
        for element in elements:
            for inner in element.iter():
                keys = inner.keys()
                if inner is not element and not (keys and inner.get(_NIL) is not None):
                    names.add(self._wanted(str(inner.tag)))
                for key in keys:
                    if key[0] != "{":
                        names.add(self._wanted(key))
        names.discard("")
        return names

    def _wanted(self, tag: str) -> str:
        """The folded name of a tag or an attribute, where the mapping reads it; else nothing."""
        known = self._folded.get(tag)
        if known is None:
            folded = fold_name(local_name(tag))
            known = folded if folded in self._spelled else ""
            if len(self._folded) < _SPELLINGS:
                self._folded[tag] = known
        return known

    # ------------------------------------------------------------------------------------------ what they say

    def _record(self, element: etree._Element) -> RawRecord:
        value = self._value(element)
        if isinstance(value, dict):
            return value
        return {} if value is None else {self._name(str(element.tag)): value}

    def _value(self, element: etree._Element) -> dict[str, Json] | str | None:
        keys = element.keys()
        if keys and _is_nil(element):
            return None
        if not len(element):
            text = (element.text or "").strip()
            if text or not keys:
                return text or None
        record: dict[str, Json] = {}
        for child in element:
            value = self._value(child)
            if value is None:
                continue
            name = self._name(str(child.tag))
            known = record.get(name)
            if known is None:
                record[name] = value
            else:
                record[name] = [*known, value] if isinstance(known, list) else [known, value]
        if keys:
            for key, text in _own_attributes(element):
                record.setdefault(self._name(key), text)
        for name in self._lists:
            if name in record and not isinstance(record[name], list):
                record[name] = [record[name]]
        return record or None

    def _name(self, tag: str) -> str:
        name = self._names.get(tag)
        if name is None:
            local = local_name(tag)
            name = self._spelled.get(fold_name(local), local)
            # The names come from a stranger: what is remembered of them is bounded.
            if len(self._names) < _SPELLINGS:
                self._names[tag] = name
        return name

    def _no_record(self) -> Unreadable:
        what = f"no '{self._records}'" if self._records is not None else "no record that could be recognised"
        return Unreadable(
            f"The operation's answer is not empty, but there is {what} in it. Correct settings.records; "
            "if this is how the source says nobody, describe it under nobody:."
        )


# ---------------------------------------------------------------------------------------------- shapes


def _by_shape(response: etree._Element) -> list[etree._Element]:
    """Without names to go by: the first elements that repeat with something in them, or the first that holds a text."""
    here = response
    while True:
        groups: dict[str, list[etree._Element]] = {}
        for child in here:
            if len(child) or _own_attributes(child):
                groups.setdefault(str(child.tag), []).append(child)
        repeated = next((group for group in groups.values() if len(group) > 1), None)
        if repeated is not None:
            return repeated
        if _own_attributes(here) or any(not len(child) and not _is_void(child) for child in here):
            return [here]
        if not groups:
            return []
        here = next(iter(groups.values()))[0]


def _is_void(element: etree._Element) -> bool:
    """Nothing in it that says anything: empty, nil, `None`, `[]`, a total of 0."""
    for inner in element.iter():
        keys = inner.keys()
        if keys and _is_nil(inner):
            continue
        if not len(inner):
            text = inner.text
            if text and not _says_nothing(str(inner.tag), text):
                return False
        if keys and not all(_says_nothing(key, text) for key, text in _own_attributes(inner)):
            return False
    return True


def _says_nothing(name: str, text: str) -> bool:
    text = text.strip()
    if len(text) > 4:
        return False
    return text.lower() in _NOTHING or (text == "0" and fold_name(local_name(name)) in _TOTALS)


def _around(response: etree._Element, people: Iterable[etree._Element]) -> dict[str, Json]:
    """Every plain value of the answer that does not stand in a record, by name; the first of a name counts."""
    records = set(people)
    found: dict[str, Json] = {}
    waiting = [response]
    while waiting:
        element = waiting.pop()
        if element in records:
            continue
        waiting += reversed(element)
        for key, text in _own_attributes(element):
            found.setdefault(key, text)
        if not len(element) and not _is_nil(element):
            found.setdefault(local_name(str(element.tag)), (element.text or "").strip())
    return found


def _is_nil(element: etree._Element) -> bool:
    return element.get(_NIL) in ("true", "1")


def _own_attributes(element: etree._Element) -> list[tuple[str, str]]:
    """Without those of XML Schema and SOAP, which describe types."""
    return [(str(key), str(text)) for key, text in element.attrib.items() if str(key)[0] != "{"]

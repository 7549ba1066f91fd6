"""Turns what only some systems write into one of the usual shapes, before records are looked for.

| written by | looks like | becomes |
|---|---|---|
| .NET DataSets, ADO recordsets | a schema beside the rows, and the rows as they were before a change | left out |
| Rails | `type="array"` on a list | left out |
| gateways in front of gateways | a status beside an element that holds a document as text | that document, in its place |
| whoever `pairs` of the settings is for | `<dado><rotulo>CPF</rotulo><conteudo>…</conteudo></dado>` | `<campo>` |
| reports | a heading of names, and rows of cells | `<campo>` (`tables`) |
| flattened lists | `nome1`, `email1`, `nome2`, `email2` | a record each (`tables`) |

The usual reply never comes here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from lxml.etree import _Element

from gateway.adapter import SourceError, fold_name
from gateway_xml_get import signs, tables
from gateway_xml_get.fields import FieldReader, local_name
from gateway_xml_get.settings import Pairs

_DIFFGRAM = "{urn:schemas-microsoft-com:xml-diffgram-v1}"
_LEFT_OUT = (
    f"{_DIFFGRAM}before",
    f"{_DIFFGRAM}errors",
    "{http://www.w3.org/2001/XMLSchema}",
    "{uuid:BDC6E3F0-6DA3-11d1-A2A3-00AA00C14882}",
)
"""Rows as they were, why rows were refused, and what rows look like: none of them a record."""
_ARRAYS = frozenset({"array", "Array"})


def rearrange(root: _Element, reader: FieldReader, pairs: Pairs | None, parse: Callable[[bytes], _Element]) -> bool:
    """Changes the tree in place. `parse`: bytes of a document inside the document; raises SourceError where it is none.

    True: it became what only the whole document can show, because what follows may belong to the first record.
    """
    _leave_out(root)
    _graft(root, reader, parse)
    if pairs is not None:
        _name_pairs(root, pairs)
    named = tables.name_cells(root, reader)
    return tables.part_indexed(root, reader) or named


def _leave_out(root: _Element) -> None:
    for element in list(root.iter()):
        if element.get("type") in _ARRAYS:
            del element.attrib["type"]
        above = element.getparent()
        if above is not None and str(element.tag).startswith(_LEFT_OUT):
            above.remove(element)


def _graft(root: _Element, reader: FieldReader, parse: Callable[[bytes], _Element]) -> None:
    """Documents that stand as text beside nothing but what envelopes have, into their places. A customer's own text that
    looks like markup stays text: his name stands beside it."""
    held = {element: element.text or "" for element in root.iter() if not len(element) and _is_markup(element.text)}
    if root in held or len({element.tag for element in held}) != 1:
        return
    for element in held:
        element.text = None
    around = _flat(reader.record(root, set()))
    inner = _parsed(held.values(), parse) if signs.is_bare_envelope(around) else None
    for index, (element, text) in enumerate(held.items()):
        if inner is None:
            element.text = text
        else:
            above = element.getparent()
            assert above is not None
            above.replace(element, inner[index])


def _parsed(texts: Iterable[str], parse: Callable[[bytes], _Element]) -> list[_Element] | None:
    try:
        return [parse(text.lstrip("\ufeff \t\r\n").encode()) for text in texts]
    except SourceError:
        return None


def _is_markup(text: str | None) -> bool:
    return text is not None and text.lstrip("\ufeff \t\r\n").startswith("<")


def _flat(value: object) -> dict[str, str]:
    """Every text of a record by the name that it has, however deep."""
    found: dict[str, str] = {}
    waiting: list[tuple[str, object]] = [("", value)]
    while waiting:
        name, inner = waiting.pop()
        if isinstance(inner, dict):
            waiting += inner.items()
        elif isinstance(inner, list):
            waiting += ((name, one) for one in inner)
        elif isinstance(inner, str) and inner:
            found[name] = inner
    return found


def _name_pairs(root: _Element, pairs: Pairs) -> None:
    wanted, named, held = (fold_name(word) for word in (pairs.element, pairs.name, pairs.value))
    for element in [one for one in root.iter() if fold_name(local_name(one)) == wanted]:
        given = {fold_name(local_name(child)): child.text or "" for child in element}
        given.update({fold_name(str(key).rpartition("}")[2]): str(text) for key, text in element.attrib.items()})
        if not len(element):
            given.setdefault(held, element.text or "")
        name, value = given.get(named, "").strip(), given.get(held)
        if name and value is not None:
            tables.as_pair(element, name, value)

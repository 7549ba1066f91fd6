"""Records without names of their own inside: rows of cells under a heading, and fields that count (`nome1`, `nome2`)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from lxml import etree
from lxml.etree import _Element

from gateway.adapter import fold_name
from gateway_xml_get.fields import PAIR, FieldReader, local_name

RECORD = "registro"
_CELLS = frozenset(
    {"valor", "value", "v", "td", "c", "cell", "celula", "col", "coluna", "column", "campo", "field", "item"}
)
_HEADINGS = ("nome", "name", "label", "titulo", "title", "descricao", "caption", "id")
_INDEXED = re.compile(r"(.*?[^0-9_.\-])[_.\-]?([0-9]{1,3})")
_MOST_INDEXED = 1000
_ONE_EACH = frozenset(
    {
        *("nome", "name", "nomecompleto", "nomecliente", "fullname", "razaosocial", "cpf", "cnpj", "cpfcnpj"),
        *("documento", "codigo", "codigocliente", "customerid", "id"),
    }
)
"""What a customer has one of: where these count, they count customers."""


def as_pair(element: _Element, name: str, value: str) -> None:
    """Makes the element `<campo nome="…" valor="…"/>`."""
    tail = element.tail
    element.clear()
    element.tail = tail
    element.tag = PAIR
    element.set("nome", name)
    element.set("valor", value)


# ---------------------------------------------------------------------------------------------- rows under a heading


def name_cells(root: _Element, reader: FieldReader) -> bool:
    """Gives the cells of each row the names of the heading, where there is one of as many names as every row has cells."""
    rows = list(_rows(root))
    widths = {len(row) for row in rows}
    if len(widths) != 1:
        return False
    heading = _heading(root, set(rows), widths.pop(), reader)
    if heading is None:
        return False
    element, names = heading
    for row in rows:
        for cell, name in zip(row, names, strict=True):
            as_pair(cell, name, cell.text or "")
    above = element.getparent()
    if above is not None:
        above.remove(element)
    return True


def _rows(root: _Element) -> Iterator[_Element]:
    for element in root.iter():
        first = element[0].tag if len(element) > 1 else None
        if (
            first is not None
            and fold_name(local_name(element[0])) in _CELLS
            and all(child.tag == first and not len(child) and not child.attrib for child in element)
        ):
            yield element


def _heading(
    root: _Element, rows: set[_Element], width: int, reader: FieldReader
) -> tuple[_Element, Sequence[str]] | None:
    for element in root.iter():
        if element in rows or len(element) != width or any(len(child) for child in element):
            continue
        names = [_named(child) for child in element]
        told = all(names) and len({fold_name(name) for name in names}) == width
        if told and (not reader.selective or reader.known(map(reader.spelled, names))):
            return element, names
    return None


def _named(child: _Element) -> str:
    """What a column of the heading is called: by an attribute, else by its text."""
    attributes = {fold_name(str(key)): str(text).strip() for key, text in child.attrib.items()}
    return next((attributes[key] for key in _HEADINGS if attributes.get(key)), (child.text or "").strip())


# ---------------------------------------------------------------------------------------------- fields that count


def part_indexed(root: _Element, reader: FieldReader) -> bool:
    """Fields that are all counted become a record for each number, if the mapping reads their names without the numbers
    and none of them with; where it is not known what it reads, if a name or a document is counted. `email` and `email2` of
    one customer stay his."""
    parted = False
    for element in [one for one in root.iter() if len(one) + len(one.attrib) > 1]:
        fields = _counted(element, reader)
        if fields is not None:
            _part(element, fields)
            parted = True
    return parted


def _counted(element: _Element, reader: FieldReader) -> dict[str, list[tuple[str, str]]] | None:
    """Number -> (name, value) of its fields; None where not all fields count, or they are one customer's."""
    given = [(str(key), str(text)) for key, text in element.attrib.items() if str(key)[0] != "{"]
    given += [(local_name(child), child.text or "") for child in element if not len(child)]
    if any(len(child) for child in element) or len(given) > _MOST_INDEXED:
        return None
    if reader.known(reader.spelled(name) for name, _ in given):
        return None
    fields: dict[str, list[tuple[str, str]]] = {}
    for name, value in given:
        found = _INDEXED.fullmatch(name)
        if found is None:
            return None
        fields.setdefault(found[2].lstrip("0") or "0", []).append((found[1], value))
    bases = {fold_name(base) for pairs in fields.values() for base, _ in pairs}
    if reader.selective:
        told = reader.known(reader.spelled(base) for pairs in fields.values() for base, _ in pairs) > 0
    else:
        told = not bases.isdisjoint(_ONE_EACH)
    return fields if len(fields) > 1 and len(bases) > 1 and told else None


def _part(element: _Element, fields: dict[str, list[tuple[str, str]]]) -> None:
    for child in list(element):
        element.remove(child)
    element.attrib.clear()
    for pairs in fields.values():
        if any(value.strip() for _, value in pairs):
            record = etree.SubElement(element, RECORD)
            for name, value in pairs:
                as_pair(etree.SubElement(record, PAIR), name, value)

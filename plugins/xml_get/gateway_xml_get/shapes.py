"""Finds the records in a document of unknown shape.

| shape | looks like |
|---|---|
| S1 | `<clientes><cliente email="…" nome="…"/></clientes>` |
| S2 | `<clientes><cliente><email>…</email></cliente></clientes>` |
| S3 | `<cliente><campo nome="email" valor="…"/></cliente>` |
| S4 | fields directly under the root, where a name that comes again starts the next record |
| S5 | the root is the only record |
| S6 | any of them inside wrappers |
| S7 | attributes and children mixed |

Where a document can be taken in several ways, the way is taken whose records have most of the names that the mapping
reads; among equals, the outermost list.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from lxml.etree import _Element

from gateway.adapter import Json, fold_name
from gateway_xml_get.fields import PAIRS, FieldReader, local_name
from gateway_xml_get.signs import ENVELOPE, ERRORS, is_inert

CERTAIN = 2
"""So many names that the mapping reads make a record that is not mistaken for anything else."""
_DEEPEST = 8
_SAMPLE = 5
_MOST_CANDIDATES = 24
_SPECIAL = PAIRS | ENVELOPE | ERRORS | {"html"}
"""Names of elements that may be something else than a list or a record."""


@dataclass(frozen=True, slots=True)
class Part:
    """One record: an element, or (`siblings`, S4) neighbours that are its fields."""

    element: _Element | None
    siblings: tuple[_Element, ...] = ()

    def read(self, reader: FieldReader, warnings: set[str]) -> dict[str, Json]:
        """The record; what is doubtful about it is added to `warnings`."""
        if self.element is not None:
            return reader.record(self.element, warnings)
        return reader.fields(self.siblings, warnings)


@dataclass(frozen=True, slots=True)
class Records:
    """What was found, in the document's order. `listed`: the records stand in a list; else the document itself, or its
    content, is one record."""

    parts: Sequence[Part]
    listed: bool

    @property
    def element(self) -> _Element | None:
        """The only record's element, or the list's."""
        if not self.parts:
            return None
        first = self.parts[0].element
        if first is None:
            return self.parts[0].siblings[0].getparent()
        return first.getparent() if self.listed else first

    def is_irregular(self, reader: FieldReader) -> bool:
        """Do records without an element of their own (S4) begin with different fields, so that some may be mixed up?"""
        return len({reader.label(part.siblings[0]) for part in self.parts if part.siblings}) > 1


def plain_list(root: _Element, reader: FieldReader) -> Sequence[_Element] | None:
    """The records of the usual document (S1, S2 and S7 of one level): the root holds them and nothing else, all are called
    the same, and the first one's fields have nothing inside. None for any other document.

    It is what `find` begins with, and is certain of if the first has CERTAIN names that the mapping reads.
    """
    records = list(root)
    if not records or root.attrib or not _is_ordinary(root):
        return None
    first = records[0]
    if not (_is_ordinary(first) and reader.name(first)) or reader.listed(first) or (first.text or "").strip():
        return None
    if any(_has_inside(field) for field in first) or (len(first) < 2 and is_inert(first)):
        return None
    tag = first.tag
    return records if all(record.tag == tag and _has_inside(record) for record in records) else None


def find(root: _Element, reader: FieldReader) -> Records:
    """The records of a document that has at least one value."""
    candidates = _candidates(root, reader, 0)
    best = next(candidates)
    if not reader.selective or _certain(best, root, reader):
        return best
    score = _score(best, reader)
    for other in islice(candidates, _MOST_CANDIDATES):
        points = _score(other, reader)
        if points > score:
            best, score = other, points
    return best


def find_named(root: _Element, path: str) -> Records | None:
    """The elements that `path` (`cliente`, `clientes/cliente`) names; none where their list is there and empty; None where
    that is not there either."""
    names = [fold_name(part) for part in path.split("/")]
    found: list[Part] = []
    empty_list = False
    stack = [(root, [fold_name(local_name(root))])]
    while stack:
        element, trail = stack.pop()
        if trail[-len(names) :] == names:
            found.append(Part(element))
            continue
        if len(names) > 1 and trail[1 - len(names) :] == names[:-1]:
            empty_list = empty_list or not (len(element) or (element.text or "").strip())
        stack += [(child, [*trail, fold_name(local_name(child))]) for child in reversed(list(element))]
    return Records(found, True) if found or empty_list else None


# ---------------------------------------------------------------------------------------------- the ways to take it


def _candidates(node: _Element, reader: FieldReader, depth: int) -> Iterator[Records]:
    """The ways to take `node`, likeliest by its structure first."""
    children = [child for child in node if reader.name(child)]
    groups: dict[str, list[_Element]] = {}
    if depth < _DEEPEST and not _pairs(children, reader):
        for child in children:
            if _has_inside(child) and not reader.listed(child):
                groups.setdefault(reader.name(child), []).append(child)
    around = [child for child in children if not _has_inside(child)]
    wrapper = _is_wrapper(node, around, reader) and not _has_lists(node, reader)
    if not groups or not wrapper or (len(groups) > 1 and around):
        yield Records(_itself(node, children, reader, top=depth == 0), False)
    together = _together(children, list(groups.values()), reader)
    if together:
        yield Records(together, True)
    for group in groups.values():
        if len(group) > 1 or not _holds_list(group[0], reader):
            yield Records([Part(child) for child in group], True)
        if len(group) == 1:
            yield from _candidates(group[0], reader, depth + 1)
    if groups:
        yield Records(_itself(node, children, reader, top=depth == 0), False)


def _together(children: Sequence[_Element], groups: Sequence[list[_Element]], reader: FieldReader) -> list[Part]:
    """Records of several kinds side by side (`pf` and `pj`), or in lists side by side (`ativos` and `inativos`): all that
    have any name that the mapping reads, because one too many is refused and reported, but one too few is lost in
    silence. Empty where there is one kind."""
    kinds = [_content(group[0], reader) if len(group) == 1 else group for group in groups]
    kept = {
        reader.name(group[0])
        for group, kind in zip(groups, kinds, strict=True)
        if any(_direct(element, reader) for element in kind[:_SAMPLE])
    }
    if len(kept) < 2:
        return []
    alone = {reader.name(group[0]) for group in groups if len(group) == 1}
    parts: list[Part] = []
    for child in children:
        name = reader.name(child)
        if name in kept and _has_inside(child):
            parts += map(Part, _content(child, reader) if name in alone else [child])
    return parts


def _content(element: _Element, reader: FieldReader) -> list[_Element]:
    """What a list holds; of anything else, itself."""
    return [child for child in element if _has_inside(child)] if _holds_list(element, reader) else [element]


def _has_inside(element: _Element) -> bool:
    return len(element) > 0 or len(element.attrib) > 0


def _direct(element: _Element, reader: FieldReader) -> int:
    """How many names that the mapping reads stand in `element` itself; 1 where it is not known what that is."""
    if not reader.selective:
        return 1
    return reader.known({*reader.attributes(element), *(reader.label(child) for child in element)})


def _is_wrapper(node: _Element, around: Sequence[_Element], reader: FieldReader) -> bool:
    """Has `node`, without the elements that have something inside, nothing but what envelopes have?"""
    return all(_is_envelope(name) for name in reader.attributes(node)) and all(
        not (child.text or "").strip() or _is_envelope(local_name(child)) for child in around
    )


def _holds_list(node: _Element, reader: FieldReader) -> bool:
    """Is `node` a wrapper with something inside, rather than a record?"""
    around = [child for child in node if not _has_inside(child)]
    return (
        len(around) < len(node)
        and _is_wrapper(node, around, reader)
        and not _pairs(list(node), reader)
        and not _has_lists(node, reader)
    )


def _has_lists(node: _Element, reader: FieldReader) -> bool:
    """Do lists that the mapping reads inside a record stand in it, so that it is no wrapper?"""
    return any(reader.listed(child) or reader.holds_listed(child) for child in node)


def _is_ordinary(element: _Element) -> bool:
    return fold_name(local_name(element)) not in _SPECIAL


def _is_envelope(name: str) -> bool:
    return fold_name(name) in ENVELOPE


def _certain(best: Records, root: _Element, reader: FieldReader) -> bool:
    """A list with nothing beside it on the way down from the root, of records that the mapping can read."""
    element = best.parts[0].element
    if not best.listed or element is None or _direct(element, reader) < CERTAIN:
        return False
    parent = element.getparent()
    if parent is None or len(parent) != len(best.parts):
        return False
    while parent is not root:
        parent = parent.getparent()
        if parent is None or len(parent) != 1:
            return False
    return True


def _score(records: Records, reader: FieldReader) -> float:
    """How many of the names that the mapping reads the best record has; names further inside count half a level."""
    return max(_weight(part.read(reader, set()), reader, 1.0) for part in _sample(records.parts))


def _sample(parts: Sequence[Part]) -> Iterator[Part]:
    """The first of each kind: of kinds side by side, none must seem to say less than it does alone."""
    seen: dict[object, int] = {}
    for part in parts:
        kind = None if part.element is None else part.element.tag
        seen[kind] = seen.get(kind, 0) + 1
        if seen[kind] <= _SAMPLE:
            yield part


def _weight(value: Json, reader: FieldReader, share: float) -> float:
    if isinstance(value, Mapping):
        return share * reader.known(value) + sum(_weight(inner, reader, share / 2) for inner in value.values())
    if isinstance(value, list):
        return _weight(value[0], reader, share)
    return 0.0


# ---------------------------------------------------------------------------------------------- fields in a row (S4)


def _pairs(children: Sequence[_Element], reader: FieldReader) -> bool:
    """Are these name/value elements, and not records that happen to have a `nome` and a `valor`?"""
    if not children or reader.pair(children[0]) is None:
        return False
    names = [pair[0] for child in children if (pair := reader.pair(child)) is not None]
    if len(names) < len(children):
        return False
    return (
        not reader.selective or reader.known(names) > 0 or not any(reader.known(reader.attributes(c)) for c in children)
    )


def _itself(node: _Element, children: list[_Element], reader: FieldReader, *, top: bool) -> list[Part]:
    """`node` as one record; or as several, where its fields come round again."""
    names = [reader.label(child) for child in children]
    if len(set(names)) == len(names) or not all(_is_envelope(name) for name in reader.attributes(node)):
        return [Part(node)]
    rows = _rows(names)
    if len(rows) == 1 or not (top or _regular(names, rows)):
        return [Part(node)]
    return [Part(None, tuple(children[start:end])) for start, end in rows]


def _rows(names: Sequence[str]) -> list[tuple[int, int]]:
    """Where the records begin and end: a name that comes again starts the next one, but for one right after itself (two
    telephones), unless there is no other name at all."""
    one_name = len(set(names)) == 1
    starts = [0]
    seen: set[str] = set()
    for index, name in enumerate(names):
        if name in seen and (one_name or names[index - 1] != name):
            starts.append(index)
            seen.clear()
        seen.add(name)
    return list(zip(starts, [*starts[1:], len(names)], strict=True))


def _regular(names: Sequence[str], rows: Sequence[tuple[int, int]]) -> bool:
    """Has every row the same names, and more than one?"""
    shapes = {frozenset(names[start:end]) for start, end in rows}
    return len(shapes) == 1 and len(next(iter(shapes))) > 1

"""What goes into an operation and what comes out of it, by the WSDL's schemas: paths with their types, for people."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from lxml import etree

from gateway_soap.documents import Documents
from gateway_soap.scanned import WSDL, XSD, Name, Part
from gateway_soap.strict_xml import local_name, parse

_DEEPEST = 8
_ARRAY_TYPE = f"{{{WSDL}}}arrayType"
_X = f"{{{XSD}}}"
_HOLDERS = frozenset(f"{_X}{name}" for name in ("sequence", "all", "choice", "complexContent", "simpleContent"))
_KINDS = {"element": "element", "complexType": "type", "simpleType": "type", "group": "group", "attribute": "attribute"}


@dataclass(frozen=True, slots=True)
class Leaf:
    """A text in a message. `path`: local names with dots; `several`: may occur several times itself; `record`: the path
    of the innermost element around it that may, None where there is none."""

    path: str
    type: str
    optional: bool
    several: bool = False
    record: str | None = None


@dataclass(frozen=True, slots=True)
class _Here:
    """How far the walk has come. `within`: the types around, in which a type does not stand again."""

    path: tuple[str, ...] = ()
    optional: bool = False
    repeated: tuple[str, ...] = ()
    within: frozenset[Name] = frozenset()

    def below(self, name: str, optional: bool, several: bool) -> _Here:
        path = (*self.path, name)
        return _Here(
            path, self.optional or optional, (*self.repeated, ".".join(path)) if several else self.repeated, self.within
        )


class Schemas:
    """The schemas of a WSDL as trees."""

    def __init__(self, documents: Documents) -> None:
        self._known: dict[tuple[str, str, str], etree._Element] = {}
        for scanned in documents.scanned.values():
            root = parse(scanned.content, what="The WSDL")
            for schema in root.iter(f"{_X}schema"):
                space = schema.get("targetNamespace", "")
                for child in schema:
                    kind = _KINDS.get(local_name(str(child.tag)))
                    if kind is not None:
                        self._known[(kind, space, child.get("name", ""))] = child

    def leaves(self, parts: Sequence[Part], most: int = 300) -> tuple[list[Leaf], bool]:
        """The texts of a message, paths as settings have them, and whether there are more than `most`."""
        found = list(islice((leaf for part in parts for leaf in self._part(part)), most + 1))
        return found[:most], len(found) > most

    def _part(self, part: Part) -> Iterator[Leaf]:
        if part.element is not None:
            element = self._find("element", part.element)
            # An element without others in it is the text itself, under its own name.
            itself = Leaf(part.element[1], _type_of(element), False)
            yield from _or(self._whole(element) if element is not None else iter(()), itself)
        elif part.type is not None:
            yield from self._typed(part.type, None, _Here().below(part.name, False, False))

    def _whole(self, element: etree._Element) -> Iterator[Leaf]:
        """Everything in a global element, from its own type or from the one that it names."""
        type_ = element.get("type")
        found = self._find("type", _named(type_, element)) if type_ else None
        yield from self._content(found if found is not None else element, _Here())

    def _find(self, kind: str, name: Name) -> etree._Element | None:
        found = self._known.get((kind, *name))
        return found if found is not None else self._known.get((kind, "", name[1]))

    def _element(self, element: etree._Element, here: _Here) -> Iterator[Leaf]:
        ref = element.get("ref")
        optional = element.get("minOccurs") == "0" or element.get("nillable") == "true"
        several = element.get("maxOccurs", "1") not in ("0", "1")
        target = self._find("element", _named(ref, element)) if ref else element
        name = (target.get("name") if target is not None else None) or (ref or "").rpartition(":")[2]
        below = here.below(name, optional, several)
        if target is not None and len(below.path) <= _DEEPEST:
            type_ = target.get("type")
            if type_ is not None:
                yield from self._typed(_named(type_, target), type_, below)
            else:
                yield from self._inline(target, below)

    def _inline(self, element: etree._Element, here: _Here) -> Iterator[Leaf]:
        yield from _or(self._content(element, here), _leaf(here, _type_of(element)))

    def _typed(self, name: Name, shown: str | None, here: _Here) -> Iterator[Leaf]:
        found = self._find("type", name)
        if found is None or found.tag == f"{_X}simpleType":
            yield _leaf(here, name[1])
        elif name not in here.within:
            inner = _Here(here.path, here.optional, here.repeated, here.within | {name})
            text = _leaf(here, name[1]) if found.find(f"{_X}simpleContent") is not None else None
            yield from _or(self._content(found, inner), text)

    def _content(self, holder: etree._Element, here: _Here) -> Iterator[Leaf]:
        """What stands in an element's or a type's definition."""
        for child in holder:
            tag = str(child.tag)
            if tag == f"{_X}element":
                yield from self._element(child, here)
            elif tag == f"{_X}complexType" or tag in _HOLDERS:
                yield from self._content(child, here)
            elif tag in (f"{_X}extension", f"{_X}restriction"):
                yield from self._derived(child, here)
            elif tag == f"{_X}group" and child.get("ref"):
                group = self._find("group", _named(child.get("ref"), child))
                yield from self._content(group, here) if group is not None else ()
            elif tag == f"{_X}attribute":
                yield from self._attribute(child, here)

    def _derived(self, derived: etree._Element, here: _Here) -> Iterator[Leaf]:
        base = _named(derived.get("base"), derived)
        found = self._find("type", base)
        if found is not None and local_name(str(derived.tag)) == "extension" and base not in here.within:
            inner = _Here(here.path, here.optional, here.repeated, here.within | {base})
            yield from self._content(found, inner)
        yield from self._content(derived, here)

    def _attribute(self, attribute: etree._Element, here: _Here) -> Iterator[Leaf]:
        array = attribute.get(_ARRAY_TYPE)
        if array is not None:
            item = here.below("item", True, True)
            yield from self._typed(_named(array.partition("[")[0], attribute), array, item)
        elif attribute.get("name") and attribute.get("use") != "prohibited":
            below = here.below(f"@{attribute.get('name')}", attribute.get("use") != "required", False)
            yield _leaf(below, _type_of(attribute))


def _or(leaves: Iterator[Leaf], instead: Leaf | None) -> Iterator[Leaf]:
    """One by one: types that mention each other would be millions at once."""
    empty = True
    for leaf in leaves:
        empty = False
        yield leaf
    if empty and instead is not None:
        yield instead


def _leaf(here: _Here, type_: str) -> Leaf:
    path = ".".join(here.path)
    several = here.repeated[-1:] == (path,)
    around = here.repeated[:-1] if several else here.repeated
    # Shown in lines: a name is in one, whatever a stranger writes (XML Schema 1.0 part 2, 3.3.6 and 3.3.7).
    return Leaf(_in_one_line(path), _in_one_line(type_), here.optional, several, around[-1] if around else None)


def _in_one_line(text: str) -> str:
    return " ".join(text.split())


def _named(text: str | None, element: etree._Element) -> Name:
    prefix, _, local = (text or "").rpartition(":")
    return (element.nsmap.get(prefix or None) or "", local)


def _type_of(element: etree._Element | None) -> str:
    return (element.get("type") or "string").rpartition(":")[2] if element is not None else "string"

"""Reads one record: elements and attributes become names and values, spelled as the mapping spells them."""

from __future__ import annotations

from collections.abc import Iterable

from lxml.etree import _Element

from gateway.adapter import Json, TooLarge, fold_name

DEEPEST = 32
TEXT = "text"
"""The name under which an element's own text stands, where it has attributes or children beside it."""
_BLANK = " \t\r\n"
_MOST_NAMES = 2048
_NIL = "{http://www.w3.org/2001/XMLSchema-instance}nil"
_SCHEMA = "{http://www.w3.org/2001/XMLSchema}"
_SKIP = ""
_EVERYTHING = "*"
_ALWAYS_PAIRS = frozenset(
    {"campo", "field", "param", "parametro", "propriedade", "property", "atributo", "attribute", "coluna", "column"}
)
PAIRS = _ALWAYS_PAIRS | {
    *("parameter", "prop", "attr", "col", "dado", "data", "valor", "value", "item", "entry", "entrada", "info"),
    *(
        "informacao",
        "add",
        "variavel",
        "variable",
        "var",
        "par",
        "pair",
        "str",
        "string",
        "int",
        "long",
        "date",
        "bool",
    ),
}
_ROWS = frozenset(
    {
        *("linha", "linhas", "row", "rows", "campos", "fields", "dados", "atributos", "attributes", "params"),
        *("parametros", "propriedades", "properties", "valores", "values", "colunas", "columns"),
    }
)
"""Names of elements that say nothing of their own: what stands in them is the record's."""
_NAMES = ("nome", "name", "campo", "field", "chave", "key", "id")
_VALUES = ("valor", "value", "conteudo", "content", "val", "texto", "text")


PAIR = "{urn:gateway}campo"
"""An element that was made into one of name and value, whatever the mapping's paths filter."""


def local_name(element: _Element) -> str:
    """An element's name without its namespace."""
    return str(element.tag).rpartition("}")[2]


class FieldReader:
    """Reads records for one source. `reads`: the names that the mapping mentions; empty where that is not known. `lists`:
    those of them that its paths filter or go over, which are lists even where there is one."""

    def __init__(self, reads: frozenset[str], lists: frozenset[str] = frozenset()) -> None:
        self._reads = reads - {_EVERYTHING}
        self._lists = sorted(lists)
        self._by_fold = {fold_name(name): name for name in sorted(self._reads, reverse=True)}
        self._elements: dict[object, str] = {}
        self._attributes: dict[object, str] = {}

    # ------------------------------------------------------------------------------------------ names

    def name(self, element: _Element) -> str:
        """An element's name as the mapping spells it; else as it came, without its namespace."""
        known = self._elements.get(element.tag)
        if known is not None:
            return known
        tag = str(element.tag)
        return self._remember(
            self._elements, tag, _SKIP if tag.startswith(_SCHEMA) else self.spelled(local_name(element))
        )

    def label(self, element: _Element) -> str:
        """The name of the value that `element` stands for: its own, or that of a name/value element."""
        pair = self.pair(element)
        return self.name(element) if pair is None else pair[0]

    def attributes(self, element: _Element) -> dict[str, str]:
        """The attributes that are no namespace's own, by name."""
        values: dict[str, str] = {}
        for tag, text in element.items():
            name = self._attributes.get(tag)
            if name is None:
                name = self._remember(self._attributes, tag, _SKIP if tag[0] == "{" else self.spelled(tag))
            if name:
                values[name] = text.strip(_BLANK)
        return values

    def spelled(self, name: str) -> str:
        return name if name in self._reads else self._by_fold.get(fold_name(name), name)

    def _remember(self, names: dict[object, str], tag: str, name: str) -> str:
        if len(names) < _MOST_NAMES:
            names[tag] = name
        return name

    def listed(self, element: _Element) -> bool:
        """Is it one of a list inside a record, as the mapping reads it, and so no record itself?"""
        return bool(self._lists) and self.name(element) in self._lists

    def holds_listed(self, element: _Element) -> bool:
        """Does the mapping read such a list inside of it, by its name (`contato.fones[0]`)?"""
        return bool(self._lists) and self.name(element) in self._reads and any(map(self.listed, element))

    @property
    def selective(self) -> bool:
        """Is it known what the mapping reads?"""
        return bool(self._reads)

    def known(self, names: Iterable[str]) -> int:
        """How many of these names the mapping reads."""
        return len(self._reads.intersection(names))

    # ------------------------------------------------------------------------------------------ values

    def record(self, element: _Element, warnings: set[str]) -> dict[str, Json]:
        """Everything that `element` says, by name. Children win over attributes; a repeated child gives a list, and one of
        which the mapping's paths make a list."""
        return self._named(element, list(element), warnings, 0)

    def fields(self, children: Iterable[_Element], warnings: set[str]) -> dict[str, Json]:
        """What these siblings say, by name."""
        return self._with_lists(self._spread(self._children(children, warnings, 0)))

    def _named(self, element: _Element, children: list[_Element], warnings: set[str], depth: int) -> dict[str, Json]:
        values: dict[str, Json] = {**self.attributes(element)}
        if not children:
            return self._with_lists(values)
        own = element.text
        if own is not None and not own.isspace():
            values[TEXT] = own.strip(_BLANK)
        for name, value in self._children(children, warnings, depth).items():
            given = values.get(name)
            if given and value != given:
                if value in ("", None):
                    continue
                warnings.add("A record has an attribute and a child of one name that differ: the child is taken.")
            values[name] = value
        return self._with_lists(self._spread(values))

    def _children(self, children: Iterable[_Element], warnings: set[str], depth: int) -> dict[str, Json]:
        values: dict[str, Json] = {}
        lists: dict[str, list[Json]] = {}
        for child in children:
            plain = not len(child) and not child.attrib
            pair = None if plain else self.pair(child)
            name = self.name(child) if pair is None else pair[0]
            if name == _SKIP:
                continue
            value: Json
            if plain:
                value = (child.text or "").strip(_BLANK)
            elif pair is not None:
                value = pair[1]
            else:
                value = self._value(child, warnings, depth)
                if self._lists and (pair := self._filtered_pair(child)) is not None:
                    _add(values, lists, *pair)
            _add(values, lists, name, value)
        return values

    def _filtered_pair(self, element: _Element) -> tuple[str, Json] | None:
        """What the mapping filters by its name in one line, it may read by that name in another."""
        pair = self._named_value(element) if self.listed(element) else None
        return pair if pair is not None and pair[0] in self._reads else None

    def _spread(self, values: dict[str, Json]) -> dict[str, Json]:
        """A record in rows (`<linha><campo nome="email" …/></linha>`) without them. Rows that the mapping names stay, and
        those that come round again, of more than one field: of two addresses in rows, the parts must not mix."""
        for name in [name for name in values if name not in self._reads and fold_name(name) in _ROWS]:
            inside = _joined(values[name])
            if inside is None:
                continue
            both = {
                one: [*_listed(values[one]), *_listed(inside[one])]
                for one in self._lists
                if one in values and one in inside
            }
            if all(one in both or values.get(one, text) == text for one, text in inside.items()):
                del values[name]
                values.update({**inside, **both})
        return values

    def _with_lists(self, values: dict[str, Json]) -> dict[str, Json]:
        for name in self._lists:
            if name in values and not isinstance(values[name], list):
                values[name] = [values[name]]
        return values

    def _value(self, element: _Element, warnings: set[str], depth: int) -> Json:
        children = list(element)
        text = (element.text or "").strip(_BLANK)
        if element.get(_NIL) in ("true", "1") or (element.get("nil") == "true" and not text and not children):
            return None
        if depth >= DEEPEST:
            raise TooLarge("The source's record is nested too deeply. Check that the address is the right one.")
        if children:
            return self._named(element, children, warnings, depth + 1)
        attributes = self.attributes(element)
        if attributes and (self.known(attributes) or not (text or self._reads)):
            return {**attributes, TEXT: text} if text else attributes
        return text

    # ------------------------------------------------------------------------------------------ name/value pairs

    def pair(self, element: _Element) -> tuple[str, Json] | None:
        """`<campo nome="email" valor="…"/>`, `<campo nome="email">…</campo>` and the same with two children; None for what
        is none, and for what the mapping filters by its name: `campo[?nome=='CPF'].valor`."""
        return None if element.tag != PAIR and self.listed(element) else self._named_value(element)

    def _named_value(self, element: _Element) -> tuple[str, Json] | None:
        fold = fold_name(local_name(element))
        if fold not in PAIRS:
            return None
        if len(element):
            return self._pair_of_children(element)
        attributes = {fold_name(tag): text for tag, text in self.attributes(element).items()}
        name = next((attributes[key] for key in _NAMES if attributes.get(key)), None)
        if name is None:
            return None
        value = next((attributes[key] for key in _VALUES if key in attributes), None)
        if value is None:
            value = element.text or ""
            if not value.strip(_BLANK) and fold not in _ALWAYS_PAIRS:
                return None
        return self.spelled(name.strip(_BLANK)), value.strip(_BLANK)

    def _pair_of_children(self, element: _Element) -> tuple[str, Json] | None:
        children = list(element)
        if len(children) != 2 or any(len(child) for child in children):
            return None
        first, second = (fold_name(local_name(child)) for child in children)
        name = (children[0].text or "").strip(_BLANK)
        if first not in _NAMES or second not in _VALUES or not name:
            return None
        return self.spelled(name), (children[1].text or "").strip(_BLANK)


def _add(values: dict[str, Json], lists: dict[str, list[Json]], name: str, value: Json) -> None:
    if name in lists:
        lists[name].append(value)
    elif name in values:
        values[name] = lists[name] = [values[name], value]
    else:
        values[name] = value


def _listed(value: Json) -> list[Json]:
    return value if isinstance(value, list) else [value]


def _joined(rows: Json) -> dict[str, Json] | None:
    """What stands in these rows, or None where it cannot be told apart from what stands in another."""
    found: dict[str, list[Json]] = {}
    several = isinstance(rows, list) and any(isinstance(row, dict) and len(row) > 1 for row in rows)
    for row in rows if isinstance(rows, list) else [rows]:
        if not isinstance(row, dict):
            return None
        for name, value in row.items():
            given = found.setdefault(name, [])
            if value not in given:
                given.append(value)
            if several and len(given) > 1:
                return None
    return {name: values[0] if len(values) == 1 else values for name, values in found.items()}

"""One customer out of what several sources say of it: values by priority, where each comes from, and who disagrees."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import combinations
from typing import TypeAlias, TypeVar

from gateway.core.folding import fold
from gateway.core.masked import agrees
from gateway.core.model import ATTRIBUTES, Address, Conflict, Customer, Document, Json, UniqueKey

Said: TypeAlias = tuple[str, Customer]
"""A source, and the customer as it alone describes it."""

Value = TypeVar("Value")


def fuse(said: Sequence[Said], unique_key: UniqueKey) -> Customer:
    """The customer whom all of `said` describe; one for each source, by priority.

    A value there is one of comes from the first source that has one; where another one differs, that is a conflict. Values
    there may be many of are put together in order of priority, the same one once. `provenance` names, for each value, the
    sources that say it. A document that a source masks is the whole one of another source with which it agrees.
    """
    ledger = _Ledger()
    key_sources = tuple(source for source, customer in said if customer.unique_key.value == unique_key.value)
    ledger.provenance["unique_key"] = key_sources
    return Customer(
        unique_key=unique_key,
        name=ledger.single("name", [(source, customer.name) for source, customer in said], fold, str),
        documents=_documents(said, ledger),
        emails=ledger.several("emails", [(source, customer.emails) for source, customer in said], str),
        phones=ledger.several("phones", [(source, customer.phones) for source, customer in said], str),
        birth_date=ledger.single(
            "birth_date", [(source, customer.birth_date) for source, customer in said], date.toordinal, date.isoformat
        ),
        addresses=ledger.several("addresses", [(source, customer.addresses) for source, customer in said], _place),
        attributes=_attributes(said, ledger),
        display=_display(said, ledger),
        sources=tuple(source for source, _ in said),
        provenance=ledger.provenance,
        conflicts=tuple(ledger.conflicts),
    )


@dataclass(slots=True)
class _Ledger:
    """Who says what. `same` gives what two values are compared by."""

    provenance: dict[str, tuple[str, ...]] = field(default_factory=dict)
    conflicts: list[Conflict] = field(default_factory=list)

    def single(
        self,
        path: str,
        said: Iterable[tuple[str, Value | None]],
        same: Callable[[Value], Hashable],
        shown: Callable[[Value], str],
    ) -> Value | None:
        present = [(source, value) for source, value in said if value is not None]
        if not present:
            return None
        first = present[0][1]
        agreeing = tuple(source for source, value in present if same(value) == same(first))
        self.provenance[path] = agreeing
        if len(agreeing) < len(present):
            self.conflicts.append(Conflict(path, tuple((source, shown(value)) for source, value in present)))
        return first

    def several(
        self, path: str, said: Iterable[tuple[str, Sequence[Value]]], same: Callable[[Value], Hashable]
    ) -> tuple[Value, ...]:
        values: dict[Hashable, Value] = {}
        sources: dict[Hashable, dict[str, None]] = {}
        for source, given in said:
            for value in given:
                key = same(value)
                values.setdefault(key, value)
                sources.setdefault(key, {})[source] = None
        for index, key in enumerate(values):
            self.provenance[f"{path}[{index}]"] = tuple(sources[key])
        return tuple(values.values())


def _attributes(said: Sequence[Said], ledger: _Ledger) -> dict[str, str]:
    attributes: dict[str, str] = {}
    for name in dict.fromkeys(name for _, customer in said for name in customer.attributes):
        values = [(source, customer.attributes.get(name)) for source, customer in said]
        value = ledger.single(f"{ATTRIBUTES}{name}", values, fold, str)
        if value is not None:
            attributes[name] = value
    return attributes


def _display(said: Sequence[Said], ledger: _Ledger) -> dict[str, Json]:
    display: dict[str, Json] = {}
    for source, customer in said:
        for name, value in customer.display.items():
            if name not in display:
                display[name] = value
                ledger.provenance[f"display.{name}"] = (source,)
    return display


def _place(address: Address) -> Hashable:
    """Two writings of one address: case, accents and punctuation do not count."""
    parts = (
        address.street, address.number, address.complement, address.district,
        address.city, address.state, address.postal_code, address.country,
    )  # fmt: skip
    return tuple("".join(filter(str.isalnum, fold(part or ""))) for part in parts)


# ---------------------------------------------------------------------------------------------- documents


def _documents(said: Sequence[Said], ledger: _Ledger) -> tuple[Document, ...]:
    whole = list(dict.fromkeys(one for _, customer in said for one in customer.documents if not one.masked))
    by_source = [(source, [_unmasked(document, whole) for document in customer.documents]) for source, customer in said]
    for kind in dict.fromkeys(document.kind for _, documents in by_source for document in documents):
        of_kind = [(source, [one for one in documents if one.kind == kind]) for source, documents in by_source]
        if any(_disagree(left, right) for (_, left), (_, right) in combinations(of_kind, 2)):
            values = tuple((source, one.value) for source, documents in of_kind for one in documents)
            ledger.conflicts.append(Conflict(f"documents.{kind}", values))
    return ledger.several("documents", by_source, lambda document: document)


def _unmasked(document: Document, whole: Sequence[Document]) -> Document:
    """The one whole document that a masked one can be, or itself."""
    if not document.masked:
        return document
    fitting = [one for one in whole if one.kind == document.kind and agrees(document.value, one.value)]
    return fitting[0] if len(fitting) == 1 else document


def _disagree(left: Sequence[Document], right: Sequence[Document]) -> bool:
    return bool(left and right) and all(not _may_be_same(one, other) for one in left for other in right)


def _may_be_same(one: Document, other: Document) -> bool:
    if one.masked:
        return agrees(one.value, other.value) is not False
    if other.masked:
        return agrees(other.value, one.value) is not False
    return one.value == other.value

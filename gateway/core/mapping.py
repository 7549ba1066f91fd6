"""The tenant's table from raw record to customer, compiled once and applied to every record of a source."""

from __future__ import annotations

import re
from collections.abc import Callable
from collections.abc import Mapping as Map
from dataclasses import dataclass, field, fields, replace
from difflib import get_close_matches

from gateway.core.absence import without_nothing
from gateway.core.kinds import Strength, UnknownKind, kind_named
from gateway.core.model import ATTRIBUTES, Address, Customer, Document, Json, RawRecord, UniqueKey
from gateway.core.partial import has_hidden
from gateway.core.paths import ANY_NAME
from gateway.core.picks import Allowed, Pick, Picker, Place, Problem, compile_pick, compile_pick_date
from gateway.core.targets import (
    CPF_CNPJ,
    EMAIL_SEPARATORS,
    PHONE_SEPARATORS,
    Addresses,
    Attribute,
    BirthDate,
    Contacts,
    Documents,
    canonical,
)
from gateway.core.tenant import UniqueKeySpec

ADDRESS_PARTS = tuple(part.name for part in fields(Address))
"""What an address may be made of; a free text goes under `street`."""


class RecordRefused(ValueError):
    """A record that cannot become a customer, for want of its unique key. `str()` gives the reason, without values."""


class MappingError(ValueError):
    """A mapping that does not compile. `problems`: (place, sentence); a place is (`documents`, `cpf`, `path`, 0), of which
    the YAML's short forms leave out the end: look for the longest part of it that is there."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        self.problems = problems
        super().__init__("; ".join(f"{'.'.join(map(str, place))}: {sentence}" for place, sentence in problems))


@dataclass(frozen=True, slots=True)
class MappingSpec:
    """A mapping as the tenant writes it. `documents`: kind -> Pick. `addresses`: part of ADDRESS_PARTS -> Pick, each."""

    unique_key: Pick
    name: Pick | None = None
    documents: Map[str, Pick] = field(default_factory=dict)
    emails: Pick | None = None
    phones: Pick | None = None
    birth_date: Pick | None = None
    addresses: tuple[Map[str, Pick], ...] = ()
    attributes: Map[str, Pick] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Mapped:
    """A customer, and what was doubted on the way; a warning names the value's place in the customer, never the value."""

    customer: Customer
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Mapping:
    """A compiled mapping. `reads`: the names that its paths mention, with `*` where it reads others too; `lists`: those that
    they take for lists. `gives`: the customer's values that it can give (`unique_key`, `name`, `emails`, `documents.cpf`,
    `attributes.plan`). `lines`: each of its lines by itself, in the order of the targets."""

    reads: frozenset[str]
    lists: frozenset[str]
    gives: frozenset[str]
    lines: tuple[Picker, ...]
    _key: Callable[[RawRecord, list[str]], UniqueKey]
    _name: Picker | None
    _documents: tuple[Documents, ...]
    _emails: Contacts | None
    _phones: Contacts | None
    _birth_date: BirthDate | None
    _addresses: tuple[Addresses, ...]
    _attributes: tuple[Attribute, ...]
    _mapped_roots: frozenset[str] | None

    def map(self, record: RawRecord, source: str) -> Mapped:
        """The customer that `source` describes. Raises RecordRefused where the unique key is absent or invalid."""
        warnings: list[str] = []
        customer = Customer(
            unique_key=self._key(record, warnings),
            name=self._name.one(record, warnings) if self._name else None,
            documents=self._read_documents(record, warnings),
            emails=self._emails.read(record, warnings) if self._emails else (),
            phones=self._phones.read(record, warnings) if self._phones else (),
            birth_date=self._birth_date.read(record, warnings) if self._birth_date else None,
            addresses=self._read_addresses(record, warnings) if self._addresses else (),
            attributes=self._read_attributes(record, warnings),
            display=self._read_display(record),
            sources=(source,),
        )
        return Mapped(customer, tuple(warnings))

    def _read_documents(self, record: RawRecord, warnings: list[str]) -> tuple[Document, ...]:
        found: list[Document] = []
        for documents in self._documents:
            found += documents.read(record, warnings)
        return tuple(dict.fromkeys(found)) if len(self._documents) > 1 else tuple(found)

    def _read_addresses(self, record: RawRecord, warnings: list[str]) -> tuple[Address, ...]:
        return tuple([found for addresses in self._addresses for found in addresses.read(record, warnings)])

    def _read_attributes(self, record: RawRecord, warnings: list[str]) -> dict[str, str]:
        found: dict[str, str] = {}
        for attribute in self._attributes:
            text = attribute.read(record, warnings)
            if text is not None:
                found[attribute.name] = text
        return found

    def _read_display(self, record: RawRecord) -> dict[str, Json]:
        if self._mapped_roots is None:
            return {}
        rest = {name: value for name, value in record.items() if name not in self._mapped_roots}
        return {name: kept for name, value in rest.items() if (kept := without_nothing(value)) is not None}


def compile_mapping(spec: MappingSpec, *, unique_key: UniqueKeySpec, country: str, display_all: bool) -> Mapping:
    """Check and compile. `country`: the tenant's, for its kinds. Raises MappingError with every problem at once."""
    compiler = _Compiler(spec, country)
    mapping = compiler.mapping(unique_key, display_all)
    if compiler.problems:
        raise MappingError(tuple(compiler.problems))
    return mapping


@dataclass(slots=True)
class _Compiler:
    """Compiles target by target; collects what is wrong and which paths are read."""

    spec: MappingSpec
    country: str
    problems: list[Problem] = field(default_factory=list)
    pickers: list[Picker] = field(default_factory=list)

    def mapping(self, unique_key: UniqueKeySpec, display_all: bool) -> Mapping:
        spec = self.spec
        targets = Mapping(
            reads=frozenset(),
            lists=frozenset(),
            gives=_gives(spec),
            lines=(),
            _key=self.key(unique_key),
            _name=self.picker("name", spec.name, ("name",), Allowed.DEFAULT) if spec.name else None,
            _documents=tuple(found for kind, pick in spec.documents.items() if (found := self.documents(kind, pick))),
            _emails=self.contacts("emails", "email", spec.emails, EMAIL_SEPARATORS) if spec.emails else None,
            _phones=self.contacts("phones", "phone", spec.phones, PHONE_SEPARATORS) if spec.phones else None,
            _birth_date=self.birth_date(spec.birth_date) if spec.birth_date else None,
            _addresses=tuple(self.addresses(place, parts) for place, parts in enumerate(spec.addresses)),
            _attributes=tuple(self.attribute(name, pick) for name, pick in spec.attributes.items()),
            _mapped_roots=None,
        )
        paths = [path for picker in self.pickers for path in picker.paths]
        reads = frozenset(name for path in paths for name in path.names)
        lists = frozenset(name for path in paths for name in path.lists)
        targets = replace(targets, lists=lists)
        if not display_all:
            return replace(targets, reads=reads, lines=tuple(self.pickers))
        roots = frozenset(name for path in paths for name in path.roots)
        return replace(targets, reads=reads | {ANY_NAME}, lines=tuple(self.pickers), _mapped_roots=roots)

    def picker(self, target: str, pick: Pick, place: Place, allowed: Allowed) -> Picker:
        picker = compile_pick(target, pick, place, allowed, self.problems)
        self.pickers.append(picker)
        return picker

    def key(self, spec: UniqueKeySpec) -> Callable[[RawRecord, list[str]], UniqueKey]:
        picker = self.picker("unique_key", self.spec.unique_key, ("unique_key",), Allowed.NEITHER)
        kind, country = kind_named(spec.kind), self.country

        def read(record: RawRecord, warnings: list[str]) -> UniqueKey:
            text = picker.one(record, warnings)
            if text is None:
                raise RecordRefused("The record has no unique key.")
            if has_hidden(text):
                # Interactions would be tied to what strangers share.
                raise RecordRefused("The record's unique key is shown only in part.")
            value = canonical(kind, text, country, picker, warnings)
            if value is None:
                raise RecordRefused(f"The record's unique key is not a valid {spec.kind}.")
            return UniqueKey(spec.name, spec.kind, value)

        return read

    def documents(self, name: str, pick: Pick) -> Documents | None:
        place = ("documents", name)
        picker = self.picker(f"documents.{name}", pick, place, Allowed.NEITHER)
        try:
            kind = kind_named(name)
        except UnknownKind as error:
            self.problems.append((place, str(error)))
            return None
        if kind.strength is not Strength.DOCUMENT:
            self.problems.append((place, f"'{name}' is no document. Map it under emails, phones, name or attributes."))
        return Documents(picker, kind, self.country)

    def contacts(self, target: str, kind: str, pick: Pick, separators: re.Pattern[str]) -> Contacts:
        picker = self.picker(target, pick, (target,), Allowed.NEITHER)
        return Contacts(picker, kind_named(kind), self.country, separators)

    def birth_date(self, pick: Pick) -> BirthDate:
        picker = self.picker("birth_date", pick, ("birth_date",), Allowed.DATE)
        return BirthDate(picker, compile_pick_date(pick, ("birth_date",), self.problems))

    def addresses(self, index: int, parts: Map[str, Pick]) -> Addresses:
        target = f"addresses[{index}]"
        pickers = []
        for part, pick in parts.items():
            place = ("addresses", index, part)
            if part not in ADDRESS_PARTS:
                near = get_close_matches(part, ADDRESS_PARTS, n=1)
                hint = f" Did you mean '{near[0]}'?" if near else ""
                known = ", ".join(ADDRESS_PARTS)
                self.problems.append((place, f"An address has no part '{part}'.{hint} Known: {known}."))
            pickers.append((part, self.picker(f"{target}.{part}", pick, place, Allowed.DEFAULT)))
        return Addresses(target, tuple(pickers))

    def attribute(self, name: str, pick: Pick) -> Attribute:
        target, place = f"{ATTRIBUTES}{name}", ("attributes", name)
        picker = self.picker(target, pick, place, Allowed.DEFAULT | Allowed.DATE)
        if not pick.dates:
            return Attribute(name, picker, None)
        return Attribute(name, picker, BirthDate(picker, compile_pick_date(pick, place, self.problems)))


def _gives(spec: MappingSpec) -> frozenset[str]:
    given = {"unique_key"}
    singles = ("name", "emails", "phones", "birth_date", "addresses", "documents")
    given.update(name for name in singles if getattr(spec, name))
    given.update(f"documents.{kind}" for kind in spec.documents)
    if CPF_CNPJ in spec.documents:
        given.update(("documents.cpf", "documents.cnpj"))
    given.update(f"{ATTRIBUTES}{name}" for name in spec.attributes)
    return frozenset(given)

"""What a mapping's values become in the customer: documents, e-mails, phones, addresses, each checked by its kind."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from gateway.core.changes import ZEROS_BACK
from gateway.core.kinds import Kind
from gateway.core.masked import partly_hidden, positions
from gateway.core.model import Address, Document, Json, RawRecord
from gateway.core.picks import Picker, side_by_side

CPF_CNPJ = "cpf_cnpj"
_BY_LENGTH = {11: "cpf", 14: "cnpj"}
_LENGTHS = {"cpf": (11,), "cnpj": (14,), CPF_CNPJ: (11, 14)}
_SHORTEST_NUMBER = 8
EMAIL_SEPARATORS = re.compile(r"[;,\s]+")
PHONE_SEPARATORS = re.compile(r"[;,|/]+")


def canonical(kind: Kind, text: str, country: str, picker: Picker, warnings: list[str]) -> str | None:
    """The kind's canonical value of what a source gives. A CPF or CNPJ gets back the leading zeros that it lost where a
    source declares a number, with a warning; the check digits say whether that is right."""
    value = kind.canonical(text, country)
    if value is None:
        value = with_zeros(kind, text, country)
        if value is not None:
            picker.warn(ZEROS_BACK, warnings)
    return value


def with_zeros(kind: Kind, text: str, country: str) -> str | None:
    """The canonical value of a CPF or CNPJ that lost its leading zeros; None where `text` is none."""
    if text.isdigit() and len(text) >= _SHORTEST_NUMBER:
        for length in _LENGTHS.get(kind.name, ()):
            if len(text) < length:
                return kind.canonical(text.zfill(length), country)
    return None


@dataclass(frozen=True, slots=True)
class Documents:
    """The documents of one kind; `cpf_cnpj` becomes what each of them is."""

    picker: Picker
    kind: Kind
    country: str

    def read(self, record: RawRecord, warnings: list[str]) -> list[Document]:
        documents = []
        for text in self.picker.many(record, warnings):
            document = self._document(text, warnings)
            if document is None:
                self.picker.warn(f"a value is not a valid {self.kind.name} and was left out", warnings)
            elif document not in documents:
                documents.append(document)
        return documents

    def _document(self, text: str, warnings: list[str]) -> Document | None:
        value = canonical(self.kind, text, self.country, self.picker, warnings)
        masked = value is None and partly_hidden(text)
        if value is None and not masked:
            return None
        shown = text if value is None else value
        kind = self.kind.name
        if kind == CPF_CNPJ:
            sort = _BY_LENGTH.get(positions(shown))
            return None if sort is None else Document(sort, shown, masked)
        return Document(kind, shown, masked)


@dataclass(frozen=True, slots=True)
class Contacts:
    """E-mails or phones. One field of a source may hold several, with `separators` between them."""

    picker: Picker
    kind: Kind
    country: str
    separators: re.Pattern[str]

    def read(self, record: RawRecord, warnings: list[str]) -> tuple[str, ...]:
        values: list[str] = []
        for text in self.picker.many(record, warnings):
            parts = self.separators.split(text) if self.separators.search(text) else (text,)
            for part in parts:
                value = self.kind.canonical(part, self.country) if part else None
                if value is not None:
                    if value not in values:
                        values.append(value)
                elif part:
                    self.picker.warn(f"a value is not a valid {self.kind.name} and was left out", warnings)
        return tuple(values)


@dataclass(frozen=True, slots=True)
class BirthDate:
    picker: Picker
    parse: Callable[[str], date | None]

    def read(self, record: RawRecord, warnings: list[str]) -> date | None:
        text = self.picker.one(record, warnings)
        if text is None:
            return None
        day = self.parse(text)
        if day is None:
            self.picker.warn("a value is not a date in the format of the mapping and was left out", warnings)
        return day


@dataclass(frozen=True, slots=True)
class Attribute:
    """A text; a date in it is written as ISO 8601."""

    name: str
    picker: Picker
    date: BirthDate | None

    def read(self, record: RawRecord, warnings: list[str]) -> str | None:
        if self.date is None:
            return self.picker.one(record, warnings)
        day = self.date.read(record, warnings)
        return self.picker.default if day is None else day.isoformat()


@dataclass(frozen=True, slots=True)
class Addresses:
    """One address, or as many as its parts give side by side (`enderecos.rua`, `enderecos.cidade`)."""

    target: str
    parts: tuple[tuple[str, Picker], ...]

    def read(self, record: RawRecord, warnings: list[str]) -> list[Address]:
        rows = side_by_side([picker.column(record, warnings) for _, picker in self.parts])
        if rows is None:
            warning = f"{self.target}: the lists of its parts do not fit side by side; they are left out"
            if warning not in warnings:
                warnings.append(warning)
            return []
        addresses = []
        for row in rows:
            address = self._address(row, warnings)
            if address is not None and address not in addresses:
                addresses.append(address)
        return addresses

    def _address(self, row: Sequence[Json], warnings: list[str]) -> Address | None:
        found: dict[str, str] = {}
        for (part, picker), value in zip(self.parts, row, strict=True):
            text = picker.first(value, warnings)
            if text is not None:
                found[part] = text
        if not found:
            # Defaults alone are no address.
            return None
        for part, picker in self.parts:
            if picker.default is not None:
                found.setdefault(part, picker.default)
        return Address(**found)

"""Findings to what a tenant's file says of them: search fields, the unique key, the lines of the mapping."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from collections.abc import Mapping as Map
from dataclasses import dataclass, field
from itertools import groupby

from gateway.core.folding import fold, fold_name
from gateway.core.kinds import kind_named
from gateway.core.mapping import ADDRESS_PARTS
from gateway.core.model import Json, RawRecord
from gateway.drafting.columns import Column, columns_of
from gateway.drafting.judging import Finding, Judge
from gateway.drafting.keys import KeyChoice, key_choices
from gateway.drafting.words import Role, tokens

_LABELS: Map[str, Map[str, str]] = {
    "pt-BR": {"cpf_cnpj": "CPF/CNPJ", "name": "Nome", "email": "E-mail", "phone": "Telefone"},
    "tr": {"name": "Ad soyad", "email": "E-posta", "phone": "Telefon"},
    "en": {"name": "Name", "email": "E-mail", "phone": "Phone"},
}
_SEARCHED = {Role.NAME: ("nome", "name"), Role.EMAIL: ("email", "email"), Role.PHONE: ("fone", "phone")}
"""Role -> the search field's name, and its kind."""
_HOUSE = {
    "numero": "number",
    "number": "number",
    "num": "number",
    "complemento": "complement",
    "complement": "complement",
}
"""Parts of an address that are told as such only by the street beside them."""
_MOST_FORMS = 3


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the mapping. `target`: (`documents`, `cpf`) or (`addresses`, `0`, `city`). `value`: as YAML has it.
    `reason` and `doubt`: for comments."""

    target: tuple[str, ...]
    value: Json
    reason: str
    doubt: str = ""


@dataclass(frozen=True, slots=True)
class Field:
    """A search field. `at`: what the source calls the value. `forms`: how it has to be asked for; empty for as it is."""

    name: str
    kind: str
    label: str | None
    matches: str | None
    at: str
    forms: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Proposal:
    """`keys`: what may be the unique key, best first. `left_out`: paths of what is not mapped, each with a reason or ""."""

    records: int
    fields: tuple[Field, ...]
    keys: tuple[KeyChoice, ...]
    lines: tuple[Line, ...]
    left_out: tuple[tuple[str, str], ...]
    unsafe: bool = False


def propose(records: Sequence[RawRecord], *, country: str, locale: str) -> Proposal:
    """What a mapping of these records can be. No value of them is in it, but for words for yes and no."""
    columns = columns_of(records)
    judge = Judge(country)
    findings = [judge.finding(column) for column in columns.columns]
    work = _Work(judge, locale, findings)
    lines = tuple(work.lines())
    return Proposal(
        records=columns.records,
        fields=tuple(work.fields()),
        keys=key_choices(findings, judge, columns.records),
        lines=lines,
        left_out=tuple(work.left_out()),
        unsafe=columns.unsafe,
    )


def attribute_name(column: Column) -> str:
    """What an attribute is called: `plano.nome` is the `plano`; letters, digits and `_`."""
    names = [name for name in column.names if fold_name(name) not in ("nome", "name", "descricao", "description")]
    words = [word for name in (names or column.names)[-2:] for word in tokens(name)]
    text = re.sub(r"[^A-Za-z0-9_]", "", fold("_".join(words)))[:40] or "valor"
    return text if text[0].isalpha() else f"a{text[:39]}"


@dataclass(slots=True)
class _Work:
    """Everything about one sample. `used`: columns that stand in a line."""

    judge: Judge
    locale: str
    findings: Sequence[Finding]
    used: set[str] = field(default_factory=set)
    attributes: dict[str, Finding] = field(default_factory=dict)

    # ------------------------------------------------------------------------------------------ the mapping

    def lines(self) -> Iterator[Line]:
        yield from self._name()
        documents = sorted(self._of(Role.DOCUMENT), key=lambda found: found.kind)
        for kind, group in groupby(documents, key=lambda found: found.kind):
            yield self._many(("documents", kind), list(group))
        if emails := self._of(Role.EMAIL):
            yield self._many(("emails",), emails)
        yield from self._phones()
        for found in self._of(Role.BIRTH)[:1]:
            yield self._line(("birth_date",), found, {} if found.date == "" else {"date": found.date})
        yield from self._addresses()
        yield from self._attributes()

    def _name(self) -> Iterator[Line]:
        whole, first, last = (self._of(role) for role in (Role.NAME, Role.FIRST, Role.LAST))
        if last and (first or whole):
            parts = [(first or whole)[0], last[0]]
            paths: list[Json] = [self._use(part) for part in parts]
            yield Line(("name",), {"path": paths, "join": " "}, "by their names, first and last name")
        elif whole or first:
            yield self._many(("name",), whole or first)

    def _phones(self) -> Iterator[Line]:
        phones, areas = self._of(Role.PHONE), self._of(Role.AREA)
        if phones and areas:
            pair = (
                areas[0],
                next((one for one in phones if one.column.names[:-1] == areas[0].column.names[:-1]), phones[0]),
            )
            paths: list[Json] = [self._use(one) for one in pair]
            rest = [one.column.path for one in phones if one is not pair[1]]
            doubt = f"also {', '.join(rest)}: a format reads one pair" if rest else ""
            yield Line(("phones",), {"path": paths, "format": "{}{}"}, "area code and number stand apart", doubt)
        elif phones:
            yield self._many(("phones",), phones)

    def _addresses(self) -> Iterator[Line]:
        places: dict[str, dict[str, Finding]] = {}
        for found in self._of(Role.ADDRESS):
            part, place = found.part
            places.setdefault(place, {}).setdefault(part, found)
        if "" in places:
            for found in self.findings:
                part = _HOUSE.get(fold_name(found.column.names[-1]), "")
                if part and len(found.column.names) == 1:
                    places[""].setdefault(part, found)
        for index, parts in enumerate(places.values()):
            for part in sorted(parts, key=ADDRESS_PARTS.index):
                self.used.add(parts[part].column.path)
                numeric = part == "postal_code" and parts[part].column.numeric and self.judge.country == "BR"
                more: dict[str, Json] = {"digits": 8} if numeric else {}
                reason = "numbers, so leading zeros are lost" if numeric else ""
                yield self._line(("addresses", str(index), part), parts[part], more, reason)

    def _attributes(self) -> Iterator[Line]:
        for found in self.findings:
            wanted = found.role is Role.CODE or found.yes_no or (found.date is not None and found.role is Role.OTHER)
            named = fold_name(found.column.names[0]) in ("plano", "plan", "situacao", "status", "categoria", "segmento")
            if not (wanted or named) or found.column.path in self.used or found.role is Role.ELSE:
                continue
            name = attribute_name(found.column)
            if name in self.attributes:
                continue
            self.attributes[name] = found
            more: dict[str, Json] = {"map": "boolean"} if found.yes_no else {"date": found.date} if found.date else {}
            yield self._line(("attributes", name), found, more, "" if found.reason else "by its name")

    def _line(self, target: tuple[str, ...], found: Finding, more: Map[str, Json], reason: str = "") -> Line:
        path = self._use(found)
        value: Json = {"path": path, **more} if more else path
        return Line(target, value, reason or found.reason, found.doubt)

    def _many(self, target: tuple[str, ...], found: Sequence[Finding]) -> Line:
        paths: list[Json] = [self._use(one) for one in found]
        doubts = list(dict.fromkeys(f"{one.column.path}: {one.doubt}" for one in found if one.doubt))
        return Line(target, paths[0] if len(paths) == 1 else paths, _reason(found), "; ".join(doubts))

    def _use(self, found: Finding) -> str:
        self.used.add(found.column.path)
        return found.column.path

    def _of(self, role: Role) -> list[Finding]:
        return [found for found in self.findings if found.role is role]

    def left_out(self) -> Iterator[tuple[str, str]]:
        """After `lines`."""
        for found in self.findings:
            if found.column.path not in self.used:
                yield found.column.path, found.doubt or (found.reason if found.role is Role.ELSE else "")

    # ------------------------------------------------------------------------------------------ search fields

    def fields(self) -> Iterator[Field]:
        """After `lines`."""
        documents = self._of(Role.DOCUMENT)
        kinds = list(dict.fromkeys(found.kind for found in documents))
        for kind in kinds:
            yield self._document_field(kind, [found for found in documents if found.kind == kind])
        if {"cpf", "cnpj"} <= set(kinds):
            yield self._document_field("cpf_cnpj", documents)
        for role, (name, kind) in _SEARCHED.items():
            found = [one for one in self._of(role) if one.column.path in self.used]
            if role is Role.NAME and not found:
                found = self._of(Role.FIRST)
            if found:
                yield Field(name, kind, self._label(kind), None, found[0].column.names[-1], self._forms(kind, found))
        for name, one in self.attributes.items():
            if one.role is Role.CODE:
                yield Field(name, "code", None, f"attributes.{name}", one.column.names[-1])

    def _document_field(self, kind: str, found: Sequence[Finding]) -> Field:
        name = kind.rpartition(".")[2]
        return Field(name, kind, self._label(kind), None, found[0].column.names[-1], self._forms(kind, found))

    def _label(self, kind: str) -> str | None:
        return _LABELS.get(self.locale, {}).get(kind) or kind.rpartition(".")[2].upper().replace("_", "/")

    def _forms(self, kind: str, found: Sequence[Finding]) -> tuple[str, ...]:
        """The forms in which the sample writes these values, the most frequent first: sources compare as they store."""
        if kind not in ("phone", "cpf", "cnpj", "cpf_cnpj") and "." not in kind:
            return ()
        left = [text for one in found for text in one.column.texts]
        enough = len(left) // 10
        forms = kind_named(kind).forms
        chosen: list[str] = []
        while len(left) > enough and len(chosen) < _MOST_FORMS:
            written = {form: {text for text in left if self._writes(kind, form, text)} for form in forms}
            best = max(written, key=lambda form: len(written[form]))
            if not written[best]:
                break
            chosen.append(best)
            left = [text for text in left if text not in written[best]]
        return () if chosen in ([], ["plain"]) else tuple(chosen)

    def _writes(self, kind: str, form: str, text: str) -> bool:
        value = self.judge.canonical(kind, text)
        return value is not None and kind_named(kind).forms[form](value, self.judge.country) == text


def _reason(found: Sequence[Finding]) -> str:
    if len(found) == 1 or not found[0].counted[2]:
        return found[0].reason
    good, count = sum(one.counted[0] for one in found), sum(one.counted[1] for one in found)
    return f"by their names and values: {good} of {count} {found[0].counted[2]}"

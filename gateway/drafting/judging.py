"""What each column holds, judged by its name and by its values: a finding, and the reasons for it without any value."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from collections.abc import Mapping as Map
from dataclasses import dataclass, field
from typing import Final

from gateway.core.changes import BOOLEAN
from gateway.core.dates import compile_date
from gateway.core.folding import fold, fold_name
from gateway.core.kinds import Kind, UnknownKind, kind_named
from gateway.core.partial import has_hidden, has_hidden_digits
from gateway.core.redaction import Redacted
from gateway.core.targets import with_zeros
from gateway.drafting.columns import Column
from gateway.drafting.words import Role, address_part, role_of

MOST_OF = 0.8
"""Share of the values that speaks for a kind by itself."""
SOME_OF = 0.5
"""Share that is enough where the name speaks for it, too."""
_TELLING = 3
"""So many different numbers with right check digits are no chance, whatever the field is called."""
DOCUMENTS: Final[Map[str, tuple[str, ...]]] = {
    "BR": ("cpf", "cnpj"),
    "TR": ("tr.tckimlik", "tr.vkn"),
    "ES": ("es.nif", "es.nie", "es.cif"),
    "PT": ("pt.nif",),
    "AR": ("ar.cuit", "ar.dni"),
    "CL": ("cl.rut",),
    "MX": ("mx.rfc", "mx.curp"),
    "CO": ("co.nit",),
}
"""Country -> the documents that its people and companies are known by, the usual ones first."""
_WEAK = frozenset({"ar.dni", "tr.vkn", "co.nit"})
"""With no check digit or a single one: other numbers pass, too, so only the field's name can say so."""
_SAID_SO: Final[Map[str, tuple[str, ...]]] = {
    "cpf": ("cpf",),
    "cnpj": ("cnpj", "cgc"),
    "tr.tckimlik": ("tckimlik", "tckimlikno", "tckn", "kimlikno"),
    "tr.vkn": ("vkn", "vergino", "verginumarasi"),
}
_DATES = ("%d/%m/%Y", "%m/%d/%Y", "%d-%m-%Y", "%m-%d-%Y", "%d.%m.%Y", "%Y/%m/%d", "%d/%m/%Y %H:%M:%S", "%d%m%Y")
_WORDS_OF_DATES = ("iso", "dotnet")
_MONTH_FIRST = frozenset({"US", "PH"})


@dataclass(frozen=True, slots=True, repr=False)
class Finding(Redacted):
    """What one column is. `kind`: of a document (`cpf`, `cpf_cnpj`), else "". `date`: how its dates are written, "" for ISO
    8601, None for no date. `part`: of an address, and which of several. `yes_no`: are its values words for yes and no?
    `reason`: for a comment; `doubt`: what the integrator has to look at, or "". `counted`: how many values of how many
    speak for it, and what they do."""

    column: Column
    role: Role
    reason: str
    kind: str = ""
    date: str | None = None
    part: tuple[str, str] = ("", "")
    yes_no: bool = False
    doubt: str = ""
    counted: tuple[int, int, str] = (0, 0, "")


@dataclass(frozen=True, slots=True)
class Judge:
    """`country`: the tenant's, for documents and telephone numbers."""

    country: str
    _kinds: dict[str, Kind] = field(default_factory=dict)

    def finding(self, column: Column) -> Finding:
        """By name first, where the values do not contradict; by unmistakable values where the name says nothing."""
        role = role_of(column.names)
        if role is Role.ELSE:
            return Finding(column, role, "by its name, of somebody or something beside the customer")
        shown = [text for text in column.texts if not has_hidden(text)]
        for judged in (self._document, self._email, self._date, self._phone):
            found = judged(column, role, shown)
            if found is not None:
                return found
        return self._by_name(column, role, shown)

    def canonical(self, kind: str, text: str) -> str | None:
        """The kind's canonical value of what a source gives, lost zeros given back; None where it is none."""
        named = self._kind(kind)
        return named.canonical(text, self.country) or with_zeros(named, text, self.country)

    # ------------------------------------------------------------------------------------------ by kind

    def _document(self, column: Column, role: Role, texts: Sequence[str]) -> Finding | None:
        kinds = [self._document_of(text, _said(column)) for text in texts]
        valid = [kind for kind in kinds if kind]
        if not valid and not (role is Role.DOCUMENT and column.texts and not texts):
            return self._refused_document(column, role)
        if not valid:
            kind = _said(column) or ("cpf_cnpj" if self.country == "BR" else "")
            reason = "by its name; its values are shown only in part"
            return Finding(column, Role.DOCUMENT, reason, kind=kind) if kind else None
        kind = max(set(valid), key=valid.count)
        if {"cpf", "cnpj"} <= set(valid):
            kind = "cpf_cnpj"
        share = len(valid) / len(texts)
        different = len({self.canonical(one, text) for one, text in zip(kinds, texts, strict=True) if one})
        certain = (
            share >= MOST_OF and not _WEAK & set(valid) and (different >= _TELLING or self._written_so(valid[0], texts))
        )
        if not (certain or (role is Role.DOCUMENT and share >= SOME_OF)):
            return self._refused_document(column, role) if share < SOME_OF else None
        lost = "; numbers, so leading zeros may be lost: the check digits give them back" if column.numeric else ""
        counted = (len(valid), len(texts), f"check as {kind.replace('_', ' or ')}{lost}")
        return Finding(column, Role.DOCUMENT, _told(role is Role.DOCUMENT, counted), kind=kind, counted=counted)

    def _document_of(self, text: str, said: str) -> str:
        """The kind whose checks the text passes as it is; with lost zeros, that of the field's name alone."""
        kinds = DOCUMENTS.get(self.country, ())
        whole = next((kind for kind in kinds if self._kind(kind).canonical(text, self.country) is not None), "")
        if whole:
            return whole
        return next((kind for kind in ((said,) if said else kinds) if self.canonical(kind, text) is not None), "")

    def _refused_document(self, column: Column, role: Role) -> Finding | None:
        if role is not Role.DOCUMENT:
            return None
        doubt = "is named like a document, but no value of it has right check digits: what is it?"
        return Finding(column, Role.OTHER, "", doubt=doubt)

    def _email(self, column: Column, role: Role, texts: Sequence[str]) -> Finding | None:
        share = self._share("email", texts, split=";, ")
        if share >= MOST_OF or (role is Role.EMAIL and share >= SOME_OF):
            counted = (round(share * len(texts)), len(texts), "are e-mail addresses")
            return Finding(column, Role.EMAIL, _told(role is Role.EMAIL, counted), counted=counted)
        if role is Role.EMAIL:
            if not texts and column.texts:
                return Finding(column, Role.EMAIL, "by its name; its values are shown only in part")
            doubt = "is named like an e-mail address, but most of its values are none"
            return Finding(column, Role.OTHER, "", doubt=doubt)
        return None

    def _date(self, column: Column, role: Role, texts: Sequence[str]) -> Finding | None:
        forms = [form for form in (*_WORDS_OF_DATES, *_DATES) if _all_dates(form, texts)]
        bare = all(text.isdigit() for text in texts)
        if not forms or (bare and role is not Role.BIRTH):
            if role is Role.BIRTH and texts:
                doubt = "is named like a birth date; say under date: how it is written"
                return Finding(column, Role.OTHER, "", doubt=doubt)
            return None
        if self.country in _MONTH_FIRST and len(forms) > 1:
            forms.sort(key=lambda form: not form.startswith("%m"))
        form, doubt = forms[0], ""
        if len(forms) > 1:
            doubt = f"day and month cannot be told apart in this sample: {form} or {forms[1]}?"
        written = "as ISO 8601" if form == "iso" else f"as {form}"
        named = "by its name, and its values are dates " if role is Role.BIRTH else "its values are dates "
        kept = Role.BIRTH if role is Role.BIRTH else Role.OTHER
        return Finding(column, kept, named + written, date="" if form == "iso" else form, doubt=doubt)

    def _phone(self, column: Column, role: Role, texts: Sequence[str]) -> Finding | None:
        plain = [text for text in texts if not has_hidden_digits(text)]
        share = self._share("phone", plain, split=";,|/")
        if role is Role.PHONE and (share >= SOME_OF or (column.texts and not plain)):
            counted = (round(share * len(plain)), len(plain), "read as telephone numbers")
            return Finding(column, Role.PHONE, _told(True, counted), counted=counted)
        marked = sum(text.startswith(("+", "(")) and any(map(str.isdigit, text)) for text in plain)
        if role in (Role.OTHER, Role.CODE) and plain and share >= MOST_OF and marked / len(plain) >= MOST_OF:
            doubt = "not by its name, but its values are written like telephone numbers: are they?"
            return Finding(column, Role.PHONE, "its values are written like telephone numbers", doubt=doubt)
        return None

    def _by_name(self, column: Column, role: Role, texts: Sequence[str]) -> Finding:
        if role is Role.ADDRESS:
            part = address_part(column.names)
            assert part is not None
            return Finding(column, role, "by its name", part=part)
        if role in (Role.NAME, Role.FIRST, Role.LAST):
            letters = sum(any(map(str.isalpha, text)) for text in column.texts)
            if letters < SOME_OF * len(column.texts):
                return Finding(column, Role.OTHER, "", doubt="is named like a name, but its values have no letters")
            return Finding(column, role, "by its name")
        if role is Role.AREA:
            return Finding(column, role, "by its name")
        yes_no = bool(texts) and all(fold(text) in BOOLEAN for text in texts)
        if yes_no and not all(text in "01" for text in texts):
            return Finding(column, Role.OTHER, "its values are words for yes and no", yes_no=True)
        if role is Role.CODE:
            return Finding(column, role, "by its name")
        return Finding(column, Role.OTHER, "")

    # ------------------------------------------------------------------------------------------ shares

    def _share(self, kind: str, texts: Sequence[str], split: str = "") -> float:
        """How many of the texts are of the kind; a text of several is when all of them are."""
        if not texts:
            return 0.0
        return sum(self._is(kind, text, split) for text in texts) / len(texts)

    def _is(self, kind: str, text: str, split: str) -> bool:
        for sign in split:
            text = text.replace(sign, "\0")
        parts = [part for part in text.split("\0") if part.strip()]
        if kind == "phone" and any(any(map(str.isalpha, part)) for part in parts):
            return False
        return bool(parts) and all(self.canonical(kind, part.strip()) is not None for part in parts)

    def _written_so(self, kind: str, texts: Sequence[str]) -> bool:
        """Is one of the texts written as only this document is (`123.456.789-09`)?"""
        write = self._kind(kind).forms.get("masked")
        values = ((text, self.canonical(kind, text)) for text in texts)
        return write is not None and any(
            value is not None and text != value and write(value, self.country) == text for text, value in values
        )

    def _kind(self, name: str) -> Kind:
        kind = self._kinds.get(name)
        if kind is None:
            try:
                kind = self._kinds[name] = kind_named(name)
            except UnknownKind:
                raise AssertionError(f"the drafting's own table names the unknown kind {name}") from None
        return kind


def _said(column: Column) -> str:
    folded = fold_name(column.names[-1])
    return next((kind for kind, words in _SAID_SO.items() if folded in words), "")


def _all_dates(form: str, texts: Sequence[str]) -> bool:
    """Are all of these dates in this form? A day zero of a database (`0000-00-00`) speaks neither for nor against."""
    read: Callable[[str], object] = compile_date(form)
    told = [text for text in texts if any(sign in "123456789" for sign in text)]
    return bool(told) and all(read(text) is not None for text in told)


def _told(named: bool, counted: tuple[int, int, str]) -> str:
    good, count, how = counted
    return f"{'by its name, and' if named else 'not by its name, but'} {good} of {count} values {how}"

"""National documents of other countries through python-stdnum: `tr.tckimlik`, `es.nif`, `pt.nif`, `ar.dni` …

A document's module is imported when a tenant first names it, and no other.
"""

from __future__ import annotations

import pkgutil
import re
from collections.abc import Callable
from collections.abc import Mapping as Map
from dataclasses import dataclass
from difflib import get_close_matches
from types import ModuleType

from stdnum import get_cc_module
from stdnum.exceptions import InvalidChecksum, InvalidFormat, InvalidLength

from gateway.core.folding import straighten
from gateway.core.kinds.kind import Form, InvalidValue, Normalised, Recognition, Strength
from gateway.core.kinds.writing import lower, number, plain, upper

_COUNTRY = re.compile(r"[a-z]{2}")
_NAME = re.compile(r"([a-z]{2})\.([a-z][a-z0-9_]*)")
_LONGEST = 64
_WRITTEN = re.compile(r"[0-9A-Za-z][0-9A-Za-z .,/_-]{2,30}")


@dataclass(frozen=True, slots=True)
class NationalDocument:
    """Canonical: as python-stdnum compacts it. `validate` and `write` are the module's own functions."""

    name: str
    validate: Callable[[str], str]
    write: Callable[[str], str] | None

    @property
    def strength(self) -> Strength:
        return Strength.DOCUMENT

    @property
    def matches(self) -> str:
        return f"documents.{self.name}"

    @property
    def forms(self) -> Map[str, Form]:
        forms: dict[str, Form] = {"plain": plain, "digits": plain, "upper": upper, "lower": lower, "number": number}
        if self.write is not None:
            forms["masked"] = self._masked
        return forms

    def _masked(self, value: str, country: str) -> str | None:
        return self.write(value) if self.write else None

    def normalise(self, text: str, country: str) -> Normalised:
        typed = straighten(text).strip()
        if len(typed) > _LONGEST:
            raise InvalidValue("length", "it has too few or too many digits for this document")
        if not any(map(str.isalnum, typed)):
            raise InvalidValue("characters", "it has neither digits nor letters")
        try:
            value = self.validate(typed)
        except InvalidChecksum:
            reason = "its check digits do not fit the rest; look for a mistyped or swapped digit"
            raise InvalidValue("check_digits", reason) from None
        except InvalidLength:
            raise InvalidValue("length", "it has too few or too many digits for this document") from None
        except InvalidFormat:
            raise InvalidValue("shape", "it is not written as this document is; look for wrong characters") from None
        except (ValueError, LookupError):  # InvalidComponent, and what single modules let through for odd input
            raise InvalidValue("shape", "a part of it (a date, a region) does not exist") from None
        if value.isdigit() and value.count(value[0]) == len(value):
            raise InvalidValue("repeated_digits", "all its digits are the same, and no such number is ever issued")
        return Normalised(value)

    def canonical(self, text: str, country: str) -> str | None:
        try:
            return self.normalise(text, country).value
        except InvalidValue:
            return None

    def recognises(self, text: str) -> Recognition:
        written = _WRITTEN.fullmatch(text) and any(map(str.isdigit, text))
        return Recognition.MAYBE if written else Recognition.NO


def national_document(name: str) -> NationalDocument | None:
    """The document `<country>.<document>` (ISO 3166 code in lower case, python-stdnum's name), or None if there is none.

    A second name of a document (`es.vat` for `es.nif`) is none: two names would be two documents that never match.
    """
    module = _module(name)
    if module is None or _own_name(module) != name:
        return None
    validate, write = getattr(module, "validate", None), getattr(module, "format", None)
    return NationalDocument(name, validate, write) if validate is not None else None


def nearest_document(name: str) -> str | None:
    """The document that `name` is a second or a mistyped name of."""
    module = _module(name)
    if module is not None:
        return _own_name(module)
    country = name.partition(".")[0]
    folder: object = get_cc_module(country, "__path__") if _COUNTRY.fullmatch(country) else None
    listed = pkgutil.iter_modules(folder) if isinstance(folder, list) else ()
    known = [f"{country}.{document.name}" for document in listed]
    close = get_close_matches(name, known, n=1)
    return close[0] if close else None


def _module(name: str) -> ModuleType | None:
    written = _NAME.fullmatch(name)
    if written is None or written[1] == "br":
        return None
    module: object = get_cc_module(written[1], written[2])
    return module if isinstance(module, ModuleType) else None


def _own_name(module: ModuleType) -> str:
    country, _, document = module.__name__.removeprefix("stdnum.").partition(".")
    return f"{country.rstrip('_')}.{document}"

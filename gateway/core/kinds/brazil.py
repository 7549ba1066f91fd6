"""Brazil's tax numbers: CPF (people), CNPJ (companies, numeric and alphanumeric) and fields that take either."""

from __future__ import annotations

import re
from collections.abc import Mapping as Map
from operator import mul
from typing import ClassVar

from gateway.core.folding import straighten
from gateway.core.kinds.kind import Form, InvalidValue, Normalised, Recognition, Strength
from gateway.core.kinds.writing import lower, number, plain, upper

_SEPARATORS = b".,-/_ \t\r\n"
_LESS_48 = bytes(max(code - 48, 0) for code in range(256))
# Module 11 with weights 2, 3, 4 … from the right; CPF goes on to 11, CNPJ starts again after 9 (IN RFB 2.229/2024, annex).
_CPF_WEIGHTS = ((10, 9, 8, 7, 6, 5, 4, 3, 2), (11, 10, 9, 8, 7, 6, 5, 4, 3, 2))
_CNPJ_WEIGHTS = ((5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2), (6, 5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2))

_CPF_MASK = re.compile(r"\d{3}\.\d{3}\.\d{3}[-. ]?\d{2}|\d{9}-\d{2}|\d{3} \d{3} \d{3}-\d{2}", re.ASCII)
_CPF_BARE = re.compile(r"\d{3} ?\d{3} ?\d{3} ?\d{2}", re.ASCII)
_CNPJ_MASK = re.compile(
    r"\w{2}\.?\w{3}\.?\w{3}/\w{4}[- ]?\d{2}|\w{2}\.\w{3}\.\w{3} ?\w{4}-?\d{2}",
    re.ASCII,
)
_CNPJ_BARE = re.compile(r"\w{2} ?\w{3} ?\w{3} ?\w{4}[- ]?\d{2}", re.ASCII)


def is_masked(text: str) -> bool:
    """Is `text` punctuated as only a CPF or a CNPJ is? Then it is no phone and no code, whatever its digits are."""
    return _CPF_MASK.fullmatch(text) is not None or _CNPJ_MASK.fullmatch(text) is not None


def _bare(text: str) -> str:
    # As bytes, which leave characters out ten times as fast as text does. No character of UTF-8 holds one of ASCII's.
    return (
        straighten(text).encode("utf-8", "surrogatepass").translate(None, _SEPARATORS).decode("utf-8", "surrogatepass")
    )


def _check_digit(values: bytes, weights: tuple[int, ...]) -> int:
    rest = sum(map(mul, values, weights)) % 11
    return 0 if rest < 2 else 11 - rest


def _refuse_wrong_check_digits(value: str, weights: tuple[tuple[int, ...], tuple[int, ...]]) -> None:
    if value.count(value[0]) == len(value):
        raise InvalidValue("repeated_digits", "all its digits are the same, and no such number is ever issued")
    values = value.encode("ascii").translate(_LESS_48)
    if _check_digit(values, weights[0]) != values[-2] or _check_digit(values, weights[1]) != values[-1]:
        raise InvalidValue("check_digits", "its check digits do not fit the rest; look for a mistyped or swapped digit")


def _cpf(bare: str) -> str:
    if not (bare.isascii() and bare.isdigit()):
        raise InvalidValue("characters", "a CPF has digits, dots and a hyphen only")
    if len(bare) != 11:
        raise InvalidValue("length", f"it has {len(bare)} digits and a CPF has 11, leading zeros included")
    _refuse_wrong_check_digits(bare, _CPF_WEIGHTS)
    return bare


def _cnpj(bare: str) -> str:
    if not (bare.isascii() and bare.isalnum()):
        raise InvalidValue("characters", "a CNPJ has letters without accents, digits, dots, a slash and a hyphen only")
    if len(bare) != 14:
        raise InvalidValue("length", f"it has {len(bare)} characters and a CNPJ has 14, leading zeros included")
    if not bare[12:].isdigit():
        raise InvalidValue("shape", "the last two characters of a CNPJ are digits")
    bare = bare.upper()
    _refuse_wrong_check_digits(bare, _CNPJ_WEIGHTS)
    return bare


def _masked(value: str, country: str) -> str:
    if len(value) == 11:
        return f"{value[:3]}.{value[3:6]}.{value[6:9]}-{value[9:]}"
    return f"{value[:2]}.{value[2:5]}.{value[5:8]}/{value[8:12]}-{value[12:]}"


class _TaxNumber:
    """What the three kinds have in common."""

    name: ClassVar[str]
    matches: ClassVar[str]
    strength: ClassVar[Strength] = Strength.DOCUMENT
    forms: ClassVar[Map[str, Form]] = {"plain": plain, "digits": plain, "masked": _masked, "number": number}

    def normalise(self, text: str, country: str) -> Normalised:
        return Normalised(self._checked(_bare(text)))

    def canonical(self, text: str, country: str) -> str | None:
        try:
            return self._checked(_bare(text))
        except InvalidValue:
            return None

    def recognises(self, text: str) -> Recognition:
        raise NotImplementedError

    def _checked(self, bare: str) -> str:
        raise NotImplementedError


class Cpf(_TaxNumber):
    """Canonical: 11 digits."""

    name: ClassVar[str] = "cpf"
    matches: ClassVar[str] = "documents.cpf"

    def _checked(self, bare: str) -> str:
        return _cpf(bare)

    def recognises(self, text: str) -> Recognition:
        if _CPF_MASK.fullmatch(text):
            return Recognition.SURE
        return Recognition.MAYBE if _CPF_BARE.fullmatch(text) else Recognition.NO


class Cnpj(_TaxNumber):
    """Canonical: 12 digits or upper-case letters and two check digits. A character counts as its code minus 48, so A is 17
    (IN RFB 2.229/2024, in force since July 2026). The form `digits` keeps the letters: it only leaves out punctuation."""

    name: ClassVar[str] = "cnpj"
    matches: ClassVar[str] = "documents.cnpj"
    forms: ClassVar[Map[str, Form]] = {**_TaxNumber.forms, "upper": upper, "lower": lower}

    def _checked(self, bare: str) -> str:
        return _cnpj(bare)

    def recognises(self, text: str) -> Recognition:
        if _CNPJ_MASK.fullmatch(text):
            return Recognition.SURE
        return Recognition.MAYBE if _CNPJ_BARE.fullmatch(text) else Recognition.NO


class CpfCnpj(_TaxNumber):
    """Either of the two; the number of characters says which."""

    name: ClassVar[str] = "cpf_cnpj"
    matches: ClassVar[str] = "documents"
    forms: ClassVar[Map[str, Form]] = Cnpj.forms

    def _checked(self, bare: str) -> str:
        if len(bare) == 11:
            return _cpf(bare)
        if len(bare) == 14:
            return _cnpj(bare)
        raise InvalidValue(
            "length", f"it has {len(bare)} characters; a CPF has 11 and a CNPJ 14, leading zeros included"
        )

    def recognises(self, text: str) -> Recognition:
        return max(CPF.recognises(text), CNPJ.recognises(text))


CPF = Cpf()
CNPJ = Cnpj()
CPF_CNPJ = CpfCnpj()

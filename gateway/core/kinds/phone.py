"""Telephone numbers: any way of writing them becomes E.164, with the tenant's country as the default region."""

from __future__ import annotations

import re
from collections.abc import Mapping as Map
from typing import ClassVar

from gateway.core.folding import straighten
from gateway.core.kinds import brazil, brazil_phone
from gateway.core.kinds.kind import Form, InvalidValue, Normalised, Recognition, Strength
from gateway.core.kinds.phone_forms import FORMS
from gateway.core.kinds.phone_plan import LONGEST, SHORTEST, is_at_home, read

_LONGEST_TEXT = 64

_EXTENSION = re.compile(
    r"[ ;,(]*(?:ramal|ram|r|extens[aã]o|extension|ext|x|#|interno|int|dahili)[ .:=]*\d{1,6}[ )]*$", re.IGNORECASE
)
_CARRIER_HOLE = re.compile(r"\b0 ?x ?x", re.IGNORECASE)
_WRITTEN = re.compile(r"[ (]*\+?[0-9 ()./-]*")
_NOT_DIGITS = re.compile(r"[^0-9]")

_NOT_VALID = "the number is not in the numbering plan; it is asked as it stands"
_NO_AREA_CODE = "the number has no area code; it is asked as it stands"
_READ_AS_FOREIGN = "the number is none of the tenant's country; it is read as a foreign one whose + was left out"
_EXTENSION_LEFT_OUT = "the extension is left out"


class Phone:
    """Canonical: E.164 (`+5511987654321`), or the bare digits where no country can be told (a local number).

    Candidates: Brazil's ninth digit the other way. Between 8 and 15 digits nothing is refused: numbering plans change, and
    sources hold what they hold. Not being valid is a warning.
    """

    name: ClassVar[str] = "phone"
    strength: ClassVar[Strength] = Strength.PHONE
    matches: ClassVar[str] = "phones"

    def normalise(self, text: str, country: str) -> Normalised:
        if country == "BR" and (usual := brazil_phone.usual(text)):
            return Normalised(usual, candidates(usual, country))
        digits, international, warnings = _digits_of(text)
        value, valid = read(digits, international, country)
        if valid and not international and not digits.startswith("00") and not is_at_home(value, country):
            warnings = (*warnings, _READ_AS_FOREIGN)
        elif not valid:
            local = not value.startswith("+") and len(value) <= 9
            warnings = (*warnings, _NO_AREA_CODE if local else _NOT_VALID)
        return Normalised(value, candidates(value, country), warnings)

    def canonical(self, text: str, country: str) -> str | None:
        if country == "BR" and (value := brazil_phone.usual(text)):
            return value
        try:
            digits, international, _ = _digits_of(text)
        except InvalidValue:
            return None
        return read(digits, international, country)[0]

    def recognises(self, text: str) -> Recognition:
        if len(text) > _LONGEST_TEXT or brazil.is_masked(text) or not _WRITTEN.fullmatch(_stem(text)[0]):
            return Recognition.NO
        return Recognition.SURE if text.startswith(("+", "(")) else Recognition.MAYBE

    @property
    def forms(self) -> Map[str, Form]:
        return FORMS


def candidates(value: str, country: str) -> tuple[str, ...]:
    """Other spellings of a canonical number."""
    if value.startswith("+55") or country == "BR":
        other = brazil_phone.other_spelling(value)
        return (other,) if other else ()
    return ()


# ---------------------------------------------------------------------------------------------- reading


def _stem(text: str) -> tuple[str, bool]:
    """The number without `tel:`, without the hole for a carrier (`0xx11` -> `0 11`) and without its extension."""
    text = text.strip()
    if text[:4].lower() == "tel:":
        text = text[4:]
    text = _CARRIER_HOLE.sub("0 ", text, count=1)
    stem = _EXTENSION.sub("", text)
    return stem, stem != text


def _digits_of(text: str) -> tuple[str, bool, tuple[str, ...]]:
    """(digits, they begin with a country code, warnings). Raises InvalidValue."""
    typed = " ".join(straighten(text).split())
    if len(typed) > _LONGEST_TEXT:
        raise InvalidValue("length", f"it is longer than a phone number; {SHORTEST} to {LONGEST} digits are expected")
    stem, extended = _stem(typed)
    if not _WRITTEN.fullmatch(stem):
        raise InvalidValue("characters", "a phone number has digits, blanks, +, parentheses, dots and hyphens only")
    digits = _NOT_DIGITS.sub("", stem)
    longest = LONGEST + 2 if digits.startswith("00") else LONGEST
    if not SHORTEST <= len(digits) <= longest:
        raise InvalidValue("length", f"it has {len(digits)} digits, and {SHORTEST} to {LONGEST} are expected")
    return digits, "+" in stem, (_EXTENSION_LEFT_OUT,) if extended else ()


PHONE = Phone()

"""Telephone numbers: any way of writing them becomes E.164, with the tenant's country as the default region."""

from __future__ import annotations

import re
from collections.abc import Mapping as Map
from typing import ClassVar

from phonenumbers import (
    NumberParseException,
    PhoneNumber,
    PhoneNumberFormat,
    PhoneNumberType,
    ValidationResult,
    country_code_for_region,
    format_number,
    is_possible_number_for_type_with_reason,
    is_valid_number,
    national_significant_number,
    parse,
    region_code_for_number,
)

from gateway.core.folding import straighten
from gateway.core.kinds import brazil, brazil_phone
from gateway.core.kinds.kind import Form, InvalidValue, Normalised, Recognition, Strength
from gateway.core.kinds.writing import number, plain

SHORTEST, LONGEST = 8, 15
"""Digits of a number that is never refused: from a local one without area code to the longest of E.164."""
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
        value, valid = _read(digits, international, country)
        if valid and not international and not digits.startswith("00") and not _is_at_home(value, country):
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
        return _read(digits, international, country)[0]

    def recognises(self, text: str) -> Recognition:
        if len(text) > _LONGEST_TEXT or brazil.is_masked(text) or not _WRITTEN.fullmatch(_stem(text)[0]):
            return Recognition.NO
        return Recognition.SURE if text.startswith(("+", "(")) else Recognition.MAYBE

    @property
    def forms(self) -> Map[str, Form]:
        return _FORMS


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


def _read(digits: str, international: bool, country: str) -> tuple[str, bool]:
    """(canonical number, valid in its numbering plan)."""
    if international:
        return _international(digits)
    if digits.startswith("00") and len(digits) >= SHORTEST + 2:
        value, valid = _international(digits[2:])
        if valid or len(digits) > LONGEST:
            return value, valid
    return _domestic(digits, country)


def _international(digits: str) -> tuple[str, bool]:
    parsed = _parse(f"+{digits}", None)
    if parsed is not None and _is_valid(parsed):
        return _e164(parsed), True
    return f"+{digits}", False


def _domestic(digits: str, country: str) -> tuple[str, bool]:
    """As the tenant's country reads it; else as a number whose + was left out; else, if it may be one of the country at
    all, with the country's code; else as it stands."""
    parsed = _parse(digits, country)
    at_home = parsed is not None and _is_valid(parsed)
    if parsed is not None and at_home and not _is_shortened(digits, parsed):
        return _e164(parsed), True
    value, valid = _international(digits)
    if valid:
        return value, True
    if parsed is not None and at_home:
        return _e164(parsed), True
    if parsed is not None and _has_area_code(parsed):
        return _international(_e164(parsed)[1:])
    return digits, False


def _is_shortened(digits: str, parsed: PhoneNumber) -> bool:
    """Did the parse drop more than a leading zero or the country's own code? Brazil's 90 (collect call) would otherwise eat
    Turkey's country code."""
    return digits[0] != "0" and digits not in (national_significant_number(parsed), _e164(parsed)[1:])


def _is_at_home(value: str, country: str) -> bool:
    return value.startswith(f"+{country_code_for_region(country)}")


def _has_area_code(parsed: PhoneNumber) -> bool:
    possible = is_possible_number_for_type_with_reason(parsed, PhoneNumberType.FIXED_LINE_OR_MOBILE)
    return possible == ValidationResult.IS_POSSIBLE


def _parse(text: str, country: str | None) -> PhoneNumber | None:
    """None also for what phonenumbers makes shorter or longer than a canonical number may be."""
    try:
        parsed = parse(text, country)
    except NumberParseException:
        return None
    return parsed if SHORTEST < len(_e164(parsed)) <= LONGEST + 1 else None


def _is_valid(parsed: PhoneNumber) -> bool:
    """Also Brazilian mobile numbers without their ninth digit, which the numbering plan no longer knows."""
    if is_valid_number(parsed):
        return True
    other = brazil_phone.other_spelling(_e164(parsed)) if parsed.country_code == 55 else None
    completed = _parse(other, None) if other else None
    return completed is not None and is_valid_number(completed)


def _e164(parsed: PhoneNumber) -> str:
    return f"+{parsed.country_code}{national_significant_number(parsed)}"


# ---------------------------------------------------------------------------------------------- writing


def _as_e164(value: str, country: str) -> str | None:
    return value if value.startswith("+") else None


def _as_digits(value: str, country: str) -> str:
    return value.removeprefix("+")


def _as_national(value: str, country: str) -> str | None:
    """As the tenant's country writes it; a foreign number with its country code."""
    if country == "BR" and (text := brazil_phone.national(value)):
        return text
    parsed = _parse(value, country)
    if parsed is None or not value.startswith("+"):
        return value
    home = region_code_for_number(parsed) in (country, None)
    return format_number(parsed, PhoneNumberFormat.NATIONAL if home else PhoneNumberFormat.INTERNATIONAL)


def _as_national_digits(value: str, country: str) -> str | None:
    """`11987654321`; a foreign number with its country code."""
    national = _as_national(value, country)
    if national is None or national.startswith("+"):
        return _as_digits(value, country)
    return _NOT_DIGITS.sub("", national)


def _as_international(value: str, country: str) -> str | None:
    """`+55 11 98765-4321`."""
    if not value.startswith("+"):
        return None
    if value.startswith("+55") and (text := brazil_phone.national(value)):
        return f"+55 {text.replace('(', '').replace(')', '')}"
    parsed = _parse(value, country)
    return value if parsed is None else format_number(parsed, PhoneNumberFormat.INTERNATIONAL)


def _last(count: int) -> Form:
    def write(value: str, country: str) -> str | None:
        digits = value.removeprefix("+")
        return digits[-count:] if len(digits) >= count else None

    return write


_FORMS: Map[str, Form] = {
    "plain": plain,
    "e164": _as_e164,
    "international": _as_international,
    "national": _as_national,
    "digits": _as_digits,
    "national_digits": _as_national_digits,
    "number": lambda value, country: number(_as_digits(value, country), country),
    "last8": _last(8),
    "last9": _last(9),
}

PHONE = Phone()

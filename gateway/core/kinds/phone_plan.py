"""Which number of which numbering plan some digits are: phonenumbers, and what it does not know of Brazil."""

from __future__ import annotations

from phonenumbers import (
    NumberParseException,
    PhoneNumber,
    PhoneNumberType,
    ValidationResult,
    country_code_for_region,
    is_possible_number_for_type_with_reason,
    is_valid_number,
    national_significant_number,
    parse,
)

from gateway.core.kinds import brazil_phone

SHORTEST, LONGEST = 8, 15
"""Digits of a number that is never refused: from a local one without area code to the longest of E.164."""


def read(digits: str, international: bool, country: str) -> tuple[str, bool]:
    """(canonical number, valid in its numbering plan). `international`: the digits begin with a country code."""
    if international:
        return _international(digits)
    if digits.startswith("00") and len(digits) >= SHORTEST + 2:
        value, valid = _international(digits[2:])
        if valid or len(digits) > LONGEST:
            return value, valid
    return _domestic(digits, country)


def _international(digits: str) -> tuple[str, bool]:
    parsed = parsed_number(f"+{digits}", None)
    if parsed is not None and _is_valid(parsed):
        return _e164(parsed), True
    return f"+{digits}", False


def _domestic(digits: str, country: str) -> tuple[str, bool]:
    """As the tenant's country reads it; else as a number whose + was left out; else, if it may be one of the country at
    all, with the country's code; else as it stands."""
    parsed = parsed_number(digits, country)
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


def is_at_home(value: str, country: str) -> bool:
    return value.startswith(f"+{country_code_for_region(country)}")


def _has_area_code(parsed: PhoneNumber) -> bool:
    possible = is_possible_number_for_type_with_reason(parsed, PhoneNumberType.FIXED_LINE_OR_MOBILE)
    return possible == ValidationResult.IS_POSSIBLE


def parsed_number(text: str, country: str | None) -> PhoneNumber | None:
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
    completed = parsed_number(other, None) if other else None
    return completed is not None and is_valid_number(completed)


def _e164(parsed: PhoneNumber) -> str:
    return f"+{parsed.country_code}{national_significant_number(parsed)}"

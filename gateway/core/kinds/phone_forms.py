"""A canonical phone number in the forms that sources want."""

from __future__ import annotations

import re
from collections.abc import Mapping as Map

from phonenumbers import PhoneNumberFormat, format_number, region_code_for_number

from gateway.core.kinds import brazil_phone
from gateway.core.kinds.kind import Form
from gateway.core.kinds.phone_plan import parsed_number
from gateway.core.kinds.writing import number, plain

_NOT_DIGITS = re.compile(r"[^0-9]")


def _as_e164(value: str, country: str) -> str | None:
    return value if value.startswith("+") else None


def _as_digits(value: str, country: str) -> str:
    return value.removeprefix("+")


def _as_national(value: str, country: str) -> str | None:
    """As the tenant's country writes it; a foreign number with its country code."""
    if country == "BR" and (text := brazil_phone.national(value)):
        return text
    parsed = parsed_number(value, country)
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
    parsed = parsed_number(value, country)
    return value if parsed is None else format_number(parsed, PhoneNumberFormat.INTERNATIONAL)


def _last(count: int) -> Form:
    def write(value: str, country: str) -> str | None:
        digits = value.removeprefix("+")
        return digits[-count:] if len(digits) >= count else None

    return write


FORMS: Map[str, Form] = {
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

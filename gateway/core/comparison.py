"""How a value that was asked for is compared with a value of a record, for each kind."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from typing import TypeAlias

from gateway.core import masked, names
from gateway.core.agreement import Agreement, agreement
from gateway.core.dates import compile_date
from gateway.core.folding import straighten
from gateway.core.kinds import Kind, Strength
from gateway.core.model import SearchKey
from gateway.core.partial import edges, enough, glob, has_hidden, has_hidden_digits
from gateway.core.partial import number as partial_number

Compare: TypeAlias = Callable[[str], Agreement]
"""A record's value -> does it agree with what was asked? The value may be canonical, as the source wrote it, or masked."""
Comparison: TypeAlias = Callable[[SearchKey], Compare]
"""What is prepared once for a question, then used for each record."""

_PUNCTUATION = re.compile(r"[^0-9A-Za-z]+")
_SEPARATORS = re.compile(r"[\s./-]+")
_SHORTEST_NUMBER = 8


def comparison_of(kind: Kind, country: str) -> Comparison:
    """The comparison for values of `kind`."""
    if kind.strength is Strength.DOCUMENT:
        return partial(_document, kind, country)
    by_name: dict[str, Comparison] = {
        "email": partial(_email, kind, country),
        "phone": partial(_phone, kind, country),
        "name": _name,
        "code": _code,
        "channel_user": _channel_user,
    }
    return by_name[kind.name]


# ---------------------------------------------------------------------------------------------- documents


def any_document(key: SearchKey) -> Compare:
    """For a key of another kind (a code) that is held against documents: punctuation does not count."""
    return partial(_compare_document, _bare(key.value), None)


def _document(kind: Kind, country: str, key: SearchKey) -> Compare:
    return partial(_compare_document, key.value, lambda text: kind.canonical(text, country))


def _compare_document(asked: str, canonical: Callable[[str], str | None] | None, given: str) -> Agreement:
    if given == asked:
        return Agreement.AGREES
    bare = _bare(given)
    if bare == asked.upper():
        return Agreement.AGREES
    valid = canonical(given) if canonical else None
    if valid is not None:
        return agreement(valid == asked)
    if masked.partly_hidden(given):
        return _compare_masked(asked, given)
    if not bare.strip("0X") or bare.count(bare[0]) == len(bare):
        return Agreement.ABSENT  # a placeholder: 00000000000
    # A source that declares a number loses the leading zeros.
    return agreement(bare.isdigit() and bare.zfill(len(asked)) == asked)


def _compare_masked(asked: str, given: str) -> Agreement:
    if masked.positions(given) != len(asked):
        found = edges(_SEPARATORS.sub("", given).upper(), asked.upper())
    else:
        agrees = masked.agrees(given, asked)
        found = Agreement.ABSENT if agrees is None else agreement(agrees)
    return enough(found, masked.visible(given))


def _alnum(text: str) -> int:
    return sum(map(str.isalnum, text))


def _bare(text: str) -> str:
    return _PUNCTUATION.sub("", straighten(text)).upper()


# ---------------------------------------------------------------------------------------------- e-mails and phones


def _email(kind: Kind, country: str, key: SearchKey) -> Compare:
    def compare(given: str) -> Agreement:
        if given == key.value:
            return Agreement.AGREES
        if has_hidden(given):
            # A visible domain is that of half the country.
            return enough(glob(given.strip().lower(), key.value), _alnum(given.partition("@")[0]))
        value = kind.canonical(given, country)
        if value is None:
            return Agreement.ABSENT
        return agreement(value == key.value or value in key.candidates)

    return compare


def _phone(kind: Kind, country: str, key: SearchKey) -> Compare:
    asked = (key.value, *key.candidates)

    def compare(given: str) -> Agreement:
        if given in asked:
            return Agreement.AGREES
        if has_hidden_digits(given):
            return partial_number(given, asked)
        value = kind.canonical(given, country)
        if value is None:
            return Agreement.ABSENT
        if value in asked:
            return Agreement.AGREES
        spellings = (value, *kind.normalise(value, country).candidates)
        return agreement(any(_is_same_number(one, other) for one in asked for other in spellings))

    return compare


def _is_same_number(one: str, other: str) -> bool:
    """Also where one of them lacks the country or the area code; two whole numbers are the same only if they are equal."""
    short, long = sorted((one, other), key=lambda number: len(number.removeprefix("+")))
    if one == other:
        return True
    return not short.startswith("+") and len(short) >= _SHORTEST_NUMBER and long.endswith(short)


# ---------------------------------------------------------------------------------------------- everything else


def _name(key: SearchKey) -> Compare:
    return names.asks_for(key.value)


def _code(key: SearchKey) -> Compare:
    asked = key.value.strip().casefold()

    def compare(given: str) -> Agreement:
        value = straighten(given).strip().casefold()
        if value == asked:
            return Agreement.AGREES
        if not value:
            return Agreement.ABSENT
        if has_hidden(value):
            return enough(glob(value, asked), _alnum(value))
        numbers = value.isdigit() and asked.isdigit()
        return agreement(numbers and value.lstrip("0") == asked.lstrip("0"))

    return compare


def _channel_user(key: SearchKey) -> Compare:
    """`channel:id` against a bare id compares the ids; the case of an id counts."""
    channel, identifier = _channel_and_id(key.value)

    def compare(given: str) -> Agreement:
        if not given.strip():
            return Agreement.ABSENT
        other_channel, other = _channel_and_id(given.strip())
        same_channel = not channel or not other_channel or channel == other_channel
        return agreement(same_channel and identifier == other)

    return compare


def _channel_and_id(value: str) -> tuple[str, str]:
    channel, colon, identifier = value.partition(":")
    return (channel.lower(), identifier) if colon else ("", value)


def birth_date(country: str) -> Comparison:
    """Against an ISO 8601 date. What was asked for may be ISO or day first, in the United States month first."""
    day_and_month = ("%m", "%d") if country == "US" else ("%d", "%m")
    readers = [compile_date("iso"), *(compile_date(mark.join((*day_and_month, "%Y"))) for mark in ("/", "-", ".", ""))]

    def prepare(key: SearchKey) -> Compare:
        asked = next((day.isoformat() for read in readers if (day := read(key.value))), None)
        return lambda given: Agreement.ABSENT if asked is None else agreement(given == asked)

    return prepare

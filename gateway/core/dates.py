"""Dates as sources write them: a strptime format, or ISO 8601 where none is given."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime

_ISO = re.compile(r"([0-9]{4})-?([0-9]{2})-?([0-9]{2})(?:[T Z+-].*)?")
_NUMBERS = {
    "%d": r"(?P<d>3[01]|[12][0-9]|0[1-9]|[1-9])",
    "%m": r"(?P<m>1[0-2]|0[1-9]|[1-9])",
    "%Y": r"(?P<Y>[0-9]{4})",
}
_DIRECTIVE = re.compile(r"(%.)", re.DOTALL)
_PROBE = datetime(2004, 11, 23, 13, 45, 58)  # noqa: DTZ001
_PLACEHOLDERS = frozenset({date(1899, 12, 30), date(1900, 1, 1)})
_EARLIEST = 1800


class DateFormatError(ValueError):
    """A format that gives no date. `str()` is a sentence that says what to write."""


def compile_date(form: str | None) -> Callable[[str], date | None]:
    """A reader of dates; it gives None for what is no such date, and for the day zero of a database.

    `form`: as of `strptime`, with day, month and a four-digit year (`%d/%m/%Y`); a time in it is read and left out. None:
    ISO 8601 (`1980-04-12`, `19800412`, `1980-04-12T00:00:00Z`). Days zero are 0001-01-01 and all before 1800, OLE's
    1899-12-30 and SQL Server's 1900-01-01. Raises DateFormatError.
    """
    if form is None:
        pattern = _ISO
    else:
        _check(form)
        numeric = _numeric(form)
        if numeric is None:
            return lambda text: _by_strptime(text, form)
        pattern = numeric
    match = pattern.fullmatch
    year, month, day = (1, 2, 3) if form is None else ("Y", "m", "d")

    def read(text: str) -> date | None:
        found = match(text)
        if found is None:
            return None
        try:
            return _likely(date(int(found[year]), int(found[month]), int(found[day])))
        except ValueError:
            return None

    return read


def _check(form: str) -> None:
    if "%y" in form:
        raise DateFormatError("Two-digit years (%y) do not say the century. Ask the source for four digits (%Y).")
    try:
        read = datetime.strptime(_PROBE.strftime(form), form)  # noqa: DTZ007
    except (ValueError, re.error):
        read = None
    if read is None or read.date() != _PROBE.date():
        raise DateFormatError("The format does not give day, month and year. Write it like '%d/%m/%Y'.")


def _numeric(form: str) -> re.Pattern[str] | None:
    """The format as a pattern where it holds day, month and year as numbers and nothing else: five times as fast."""
    parts = _DIRECTIVE.split(form)
    if {part for part in parts if part.startswith("%")} != _NUMBERS.keys() or len(parts) != 7:
        return None
    return re.compile("".join(_NUMBERS.get(part) or re.escape(part) for part in parts))


def _by_strptime(text: str, form: str) -> date | None:
    try:
        return _likely(datetime.strptime(text, form).date())  # noqa: DTZ007
    except ValueError:
        return None


def _likely(day: date) -> date | None:
    return None if day.year < _EARLIEST or day in _PLACEHOLDERS else day

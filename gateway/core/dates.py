"""Dates as sources write them: strptime formats, moments counted from 1970, or ISO 8601 where none is given."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from difflib import get_close_matches
from typing import TypeAlias

Reader: TypeAlias = Callable[[str], date | None]

_ISO = re.compile(r"([0-9]{4})-?([0-9]{2})-?([0-9]{2})(?:[T Z+-].*)?")
_NUMBERS = {
    "%d": r"(?P<d>3[01]|[12][0-9]|0[1-9]|[1-9])",
    "%m": r"(?P<m>1[0-2]|0[1-9]|[1-9])",
    "%Y": r"(?P<Y>[0-9]{4})",
}
_DIRECTIVE = re.compile(r"(%.)", re.DOTALL)
_PROBE = datetime(2004, 11, 23, 13, 45, 58)  # noqa: DTZ001
_AMBIGUOUS = (datetime(2004, 3, 5, 13, 45, 58), datetime(2011, 12, 10, 6, 7, 8))  # noqa: DTZ001
_PLACEHOLDERS = frozenset({date(1899, 12, 30), date(1900, 1, 1)})
_EARLIEST = 1800

_NUMBER = re.compile(r"(-?[0-9]{1,15})(?:\.[0-9]+)?")
_DOTNET = re.compile(r"\\?/Date\((-?[0-9]{1,15})([+-])?([0-9]{2})?([0-9]{2})?\)\\?/")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)


class DateFormatError(ValueError):
    """A format that gives no date. `index`: which of those given. `str()` is a sentence that says what to write."""

    def __init__(self, sentence: str, index: int = 0) -> None:
        self.index = index
        super().__init__(sentence)


def compile_date(*forms: str) -> Reader:
    """A reader of dates; it gives None for what is no such date, and for the day zero of a database.

    `forms`, of which the first that fits counts: as of `strptime`, with day, month and a four-digit year (`%d/%m/%Y`; a
    time in it is read and left out), or a word of WORDS. Without any: `iso`. Days zero are 0001-01-01 and all before 1800,
    OLE's 1899-12-30 and SQL Server's 1900-01-01. Raises DateFormatError, also where two forms read one text as different
    days.
    """
    readers = [_reader(form, index) for index, form in enumerate(forms or ("iso",))]
    for index in range(1, len(forms)):
        _check_ambiguous(forms, readers, index)
    if len(readers) == 1:
        return readers[0]
    return lambda text: next((day for read in readers if (day := read(text))), None)


def _reader(form: str, index: int) -> Reader:
    word = WORDS.get(form)
    if word is not None:
        return word
    _check(form, index)
    pattern = _numeric(form)
    if pattern is None:
        return lambda text: _by_strptime(text, form)
    match = pattern.fullmatch
    return lambda text: _whole(found["Y"], found["m"], found["d"]) if (found := match(text)) else None


def _iso(text: str) -> date | None:
    found = _ISO.fullmatch(text)
    return None if found is None else _whole(found[1], found[2], found[3])


def _whole(year: str, month: str, day: str) -> date | None:
    try:
        return _likely(date(int(year), int(month), int(day)))
    except ValueError:
        return None


def _seconds(text: str) -> date | None:
    found = _NUMBER.fullmatch(text)
    return None if found is None else _day_at(int(found[1]) * 1000)


def _milliseconds(text: str) -> date | None:
    found = _NUMBER.fullmatch(text)
    return None if found is None else _day_at(int(found[1]))


def _dotnet(text: str) -> date | None:
    found = _DOTNET.fullmatch(text)
    if found is None:
        return None
    minutes = int(found[3] or 0) * 60 + int(found[4] or 0)
    return _day_at(int(found[1]) + (-minutes if found[2] == "-" else minutes) * 60_000)


def _day_at(milliseconds: int) -> date | None:
    """The day of a moment. A moment at a full hour is a midnight somewhere: the day that begins nearest to it, because who
    writes days as moments writes the midnight of his own time zone. Any other moment: its day in UTC. Zero is no moment."""
    if not milliseconds:
        return None
    try:
        moment = _EPOCH + timedelta(milliseconds=milliseconds)
        return _likely((moment + _DAY / 2 if not (moment - _EPOCH) % _HOUR else moment).date())
    except OverflowError:
        return None


WORDS: dict[str, Reader] = {"iso": _iso, "epoch": _seconds, "epoch_ms": _milliseconds, "dotnet": _dotnet}
"""`iso`: `1980-04-12`, `19800412`, `1980-04-12T00:00:00Z`. `epoch`, `epoch_ms`: seconds and milliseconds since 1970.
`dotnet`: `/Date(324345600000-0300)/`."""


def _check(form: str, index: int) -> None:
    if "%y" in form:
        raise DateFormatError(
            "Two-digit years (%y) do not say the century. Ask the source for four digits (%Y).", index
        )
    try:
        read = datetime.strptime(_PROBE.strftime(form), form)  # noqa: DTZ007
    except (ValueError, re.error):
        read = None
    if read is None or read.date() != _PROBE.date():
        near = get_close_matches(form, WORDS, n=1)
        hint = f" Did you mean '{near[0]}'?" if near else ""
        known = ", ".join(WORDS)
        raise DateFormatError(
            f"The format does not give day, month and year. Write it like '%d/%m/%Y'.{hint} Words: {known}.", index
        )


def _check_ambiguous(forms: tuple[str, ...], readers: list[Reader], index: int) -> None:
    """Do this form and one before it read a text as different days?"""
    for earlier in range(index):
        for one, other in ((earlier, index), (index, earlier)):
            texts = [probe.strftime(forms[one]) for probe in _AMBIGUOUS if forms[one] not in WORDS]
            if any((day := readers[other](text)) and day != readers[one](text) for text in texts):
                raise DateFormatError(
                    f"'{forms[earlier]}' reads the same texts as other days. Keep the one that the source writes.",
                    index,
                )
    if {forms[index], *forms[:index]} >= {"epoch", "epoch_ms"}:
        raise DateFormatError("Seconds and milliseconds cannot be told apart. Keep one of them.", index)


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

"""Moments as sources write them: the forms of `core.dates`, with the time that stands in them."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta, timezone, tzinfo

_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
_NUMBER = re.compile(r"(-?[0-9]{1,15})(?:\.[0-9]+)?")
_DOTNET = re.compile(r"\\?/Date\((-?[0-9]{1,15})(?:[+-][0-9]{4})?\)\\?/")
_EARLIEST, _LATEST = 1900, 9999
"""What is before is the day zero of some database; the last year is its word for *never*, and has not every hour in UTC."""

Reader = Callable[[str], datetime | None]


def compile_moment(forms: Sequence[str], zone: tzinfo) -> Reader:
    """A reader of moments, of which the first form that fits counts; without any: `iso`. A day without a time is its
    beginning. `zone`: of what says none. The result is aware; None for what is no such moment. `compile_date` checks the
    forms.
    """
    readers = [_reader(form, zone) for form in forms or ("iso",)]

    def read(text: str) -> datetime | None:
        found = next((moment for reader in readers if (moment := reader(text.strip())) is not None), None)
        return found if found is not None and _EARLIEST < found.year < _LATEST else None

    return read


def _reader(form: str, zone: tzinfo) -> Reader:
    match form:
        case "iso":
            return lambda text: _aware(text, zone, datetime.fromisoformat)
        case "epoch":
            return lambda text: _since_epoch(_NUMBER.fullmatch(text), timedelta(seconds=1))
        case "epoch_ms":
            return lambda text: _since_epoch(_NUMBER.fullmatch(text), timedelta(milliseconds=1))
        case "dotnet":
            return lambda text: _since_epoch(_DOTNET.fullmatch(text), timedelta(milliseconds=1))
        case _:
            return lambda text: _aware(text, zone, lambda given: datetime.strptime(given, form))  # noqa: DTZ007


def _aware(text: str, zone: tzinfo, parse: Callable[[str], datetime]) -> datetime | None:
    try:
        found = parse(text)
        return found if found.tzinfo is not None else found.replace(tzinfo=zone)
    except ValueError:
        return None


def _since_epoch(found: re.Match[str] | None, unit: timedelta) -> datetime | None:
    if found is None or not int(found[1]):
        return None
    try:
        return _EPOCH + int(found[1]) * unit
    except OverflowError:
        return None

"""The protocol number of an interaction: `2020-0000010182`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

_SHAPE = re.compile(r"(\d{4})-(\d{10})", re.ASCII)
MOST = 9_999_999_999
"""Ten digits: the last number of a year."""


@dataclass(frozen=True, slots=True, order=True)
class ProtocolNumber:
    """`year` in the tenant's time zone, `number` from 1, rising within it. `str()` is what people read out."""

    year: int
    number: int

    def __str__(self) -> str:
        return f"{self.year:04d}-{self.number:010d}"


def parse_protocol(text: str) -> ProtocolNumber | None:
    """The number that a customer reads out, blanks around it do not count; None for what is none."""
    found = _SHAPE.fullmatch(text.strip())
    if found is None or int(found[2]) == 0:
        return None
    return ProtocolNumber(int(found[1]), int(found[2]))


def protocol_year(moment: datetime, time_zone: str) -> int:
    """The year in which an interaction of this moment (aware) is numbered, on the tenant's own calendar."""
    return moment.astimezone(ZoneInfo(time_zone)).year

"""What the reports count. Nobody's data is in them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, timezone
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True)
class Days:
    """From the first day to the last one, both in; None: without a bound."""

    first: date | None = None
    last: date | None = None

    def moments(self, zone: ZoneInfo) -> tuple[datetime | None, datetime | None]:
        """When the first day begins and the last one is over, on a calendar; aware, in UTC."""
        since = None if self.first is None else _midnight(self.first, zone)
        return since, None if self.last is None else _midnight(self.last + timedelta(days=1), zone)


@dataclass(frozen=True, slots=True)
class ContactCount:
    """`customer_type` is `""` where a contact has none. `contacts`: active ones; `inactive`: deactivated."""

    customer_type: str
    standing: str
    contacts: int
    inactive: int


@dataclass(frozen=True, slots=True)
class ProspectCount:
    """`day`: on the tenant's calendar."""

    day: str
    state: str
    option: str
    prospects: int


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    # In UTC, where a day's length is no question: where clocks go forward at midnight, the day begins later.
    return datetime.combine(day, time(), zone).astimezone(timezone.utc)

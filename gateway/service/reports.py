"""Reports: what was asked in days of the tenant's calendar, counted page by page."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol
from zoneinfo import ZoneInfo

from gateway.core.report import ContactCount, Days, ProspectCount
from gateway.core.tenant import Tenant


class Counts(Protocol):
    """Raises StorageUnavailable."""

    def contacts(
        self, tenant: str, since: datetime | None, until: datetime | None
    ) -> AsyncIterator[tuple[ContactCount, ...]]: ...

    def prospects(
        self, tenant: str, first: date | None, last: date | None
    ) -> AsyncIterator[tuple[ProspectCount, ...]]: ...


class Tenants(Protocol):
    """Raises UnknownTenant, TenantBroken."""

    def get(self, slug: str) -> Tenant: ...


@dataclass(frozen=True, slots=True)
class Reporting:
    """The use cases. Each page raises what `Counts` and `Tenants` raise."""

    tenants: Tenants
    counts: Counts

    def customer_types(self, tenant: str, days: Days) -> AsyncIterator[tuple[ContactCount, ...]]:
        since, until = days.moments(ZoneInfo(self.tenants.get(tenant).time_zone))
        return self.counts.contacts(tenant, since, until)

    def prospects(self, tenant: str, days: Days) -> AsyncIterator[tuple[ProspectCount, ...]]:
        self.tenants.get(tenant)
        # Their days are on the tenant's calendar already.
        return self.counts.prospects(tenant, days.first, days.last)

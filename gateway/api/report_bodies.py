"""The bodies of the reports; a row's members are the columns of its CSV."""

from __future__ import annotations

from gateway.api.body import Body


class CustomerTypeRow(Body, frozen=True):
    """Contacts of one customer type (`""`: none) and standing. `inactive`: deactivated ones, not in `contacts`."""

    customer_type: str
    standing: str
    contacts: int
    inactive: int


class CustomerTypeReport(Body, frozen=True):
    """By customer type, then standing."""

    rows: tuple[CustomerTypeRow, ...]


class ProspectRow(Body, frozen=True):
    """Prospects of one day on the tenant's calendar, in one state, by the option under which they were stored."""

    day: str
    state: str
    option: str
    prospects: int


class ProspectReport(Body, frozen=True):
    """By day, then state, then option."""

    rows: tuple[ProspectRow, ...]

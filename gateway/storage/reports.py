"""Counts of contacts and prospects, page by page: however many rows a report has, a page of them is in memory."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date, datetime
from functools import partial

from sqlalchemy import Connection, case, func, select

from gateway.core.report import ContactCount, ProspectCount
from gateway.storage.database import Database
from gateway.storage.moments import stored
from gateway.storage.tables import CONTACTS, PROSPECTS

PAGE = 500
"""Rows of a page."""


class Reports:
    """Raises StorageUnavailable wherever the database does not answer."""

    def __init__(self, database: Database, page: int = PAGE) -> None:
        self._database = database
        self._page = page

    async def contacts(
        self, tenant: str, since: datetime | None, until: datetime | None
    ) -> AsyncIterator[tuple[ContactCount, ...]]:
        """Contacts that came into the base from `since` until before `until`, by customer type and standing; those that were
        merged into another are counted there."""
        after: ContactCount | None = None
        while True:
            work = partial(contact_counts, tenant=tenant, since=since, until=until, after=after, limit=self._page)
            page = await self._database.read(work)
            if page:
                yield page
            if len(page) < self._page:
                return
            after = page[-1]

    async def prospects(
        self, tenant: str, first: date | None, last: date | None
    ) -> AsyncIterator[tuple[ProspectCount, ...]]:
        """Prospects by day, state and option; both days are in."""
        after: ProspectCount | None = None
        while True:
            work = partial(prospect_counts, tenant=tenant, first=first, last=last, after=after, limit=self._page)
            page = await self._database.read(work)
            if page:
                yield page
            if len(page) < self._page:
                return
            after = page[-1]


def contact_counts(
    connection: Connection,
    tenant: str,
    since: datetime | None,
    until: datetime | None,
    after: ContactCount | None,
    limit: int,
) -> tuple[ContactCount, ...]:
    columns = CONTACTS.c
    kind = func.coalesce(columns.customer_type, "")
    active, inactive = (func.sum(case((columns.active.is_(wanted), 1), else_=0)) for wanted in (True, False))
    statement = select(kind, columns.standing, active, inactive).where(
        columns.tenant == tenant, columns.merged_into.is_(None)
    )
    if since is not None:
        statement = statement.where(columns.created_at >= stored(since))
    if until is not None:
        statement = statement.where(columns.created_at < stored(until))
    if after is not None:
        further = (kind == after.customer_type) & (columns.standing > after.standing)
        statement = statement.where((kind > after.customer_type) | further)
    rows = connection.execute(
        statement.group_by(kind, columns.standing).order_by(kind, columns.standing).limit(limit)
    ).all()
    return tuple(ContactCount(*row) for row in rows)


def prospect_counts(
    connection: Connection,
    tenant: str,
    first: date | None,
    last: date | None,
    after: ProspectCount | None,
    limit: int,
) -> tuple[ProspectCount, ...]:
    columns = PROSPECTS.c
    by = (columns.day, columns.state, columns.option)
    statement = select(*by, func.count()).where(columns.tenant == tenant)
    if first is not None:
        statement = statement.where(columns.day >= first.isoformat())
    if last is not None:
        statement = statement.where(columns.day <= last.isoformat())
    if after is not None:
        same_day = columns.day == after.day
        further = (columns.state > after.state) | ((columns.state == after.state) & (columns.option > after.option))
        statement = statement.where((columns.day > after.day) | (same_day & further))
    rows = connection.execute(statement.group_by(*by).order_by(*by).limit(limit)).all()
    return tuple(ProspectCount(*row) for row in rows)

"""Reports count right, page by page, on the tenant's calendar."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import astuple
from datetime import date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Connection, insert

from gateway.core.report import ContactCount, Days, ProspectCount
from gateway.storage.database import Database
from gateway.storage.moments import stored
from gateway.storage.reports import Reports
from gateway.storage.tables import CONTACTS, PROSPECTS

pytestmark = pytest.mark.anyio

NOON = datetime(2026, 11, 22, 12, tzinfo=timezone.utc)
DAY = timedelta(days=1)


def contact(number: int, standing: str, kind: str | None, at: datetime = NOON, **more: object) -> dict[str, object]:
    row = {"tenant": "acme", "id": f"c{number}", "standing": standing, "customer_type": kind, "active": True}
    return {**row, "revision": 1, "created_at": stored(at), "updated_at": stored(at), "merged_into": None, **more}


def prospect(number: int, day: str, state: str, option: str) -> dict[str, object]:
    row = {"tenant": "acme", "contact": f"c{number}", "option": option, "day": day, "state": state}
    return {**row, "send_key": f"s{number}", "at": stored(NOON), "changed_at": stored(NOON)}


def filled(contacts: list[dict[str, object]], prospects: list[dict[str, object]]) -> Callable[[Connection], None]:
    def work(connection: Connection) -> None:
        connection.execute(insert(CONTACTS), contacts)
        if prospects:
            connection.execute(insert(PROSPECTS), prospects)

    return work


async def test_contacts_are_counted_by_type_and_standing(database: Database) -> None:
    contacts = [
        contact(1, "customer", "Ouro"),
        contact(2, "customer", "Ouro"),
        contact(3, "prospect", "Não Cliente", NOON + DAY),
        contact(4, "customer", "Ouro", active=False),
        contact(5, "customer", "Ouro", merged_into="c1"),
        contact(6, "registered", None),
        contact(7, "customer", "Ouro", tenant="other"),
    ]
    await database.write(filled(contacts, []))
    reports = Reports(database, page=2)
    pages = [page async for page in reports.contacts("acme", None, None)]
    assert [len(page) for page in pages] == [2, 1]
    assert [astuple(count) for page in pages for count in page] == [
        ("", "registered", 1, 0),
        ("Não Cliente", "prospect", 1, 0),
        ("Ouro", "customer", 2, 1),
    ]
    first_day = [page async for page in reports.contacts("acme", NOON, NOON + DAY)]
    assert [count.customer_type for page in first_day for count in page] == ["", "Ouro"]
    assert [page async for page in reports.contacts("nobody", None, None)] == []


async def test_prospects_are_counted_by_day_state_and_option_over_all_pages(database: Database) -> None:
    ways = [("message", "loaded"), ("keyed", "loaded"), ("form", "pending")]
    days = [f"2026-11-{day:02d}" for day in range(20, 25)]
    number, contacts, prospects = 0, [], []
    for day in days:
        for option, state in ways:
            for _ in range(2):
                number += 1
                contacts.append(contact(number, "prospect", None))
                prospects.append(prospect(number, day, state, option))
    await database.write(filled(contacts, prospects))
    reports = Reports(database, page=4)
    counts = [count async for page in reports.prospects("acme", None, None) for count in page]
    assert counts == [
        ProspectCount(day, state, option, 2)
        for day in days
        for state, option in (("loaded", "keyed"), ("loaded", "message"), ("pending", "form"))
    ]
    some = [count async for page in reports.prospects("acme", date(2026, 11, 21), date(2026, 11, 22)) for count in page]
    assert {count.day for count in some} == {"2026-11-21", "2026-11-22"}


def test_days_begin_where_the_tenant_is() -> None:
    sao_paulo, day = ZoneInfo("America/Sao_Paulo"), date(2026, 11, 22)
    three = timedelta(hours=3)
    midnight = datetime(2026, 11, 22, tzinfo=timezone.utc)
    assert Days(day, day).moments(sao_paulo) == (midnight + three, midnight + DAY + three)
    assert Days(day).moments(sao_paulo)[1] is None
    # In 2018 clocks went forward at midnight: that day had 23 hours.
    begin, end = Days(date(2018, 11, 4), date(2018, 11, 4)).moments(sao_paulo)
    assert begin is not None
    assert end is not None
    assert end - begin == timedelta(hours=23)


def test_a_count_has_nobodys_data() -> None:
    assert set(ContactCount.__slots__) == {"customer_type", "standing", "contacts", "inactive"}

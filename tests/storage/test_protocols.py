"""Protocol numbers: never twice, rising, a year and a tenant each for itself."""

from __future__ import annotations

import asyncio
from datetime import datetime, timezone

import pytest
from sqlalchemy import insert

from gateway.core.errors import Conflict
from gateway.core.protocol import MOST, ProtocolNumber, parse_protocol, protocol_year
from gateway.storage.database import Database
from gateway.storage.protocols import next_protocol
from gateway.storage.tables import PROTOCOL_COUNTERS

pytestmark = pytest.mark.anyio


async def issued(database: Database, tenant: str = "acme", year: int = 2026) -> ProtocolNumber:
    return await database.write(lambda connection: next_protocol(connection, tenant, year))


async def test_numbers_rise_from_one_for_each_tenant_and_year(database: Database) -> None:
    assert [str(await issued(database)) for _ in range(2)] == ["2026-0000000001", "2026-0000000002"]
    assert str(await issued(database, year=2027)) == "2027-0000000001"
    assert str(await issued(database, tenant="boreal")) == "2026-0000000001"


async def test_two_processes_never_issue_one_number_twice(address: str) -> None:
    one, other = Database(address), Database(address)
    numbers = await asyncio.gather(*(issued(door) for _ in range(100) for door in (one, other)))
    assert sorted(number.number for number in numbers) == list(range(1, 201))
    await one.aclose()
    await other.aclose()


async def test_a_write_that_is_refused_spends_no_number(database: Database) -> None:
    def refused(connection: object) -> None:
        next_protocol(connection, "acme", 2026)  # type: ignore[arg-type]
        raise Conflict("finished", "It is finished.")

    with pytest.raises(Conflict):
        await database.write(refused)
    assert (await issued(database)).number == 1


async def test_after_the_last_number_of_a_year_there_is_none(database: Database) -> None:
    full = insert(PROTOCOL_COUNTERS).values(tenant="acme", year=2026, last=MOST)
    await database.write(lambda connection: connection.execute(full))
    with pytest.raises(Conflict, match="2026 are used up"):
        await issued(database)


def test_a_number_is_read_as_it_is_written() -> None:
    assert parse_protocol(" 2020-0000010182 ") == ProtocolNumber(2020, 10182)
    assert str(ProtocolNumber(2020, 10182)) == "2020-0000010182"
    for text in ("2020-10182", "20-0000010182", "2020-0000000000", "2020 0000010182", "٢٠٢٠-0000010182", ""):
        assert parse_protocol(text) is None


def test_the_year_is_that_of_the_tenants_own_calendar() -> None:
    turn = datetime(2026, 1, 1, 1, tzinfo=timezone.utc)
    assert protocol_year(turn, "America/Sao_Paulo") == 2025
    assert protocol_year(turn, "Europe/Istanbul") == 2026

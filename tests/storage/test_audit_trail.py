"""Nobody waits for the audit; what it cannot keep it counts."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from sqlalchemy import Connection, text

from gateway.core.audit import Action, AuditEntry, AuditFilter, Subject
from gateway.core.errors import StorageUnavailable
from gateway.storage.audit_trail import AuditTrail
from gateway.storage.database import Database
from gateway.storage.engine import embedded
from gateway.storage.migrate import check, upgrade
from gateway.storage.observer import Work
from gateway.storage.sealing import Sealing
from gateway.storage.storage import Storage
from tests.storage.conftest import KEY

pytestmark = pytest.mark.anyio

NOW = datetime(2026, 11, 22, 12, tzinfo=timezone.utc)
ALL = AuditFilter()


@dataclass(slots=True)
class Observed:
    """An observer that remembers; `again` is called at each."""

    lost: int = 0
    works: list[Work] = field(default_factory=list)
    failures: list[tuple[Work, str]] = field(default_factory=list)
    failed_once: asyncio.Event = field(default_factory=asyncio.Event)
    wake: Callable[[], None] = lambda: None

    def worked(self, work: Work, seconds: float) -> None:
        assert seconds >= 0
        self.works.append(work)

    def failed(self, work: Work, code: str) -> None:
        self.failures.append((work, code))
        self.wake()

    def audit_lost(self, entries: int) -> None:
        self.lost += entries


def entry(number: int) -> AuditEntry:
    at = NOW + timedelta(seconds=number)
    return AuditEntry("acme", at, Action.IDENTIFY, "k1", "found", (Subject("cpf", str(number)),), None, f"r{number}")


async def test_many_entries_are_few_writes_and_all_are_there(address: str, sealing: Sealing) -> None:
    observed = Observed()
    database = Database(address, check, observed)
    trail = AuditTrail(database, sealing, observed, linger=0.001)
    for number in range(1200):
        trail.record(entry(number))
    await trail.aclose()
    assert observed.works.count(Work.WRITE) <= 4
    assert len(await trail.read("acme", ALL, 2000)) == 1200
    assert (observed.lost, observed.failures, trail.waiting) == (0, [], 0)
    await database.aclose()


async def test_what_came_while_the_database_was_away_is_written_afterwards(tmp_path: Path, sealing: Sealing) -> None:
    observed = Observed()
    loop = asyncio.get_running_loop()
    observed.wake = lambda: loop.call_soon_threadsafe(observed.failed_once.set) and None
    database = Database(embedded(tmp_path / "data"), check, observed)
    trail = AuditTrail(database, sealing, observed, linger=0, again=0.01)
    trail.record(entry(1))
    await observed.failed_once.wait()
    trail.record(entry(2))
    upgrade(embedded(tmp_path / "data"))
    while trail.waiting or len(await trail.read("acme", ALL, 10)) < 2:
        await asyncio.sleep(0)
    assert observed.failures[0] == (Work.WRITE, "storage_unavailable")
    assert [line.request_id for line in await trail.read("acme", ALL, 10)] == ["r2", "r1"]
    assert observed.lost == 0
    await trail.aclose()
    await database.aclose()


async def test_of_an_audit_that_cannot_be_kept_the_oldest_are_let_go_of_and_counted(tmp_path: Path) -> None:
    observed = Observed()
    database = Database(embedded(tmp_path / "no" / "such"), None, observed)
    trail = AuditTrail(database, Sealing([KEY]), observed, most=5, linger=60)
    for number in range(8):
        trail.record(entry(number))
    assert (trail.waiting, observed.lost) == (5, 3)
    await trail.aclose()
    assert (trail.waiting, observed.lost) == (0, 8)
    await database.aclose()


async def test_the_storage_says_whether_it_is_well(empty_database: str) -> None:
    storage = Storage(empty_database, [KEY])
    assert await storage.trouble() in ("storage_unavailable", "storage_outdated")
    upgrade(empty_database)
    assert await storage.trouble() is None
    await storage.aclose()


async def test_a_database_that_can_be_read_and_not_written_is_not_well(tmp_path: Path) -> None:
    address = embedded(tmp_path)
    upgrade(address)
    observed = Observed()
    database = Database(address, check, observed)

    def full(connection: Connection) -> None:
        # The nearest to a full disk that needs none: not a page more than there are.
        connection.execute(text("PRAGMA max_page_count = 1"))
        connection.execute(text("CREATE TABLE more AS SELECT zeroblob(1000000) AS filling"))

    with pytest.raises(StorageUnavailable):
        await database.write(full)
    await database.read(check)
    await database.aclose()
    assert (database.write_trouble, observed.failures) == ("storage_unavailable", [(Work.WRITE, "storage_unavailable")])

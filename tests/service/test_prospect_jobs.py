"""Loads beside the requests: at the tenant's time, by one worker, once a day, and again where they ended early."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta, timezone

import pytest

from gateway.core.command import Command
from gateway.core.disclosure import Viewer
from gateway.core.errors import Conflict, NoLoading, StorageUnavailable
from gateway.core.prospect_load import Batch, BatchReport, BatchState, LoadReport
from gateway.core.prospect_settings import FileFormat, LoadFile, ProspectSettings
from gateway.core.tenant import Tenant
from gateway.service.prospect_jobs import AGAIN, LoadTime, ProspectJobs
from tests.service.scripted import House, Script

pytestmark = pytest.mark.anyio

SIX_THIRTY = datetime(2026, 11, 22, 21, 30, tzinfo=timezone.utc)  # 18:30 in São Paulo
WHEN = LoadTime(time(18, 30), "America/Sao_Paulo")
COMMAND = Command("acme", Viewer("loader", "k1"))


@dataclass(slots=True)
class Marks:
    """What all workers know."""

    done: dict[str, datetime] = field(default_factory=dict)
    held: bool = False

    async def under_way(self, tenant: str, now: datetime) -> bool:
        await asyncio.sleep(0)
        return self.held

    async def once_until(self, name: str, until: datetime, now: datetime) -> None:
        self.done[name] = until

    async def is_done(self, name: str, now: datetime) -> bool:
        await asyncio.sleep(0)
        return self.done.get(name, now) > now


@dataclass(slots=True)
class Worker:
    """One process. `ends`: how its loads end."""

    marks: Marks = field(default_factory=Marks)
    ends: Exception | str | None = None
    now: datetime = SIX_THIRTY
    loaded: list[tuple[str, date | None]] = field(default_factory=list)
    told: list[str] = field(default_factory=list)
    holds: asyncio.Event | None = None
    settings: ProspectSettings = field(default_factory=lambda: ProspectSettings(load=LoadFile(FileFormat.CSV)))
    jobs: ProspectJobs = field(init=False)

    def __post_init__(self) -> None:
        self.jobs = ProspectJobs(self, self, self.marks, lambda: {"acme": WHEN}, self, lambda: self.now)

    def get(self, slug: str) -> Tenant:
        return replace(House({"crm": Script([[]])}).tenant, prospects=self.settings)

    async def load(self, command: Command, day: date | None, progress: object) -> LoadReport:
        self.loaded.append((command.viewer.key_id, day))
        if self.holds is not None:
            await self.holds.wait()
        if isinstance(self.ends, Exception):
            raise self.ends
        batch = Batch("b", "2026-11-22", "csv", BatchState.DONE, 1)
        return LoadReport("acme", "2026-11-22", (BatchReport(batch, {}, None, self.ends),))

    def prospects_loaded(self, report: LoadReport) -> None:
        self.told.append(f"loaded {report.stopped}")

    def prospects_not_loaded(self, tenant: str, code: str) -> None:
        self.told.append(code)

    async def at(self, now: datetime) -> int:
        """How many loads there were after a look at this moment."""
        self.now = now
        await self.jobs.tick()
        await self.jobs.settled()
        return len(self.loaded)


async def test_a_load_begins_at_the_tenants_time_and_once_a_day() -> None:
    worker = Worker()
    assert await worker.at(SIX_THIRTY - timedelta(seconds=1)) == 0
    assert await worker.at(SIX_THIRTY) == 1
    assert await worker.at(SIX_THIRTY + timedelta(hours=2)) == 1
    assert await worker.at(SIX_THIRTY + timedelta(hours=6)) == 1, "past midnight, before the time of the next day"
    assert await worker.at(SIX_THIRTY + timedelta(days=1)) == 2
    assert worker.loaded == [("schedule", None)] * 2
    assert worker.told == ["loaded None"] * 2


async def test_another_worker_does_not_load_the_same_day_again() -> None:
    marks = Marks()
    assert await Worker(marks).at(SIX_THIRTY) == 1
    assert await Worker(marks).at(SIX_THIRTY + timedelta(minutes=1)) == 0
    assert await Worker(marks).at(SIX_THIRTY + timedelta(days=1)) == 1


@pytest.mark.parametrize(
    ("ends", "told"),
    [
        (StorageUnavailable(), "storage_unavailable"),
        (Conflict("load_under_way", "…"), "conflict"),
        (OSError("disk"), "file"),
        ("The source is away.", "loaded The source is away."),
    ],
    ids=["storage", "another", "file", "source"],
)
async def test_a_load_that_ended_early_is_tried_again_after_a_while(ends: Exception | str, told: str) -> None:
    worker = Worker(ends=ends)
    assert await worker.at(SIX_THIRTY) == 1
    assert worker.told == [told]
    assert await worker.at(SIX_THIRTY + timedelta(minutes=1)) == 1
    worker.ends = None
    assert await worker.at(SIX_THIRTY + AGAIN) == 2
    assert await worker.at(SIX_THIRTY + AGAIN * 2) == 2


async def test_a_load_is_begun_by_hand_and_not_waited_for() -> None:
    worker = Worker(holds=asyncio.Event())
    await worker.jobs.start(COMMAND, date(2026, 11, 21))
    await asyncio.sleep(0)
    with pytest.raises(Conflict, match="being loaded just now"):
        await worker.jobs.start(COMMAND, None)
    await worker.jobs.tick()
    assert worker.holds is not None
    worker.holds.set()
    await worker.jobs.settled()
    assert worker.loaded == [("k1", date(2026, 11, 21))]
    assert await worker.at(SIX_THIRTY) == 2, "what was begun by hand is not the clock's"


async def test_of_two_who_begin_a_load_at_once_one_is_told_so() -> None:
    worker = Worker(holds=asyncio.Event())
    begun = await asyncio.gather(
        worker.jobs.start(COMMAND, None), worker.jobs.tick(), worker.jobs.start(COMMAND, None), return_exceptions=True
    )
    assert [type(one) for one in begun] == [type(None), type(None), Conflict]
    await asyncio.sleep(0)
    assert worker.loaded == [("k1", None)]
    await worker.jobs.aclose()


async def test_what_another_process_loads_is_not_begun_here() -> None:
    worker = Worker(Marks(held=True))
    with pytest.raises(Conflict) as refusal:
        await worker.jobs.start(COMMAND, None)
    assert refusal.value.reason == "load_under_way"


async def test_a_tenant_that_loads_nothing_says_so() -> None:
    worker = Worker(settings=ProspectSettings())
    with pytest.raises(NoLoading):
        await worker.jobs.start(COMMAND, None)


async def test_what_runs_at_the_end_is_given_up() -> None:
    worker = Worker(holds=asyncio.Event())
    await worker.jobs.start(COMMAND, None)
    await asyncio.sleep(0)
    await worker.jobs.aclose()
    assert worker.told == []


def test_the_time_is_the_clocks_on_the_wall_whatever_the_season() -> None:
    berlin = LoadTime(time(18, 30), "Europe/Berlin")
    evening = datetime(2026, 10, 24, 16, 30, tzinfo=timezone.utc)  # 18:30, the last evening of summer time
    assert berlin.due(evening)
    assert berlin.next(evening) - evening == timedelta(hours=25)

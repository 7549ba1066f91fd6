"""Loads of prospects that run beside the requests: started over the API, or when a tenant's clock says so."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from collections.abc import Mapping as Map
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

from gateway.core.command import Command
from gateway.core.disclosure import Viewer
from gateway.core.errors import Conflict, GatewayError, NoLoading, StorageError
from gateway.core.prospect_load import LoadReport
from gateway.service.prospect_loading import Progress
from gateway.service.prospects import Tenants

AT_ONCE = 4
"""Tenants whose prospects one worker loads at the same time."""
AGAIN = timedelta(minutes=15)
"""After so long a load that ended early is tried again."""
BY_CLOCK = Viewer(role="loader", key_id="schedule")


@dataclass(frozen=True, slots=True)
class LoadTime:
    """When a tenant's prospects are loaded, on its own clock."""

    at: time
    zone: str

    def due(self, now: datetime) -> bool:
        """Is it past the time of this day?"""
        return now.astimezone(ZoneInfo(self.zone)).time() >= self.at

    def next(self, now: datetime) -> datetime:
        """The same time tomorrow."""
        local = now.astimezone(ZoneInfo(self.zone))
        return datetime.combine(local.date() + timedelta(days=1), self.at, ZoneInfo(self.zone))


class Loads(Protocol):
    """See `service.prospect_loading`."""

    async def load(self, command: Command, day: date | None, progress: Progress) -> LoadReport: ...


class LoadMarks(Protocol):
    """What every worker knows of loads. Raises StorageUnavailable."""

    async def under_way(self, tenant: str, now: datetime) -> bool: ...
    async def once_until(self, name: str, until: datetime, now: datetime) -> None: ...
    async def is_done(self, name: str, now: datetime) -> bool: ...


class LoadObserver(Protocol):
    """Told of loads that nobody waits for. Must not raise."""

    def prospects_loaded(self, report: LoadReport) -> None: ...
    def prospects_not_loaded(self, tenant: str, code: str) -> None:
        """`code`: the error's, or `file` where the file could not be written."""
        ...


@dataclass(slots=True)
class ProspectJobs:
    """In one process. `times`: slug -> when, of the tenants that say so. `clock`: aware moments, in UTC."""

    tenants: Tenants
    loads: Loads
    marks: LoadMarks
    times: Callable[[], Map[str, LoadTime]]
    observer: LoadObserver
    clock: Callable[[], datetime]
    _running: dict[str, asyncio.Task[bool]] = field(default_factory=dict)
    _not_before: dict[str, datetime] = field(default_factory=dict)
    _turns: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(AT_ONCE))

    async def start(self, command: Command, day: date | None) -> None:
        """Begin a load and do not wait for its end. Raises NoLoading, Conflict (`load_under_way`)."""
        if self.tenants.get(command.tenant).prospects.load is None:
            raise NoLoading
        # In this order: while the database was asked, another may have begun here.
        if await self.marks.under_way(command.tenant, self.clock()) or command.tenant in self._running:
            raise Conflict(
                "load_under_way", "This tenant's prospects are being loaded just now. Wait until that has ended."
            )
        self._begin(command, day)

    async def tick(self) -> None:
        """Begin what is due by the tenants' clocks. Raises StorageUnavailable."""
        now = self.clock()
        for slug, when in self.times().items():
            waits = self._not_before.get(slug)
            if slug in self._running or (waits is not None and now < waits) or not when.due(now):
                continue
            if await self.marks.is_done(_mark(slug), now):
                self._not_before[slug] = now + AGAIN
                continue
            if slug in self._running:
                continue
            task = self._begin(Command(slug, BY_CLOCK), None)
            task.add_done_callback(lambda done, slug=slug, when=when: self._ended(slug, when, done))  # type: ignore[misc]

    async def aclose(self) -> None:
        """What runs is given up: the next load goes on from there."""
        tasks = list(self._running.values())
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)

    async def settled(self) -> None:
        """Until everything that was begun has ended."""
        while tasks := list(self._running.values()):
            await asyncio.wait(tasks)

    def _begin(self, command: Command, day: date | None) -> asyncio.Task[bool]:
        task = asyncio.get_running_loop().create_task(self._load(command, day))
        self._running[command.tenant] = task
        return task

    async def _load(self, command: Command, day: date | None) -> bool:
        """Did it come to its end?"""
        slug = command.tenant
        try:
            async with self._turns:
                report = await self.loads.load(command, day, lambda done, of: None)
            self.observer.prospects_loaded(report)
            if report.stopped is None and command.viewer is BY_CLOCK:
                now = self.clock()
                with suppress(KeyError, StorageError):
                    await self.marks.once_until(_mark(slug), self.times()[slug].next(now), now)
            return report.stopped is None
        except GatewayError as error:
            self.observer.prospects_not_loaded(slug, error.code)
        except OSError:
            self.observer.prospects_not_loaded(slug, "file")
        finally:
            self._running.pop(slug, None)
        return False

    def _ended(self, slug: str, when: LoadTime, done: asyncio.Task[bool]) -> None:
        well = not done.cancelled() and done.exception() is None and done.result()
        now = self.clock()
        self._not_before[slug] = when.next(now) if well else now + AGAIN


def _mark(tenant: str) -> str:
    return f"prospects-loaded/{tenant}"

"""The end of the day: the company gets its prospects, each once, whenever the work was interrupted.

What an earlier load left undone comes first. A file is written aside and brought to the disk; then the batch is `written`;
then the file gets its name; then its prospects are `loaded`. A batch that is `open` is written anew, one that is `written`
gets its file's name if it has not got it, so nobody is in two files, even where the company has taken the file away already.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import Protocol

import msgspec

from gateway.core.command import Command
from gateway.core.errors import NoLoading
from gateway.core.prospect import Prospect, ProspectState
from gateway.core.prospect_file import CannotBeWritten, prospect_text
from gateway.core.prospect_load import SOURCE, Batch, BatchReport, BatchState, Left, LoadReport
from gateway.core.prospect_settings import FileFormat, LoadFile, LoadSource
from gateway.core.tenant import Tenant
from gateway.service.aside import Aside
from gateway.service.live import LiveTenants
from gateway.service.prospect_sending import INTERRUPTED, ProspectSending, SendStore
from gateway.service.prospects import Tenants, day_of

PAGE = 500
"""Prospects that are in memory at once."""
_UNWRITABLE = "His name or form has a letter that the file's encoding lacks. Choose prospects.load.encoding: utf-8."
Progress = Callable[[int, int], None]
"""Told how many prospects of how many are done."""


class LoadStore(SendStore, Protocol):
    """Where prospects and batches are: see `storage.load_base`. Every write raises Conflict (`lease_lost`)."""

    async def interrupted(self, tenant: str, holder: str, reason: str, now: datetime) -> int: ...
    async def begin(self, tenant: str, now: datetime) -> str: ...
    async def end(self, tenant: str, holder: str) -> None: ...
    async def unfinished(self, tenant: str) -> tuple[Batch, ...]: ...
    async def left(self, tenant: str, batch: str, after: str, limit: int) -> tuple[Left, ...]: ...
    async def counts(self, tenant: str, batch: str) -> dict[ProspectState, int]: ...
    async def how_many(self, tenant: str, state: ProspectState) -> int: ...
    async def keep(self, tenant: str, holder: str, now: datetime) -> None: ...
    async def written(self, tenant: str, holder: str, batch: str, now: datetime) -> None: ...
    async def published(self, tenant: str, holder: str, batch: str, now: datetime) -> None: ...


@dataclass(frozen=True, slots=True)
class Run:
    """One load under way. `only`: of this day alone; else what was left over from earlier days, too."""

    command: Command
    tenant: Tenant
    holder: str
    day: str
    only: bool
    progress: Progress


@dataclass(frozen=True, slots=True)
class ProspectLoading:
    """The use case. `files`: the folder in which every tenant has one of its own. `clock`: aware moments, in UTC."""

    tenants: Tenants
    live: LiveTenants
    store: LoadStore
    files: Path
    clock: Callable[[], datetime]

    async def load(self, command: Command, day: date | None, progress: Progress) -> LoadReport:
        """The prospects of `day`, or of today and what was left over before.

        Raises UnknownTenant, NoLoading, Conflict (`load_under_way`, `lease_lost`), StorageUnavailable, OSError where the
        file cannot be written; whatever it is, the next load goes on from there.
        """
        tenant = self.tenants.get(command.tenant)
        load = tenant.prospects.load
        if load is None:
            raise NoLoading
        async with self._lease(tenant.slug) as holder:
            wanted = day.isoformat() if day else day_of(self.clock(), tenant)
            run = Run(command, tenant, holder, wanted, day is not None, progress)
            await self.store.interrupted(tenant.slug, holder, INTERRUPTED, self.clock())
            batches = [await self._ended(run, batch) for batch in await self.store.unfinished(tenant.slug)]
            fresh = await (self._filed(run, load) if isinstance(load, LoadFile) else self._sent(run, load))
            if fresh is not None:
                batches.append(fresh)
            unknown = await self.store.how_many(tenant.slug, ProspectState.UNKNOWN)
        return LoadReport(tenant.slug, wanted, tuple(batches), unknown)

    @asynccontextmanager
    async def _lease(self, tenant: str) -> AsyncGenerator[str, None]:
        holder = await self.store.begin(tenant, self.clock())
        try:
            yield holder
        finally:
            await self.store.end(tenant, holder)

    async def _ended(self, run: Run, batch: Batch) -> BatchReport:
        """What an earlier load began: a file is written to its end; of a sending, whoever was not sent waits for another."""
        if not batch.target.startswith(SOURCE):
            return await self._to_file(run, batch)
        await self.store.finished(run.tenant.slug, run.holder, batch.id, self.clock())
        return await self._report(run, batch, None)

    async def _sent(self, run: Run, load: LoadSource) -> BatchReport | None:
        sending = ProspectSending(
            self.live, self.store, self.clock, run.command, run.holder, run.day, run.only, run.progress
        )
        sent = await sending.send(load)
        return None if sent is None else await self._report(run, sent.batch, None, sent.stopped)

    async def _filed(self, run: Run, load: LoadFile) -> BatchReport | None:
        name = f"prospects-{run.day}-{{batch}}.{load.format}"
        file = f"{load.folder}/{name}" if load.folder else name
        batch = await self.store.open(run.command, run.holder, load.format, file, run.day, run.only, self.clock())
        return None if batch is None else await self._to_file(run, batch)

    # ------------------------------------------------------------------------------------------ a file

    async def _to_file(self, run: Run, batch: Batch) -> BatchReport:
        assert batch.file is not None
        slug = run.tenant.slug
        path = self.files / slug / batch.file
        aside = Aside(path)
        if batch.state is BatchState.OPEN:
            try:
                await self._write(run, batch, aside)
            finally:
                aside.leave()
            await self.store.written(slug, run.holder, batch.id, self.clock())
        await asyncio.to_thread(aside.publish)
        await self.store.published(slug, run.holder, batch.id, self.clock())
        return await self._report(run, batch, path)

    async def _write(self, run: Run, batch: Batch, aside: Aside) -> None:
        text = prospect_text(_options(run.tenant, batch), run.tenant, batch)
        await asyncio.to_thread(aside.begin)
        await asyncio.to_thread(aside.write, text.head)
        written = done = 0
        after = ""
        while page := await self.store.page(run.tenant.slug, batch.id, ProspectState.PENDING, after, PAGE):
            lines: list[bytes] = []
            for prospect in page:
                try:
                    lines.append((text.next if written else text.first)(prospect))
                    written += 1
                except CannotBeWritten:
                    await self._refuse(run, prospect)
            await asyncio.to_thread(aside.write, b"".join(lines))
            after = page[-1].contact.id
            done += len(page)
            run.progress(done, batch.rows)
            await self.store.keep(run.tenant.slug, run.holder, self.clock())
        await asyncio.to_thread(aside.write, text.tail)
        await asyncio.to_thread(aside.sync)

    async def _refuse(self, run: Run, prospect: Prospect) -> None:
        waited, refused, now = ProspectState.PENDING, ProspectState.REFUSED, self.clock()
        await self.store.settle(run.tenant.slug, run.holder, prospect.contact.id, waited, refused, _UNWRITABLE, now)

    # ------------------------------------------------------------------------------------------ what became of it

    async def _report(self, run: Run, batch: Batch, path: Path | None, stopped: str | None = None) -> BatchReport:
        slug = run.tenant.slug
        counts = await self.store.counts(slug, batch.id)
        report = BatchReport(batch, counts, None if path is None else str(path), stopped)
        if not (report.count(ProspectState.REFUSED) or report.count(ProspectState.UNKNOWN)):
            return report
        aside = Aside(self.files / slug / f"report-{batch.day}-{batch.id}.json")
        await asyncio.to_thread(aside.begin)
        after, first = "", True
        encode = msgspec.json.Encoder().encode
        await asyncio.to_thread(aside.write, encode(_about(report, slug))[:-1] + b',"left":[\n')
        while page := await self.store.left(slug, batch.id, after, PAGE):
            lines = b",\n".join(encode(_told(one)) for one in page)
            await asyncio.to_thread(aside.write, lines if first else b",\n" + lines)
            after, first = page[-1].contact, False
        await asyncio.to_thread(aside.write, b"\n]}\n")
        await asyncio.to_thread(aside.sync)
        await asyncio.to_thread(aside.publish)
        return replace(report, report=str(aside.path))


def _options(tenant: Tenant, batch: Batch) -> LoadFile:
    """As the tenant has it now; where it wants something else by now, the batch is still ended as what it was begun as."""
    load = tenant.prospects.load
    if isinstance(load, LoadFile) and load.format == batch.target:
        return load
    return LoadFile(FileFormat(batch.target))


def _about(report: BatchReport, tenant: str) -> dict[str, object]:
    batch = report.batch
    counts = {state.value: count for state, count in sorted(report.counts.items())}
    return {"tenant": tenant, "day": batch.day, "batch": batch.id, "target": batch.target, "counts": counts}


def _told(one: Left) -> dict[str, str]:
    return {"contact": one.contact, "state": one.state, "reason": one.reason}

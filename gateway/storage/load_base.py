"""Loads of prospects as the use case sees them: asynchronous, each call one transaction, under the caller's lease."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import TypeVar

from sqlalchemy import Connection

from gateway.core.audit import Action, AuditEntry
from gateway.core.command import Command
from gateway.core.errors import Conflict
from gateway.core.prospect import Prospect, ProspectState
from gateway.core.prospect_load import Batch, BatchState, Left
from gateway.storage import leases
from gateway.storage.audit import AuditRows
from gateway.storage.database import Database
from gateway.storage.ids import new_id
from gateway.storage.prospect_loads import ProspectLoads
from gateway.storage.sealing import Sealing

T = TypeVar("T")
HELD = timedelta(seconds=60)
"""How long a worker that says nothing keeps the lease."""


class LoadBase:
    """Every write keeps the lease, and raises Conflict (`lease_lost`) where somebody else has it by now: then it did
    nothing. Raises StorageUnavailable wherever the database does not answer."""

    def __init__(self, database: Database, sealing: Sealing) -> None:
        self._database = database
        self._loads = ProspectLoads(sealing)
        self._audit = AuditRows(sealing)

    # ------------------------------------------------------------------------------------------ the lease

    async def begin(self, tenant: str, now: datetime) -> str:
        """The lease's holder, to be given to every write. Raises Conflict (`load_under_way`)."""
        holder = new_id(now)
        taken = await self._database.write(lambda c: leases.take(c, _lease(tenant), holder, now, now + HELD))
        if not taken:
            raise Conflict(
                "load_under_way",
                "This tenant's prospects are being loaded just now. Wait until that has ended; a worker that died is "
                f"forgotten after {HELD.seconds} seconds.",
            )
        return holder

    async def end(self, tenant: str, holder: str) -> None:
        await self._database.write(lambda c: leases.leave(c, _lease(tenant), holder))

    async def under_way(self, tenant: str, now: datetime) -> bool:
        """Does anybody load this tenant's prospects just now?"""
        return await self._database.read(lambda c: leases.is_held(c, _lease(tenant), now))

    async def once_until(self, name: str, until: datetime, now: datetime) -> None:
        """Remember that `name` is done until then, for every worker."""
        await self._database.write(lambda c: leases.take(c, name, _DONE, now, until))

    async def is_done(self, name: str, now: datetime) -> bool:
        return await self._database.read(lambda c: leases.is_held(c, name, now))

    # ------------------------------------------------------------------------------------------ reading

    async def unfinished(self, tenant: str) -> tuple[Batch, ...]:
        return await self._database.read(partial(self._loads.unfinished, tenant=tenant))

    async def page(self, tenant: str, batch: str, state: ProspectState, after: str, limit: int) -> tuple[Prospect, ...]:
        work = partial(self._loads.page, tenant=tenant, batch=batch, state=state, after=after, limit=limit)
        return await self._database.snapshot(work)

    async def left(self, tenant: str, batch: str, after: str, limit: int) -> tuple[Left, ...]:
        work = partial(self._loads.left, tenant=tenant, batch=batch, after=after, limit=limit)
        return await self._database.read(work)

    async def counts(self, tenant: str, batch: str) -> dict[ProspectState, int]:
        return await self._database.read(partial(self._loads.counts, tenant=tenant, batch=batch))

    async def how_many(self, tenant: str, state: ProspectState) -> int:
        return await self._database.read(partial(self._loads.how_many, tenant=tenant, state=state))

    async def unknown(
        self, tenant: str, day: str, only: bool, before: datetime, after: str, limit: int
    ) -> tuple[Prospect, ...]:
        work = partial(self._loads.unknown, tenant=tenant, day=day, only=only, before=before, after=after, limit=limit)
        return await self._database.snapshot(work)

    # ------------------------------------------------------------------------------------------ writing

    async def keep(self, tenant: str, holder: str, now: datetime) -> None:
        await self._write(tenant, holder, now, lambda c: None)

    async def open(
        self, command: Command, holder: str, target: str, file: str | None, day: str, only: bool, now: datetime
    ) -> Batch | None:
        """As `ProspectLoads.open`."""
        tenant = command.tenant

        def work(connection: Connection) -> Batch | None:
            batch = self._loads.open(connection, tenant, target, file, day, only, now)
            if batch is not None:
                self._audit.write(connection, AuditEntry.of(command, now, Action.LOAD_PROSPECTS))
            return batch

        return await self._write(tenant, holder, now, work)

    async def written(self, tenant: str, holder: str, batch: str, now: datetime) -> None:
        """The batch's file is on the disk, aside."""
        work = partial(self._loads.mark, tenant=tenant, batch=batch, state=BatchState.WRITTEN, now=now)
        await self._write(tenant, holder, now, work)

    async def published(self, tenant: str, holder: str, batch: str, now: datetime) -> None:
        """The file has its name: everybody who is in it is loaded."""

        def work(connection: Connection) -> None:
            pending, loaded = ProspectState.PENDING, ProspectState.LOADED
            self._loads.settle_all(connection, tenant, batch, pending, loaded, now)
            self._loads.mark(connection, tenant, batch, BatchState.DONE, now)

        await self._write(tenant, holder, now, work)

    async def finished(self, tenant: str, holder: str, batch: str, now: datetime) -> int:
        """A batch of sendings is over; who was not sent waits for another. How many these are."""

        def work(connection: Connection) -> int:
            released = self._loads.release(connection, tenant, batch)
            self._loads.mark(connection, tenant, batch, BatchState.DONE, now)
            return released

        return await self._write(tenant, holder, now, work)

    async def take(self, tenant: str, holder: str, contact: str, now: datetime) -> bool:
        """As `ProspectLoads.take`."""
        return await self._write(
            tenant, holder, now, partial(self._loads.take, tenant=tenant, contact=contact, now=now)
        )

    async def settle(
        self,
        tenant: str,
        holder: str,
        contact: str,
        before: ProspectState,
        state: ProspectState,
        reason: str | None,
        now: datetime,
    ) -> None:
        """As `ProspectLoads.settle`."""
        loads = self._loads
        work = partial(loads.settle, tenant=tenant, contact=contact, before=before, state=state, reason=reason, now=now)
        await self._write(tenant, holder, now, work)

    async def interrupted(self, tenant: str, holder: str, reason: str, now: datetime) -> int:
        return await self._write(tenant, holder, now, partial(self._loads.interrupted, tenant=tenant, reason=reason))

    async def again(self, tenant: str, holder: str, contacts: Sequence[str], now: datetime) -> None:
        work = partial(self._loads.again, tenant=tenant, contacts=contacts, now=now)
        await self._write(tenant, holder, now, work)

    async def _write(self, tenant: str, holder: str, now: datetime, work: Callable[[Connection], T]) -> T:
        def kept(connection: Connection) -> T:
            if not leases.keep(connection, _lease(tenant), holder, now + HELD):
                raise Conflict("lease_lost", "Another worker has taken the load over. Look at what it does.")
            return work(connection)

        return await self._database.write(kept)


_DONE = "done"


def _lease(tenant: str) -> str:
    return f"prospects/{tenant}"

"""Prospects on their way to one of the tenant's sources, one by one, each sent once as far as that can be known.

A prospect is `sending` before anything of him leaves. What the source says makes him `loaded` or `refused`; whatever else
happens makes him `unknown`, as does a worker that dies. Before an unknown one is sent again, the source is asked whether it
has him: found, he is loaded; a definite nobody, he is sent again under the same key; else he stays unknown, for a person to
see to.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from gateway.adapter import Adapter, Misconfigured, Person, PersonWriter, Saved
from gateway.core.command import Command
from gateway.core.errors import AdapterFault, BreakerOpen, SourceError, TimedOut
from gateway.core.model import SourceAnswer, SourceOutcome
from gateway.core.outcome import is_definite_no
from gateway.core.person import person_of, query_of
from gateway.core.prospect import Prospect, ProspectState
from gateway.core.prospect_load import SOURCE, Batch
from gateway.core.prospect_settings import LoadSource
from gateway.resilience import Deadline
from gateway.resilience.breaker import Verdict
from gateway.service.ask import ask_source
from gateway.service.live import LiveSource, LiveTenant, LiveTenants
from gateway.service.tracing import Trace

_PAGE = 100
_AT_ONCE = 4
"""Sendings at the same time, at most: the company's base is not to be overrun at the end of the day."""
_GIVES_UP = 3
"""Sendings of unknown outcome in a row after which the others are left for another run."""
INTERRUPTED = "The gateway was interrupted while he was being sent."


class SendStore(Protocol):
    """Where prospects and batches are: see `storage.load_base`. Every write raises Conflict (`lease_lost`)."""

    async def open(
        self, command: Command, holder: str, target: str, file: str | None, day: str, only: bool, now: datetime
    ) -> Batch | None: ...
    async def page(
        self, tenant: str, batch: str, state: ProspectState, after: str, limit: int
    ) -> tuple[Prospect, ...]: ...
    async def unknown(
        self, tenant: str, day: str, only: bool, before: datetime, after: str, limit: int
    ) -> tuple[Prospect, ...]: ...
    async def take(self, tenant: str, holder: str, contact: str, now: datetime) -> bool: ...
    async def settle(
        self,
        tenant: str,
        holder: str,
        contact: str,
        before: ProspectState,
        state: ProspectState,
        reason: str | None,
        now: datetime,
    ) -> None: ...
    async def again(self, tenant: str, holder: str, contacts: Sequence[str], now: datetime) -> None: ...
    async def finished(self, tenant: str, holder: str, batch: str, now: datetime) -> int: ...


@dataclass(frozen=True, slots=True)
class Sent:
    """A batch that was sent, to its end or until it was given up (`stopped`: why)."""

    batch: Batch
    stopped: str | None


@dataclass(slots=True)
class _Health:
    """Whether going on makes sense."""

    in_a_row: int = 0
    stopped: str | None = None

    def heard(self, error: SourceError | BreakerOpen | None) -> None:
        if error is None:
            self.in_a_row = 0
            return
        self.in_a_row += 1
        if isinstance(error, BreakerOpen) or error.undone or self.in_a_row >= _GIVES_UP:
            self.stopped = f"{error} ({error.code})"


@dataclass(frozen=True, slots=True)
class ProspectSending:
    """One run under one lease. `only`: prospects of this day alone."""

    tenants: LiveTenants
    store: SendStore
    clock: Callable[[], datetime]
    command: Command
    holder: str
    day: str
    only: bool
    progress: Callable[[int, int], None]

    async def send(self, load: LoadSource) -> Sent | None:
        """Unknown ones are looked for first. None where nobody waits. Raises StorageError."""
        with self.tenants.lease(self.command.tenant) as live:
            source = live.sources[load.source]
            await self._look_for_unknown(live, source, load.settle)
            batch = await self.store.open(
                self.command, self.holder, f"{SOURCE}{load.source}", None, self.day, self.only, self.clock()
            )
            if batch is None:
                return None
            stopped = await self._send_all(live, source, batch)
            await self.store.finished(live.tenant.slug, self.holder, batch.id, self.clock())
        # Who was nobody a minute ago may be somebody now: nothing that was remembered of the tenant's sources holds.
        self.tenants.forget(frozenset((self.command.tenant,)))
        return Sent(batch, stopped)

    # ------------------------------------------------------------------------------------------ sending

    async def _send_all(self, live: LiveTenant, source: LiveSource, batch: Batch) -> str | None:
        health, after, done = _Health(), "", 0
        turns = asyncio.Semaphore(min(_AT_ONCE, source.source.resilience.concurrency))

        async def one(prospect: Prospect) -> None:
            async with turns:
                if health.stopped is None:
                    health.heard(await self._send(live, source, prospect))

        while health.stopped is None:
            page = await self.store.page(live.tenant.slug, batch.id, ProspectState.PENDING, after, _PAGE)
            if not page:
                break
            await _all_of([one(prospect) for prospect in page])
            after = page[-1].contact.id
            done += len(page)
            self.progress(done, batch.rows)
        return health.stopped

    async def _send(self, live: LiveTenant, source: LiveSource, prospect: Prospect) -> SourceError | BreakerOpen | None:
        """What went wrong, where the source did not say what became of him."""
        if not await self.store.take(live.tenant.slug, self.holder, prospect.contact.id, self.clock()):
            return None
        values = person_of(prospect.contact, prospect.send_key, live.tenant, source.source)
        try:
            saved = await save_person(source, Person(values), prospect.send_key)
        except BreakerOpen as error:
            await self._sent(live, prospect, ProspectState.PENDING, None)
            return error
        except SourceError as error:
            state = ProspectState.PENDING if error.undone else ProspectState.UNKNOWN
            await self._sent(live, prospect, state, None if error.undone else f"{error} ({error.code})")
            return error
        state = ProspectState.LOADED if saved.done else ProspectState.REFUSED
        await self._sent(live, prospect, state, None if saved.done else saved.why)
        return None

    # ------------------------------------------------------------------------------------------ looking

    async def _look_for_unknown(self, live: LiveTenant, source: LiveSource, settle: float) -> None:
        before, after = self.clock() - timedelta(seconds=settle), ""
        slug = live.tenant.slug
        while page := await self.store.unknown(slug, self.day, self.only, before, after, _PAGE):
            for prospect in page:
                await self._look_for(live, source, prospect)
            after = page[-1].contact.id

    async def _look_for(self, live: LiveTenant, source: LiveSource, prospect: Prospect) -> None:
        query = query_of(prospect.contact, live.tenant, source.adapter.fields)
        if query is None:
            why = "He was sent, and the source cannot be asked by anything that is known of him."
            await self._looked(live, prospect, ProspectState.UNKNOWN, why)
            return
        deadline = Deadline(asyncio.get_running_loop().time() + live.tenant.budget)
        answer = await ask_source(live, source, query, 2, deadline, Trace(False))
        if _has_him(answer):
            await self._looked(live, prospect, ProspectState.LOADED, None)
        elif is_definite_no(answer):
            await self.store.again(live.tenant.slug, self.holder, [prospect.contact.id], self.clock())
        else:
            why = f"He was sent, and the source does not say for certain whether it has him ({answer.code or 'not sure'})."
            await self._looked(live, prospect, ProspectState.UNKNOWN, why)

    async def _sent(self, live: LiveTenant, prospect: Prospect, state: ProspectState, why: str | None) -> None:
        slug, contact, sending = live.tenant.slug, prospect.contact.id, ProspectState.SENDING
        await self.store.settle(slug, self.holder, contact, sending, state, why, self.clock())

    async def _looked(self, live: LiveTenant, prospect: Prospect, state: ProspectState, why: str | None) -> None:
        slug, contact, unknown = live.tenant.slug, prospect.contact.id, ProspectState.UNKNOWN
        await self.store.settle(slug, self.holder, contact, unknown, state, why, self.clock())


async def save_person(source: LiveSource, person: Person, key: str) -> Saved:
    """Sent once, within the source's own bounds: its breaker, its places, its time-out. Nothing is retried: what became of
    one of unknown outcome has to be looked up first. Raises SourceError, BreakerOpen."""
    writer = _writer(source.adapter)
    timeout = source.source.resilience.timeout
    breaker = source.layers.breaker
    turn, verdict, code = breaker.enter() if breaker is not None else 0, Verdict.NOTHING, ""
    try:
        await source.layers.bulkhead.enter(Deadline(asyncio.get_running_loop().time() + timeout))
        try:
            saved = await _within(timeout, writer, person, key)
        finally:
            source.layers.bulkhead.leave()
        verdict = Verdict.WELL
    except SourceError as error:
        if error.counts:
            verdict, code = Verdict.ILL, error.code
        raise
    finally:
        if breaker is not None:
            breaker.leave(turn, verdict, code)
    return saved


def _writer(adapter: Adapter) -> PersonWriter:
    if isinstance(adapter, PersonWriter):
        return adapter
    raise Misconfigured("This source's adapter saves nobody. Load into a file, or choose another source.")


async def _within(seconds: float, writer: PersonWriter, person: Person, key: str) -> Saved:
    task = asyncio.ensure_future(writer.save(person, key=key))
    try:
        await asyncio.wait((task,), timeout=seconds)
    finally:
        if not task.done():
            task.cancel()
            await asyncio.wait((task,))
    if task.cancelled():
        raise TimedOut
    error = task.exception()
    if error is None and isinstance(task.result(), Saved):
        return task.result()
    if isinstance(error, SourceError):
        raise error
    fault = AdapterFault()
    fault.__cause__ = error
    raise fault


async def _all_of(sendings: Sequence[Coroutine[object, object, None]]) -> None:
    """At once. Raises the first failure; then the others are ended, too."""
    failure: Exception
    try:
        async with asyncio.TaskGroup() as group:
            for sending in sendings:
                group.create_task(sending)
    except ExceptionGroup as failed:
        failure = failed.exceptions[0]
    else:
        return
    raise failure


def _has_him(answer: SourceAnswer) -> bool:
    return answer.outcome is SourceOutcome.FOUND and any(given.verified for given in answer.customers)

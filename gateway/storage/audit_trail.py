"""The audit of lookups: kept without anybody waiting for it, many entries in one write."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence
from functools import partial
from itertools import chain

from gateway.core.audit import AuditEntry, AuditFilter, AuditLine
from gateway.core.errors import StorageUnavailable
from gateway.storage.audit import AuditRow, AuditRows
from gateway.storage.database import Database
from gateway.storage.observer import StorageObserver
from gateway.storage.sealing import Sealing

MOST = 10_000
"""Entries that wait while the database is away; beyond it the oldest are lost."""
LINGER = 0.05
"""Seconds that an entry waits for company at most, while few have come: a write for each would cost more than the lookup."""
AGAIN = 1.0
"""Seconds until a database that did not answer is tried again."""
_GROUP = 500
"""Most entries in one write."""

_Entry = tuple[AuditRow, ...]


class AuditTrail:
    """What a write audits is written with it (`AuditRows`); this is for what writes nothing else."""

    def __init__(
        self,
        database: Database,
        sealing: Sealing,
        observer: StorageObserver,
        most: int = MOST,
        linger: float = LINGER,
        again: float = AGAIN,
    ) -> None:
        self._database, self._observer = database, observer
        self._rows = AuditRows(sealing)
        self._most, self._linger, self._again = most, linger, again
        self._waiting: deque[_Entry] = deque()
        self._task: asyncio.Task[None] | None = None

    def record(self, entry: AuditEntry) -> None:
        """On the event loop. Values are hashed at once: none waits here."""
        self._waiting.append(self._rows.rows(entry))
        self._trim()
        if self._task is None or self._task.done():
            self._task = asyncio.get_running_loop().create_task(self._write_all())

    async def read(
        self, tenant: str, wanted: AuditFilter, limit: int, after: str | None = None
    ) -> tuple[AuditLine, ...]:
        """The newest first, `limit` at most; `after`: the id of the last line that the reader has. Raises
        StorageUnavailable."""
        return await self._database.read(
            partial(self._rows.read, tenant=tenant, wanted=wanted, limit=limit, after=after)
        )

    @property
    def waiting(self) -> int:
        """How many entries are not written yet."""
        return len(self._waiting)

    async def aclose(self) -> None:
        """Everything is written, or tried once and lost, before this returns."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait((self._task,))
        while self._waiting:
            entries = self._next()
            try:
                await self._write(entries)
            except StorageUnavailable:
                self._observer.audit_lost(len(entries) + len(self._waiting))
                self._waiting.clear()

    async def _write_all(self) -> None:
        while self._waiting:
            if len(self._waiting) < _GROUP:
                await asyncio.sleep(self._linger)
            entries = self._next()
            try:
                await self._write(entries)
            except StorageUnavailable:
                self._put_back(entries)
                await asyncio.sleep(self._again)
            except asyncio.CancelledError:
                # Whether it was done is not known; what is there already is not written twice.
                self._put_back(entries)
                raise
            except BaseException:
                self._observer.audit_lost(len(entries))
                raise

    async def _write(self, entries: Sequence[_Entry]) -> None:
        await self._database.write(partial(self._rows.insert, rows=tuple(chain.from_iterable(entries))))

    def _next(self) -> Sequence[_Entry]:
        return [self._waiting.popleft() for _ in range(min(_GROUP, len(self._waiting)))]

    def _put_back(self, entries: Sequence[_Entry]) -> None:
        self._waiting.extendleft(reversed(entries))
        self._trim()

    def _trim(self) -> None:
        lost = len(self._waiting) - self._most
        if lost > 0:
            for _ in range(lost):
                self._waiting.popleft()
            self._observer.audit_lost(lost)

"""Everything that the gateway keeps, opened and closed as one."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from gateway.core.errors import StorageUnavailable
from gateway.storage.audit_trail import AuditTrail
from gateway.storage.code_base import CodeBase
from gateway.storage.contact_base import ContactBase
from gateway.storage.database import Database
from gateway.storage.engine import is_embedded
from gateway.storage.event_base import EventBase
from gateway.storage.fillings import Fillings
from gateway.storage.interaction_base import InteractionBase
from gateway.storage.load_base import LoadBase
from gateway.storage.migrate import HEAD, check, current, upgrade
from gateway.storage.observer import StorageObserver, Unobserved
from gateway.storage.prospect_base import ProspectBase
from gateway.storage.reports import Reports
from gateway.storage.resealing import Resealing
from gateway.storage.retaining import Retaining
from gateway.storage.sealing import Sealing
from gateway.storage.timeline_base import TimelineBase

_PATIENCE = 2.0
"""Seconds that the database has to show that it answers."""


class Storage:
    """`address`: of the database; `keys`: 32 bytes each, the first seals, all open. Connects at its first use, so that a
    database that is away stops no start."""

    def __init__(self, address: str, keys: Sequence[bytes], observer: StorageObserver | None = None) -> None:
        observer = observer or Unobserved()
        self._database = Database(address, check, observer)
        sealing = Sealing(keys)
        self.contacts = ContactBase(self._database, sealing)
        self.interactions = InteractionBase(self._database, sealing)
        self.codes = CodeBase(self._database, sealing)
        self.events = EventBase(self._database, sealing)
        self.prospects = ProspectBase(self._database, sealing)
        self.timeline = TimelineBase(self._database, sealing)
        self.fillings = Fillings(self._database)
        self.loads = LoadBase(self._database, sealing)
        self.reports = Reports(self._database)
        self.resealing = Resealing(self._database, sealing)
        self.retaining = Retaining(self._database, sealing)
        self.audit = AuditTrail(self._database, sealing, observer)

    @property
    def writes_waiting(self) -> int:
        """How many writes have not begun."""
        return self._database.waiting

    async def trouble(self) -> str | None:
        """The code of what is wrong with the database, None where it answers and its last write was done."""
        try:
            async with asyncio.timeout(_PATIENCE):
                await self._database.read(check)
        except TimeoutError:
            return StorageUnavailable.code
        except StorageUnavailable as error:
            return error.code
        return self._database.write_trouble

    async def aclose(self) -> None:
        """Every write that was taken is done before this returns."""
        try:
            await self.audit.aclose()
        finally:
            await self._database.aclose()


def bring_up_to_date(address: str) -> None:
    """The embedded database is the gateway's own to migrate; a server's is its administrator's (`gateway db upgrade`), and
    nothing happens to it here. Raises StorageUnavailable."""
    # Alembic would stay in memory: it is asked for only where there is something to do.
    if is_embedded(address) and current(address) != HEAD:
        upgrade(address)

"""Of a customer whom an operator linked only the key is at hand: the rest is asked of his sources, afterwards."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from time import perf_counter
from typing import Protocol

from gateway.core.command import Command, Effect
from gateway.core.errors import GatewayError
from gateway.core.keeping import ContactDraft, stored_part
from gateway.core.model import Contact, Customer, Identification, SourceAnswer, SourceRef
from gateway.service.details import concluded
from gateway.service.live import LiveTenant, LiveTenants
from gateway.service.observer import Consultation, Observer
from gateway.service.refs import RefContent
from gateway.service.selected import Selected


class KeepsContacts(Protocol):
    """Where contacts are kept. Raises StorageError."""

    async def get(self, tenant: str, contact: str) -> Contact | None: ...

    async def save(
        self, command: Command, draft: ContactDraft, now: datetime, contact: str | None = None
    ) -> Effect[Contact]: ...


@dataclass(slots=True)
class ContactFilling:
    """Beside the request that linked, which has been answered: a source that is slow or away costs the operator nothing, and
    the contact stands with his key until he is saved again."""

    tenants: LiveTenants
    contacts: KeepsContacts
    observer: Observer
    now: Callable[[], datetime]
    _under_way: set[asyncio.Task[None]] = field(default_factory=set)

    def fill(self, command: Command, contact: str, content: RefContent) -> None:
        """Ask his sources and save what they say. Returns at once."""
        task = asyncio.get_running_loop().create_task(self._fill(command, contact, content))
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)

    async def settled(self) -> None:
        """Everything that was begun has ended."""
        while self._under_way:
            await asyncio.wait(self._under_way)

    async def _fill(self, command: Command, contact: str, content: RefContent) -> None:
        began = perf_counter()
        try:
            with self.tenants.lease(command.tenant) as live:
                if not live.tenant.stored_fields:
                    return
                result, answers = await self._asked(live, command, content)
                customer = _customer(result, content)
                if customer is not None and await self._is_active(command.tenant, contact):
                    once = replace(command, repeat=None)
                    await self.contacts.save(once, stored_part(customer, live.tenant), self.now(), contact)
        except GatewayError:
            # The key is kept, and nothing else was promised; the database's own trouble is told where it is watched.
            return
        elapsed = perf_counter() - began
        consultation = Consultation("link", command.tenant, command.viewer, command.request_id, result.outcome, elapsed)
        self.observer.consulted(consultation, answers)

    async def _asked(
        self, live: LiveTenant, command: Command, content: RefContent
    ) -> tuple[Identification, tuple[SourceAnswer, ...]]:
        def broke(source: SourceRef, error: BaseException) -> None:
            self.observer.adapter_broke(command.request_id, source, error)

        deadline = asyncio.get_running_loop().time() + live.tenant.budget
        answers, _ = await Selected.of(live, content).ask(deadline, broke, refresh=False)
        return concluded(live, answers, None), answers

    async def _is_active(self, tenant: str, contact: str) -> bool:
        """Who was deactivated meanwhile is not brought back by what was begun before."""
        found = await self.contacts.get(tenant, contact)
        return found is not None and found.active


def _customer(result: Identification, content: RefContent) -> Customer | None:
    """The one whom the sources know under this very key."""
    found = [match.customer for match in result.matches if match.customer is not None]
    return found[0] if len(found) == 1 and found[0].unique_key == content.unique_key else None

"""Of a customer whom an operator linked only the key is at hand: the rest is asked of his sources, afterwards."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from time import perf_counter
from typing import Protocol

from gateway.core.command import Command, Effect
from gateway.core.disclosure import Viewer
from gateway.core.errors import Conflict, NotHere, RefExpired, StorageError, TenantBroken, UnknownTenant
from gateway.core.filling import TRIES, Waiting
from gateway.core.keeping import ContactDraft, stored_part
from gateway.core.model import Contact, Customer, Identification, Skip, SourceAnswer, SourceRef
from gateway.service.details import concluded
from gateway.service.live import LiveTenant, LiveTenants
from gateway.service.observer import Consultation, Observer
from gateway.service.refs import Assurance, RefContent
from gateway.service.remembering import is_failure
from gateway.service.selected import Selected

_AT_ONCE = 20
"""Contacts for whom sources are asked at the same time by the clock, at most: operators' questions come first."""
_BY_CLOCK = Viewer(role="filler", key_id="schedule")


class KeepsContacts(Protocol):
    """Where contacts are kept. Raises StorageError."""

    async def known(self, tenant: str, contact: str | None, key: str | None) -> Contact | None: ...

    async def save(
        self, command: Command, draft: ContactDraft, now: datetime, contact: str | None = None
    ) -> Effect[Contact]: ...


class KeepsFillings(Protocol):
    """Who is still to be filled: see `storage.fillings`. Raises StorageUnavailable."""

    async def due(self, now: datetime, limit: int) -> tuple[Waiting, ...]: ...

    async def take(self, one: Waiting, now: datetime) -> bool: ...

    async def over(self, tenant: str, contact: str) -> None: ...


class FillingObserver(Protocol):
    """Must not raise."""

    def contact_filled(self, tenant: str) -> None:
        """What may be stored of a linked customer is stored."""
        ...

    def contact_not_filled(self, tenant: str, contact: str, tries: int) -> None:
        """His sources were asked so often, and nobody tries it any more."""
        ...


@dataclass(slots=True)
class ContactFilling:
    """Beside the request that linked, which has been answered: a source that is slow or away costs the operator nothing.
    The contact was marked with the link; until his sources have answered he is tried again by the clock (`tick`), by one
    worker at a time, whoever of them is still there."""

    tenants: LiveTenants
    contacts: KeepsContacts
    fillings: KeepsFillings
    observer: Observer
    told: FillingObserver
    now: Callable[[], datetime]
    _under_way: set[asyncio.Task[None]] = field(default_factory=set)

    def fill(self, command: Command, contact: str, content: RefContent) -> None:
        """Ask his sources and save what they say. Returns at once."""
        self._begin(self._once(command, contact, content))

    async def tick(self) -> None:
        """Begin with those who are due again. Raises StorageUnavailable."""
        now, room = self.now(), _AT_ONCE - len(self._under_way)
        if room <= 0:
            return
        for one in await self.fillings.due(now, room):
            if await self.fillings.take(one, now):
                self._begin(self._again(replace(one, tries=one.tries + 1)))

    async def settled(self) -> None:
        """Everything that was begun has ended."""
        while self._under_way:
            await asyncio.wait(self._under_way)

    async def aclose(self) -> None:
        """What is under way is given up: whom it was for is due again."""
        for task in self._under_way:
            task.cancel()
        await self.settled()

    def _begin(self, work: Coroutine[object, object, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)

    async def _again(self, one: Waiting) -> None:
        with suppress(StorageError):  # the database's own trouble is told where it is watched
            there = await self.contacts.known(one.tenant, one.contact, None)
            if there is None or there.unique_key is None:
                await self.fillings.over(one.tenant, one.contact)
                return
            content = RefContent(one.tenant, there.unique_key, there.id, one.sources, Assurance.UNVERIFIED, 0)
            done = await self._fill(Command(one.tenant, _BY_CLOCK), there.id, content)
            if not done and one.tries >= TRIES:
                self.told.contact_not_filled(one.tenant, there.id, one.tries)
            if done or one.tries >= TRIES:
                await self.fillings.over(one.tenant, one.contact)

    async def _once(self, command: Command, contact: str, content: RefContent) -> None:
        with suppress(StorageError):
            if await self._fill(command, contact, content):
                await self.fillings.over(command.tenant, contact)

    async def _fill(self, command: Command, contact: str, content: RefContent) -> bool:
        """Is there nothing more to be asked of his sources? Raises StorageError."""
        began = perf_counter()
        try:
            with self.tenants.lease(command.tenant) as live:
                if not live.tenant.stored_fields:
                    return True
                result, answers = await self._asked(live, command, content)
                customer = _customer(result, content)
                if customer is not None and await self._is_active(command.tenant, contact):
                    once = replace(command, repeat=None)
                    await self.contacts.save(once, stored_part(customer, live.tenant), self.now(), contact)
                    self.told.contact_filled(command.tenant)
        except (RefExpired, Conflict, NotHere):
            # The tenant has another unique key by now, or the contact has: nothing more can be had of him.
            return True
        except (UnknownTenant, TenantBroken):
            return False
        elapsed = perf_counter() - began
        consultation = Consultation("link", command.tenant, command.viewer, command.request_id, result.outcome, elapsed)
        self.observer.consulted(consultation, answers)
        return not any(map(_may_answer_yet, answers))

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
        return await self.contacts.known(tenant, contact, None) is not None


def _customer(result: Identification, content: RefContent) -> Customer | None:
    """The one whom the sources know under this very key."""
    found = [match.customer for match in result.matches if match.customer is not None]
    return found[0] if len(found) == 1 and found[0].unique_key == content.unique_key else None


def _may_answer_yet(answer: SourceAnswer) -> bool:
    """It failed; one that can never be asked so does not say more another time."""
    return is_failure(answer) and answer.code != Skip.CANNOT_ASK

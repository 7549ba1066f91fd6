"""Prospects as the use cases see them: asynchronous, core types in and out, each call one transaction."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial

from sqlalchemy import Connection

from gateway.core.audit import CONTACT, DONE, INTERACTION, Action, AuditEntry, Subject
from gateway.core.command import Command, Effect
from gateway.core.linking import LinkTarget
from gateway.core.model import ProspectOption
from gateway.core.prospect import Prospect, ProspectDraft, ProspectPage, ProspectState
from gateway.storage.audit import AuditRows
from gateway.storage.contacts import Contacts
from gateway.storage.database import Database
from gateway.storage.interactions import Interactions
from gateway.storage.links import Links
from gateway.storage.prospects import ProspectFilter, Prospects
from gateway.storage.repeats import Repeats
from gateway.storage.sealing import Sealing


class ProspectBase:
    """Raises StorageUnavailable wherever the database does not answer."""

    def __init__(self, database: Database, sealing: Sealing) -> None:
        self._database = database
        self._prospects = Prospects(sealing)
        self._interactions = Interactions(sealing)
        self._links = Links(sealing, Contacts(sealing))
        self._repeats = Repeats(sealing)
        self._audit = AuditRows(sealing)

    async def store(
        self, command: Command, draft: ProspectDraft, interaction: str | None, now: datetime
    ) -> Effect[Prospect]:
        """`interaction`: what is to be his history, unless he is to have none (`message`). Raises Conflict (those of
        `Prospects.store` and of `Links.link`), NotHere."""
        tenant = command.tenant

        def make(connection: Connection) -> str:
            contact = self._prospects.store(connection, tenant, draft, command.actor, now).id
            if interaction is not None and draft.option is not ProspectOption.MESSAGE:
                opened = self._interactions.open(connection, tenant, interaction)
                self._links.link(connection, tenant, opened, LinkTarget(contact), command.actor, now)
                linked = (Subject(INTERACTION, interaction), Subject(CONTACT, contact))
                self._audit.write(connection, AuditEntry.of(command, now, Action.LINK, *linked))
            return contact

        return await self._once(command, Action.SAVE_PROSPECT, now, make)

    async def classify(self, command: Command, contact: str, draft: ProspectDraft, now: datetime) -> Effect[Prospect]:
        """Of a contact that is here. Raises NotHere, and Conflict as `Prospects.classify`."""

        def make(connection: Connection) -> str:
            return self._prospects.classify(connection, command.tenant, contact, draft, command.actor, now).id

        return await self._once(command, Action.CLASSIFY_PROSPECT, now, make)

    async def settle(
        self, command: Command, contact: str, state: ProspectState, reason: str | None, now: datetime
    ) -> Effect[Prospect]:
        """As `Prospects.settle`."""

        def make(connection: Connection) -> str:
            self._prospects.settle(connection, command.tenant, contact, state, reason, now)
            return contact

        return await self._once(command, Action.SETTLE_PROSPECT, now, make, outcome=state)

    async def page(
        self, tenant: str, day: str | None, state: ProspectState | None, after: str | None, limit: int
    ) -> ProspectPage:
        """`after`: what the page before gave as `next`."""
        wanted = ProspectFilter(day, state, after, limit)
        found = await self._database.snapshot(partial(self._prospects.listed, tenant=tenant, wanted=wanted))
        shown = found[:limit]
        return ProspectPage(shown, shown[-1].contact.id if len(found) > limit else None)

    async def _once(
        self,
        command: Command,
        action: Action,
        now: datetime,
        make: Callable[[Connection], str],
        outcome: str = DONE,
    ) -> Effect[Prospect]:
        """In one transaction: the record of the repeated request, what is done, its line in the audit; and what is there
        then."""

        def work(connection: Connection) -> Effect[Prospect]:
            def do() -> str:
                contact = make(connection)
                entry = AuditEntry.of(command, now, action, Subject(CONTACT, contact), outcome=outcome)
                self._audit.write(connection, entry)
                return contact

            done = self._repeats.once(connection, command, action, now, do)
            return Effect(self._prospects.get(connection, command.tenant, done.id), done.again)

        return await self._database.write(work)

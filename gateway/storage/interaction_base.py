"""Interactions as the use cases see them: asynchronous, core types in and out, each call one transaction."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import TypeVar

from sqlalchemy import Connection

from gateway.core.command import Command, Effect
from gateway.core.interaction import (
    CaseReference,
    Interaction,
    InteractionHistory,
    InteractionPage,
    NoLink,
    Note,
    Opening,
    Started,
)
from gateway.core.linking import LinkTarget
from gateway.core.protocol import ProtocolNumber
from gateway.storage.contacts import Contacts
from gateway.storage.database import Database
from gateway.storage.interactions import Interactions
from gateway.storage.links import Links
from gateway.storage.repeats import Repeats
from gateway.storage.sealing import Sealing

Made = TypeVar("Made")


class InteractionBase:
    """Raises StorageUnavailable wherever the database does not answer; every write raises NotHere for an interaction that is
    not the tenant's, and Conflict (`finished`) for one that was ended. `year`: in which a number is issued now."""

    def __init__(self, database: Database, sealing: Sealing) -> None:
        self._database = database
        self._interactions = Interactions(sealing)
        self._links = Links(sealing, Contacts(sealing))
        self._repeats = Repeats(sealing)

    # ------------------------------------------------------------------------------------------ reading

    async def history(self, tenant: str, interaction: str) -> InteractionHistory:
        """Raises NotHere."""
        return await self._database.read(partial(self._interactions.history, tenant=tenant, interaction=interaction))

    async def by_protocol(self, tenant: str, protocol: ProtocolNumber) -> tuple[Interaction, ...]:
        """The one that has this number, or none."""
        return await self._database.read(partial(self._interactions.by_protocol, tenant=tenant, protocol=protocol))

    async def page(self, tenant: str, contact: str | None, after: str | None, limit: int) -> InteractionPage:
        """Raises MalformedRequest for a cursor that no page gave."""
        work = partial(self._interactions.page, tenant=tenant, contact=contact, after=after, limit=limit)
        return await self._database.read(work)

    # ------------------------------------------------------------------------------------------ writing

    async def start(
        self, command: Command, opening: Opening, target: LinkTarget | None, now: datetime, year: int | None
    ) -> Effect[Started]:
        """`target`: whom it is linked to by itself, if nothing speaks against it. `year`: None to number it later."""
        tenant, refused = command.tenant, list[NoLink]()

        def make(connection: Connection) -> str:
            refused.clear()
            made = self._interactions.start(connection, tenant, opening, command.actor, now, year)
            if target is not None:
                started = self._interactions.get(connection, tenant, made)
                if why := self._links.link_automatically(connection, tenant, started, target, now):
                    refused.append(why)
            return made

        effect = await self._once(command, "start_interaction", now, make, self._interactions.get)
        return Effect(Started(effect.made, refused[0] if refused else None), effect.again)

    async def first_action(self, command: Command, interaction: str, now: datetime, year: int) -> Effect[Interaction]:
        """The second changes nothing."""
        tenant = command.tenant

        def change(connection: Connection) -> None:
            self._interactions.first_action(connection, tenant, interaction, now, year)

        return await self._changed(command, "first_action", interaction, now, change)

    async def finish(self, command: Command, interaction: str, now: datetime, year: int) -> Effect[Interaction]:
        """It has a protocol number afterwards."""
        tenant = command.tenant

        def change(connection: Connection) -> None:
            self._interactions.finish(connection, tenant, interaction, now, year)

        return await self._changed(command, "finish_interaction", interaction, now, change)

    async def link(self, command: Command, interaction: str, target: LinkTarget, now: datetime) -> Effect[Interaction]:
        """By hand. Raises Conflict (`linked_already`, `contact_inactive`), NotHere."""

        def change(connection: Connection) -> None:
            opened = self._interactions.open(connection, command.tenant, interaction)
            self._links.link(connection, command.tenant, opened, target, command.actor, now)

        return await self._changed(command, "link_interaction", interaction, now, change)

    async def unlink(self, command: Command, interaction: str, now: datetime) -> Effect[Interaction]:
        """Raises Conflict (`nobody_linked`)."""

        def change(connection: Connection) -> None:
            opened = self._interactions.open(connection, command.tenant, interaction)
            self._links.unlink(connection, command.tenant, opened, command.actor, now)

        return await self._changed(command, "unlink_interaction", interaction, now, change)

    async def reidentify(
        self, command: Command, interaction: str, target: LinkTarget, now: datetime
    ) -> Effect[Interaction]:
        """Raises Conflict (`nobody_linked`, `linked_already`, `contact_inactive`), NotHere."""

        def change(connection: Connection) -> None:
            opened = self._interactions.open(connection, command.tenant, interaction)
            self._links.reidentify(connection, command.tenant, opened, target, command.actor, now)

        return await self._changed(command, "reidentify_interaction", interaction, now, change)

    async def add_note(self, command: Command, interaction: str, text: str, now: datetime) -> Effect[Note]:
        tenant, actor = command.tenant, command.actor

        def make(connection: Connection) -> str:
            return self._interactions.add_note(connection, tenant, interaction, text, actor, now)

        return await self._once(command, "add_note", now, make, self._interactions.note)

    async def add_case(
        self, command: Command, interaction: str, case: str, title: str | None, identified: bool, now: datetime
    ) -> Effect[CaseReference]:
        """Raises Conflict (`nobody_linked`) for an identified one without a person."""
        tenant, actor = command.tenant, command.actor

        def make(connection: Connection) -> str:
            return self._interactions.add_case(connection, tenant, interaction, case, title, identified, actor, now)

        return await self._once(command, "add_case", now, make, self._interactions.case)

    async def _changed(
        self, command: Command, operation: str, interaction: str, now: datetime, change: Callable[[Connection], None]
    ) -> Effect[Interaction]:
        def make(connection: Connection) -> str:
            change(connection)
            return interaction

        return await self._once(command, operation, now, make, self._interactions.get)

    async def _once(
        self,
        command: Command,
        operation: str,
        now: datetime,
        make: Callable[[Connection], str],
        read: Callable[[Connection, str, str], Made],
    ) -> Effect[Made]:
        """In one transaction: the record of the repeated request, what is done, and what is there then."""

        def work(connection: Connection) -> Effect[Made]:
            done = self._repeats.once(connection, command, operation, now, lambda: make(connection))
            return Effect(read(connection, command.tenant, done.id), done.again)

        return await self._database.write(work)

"""Interactions as the use cases see them: asynchronous, core types in and out, each call one transaction."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import TypeVar

from sqlalchemy import Connection

from gateway.core.audit import CONTACT, DONE, INTERACTION, Action, AuditEntry, Subject
from gateway.core.command import Command, Effect
from gateway.core.interaction import (
    CaseDraft,
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
from gateway.storage.audit import AuditRows
from gateway.storage.contacts import Contacts
from gateway.storage.database import Database
from gateway.storage.interactions import Interactions
from gateway.storage.links import Links
from gateway.storage.repeats import Repeats
from gateway.storage.sealing import Sealing

Made = TypeVar("Made")
_Did = tuple[str, tuple[Subject, ...]]
"""The id of what was made or changed, and whom that concerns."""
_BY_ITSELF = "automatic"
"""The audit's outcome of a link that nobody made."""


class InteractionBase:
    """Raises StorageUnavailable wherever the database does not answer; every write raises NotHere for an interaction that is
    not the tenant's, and Conflict (`finished`) for one that was ended. `year`: in which a number is issued now."""

    def __init__(self, database: Database, sealing: Sealing) -> None:
        self._database = database
        self._interactions = Interactions(sealing)
        self._contacts = Contacts(sealing)
        self._links = Links(sealing, self._contacts)
        self._repeats = Repeats(sealing)
        self._audit = AuditRows(sealing)

    # ------------------------------------------------------------------------------------------ reading

    async def get(self, tenant: str, interaction: str) -> Interaction:
        """Raises NotHere."""
        return await self._database.read(partial(self._interactions.get, tenant=tenant, interaction=interaction))

    async def history(self, tenant: str, interaction: str) -> InteractionHistory:
        """Raises NotHere."""
        work = partial(self._interactions.history, tenant=tenant, interaction=interaction)
        return await self._database.snapshot(work)

    async def by_protocol(self, tenant: str, protocol: ProtocolNumber) -> tuple[Interaction, ...]:
        """The one that has this number, or none."""
        return await self._database.read(partial(self._interactions.by_protocol, tenant=tenant, protocol=protocol))

    async def page(self, tenant: str, contact: str | None, after: str | None, limit: int) -> InteractionPage:
        """`contact`: of this one, or of who took him over. Raises MalformedRequest for a cursor that no page gave."""

        def work(connection: Connection) -> InteractionPage:
            whose = contact and (self._contacts.is_now(connection, tenant, contact) or contact)
            return self._interactions.page(connection, tenant, whose, after, limit)

        return await self._database.snapshot(work)

    # ------------------------------------------------------------------------------------------ writing

    async def start(
        self, command: Command, opening: Opening, target: LinkTarget | None, now: datetime, year: int | None
    ) -> Effect[Started]:
        """`target`: whom it is linked to by itself, if nothing speaks against it. `year`: None to number it later."""
        tenant, refused = command.tenant, list[NoLink]()

        def make(connection: Connection) -> _Did:
            refused.clear()
            made = self._interactions.start(connection, tenant, opening, command.actor, now, year)
            if target is not None:
                started = self._interactions.get(connection, tenant, made)
                linked = self._links.link_if_unchanged(connection, tenant, started, target, now)
                if isinstance(linked, NoLink):
                    refused.append(linked)
                elif linked is not None:
                    self._tell(connection, command, Action.LINK, now, _about(made, linked), _BY_ITSELF)
            return made, _about(made)

        effect = await self._once(command, Action.START, now, make, self._interactions.get)
        return Effect(Started(effect.made, refused[0] if refused else None), effect.again)

    async def first_action(self, command: Command, interaction: str, now: datetime, year: int) -> Effect[Interaction]:
        """The second changes nothing."""

        def make(connection: Connection) -> _Did:
            self._interactions.first_action(connection, command.tenant, interaction, now, year)
            return interaction, _about(interaction)

        return await self._once(command, Action.FIRST_ACTION, now, make, self._interactions.get)

    async def finish(self, command: Command, interaction: str, now: datetime, year: int) -> Effect[Interaction]:
        """It has a protocol number afterwards."""

        def make(connection: Connection) -> _Did:
            self._interactions.finish(connection, command.tenant, interaction, now, year)
            return interaction, _about(interaction)

        return await self._once(command, Action.FINISH, now, make, self._interactions.get)

    async def link(self, command: Command, interaction: str, target: LinkTarget, now: datetime) -> Effect[Interaction]:
        """By hand. Raises Conflict (`linked_already`, `contact_inactive`, `junk_key`, `other_key`), NotHere."""

        def make(connection: Connection) -> _Did:
            opened = self._interactions.open(connection, command.tenant, interaction)
            whom = self._links.link(connection, command.tenant, opened, target, command.actor, now)
            return interaction, _about(interaction, whom)

        return await self._once(command, Action.LINK, now, make, self._interactions.get)

    async def unlink(self, command: Command, interaction: str, now: datetime) -> Effect[Interaction]:
        """Raises Conflict (`nobody_linked`)."""

        def make(connection: Connection) -> _Did:
            opened = self._interactions.open(connection, command.tenant, interaction)
            whom = self._links.unlink(connection, command.tenant, opened, command.actor, now)
            return interaction, _about(interaction, whom)

        return await self._once(command, Action.UNLINK, now, make, self._interactions.get)

    async def reidentify(
        self, command: Command, interaction: str, target: LinkTarget, now: datetime
    ) -> Effect[Interaction]:
        """Raises as `link`, and Conflict (`nobody_linked`)."""

        def make(connection: Connection) -> _Did:
            opened = self._interactions.open(connection, command.tenant, interaction)
            whom = self._links.reidentify(connection, command.tenant, opened, target, command.actor, now)
            return interaction, _about(interaction, *whom)

        return await self._once(command, Action.REIDENTIFY, now, make, self._interactions.get)

    async def add_note(self, command: Command, interaction: str, text: str, now: datetime) -> Effect[Note]:
        def make(connection: Connection) -> _Did:
            note = self._interactions.add_note(connection, command.tenant, interaction, text, command.actor, now)
            return note, _about(interaction)

        return await self._once(command, Action.NOTE, now, make, self._interactions.note)

    async def add_case(
        self, command: Command, interaction: str, case: CaseDraft, now: datetime
    ) -> Effect[CaseReference]:
        """Raises Conflict (`nobody_linked`) for an identified one without a person."""

        def make(connection: Connection) -> _Did:
            made = self._interactions.add_case(connection, command.tenant, interaction, case, command.actor, now)
            return made, _about(interaction)

        return await self._once(command, Action.CASE, now, make, self._interactions.case)

    async def _once(
        self,
        command: Command,
        action: Action,
        now: datetime,
        make: Callable[[Connection], _Did],
        read: Callable[[Connection, str, str], Made],
    ) -> Effect[Made]:
        """In one transaction: the record of the repeated request, what is done, its line in the audit; and what is there
        then."""

        def work(connection: Connection) -> Effect[Made]:
            def do() -> str:
                made, concerns = make(connection)
                self._tell(connection, command, action, now, concerns)
                return made

            done = self._repeats.once(connection, command, action, now, do)
            return Effect(read(connection, command.tenant, done.id), done.again)

        return await self._database.write(work)

    def _tell(
        self,
        connection: Connection,
        command: Command,
        action: Action,
        now: datetime,
        concerns: tuple[Subject, ...],
        outcome: str = DONE,
    ) -> None:
        self._audit.write(connection, AuditEntry.of(command, now, action, *concerns, outcome=outcome))


def _about(interaction: str, *contacts: str) -> tuple[Subject, ...]:
    return (Subject(INTERACTION, interaction), *(Subject(CONTACT, contact) for contact in contacts))

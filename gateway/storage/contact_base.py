"""The contact base as the use cases see it: asynchronous, core types in and out, each call one transaction."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import TypeVar

from sqlalchemy import Connection

from gateway.core.audit import CONTACT, Action, AuditEntry, Subject
from gateway.core.command import Command, Effect
from gateway.core.errors import Conflict
from gateway.core.joining import Sought
from gateway.core.keeping import ContactDraft, Merged, MovePage, draft_of, pushed
from gateway.core.model import Contact, UniqueKey
from gateway.storage.audit import AuditRows
from gateway.storage.becoming import Becoming
from gateway.storage.contacts import Contacts
from gateway.storage.database import Database
from gateway.storage.moves import MERGE, Moves
from gateway.storage.repeats import Repeats
from gateway.storage.sealing import Sealing

Made = TypeVar("Made")


class ContactBase:
    """Raises StorageUnavailable wherever the database does not answer. Every write is done once under its Idempotency-Key,
    in one transaction with the record of it and its line in the audit."""

    def __init__(self, database: Database, sealing: Sealing) -> None:
        self._database = database
        self._contacts = Contacts(sealing)
        self._moves = Moves(sealing, self._contacts)
        self._becoming = Becoming(sealing, self._contacts)
        self._repeats = Repeats(sealing)
        self._audit = AuditRows(sealing)

    # ------------------------------------------------------------------------------------------ reading

    def glance(self, tenant: str, sought: Sought) -> tuple[Contact, ...] | None:
        """As `find`, here and now; None where that has to be asked, as by a name, which is looked for through all of its
        namesakes."""
        if sought.by_name:
            return None
        return self._database.glance(partial(self._contacts.find, tenant=tenant, sought=sought))

    async def find(self, tenant: str, sought: Sought) -> tuple[Contact, ...]:
        """Active contacts that have any of what is sought, oldest first; at most `MOST_FOUND` and one more."""
        return await self._database.read(partial(self._contacts.find, tenant=tenant, sought=sought))

    async def get(self, tenant: str, contact: str) -> Contact | None:
        """Also one that is not active any more, or was merged."""
        return await self._database.snapshot(partial(self._contacts.get, tenant=tenant, contact=contact))

    async def known(self, tenant: str, contact: str | None, key: str | None) -> Contact | None:
        """The active contact with this id, else with this unique key; or who took him over when they were merged."""
        return await self._database.snapshot(partial(self._contacts.known, tenant=tenant, contact=contact, key=key))

    async def moves(self, tenant: str, contact: str, after: str | None, limit: int) -> MovePage:
        """As `Moves.page`."""
        work = partial(self._moves.page, tenant=tenant, contact=contact, after=after, limit=limit)
        return await self._database.snapshot(work)

    # ------------------------------------------------------------------------------------------ writing

    async def register(self, command: Command, draft: ContactDraft, now: datetime) -> Effect[Contact]:
        """A new contact. Raises Conflict (`key_taken`) where another one has its unique key, or took it over in a merger."""

        def make(connection: Connection) -> str:
            if draft.unique_key is not None:
                self._refuse_taken(connection, command.tenant, draft.unique_key)
            made = self._contacts.create(connection, command.tenant, draft, now)
            if made.revision > 1:
                raise _taken()
            return made.id

        return await self._once(command, Action.REGISTER, now, make)

    async def save(
        self, command: Command, draft: ContactDraft, now: datetime, contact: str | None = None
    ) -> Effect[Contact]:
        """The contact of the draft's unique key, made or brought up to date: see `Contacts.save`. It follows a link, and the
        audit has that."""

        def work(connection: Connection) -> Effect[Contact]:
            saved = self._contacts.save(connection, command.tenant, draft, now, contact)
            return Effect(self._follow(connection, command, saved, draft, now, contact))

        return await self._database.write(work)

    async def put(self, command: Command, draft: ContactDraft, now: datetime) -> Effect[Contact]:
        """The contact of the draft's unique key is as the draft says, made where there is none, active again where it was
        deactivated. What channels proved of him, and what an operator filled in, stays; of who took the key over in a
        merger, everything stays that the draft does not say."""
        assert draft.unique_key is not None
        key = draft.unique_key.value

        def make(connection: Connection) -> str:
            there = self._contacts.holder(connection, command.tenant, key)
            if there is not None and (there.unique_key is None or there.unique_key.value != key):
                there = self._contacts.save(connection, command.tenant, draft, now)
            elif there is None:
                there = self._contacts.create(connection, command.tenant, draft, now)
            elif (fresh := pushed(there, draft)) != draft_of(there, seal_name=draft.seal_name):
                there = self._contacts.change(connection, command.tenant, there.id, fresh, now)
            return self._follow(connection, command, there, draft, now).id

        return await self._once(command, Action.PUSH, now, make)

    def _follow(
        self,
        connection: Connection,
        command: Command,
        saved: Contact,
        draft: ContactDraft,
        now: datetime,
        same: str | None = None,
    ) -> Contact:
        """A prospect who is this customer."""
        return self._becoming.follow(
            connection, command.tenant, saved, command.actor, now, same=same, seal_name=draft.seal_name
        )

    async def change(
        self,
        command: Command,
        contact: str,
        revision: int,
        edit: Callable[[Contact], ContactDraft],
        now: datetime,
    ) -> Effect[Contact]:
        """`edit` is given the contact as it is, on another thread. Raises NotHere, Conflict (`changed_meanwhile`, `merged`,
        `key_taken`)."""

        def make(connection: Connection) -> str:
            there = self._contacts.locked(connection, command.tenant, contact)
            if there.merged_into is not None:
                raise Conflict("merged", "This contact was merged into another. Change that one.")
            if there.revision != revision:
                raise Conflict(
                    "changed_meanwhile", "Somebody changed this contact since. Read it again, then decide anew."
                )
            draft = edit(there)
            if draft.unique_key is not None and draft.unique_key != there.unique_key:
                self._refuse_taken(connection, command.tenant, draft.unique_key, contact)
            self._contacts.change(connection, command.tenant, contact, draft, now)
            return contact

        return await self._once(command, Action.CHANGE, now, make)

    def _refuse_taken(self, connection: Connection, tenant: str, key: UniqueKey, by: str | None = None) -> None:
        """Two cannot have one unique key. `by`: who may have it already."""
        other = self._contacts.holder(connection, tenant, key.value)
        if other is not None and other.id != by:
            raise _taken() if other.unique_key is not None and other.unique_key.value == key.value else _taken_over()

    async def deactivate(self, command: Command, contact: str, now: datetime) -> Effect[Contact]:
        """He is not found any more; his history stays. The second time changes nothing. Raises NotHere."""

        def make(connection: Connection) -> str:
            there = self._contacts.locked(connection, command.tenant, contact)
            if there.active:
                self._contacts.deactivate(connection, command.tenant, contact, now)
            return contact

        return await self._once(command, Action.DEACTIVATE, now, make)

    async def merge(
        self,
        command: Command,
        source: str,
        target: str,
        keeps: str | None,
        seal_name: bool,
        now: datetime,
    ) -> Effect[Merged]:
        """`source` is merged into `target`: see `Moves.take_over`."""

        def make(connection: Connection) -> str:
            return self._moves.take_over(
                connection, command.tenant, source, target, MERGE, command.actor, now, keeps, seal_name
            )

        def read(connection: Connection, move: str) -> Merged:
            kept = self._contacts.here(connection, command.tenant, target)
            return Merged(kept, move)

        return await self._done(command, Action.MERGE, now, make, read, source, target)

    async def undo(self, command: Command, move: str, seal_name: bool, now: datetime) -> Effect[Contact]:
        """Who has his history again. Raises NotHere, Conflict (`undone_already`, `changed_meanwhile`, `key_taken`)."""

        def make(connection: Connection) -> str:
            return self._moves.undo(connection, command.tenant, move, now, seal_name)

        return await self._once(command, Action.UNDO, now, make)

    async def _once(
        self, command: Command, action: Action, now: datetime, make: Callable[[Connection], str]
    ) -> Effect[Contact]:
        """`make` gives the id of the contact that it concerns."""

        def read(connection: Connection, made: str) -> Contact:
            return self._contacts.read(connection, command.tenant, made)

        return await self._done(command, action, now, make, read)

    async def _done(
        self,
        command: Command,
        action: Action,
        now: datetime,
        make: Callable[[Connection], str],
        read: Callable[[Connection, str], Made],
        *concerns: str,
    ) -> Effect[Made]:
        """In one transaction: the record of the repeated request, what is done, its line in the audit; and what is there
        then. `concerns`: ids of contacts, where `make` gives no contact's."""

        def work(connection: Connection) -> Effect[Made]:
            def do() -> str:
                made = make(connection)
                subjects = [Subject(CONTACT, contact) for contact in concerns or (made,)]
                self._audit.write(connection, AuditEntry.of(command, now, action, *subjects))
                return made

            done = self._repeats.once(connection, command, action, now, do)
            return Effect(read(connection, done.id), done.again)

        return await self._database.write(work)


def _taken() -> Conflict:
    return Conflict("key_taken", "Another contact has this unique key. Change that one, or merge the two.")


def _taken_over() -> Conflict:
    return Conflict(
        "key_taken",
        "The contact with this unique key was merged into another, who is found by it. Change that one, or undo the merger.",
    )

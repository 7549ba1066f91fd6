"""Contacts: bodies -> the use cases -> what this viewer may see of what came of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from msgspec import UNSET
from starlette.types import ASGIApp

from gateway.api import contact_operations as operations
from gateway.api.contact_bodies import (
    MOST_MOVES,
    ContactChange,
    ContactMerger,
    ContactPush,
    ContactRegistration,
    GivenIdentifier,
    MergedContacts,
    Move,
    MoveList,
    PushedIdentifier,
)
from gateway.api.endpoints import Asked, Endpoint, Given, Nothing
from gateway.api.parameters import or_none, page_limit
from gateway.api.presenting import contact_body, given
from gateway.core import keeping as kept
from gateway.core.command import Effect
from gateway.core.disclosure import Viewer, disclosed
from gateway.core.model import Contact, Identifier
from gateway.service.contacts import As, ContactChanges, ContactEntry, KeptContacts

_USUAL = 50


def endpoints(contacts: KeptContacts) -> dict[str, ASGIApp]:
    """Operation -> its endpoint."""
    calls = _Calls(contacts)
    endpoints: dict[str, ASGIApp] = {
        operations.REGISTER.name: Endpoint(operations.REGISTER, ContactRegistration, calls.register),
        operations.PUSH.name: Endpoint(operations.PUSH, ContactPush, calls.push),
        operations.READ.name: Endpoint(operations.READ, Nothing, calls.read),
        operations.CHANGE.name: Endpoint(operations.CHANGE, ContactChange, calls.change),
        operations.DEACTIVATE.name: Endpoint(operations.DEACTIVATE, Nothing, calls.deactivate),
        operations.MERGE.name: Endpoint(operations.MERGE, ContactMerger, calls.merge),
        operations.MOVES.name: Endpoint(operations.MOVES, Nothing, calls.moves),
        operations.UNDO.name: Endpoint(operations.UNDO, Nothing, calls.undo),
    }
    return endpoints


@dataclass(frozen=True, slots=True)
class _Calls:
    contacts: KeptContacts

    async def register(self, asked: Asked[ContactRegistration]) -> Given:
        return _given(await self.contacts.register(asked.command, _entry(asked.body)), asked.viewer)

    async def push(self, asked: Asked[ContactPush]) -> Given:
        return _given(await self.contacts.push(asked.command, _entry(asked.body)), asked.viewer)

    async def read(self, asked: Asked[Nothing]) -> Given:
        found = await self.contacts.get(asked.command.tenant, asked.path["contact"])
        return Given(contact_body(disclosed(found, asked.viewer)))

    async def change(self, asked: Asked[ContactChange]) -> Given:
        body = asked.body
        changes = ContactChanges(
            unique_key=As.IS if body.unique_key is UNSET else body.unique_key,
            name=As.IS if body.name is UNSET else body.name,
            identifiers=As.IS if body.identifiers is UNSET else _identifiers(body.identifiers),
            customer_type=As.IS if body.customer_type is UNSET else body.customer_type,
            stored={} if body.stored is UNSET else body.stored,
            active=As.IS if body.active is UNSET else body.active,
        )
        changed = await self.contacts.change(asked.command, asked.path["contact"], body.revision, changes)
        return _given(changed, asked.viewer)

    async def deactivate(self, asked: Asked[Nothing]) -> Given:
        return _given(await self.contacts.deactivate(asked.command, asked.path["contact"]), asked.viewer)

    async def merge(self, asked: Asked[ContactMerger]) -> Given:
        body = asked.body
        done = await self.contacts.merge(asked.command, body.source, body.target, or_none(body.keeps))
        contact = contact_body(disclosed(done.made.contact, asked.viewer))
        return Given(MergedContacts(contact, done.made.move), done.again)

    async def moves(self, asked: Asked[Nothing]) -> Given:
        limit = page_limit(asked.query, usual=_USUAL, most=MOST_MOVES)
        tenant, contact = asked.command.tenant, asked.path["contact"]
        page = await self.contacts.moves(tenant, contact, asked.query.get("cursor"), limit)
        return Given(MoveList(tuple(map(_move, page.moves)), given(page.next)))

    async def undo(self, asked: Asked[Nothing]) -> Given:
        return _given(await self.contacts.undo(asked.command, asked.path["move"]), asked.viewer)


def _given(effect: Effect[Contact], viewer: Viewer) -> Given:
    return Given(contact_body(disclosed(effect.made, viewer)), effect.again)


def _move(move: kept.Move) -> Move:
    return Move(
        id=move.id,
        source=move.source,
        target=move.target,
        why=move.why,
        at=move.at,
        actor=given(move.actor),
        undone_at=given(move.undone_at),
    )


def _entry(body: ContactRegistration | ContactPush) -> ContactEntry:
    return ContactEntry(
        or_none(body.unique_key),
        or_none(body.name),
        () if body.identifiers is UNSET else _identifiers(body.identifiers),
        or_none(body.customer_type),
        {} if body.stored is UNSET else body.stored,
    )


def _identifiers(given: Sequence[GivenIdentifier | PushedIdentifier]) -> tuple[Identifier, ...]:
    return tuple(
        Identifier(one.kind, one.value, one.verified if isinstance(one, PushedIdentifier) else False) for one in given
    )

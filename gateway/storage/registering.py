"""Somebody whom nobody knows is registered by a program: once, and never instead of what an event is kept for."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection

from gateway.core.errors import Conflict
from gateway.core.joining import Sought
from gateway.core.keeping import ContactDraft
from gateway.core.model import Contact
from gateway.core.prospect import ProspectDraft
from gateway.storage.contacts import Contacts
from gateway.storage.prospects import Prospects
from gateway.storage.sealing import Sealing


class Registering:
    """Works on the connection of the caller's transaction."""

    def __init__(self, sealing: Sealing, contacts: Contacts) -> None:
        self._contacts = contacts
        self._prospects = Prospects(sealing)

    def register(
        self,
        connection: Connection,
        tenant: str,
        draft: ContactDraft | ProspectDraft,
        actor: str | None,
        now: datetime,
    ) -> Contact | None:
        """His contact, made or the one that has everything that he is known by; None where somebody else came to have it
        meanwhile: whom he is taken for is a person's to say then."""
        try:
            with connection.begin_nested():
                if isinstance(draft, ProspectDraft):
                    return self._prospects.store(connection, tenant, draft, actor, now)
                return self._known(connection, tenant, draft) or self._contacts.create(connection, tenant, draft, now)
        except Conflict:
            return None

    def _known(self, connection: Connection, tenant: str, draft: ContactDraft) -> Contact | None:
        wanted = {(one.kind, one.value) for one in draft.identifiers}
        found = self._contacts.find(connection, tenant, Sought(values=tuple(wanted)))
        return next((one for one in found if wanted <= {(has.kind, has.value) for has in one.identifiers}), None)

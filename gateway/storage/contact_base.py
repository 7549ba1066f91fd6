"""The contact base as the use cases see it: asynchronous, core types in and out, each call one transaction."""

from __future__ import annotations

from functools import partial

from gateway.core.joining import Sought
from gateway.core.model import Contact
from gateway.storage.contacts import Contacts
from gateway.storage.database import Database
from gateway.storage.sealing import Sealing


class ContactBase:
    """Raises StorageUnavailable wherever the database does not answer."""

    def __init__(self, database: Database, sealing: Sealing) -> None:
        self._database = database
        self._contacts = Contacts(sealing)

    async def find(self, tenant: str, sought: Sought) -> tuple[Contact, ...]:
        """Active contacts that have any of what is sought, oldest first; at most `MOST_FOUND` and one more."""
        return await self._database.read(partial(self._contacts.find, tenant=tenant, sought=sought))

    async def get(self, tenant: str, contact: str) -> Contact | None:
        """Also one that is not active any more, or was merged."""
        return await self._database.read(partial(self._contacts.get, tenant=tenant, contact=contact))

    async def by_key(self, tenant: str, value: str) -> Contact | None:
        """The contact of a unique key, active or not."""
        return await self._database.read(partial(self._contacts.by_key, tenant=tenant, value=value))

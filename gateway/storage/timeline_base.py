"""The timeline as the use cases see it: asynchronous, core types out, each call one visit to the database."""

from __future__ import annotations

from functools import partial

from sqlalchemy import Connection

from gateway.core.timeline import Recorded, TimelineFilter, TimelinePage
from gateway.storage.contacts import Contacts
from gateway.storage.database import Database
from gateway.storage.sealing import Sealing
from gateway.storage.timeline import Timeline


class TimelineBase:
    """Raises StorageUnavailable wherever the database does not answer. `contact` and `key`: the id and the unique key
    by which the contact base may know him."""

    def __init__(self, database: Database, sealing: Sealing) -> None:
        self._database = database
        self._timeline = Timeline(sealing)
        self._contacts = Contacts(sealing)

    async def of(self, tenant: str, contact: str | None, key: str | None, current: str | None, limit: int) -> Recorded:
        """`current`: the id of the interaction that the operator is in. Raises NotHere where there is no such
        interaction."""
        work = partial(self._timeline.of, tenant=tenant, contact=contact, key=key, current=current, limit=limit)
        return await self._database.snapshot(work)

    async def page(
        self, tenant: str, contact: str | None, key: str | None, wanted: TimelineFilter, after: str | None, limit: int
    ) -> TimelinePage:
        """Empty for whom the contact base does not know. Raises MalformedRequest for a cursor that no page gave,
        NotHere for a record that is none."""

        def work(connection: Connection) -> TimelinePage:
            known = self._contacts.known(connection, tenant, contact, key)
            if known is None:
                return TimelinePage()
            return self._timeline.page(connection, tenant, known.id, wanted, after, limit)

        return await self._database.snapshot(work)

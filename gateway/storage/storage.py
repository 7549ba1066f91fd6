"""Everything that the gateway keeps, opened and closed as one."""

from __future__ import annotations

from collections.abc import Sequence

from gateway.storage.contact_base import ContactBase
from gateway.storage.database import Database
from gateway.storage.engine import is_embedded
from gateway.storage.interaction_base import InteractionBase
from gateway.storage.migrate import check, upgrade
from gateway.storage.prospect_base import ProspectBase
from gateway.storage.sealing import Sealing


class Storage:
    """`address`: of the database; `keys`: 32 bytes each, the first seals, all open. Connects at its first use, so that a
    database that is away stops no start."""

    def __init__(self, address: str, keys: Sequence[bytes]) -> None:
        self._database = Database(address, check)
        sealing = Sealing(keys)
        self.contacts = ContactBase(self._database, sealing)
        self.interactions = InteractionBase(self._database, sealing)
        self.prospects = ProspectBase(self._database, sealing)

    async def aclose(self) -> None:
        """Every write that was taken is done before this returns."""
        await self._database.aclose()


def bring_up_to_date(address: str) -> None:
    """The embedded database is the gateway's own to migrate; a server's is its administrator's (`gateway db upgrade`), and
    nothing happens to it here. Raises StorageUnavailable."""
    if is_embedded(address):
        upgrade(address)

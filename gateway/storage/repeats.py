"""Requests that come twice: done once, whoever of two workers hears of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, select, update

from gateway.core.command import Command, Repeat
from gateway.core.errors import Conflict
from gateway.storage.moments import stored
from gateway.storage.sealing import Sealing
from gateway.storage.tables import IDEMPOTENCY
from gateway.storage.upserts import insert_into

KEPT = timedelta(days=2)
"""How long a repeated request is known: longer than anybody tries again."""
_NOTHING = ""


@dataclass(frozen=True, slots=True)
class Done:
    """`id`: of what was made or changed. `again`: it was done before, and nothing was done now."""

    id: str
    again: bool


class Repeats:
    """Works on the connection of the caller's transaction: the record and its effect are there together, or neither."""

    def __init__(self, sealing: Sealing) -> None:
        self._sealing = sealing

    def once(
        self, connection: Connection, command: Command, operation: str, now: datetime, work: Callable[[], str]
    ) -> Done:
        """Run `work`, which gives the id of what it made or changed, unless the same request was done already.

        `operation`: a name of the API's; the same key may be used for another, and by another API key. Raises Conflict
        (`idempotency_key_reused`) where the key came with something else before.
        """
        repeat = command.repeat
        if repeat is None:
            return Done(work(), again=False)
        index, *older = self._indexes(command, operation, repeat)
        digests = self._sealing.indexes(command.tenant, "request", repeat.digest.hex())
        if older and (before := self._known(connection, command.tenant, older, digests)):
            return before
        first = insert_into(connection, IDEMPOTENCY).values(
            tenant=command.tenant, key_index=index, body_index=digests[0], gave=_NOTHING, at=stored(now)
        )
        # Whoever has it in an unfinished transaction is waited for here.
        claimed = first.on_conflict_do_nothing().returning(IDEMPOTENCY.c.at)
        here = (IDEMPOTENCY.c.tenant == command.tenant) & (IDEMPOTENCY.c.key_index == index)
        if connection.execute(claimed).scalar() is None:
            known = self._known(connection, command.tenant, (index,), digests)
            assert known is not None
            return known
        made = work()
        connection.execute(update(IDEMPOTENCY).where(here).values(gave=made))
        return Done(made, again=False)

    def before(self, connection: Connection, command: Command, operation: str) -> str | None:
        """What the same request gave before, as `once` would; None where it never came. Raises as `once`."""
        repeat = command.repeat
        if repeat is None:
            return None
        digests = self._sealing.indexes(command.tenant, "request", repeat.digest.hex())
        known = self._known(connection, command.tenant, self._indexes(command, operation, repeat), digests)
        return known.id if known is not None else None

    def forget(self, connection: Connection, now: datetime) -> int:
        """Let go of what is older than `KEPT`; how many that were."""
        old = delete(IDEMPOTENCY).where(IDEMPOTENCY.c.at < stored(now - KEPT))
        return connection.execute(old).rowcount

    def _known(
        self, connection: Connection, tenant: str, indexes: Sequence[bytes], digests: Sequence[bytes]
    ) -> Done | None:
        """What the same request gave before. Raises Conflict where it was another one."""
        here = (IDEMPOTENCY.c.tenant == tenant) & IDEMPOTENCY.c.key_index.in_(indexes)
        known = connection.execute(select(IDEMPOTENCY.c.body_index, IDEMPOTENCY.c.gave).where(here)).first()
        if known is None:
            return None
        if bytes(known.body_index) not in digests:
            raise Conflict(
                "idempotency_key_reused",
                "This Idempotency-Key came with another request before. Use a new key for each new request.",
            )
        return Done(known.gave, again=True)

    def _indexes(self, command: Command, operation: str, repeat: Repeat) -> tuple[bytes, ...]:
        return self._sealing.indexes(
            command.tenant, "idempotency", "\0".join((command.viewer.key_id, operation, repeat.key))
        )

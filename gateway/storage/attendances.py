"""Events of channels, each once, and the open interactions that they belong to: rows, on a connection of the caller's."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, select, update

from gateway.core.attendance import Arrival, is_his, together
from gateway.core.errors import Conflict, IdentityReplayed
from gateway.core.identity import identity
from gateway.core.interaction import Interaction, Opening
from gateway.core.model import Identifier
from gateway.core.redaction import Redacted
from gateway.storage.interactions import Interactions
from gateway.storage.moments import stored
from gateway.storage.sealing import Sealing, indexed_user
from gateway.storage.seen import Seen
from gateway.storage.tables import ATTENDANCES, INTERACTIONS
from gateway.storage.upserts import insert_into

KEPT = timedelta(days=8)
"""How long an event is known: messengers deliver one that was not taken again for a week."""
_EVENT, _ATTENDANCE, _USER = "event", "attendance", "attending user"
IDENTITY = "signed identity"
"""As what the id (`jti`) of one is seen, wherever it is used."""


@dataclass(frozen=True, slots=True, repr=False)
class GoingOn(Redacted):
    """`place`: what tells the attendance; None where nothing does but its user."""

    interaction: Interaction | None = None
    place: str | None = None


class Attendances:
    """Works on the connection of the caller's transaction."""

    def __init__(self, sealing: Sealing, interactions: Interactions) -> None:
        self._sealing = sealing
        self._interactions = interactions
        self._seen = Seen(sealing)

    def take(self, connection: Connection, tenant: str, arrival: Arrival, now: datetime) -> None:
        """The event is taken, and its token with it. Raises Conflict (`replayed`), IdentityReplayed."""
        event = f"{arrival.opening.channel}\0{arrival.event}"
        if not self._seen.is_first(connection, tenant, _EVENT, event, now, now + KEPT):
            raise Conflict(
                "replayed",
                "This event came before, and is taken once. Repeat it with the Idempotency-Key and the body it came with; "
                "give another event an id of its own.",
            )
        token = arrival.token
        if token is not None and not self._seen.is_first(connection, tenant, IDENTITY, token.id, now, token.until):
            raise IdentityReplayed

    def alone(self, connection: Connection, tenant: str, user: Identifier, now: datetime) -> None:
        """Until the transaction ends, nobody else has to do with this user of a channel."""
        self._row(connection, tenant, _USER, indexed_user(user), now)

    def going_on(self, connection: Connection, tenant: str, arrival: Arrival, now: datetime) -> GoingOn:
        """The open interaction that the event belongs to, which stays as it is until the transaction ends. Of two events
        that begin one attendance the second waits here for the first. Nobody goes on in somebody else's: of one attendance
        each has his own."""
        user = arrival.opening.channel_user
        if arrival.attendance is not None:
            place = _attendance(arrival)
            first = self._open(connection, tenant, self._row(connection, tenant, _ATTENDANCE, place, now))
            if first is None or is_his(first, arrival.opening):
                return GoingOn(first, place)
            place = _his_attendance(arrival)
            known = self._row(connection, tenant, _ATTENDANCE, place, now)
            return GoingOn(self._open(connection, tenant, known), place)
        if user is not None and arrival.since is not None:
            self.alone(connection, tenant, user, now)
            known = self._latest(connection, tenant, arrival.opening, arrival.since)
            return GoingOn(self._open(connection, tenant, known))
        return GoingOn()

    def began(self, connection: Connection, tenant: str, place: str | None, interaction: str) -> None:
        """From now on the attendance is this interaction. `place`: where `going_on` looked for one."""
        if place is not None:
            index = self._sealing.index(tenant, _ATTENDANCE, place)
            here = (ATTENDANCES.c.tenant == tenant) & (ATTENDANCES.c.who_index == index)
            connection.execute(update(ATTENDANCES).where(here).values(interaction=interaction))

    def _open(self, connection: Connection, tenant: str, interaction: str | None) -> Interaction | None:
        if interaction is None:
            return None
        try:
            return self._interactions.open(connection, tenant, interaction)
        except Conflict:
            # What was finished is not written to: a new attendance begins.
            return None

    def _row(self, connection: Connection, tenant: str, what: str, value: str, now: datetime) -> str | None:
        """Hold the row, made where there is none; the interaction that stands in it, or did under an older key."""
        at = stored(now)
        newest, *older = self._sealing.indexes(tenant, what, value)
        mine = insert_into(connection, ATTENDANCES).values(tenant=tenant, who_index=newest, interaction=None, at=at)
        held = mine.on_conflict_do_update(
            index_elements=[ATTENDANCES.c.tenant, ATTENDANCES.c.who_index], set_={"at": at}
        )
        found = connection.execute(held.returning(ATTENDANCES.c.interaction)).scalar()
        if found is None and older:
            table = ATTENDANCES.c
            before = select(table.interaction).where(table.tenant == tenant, table.who_index.in_(older))
            found = connection.execute(before.limit(1)).scalar()
        return found

    def _latest(self, connection: Connection, tenant: str, opening: Opening, since: datetime) -> str | None:
        """Who wants to stay unknown does not go on as who he was, nor the other way round."""
        table, user = INTERACTIONS.c, opening.channel_user
        assert user is not None
        indexes = self._sealing.indexes(tenant, *identity(user.kind, user.value))
        wanted = select(table.id).where(
            table.tenant == tenant,
            table.channel_user_index.in_(indexes),
            table.started_at > stored(since),
            table.channel.in_(together(opening.channel)),
            table.anonymous.is_(opening.anonymous),
            table.finished_at.is_(None),
        )
        return connection.execute(wanted.order_by(table.started_at.desc(), table.id.desc()).limit(1)).scalar()


def _attendance(arrival: Arrival) -> str:
    return f"{' '.join(together(arrival.opening.channel))}\0{arrival.attendance}"


def _his_attendance(arrival: Arrival) -> str:
    user, unknown = arrival.opening.channel_user, "anonymous" if arrival.opening.anonymous else ""
    return "\0".join((_attendance(arrival), unknown, *(() if user is None else identity(user.kind, user.value))))


def forget_held(connection: Connection, now: datetime) -> int:
    """Let go of users of channels who were held; how many there were. What tells an attendance goes with its interaction."""
    idle = (ATTENDANCES.c.interaction.is_(None)) & (ATTENDANCES.c.at < stored(now - KEPT))
    return connection.execute(delete(ATTENDANCES).where(idle)).rowcount

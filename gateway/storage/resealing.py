"""Everything sealed and indexed anew under the newest key, in portions, while the gateway serves.

A run walks each table once and leaves alone what is under the newest key already: one that was killed is begun again.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from sqlalchemy import Connection, Row, Table, delete, select, tuple_, update

from gateway.core.identity import identity
from gateway.core.joining import UNIQUE_KEY
from gateway.storage.database import Database
from gateway.storage.links import who_indexes
from gateway.storage.sealing import Sealing
from gateway.storage.tables import CASES, CODES, CONTACTS, IDENTIFIERS, INTERACTIONS, MOVES, NOTES, UNLINKED
from gateway.storage.upserts import insert_into

_PORTION = 500
_AnyRow = Row[tuple[object, ...]]


@dataclass(frozen=True, slots=True)
class _Index:
    """The blind index beside a sealed value. `what`: the row and the value -> what it is indexed as."""

    column: str
    what: Callable[[_AnyRow, str], tuple[str, str]]


@dataclass(frozen=True, slots=True)
class _Sealed:
    """A sealed column. It is sealed for its place, `table.column` without `_sealed`."""

    column: str
    index: _Index | None = None


@dataclass(frozen=True, slots=True)
class _Plan:
    table: Table
    columns: tuple[_Sealed, ...]
    # The columns that name a row, as they are sealed with it.
    row: tuple[str, ...] = ("id",)


PLANS = (
    _Plan(
        CONTACTS,
        (
            _Sealed("unique_key_sealed", _Index("unique_key_index", lambda row, value: (UNIQUE_KEY, value))),
            _Sealed("name_sealed"),
            _Sealed("stored_sealed"),
            _Sealed("form_sealed"),
        ),
    ),
    _Plan(
        IDENTIFIERS,
        (_Sealed("value_sealed", _Index("value_index", lambda row, value: (row.kind, value))),),
        ("contact", "place"),
    ),
    _Plan(
        INTERACTIONS,
        (
            _Sealed(
                "channel_user_sealed",
                _Index("channel_user_index", lambda row, value: identity(row.channel_user_kind, value)),
            ),
            _Sealed("context_sealed"),
        ),
    ),
    _Plan(NOTES, (_Sealed("text_sealed"),)),
    _Plan(CASES, (_Sealed("case_sealed"), _Sealed("title_sealed"))),
    _Plan(MOVES, (_Sealed("moved_sealed"),)),
    # Their indexes last no longer than a code does: until then both keys find it.
    _Plan(CODES, (_Sealed("holder_sealed"),)),
)


@dataclass(frozen=True, slots=True)
class Resealed:
    """`rows` were looked at, `changed` of them were under an older key."""

    rows: int
    changed: int


@dataclass(frozen=True, slots=True)
class _Step:
    """`last`: where the next one goes on; None at the end of the table."""

    rows: int
    changed: int
    last: tuple[object, ...] | None


class Resealing:
    """Raises StorageUnavailable; SealBroken where the key of a value is not among the keys."""

    def __init__(self, database: Database, sealing: Sealing, portion: int = _PORTION) -> None:
        self._database = database
        self._sealing = sealing
        self._portion = portion

    async def reseal(self, tell: Callable[[str, Resealed], None]) -> Resealed:
        """Everything; `tell` hears of each portion: the table, and how far the whole is."""
        rows = changed = 0
        for plan in PLANS:
            after: tuple[object, ...] | None = None
            while True:
                step = await self._database.write(partial(self._step, plan=plan, after=after))
                rows, changed = rows + step.rows, changed + step.changed
                tell(plan.table.name, Resealed(rows, changed))
                if step.last is None:
                    break
                after = step.last
        return Resealed(rows, changed)

    def _step(self, connection: Connection, plan: _Plan, after: tuple[object, ...] | None) -> _Step:
        table = plan.table
        keys = [table.c.tenant, *(table.c[name] for name in plan.row)]
        portion = select(table).order_by(*keys).limit(self._portion).with_for_update()
        if after is not None:
            portion = portion.where(tuple_(*keys) > after)
        rows = connection.execute(portion).all()
        changed = 0
        for row in rows:
            fresh = self._fresh(plan, row)
            if fresh:
                here = [column == getattr(row, column.name) for column in keys]
                connection.execute(update(table).where(*here).values(fresh))
                changed += 1
            if table is INTERACTIONS:
                self._repeat_who(connection, row)
        if len(rows) < self._portion:
            return _Step(len(rows), changed, None)
        return _Step(len(rows), changed, tuple(getattr(rows[-1], column.name) for column in keys))

    def _fresh(self, plan: _Plan, row: _AnyRow) -> dict[str, object]:
        """Column -> its new content, of those that are under an older key."""
        name = ".".join(str(getattr(row, column)) for column in plan.row)
        fresh: dict[str, object] = {}
        for one in plan.columns:
            sealed = getattr(row, one.column)
            if sealed is None or self._sealing.sealed_by(bytes(sealed)) == self._sealing.sealing_key:
                continue
            place = f"{plan.table.name}.{one.column.removesuffix('_sealed')}"
            value = self._sealing.open(row.tenant, place, name, bytes(sealed))
            fresh[one.column] = self._sealing.seal(row.tenant, place, name, value)
            if one.index is not None:
                fresh[one.index.column] = self._sealing.index(row.tenant, *one.index.what(row, value))
        return fresh

    def _repeat_who(self, connection: Connection, row: _AnyRow) -> None:
        """Pairs that were taken apart are known by an index alone: it follows from the interaction."""
        user = None
        if row.channel_user_sealed is not None:
            place = "interactions.channel_user"
            value = self._sealing.open(row.tenant, place, row.id, bytes(row.channel_user_sealed))
            user = (row.channel_user_kind, value)
        fresh, *older = who_indexes(self._sealing, row.tenant, user, row.id)
        if not older:
            return
        mine = (UNLINKED.c.tenant == row.tenant) & UNLINKED.c.who_index.in_(older)
        for pair in connection.execute(select(UNLINKED).where(mine)).all():
            again = insert_into(connection, UNLINKED).values(
                tenant=pair.tenant, who_index=fresh, contact=pair.contact, at=pair.at
            )
            connection.execute(again.on_conflict_do_nothing())
        connection.execute(delete(UNLINKED).where(mine))

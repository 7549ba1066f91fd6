"""The audit's rows: written with what they tell of, read by moment and by whom they concern, let go of after their days."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import chain
from typing import NamedTuple

from sqlalchemy import Connection, delete, select

from gateway.core.audit import AuditEntry, AuditFilter, AuditLine, Subject
from gateway.storage.ids import from_moment, new_id
from gateway.storage.moments import moment, stored
from gateway.storage.sealing import Sealing
from gateway.storage.tables import AUDIT

_PORTION = 32
"""Most rows of one statement. The driver lets go of the interpreter for each statement, and to take it back from a busy
event loop costs more than a row does; more rows only make the statement larger."""


class AuditRow(NamedTuple):
    """A row as the database takes it. Nobody's value is in it."""

    tenant: str
    id: str
    place: int
    at: int
    action: str
    key_id: str
    actor: str | None
    kinds: str
    subject_index: bytes | None
    outcome: str
    request_id: str


class AuditRows:
    """Works on the connection that it is given: an entry in the transaction of its write is there exactly if that is."""

    def __init__(self, sealing: Sealing) -> None:
        self._sealing = sealing

    def write(self, connection: Connection, entry: AuditEntry) -> None:
        self.insert(connection, self.rows(entry))

    def rows(self, entry: AuditEntry) -> tuple[AuditRow, ...]:
        """One for each subject, of which the first stands for the entry; what concerns nobody has one as well."""
        kinds = " ".join(dict.fromkeys([subject.kind for subject in entry.subjects]))
        indexes: Sequence[bytes | None] = [
            self._sealing.index(entry.tenant, *_indexed(subject)) for subject in entry.subjects
        ] or (None,)
        entry_id, at = new_id(entry.at), stored(entry.at)
        return tuple(
            [
                AuditRow(
                    entry.tenant,
                    entry_id,
                    place,
                    at,
                    entry.action,
                    entry.key_id,
                    entry.actor,
                    kinds,
                    index,
                    entry.outcome,
                    entry.request_id,
                )
                for place, index in enumerate(indexes)
            ]
        )

    def insert(self, connection: Connection, rows: Sequence[AuditRow]) -> None:
        """Rows that are there already, because a commit's answer was lost, stay as they are."""
        done = 0
        while done < len(rows):
            # Powers of two, so that few statements serve any number.
            portion = min(_PORTION, 1 << (len(rows) - done).bit_length() - 1)
            given = tuple(chain.from_iterable(rows[done : done + portion]))
            # Past the expression language, which takes as long for a row as SQLite does.
            connection.exec_driver_sql(_insert(connection.dialect.paramstyle, portion), given)
            done += portion

    def read(
        self, connection: Connection, tenant: str, wanted: AuditFilter, limit: int, after: str | None = None
    ) -> tuple[AuditLine, ...]:
        """The newest first, `limit` at most; `after`: the id of the last line that the reader has."""
        columns, statement = AUDIT.c, select(AUDIT).where(AUDIT.c.tenant == tenant)
        if wanted.since is not None:
            statement = statement.where(columns.id >= from_moment(wanted.since))
        if wanted.until is not None:
            statement = statement.where(columns.id < from_moment(wanted.until))
        if after is not None:
            statement = statement.where(columns.id < after)
        if wanted.action is not None:
            statement = statement.where(columns.action == wanted.action)
        if wanted.subjects is None:
            statement = statement.where(columns.place == 0)
        else:
            statement = statement.where(columns.subject_index.in_(self._indexes(tenant, wanted.subjects)))
        found: dict[str, AuditLine] = {}
        # An entry of two subjects of which both are wanted comes twice.
        for row in connection.execute(statement.order_by(columns.id.desc()).limit(limit * _most_places(wanted))):
            found.setdefault(
                row.id,
                AuditLine(
                    row.id,
                    moment(row.at),
                    row.action,
                    row.key_id,
                    row.outcome,
                    tuple(row.kinds.split()),
                    row.actor,
                    row.request_id,
                ),
            )
        return tuple(found.values())[:limit]

    def forget(self, connection: Connection, tenant: str, before: datetime, most: int) -> int:
        """Let go of entries from before the moment, the oldest first; how many rows that were, `most` at most."""
        old = (
            select(AUDIT.c.id, AUDIT.c.place)
            .where(AUDIT.c.tenant == tenant, AUDIT.c.id < from_moment(before))
            .order_by(AUDIT.c.id, AUDIT.c.place)
            .limit(most)
        )
        gone = connection.execute(old).all()
        if gone:
            last = gone[-1]
            here = (AUDIT.c.id < last.id) | ((AUDIT.c.id == last.id) & (AUDIT.c.place <= last.place))
            connection.execute(delete(AUDIT).where(AUDIT.c.tenant == tenant, here))
        return len(gone)

    def _indexes(self, tenant: str, subjects: Iterable[Subject]) -> list[bytes]:
        return [index for subject in subjects for index in self._sealing.indexes(tenant, *_indexed(subject))]


def _insert(paramstyle: str, rows: int) -> str:
    hole = "?" if paramstyle == "qmark" else "%s"
    row = f"({', '.join([hole] * len(AuditRow._fields))})"
    columns = ", ".join(AuditRow._fields)
    values = ", ".join([row] * rows)
    return f"INSERT INTO {AUDIT.name} ({columns}) VALUES {values} ON CONFLICT DO NOTHING"  # noqa: S608  # no value in it


def _indexed(subject: Subject) -> tuple[str, str]:
    # A purpose of its own: what was searched cannot be held against what is stored.
    return f"audit {subject.kind}", subject.value


def _most_places(wanted: AuditFilter) -> int:
    return max(1, len(wanted.subjects or ()))

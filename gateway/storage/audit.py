"""The audit's rows: written with what they tell of, read by moment and by whom they concern, let go of after their days."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Connection, delete, select
from sqlalchemy.sql.compiler import SQLCompiler

from gateway.core.audit import AuditEntry, AuditFilter, AuditLine, Subject
from gateway.storage.ids import from_moment, new_id
from gateway.storage.moments import moment, stored
from gateway.storage.sealing import Sealing
from gateway.storage.tables import AUDIT
from gateway.storage.upserts import insert_into

AuditRow = dict[str, str | int | bytes | None]
"""A row as the database takes it: column -> value. Nobody's value is in it."""


class AuditRows:
    """Works on the connection that it is given: an entry in the transaction of its write is there exactly if that is."""

    def __init__(self, sealing: Sealing) -> None:
        self._sealing = sealing
        self._insert: tuple[str, tuple[str, ...] | None] | None = None

    def write(self, connection: Connection, entry: AuditEntry) -> None:
        self.insert(connection, self.rows(entry))

    def rows(self, entry: AuditEntry) -> tuple[AuditRow, ...]:
        """One for each subject, of which the first stands for the entry; what concerns nobody has one as well."""
        row: AuditRow = {
            "tenant": entry.tenant,
            "id": new_id(entry.at),
            "place": 0,
            "at": stored(entry.at),
            "action": entry.action,
            "key_id": entry.key_id,
            "actor": entry.actor,
            "kinds": " ".join(dict.fromkeys([subject.kind for subject in entry.subjects])),
            "subject_index": None,
            "outcome": entry.outcome,
            "request_id": entry.request_id,
        }
        if not entry.subjects:
            return (row,)
        return tuple(
            [
                {**row, "place": place, "subject_index": self._sealing.index(entry.tenant, *_indexed(subject))}
                for place, subject in enumerate(entry.subjects)
            ]
        )

    def insert(self, connection: Connection, rows: Iterable[AuditRow]) -> None:
        """All at once; rows that are there already, because a commit's answer was lost, stay as they are."""
        if self._insert is None:
            self._insert = _compiled(connection)
        sql, order = self._insert
        # Past the expression language, which takes as long for a row as SQLite does.
        given = list(rows)
        if order is None:
            connection.exec_driver_sql(sql, given)
        else:
            connection.exec_driver_sql(sql, [tuple([row[name] for name in order]) for row in given])

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


def _compiled(connection: Connection) -> tuple[str, tuple[str, ...] | None]:
    """The statement of a row, and the order of its columns where the driver knows parameters by their places."""
    statement = insert_into(connection, AUDIT).on_conflict_do_nothing()
    compiled = statement.compile(dialect=connection.dialect, column_keys=[column.name for column in AUDIT.c])
    assert isinstance(compiled, SQLCompiler)
    return str(compiled), None if compiled.positiontup is None else tuple(compiled.positiontup)


def _indexed(subject: Subject) -> tuple[str, str]:
    # A purpose of its own: what was searched cannot be held against what is stored.
    return f"audit {subject.kind}", subject.value


def _most_places(wanted: AuditFilter) -> int:
    return max(1, len(wanted.subjects or ()))

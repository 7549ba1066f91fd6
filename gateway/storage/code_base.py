"""Identification codes as the use cases see them: asynchronous, core types in and out, each call one transaction."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection

from gateway.core.audit import Action, AuditEntry, Subject
from gateway.core.command import Command, Effect
from gateway.core.issued_code import CodeIssue
from gateway.storage.audit import AuditRows
from gateway.storage.codes import Codes
from gateway.storage.database import Database
from gateway.storage.repeats import Repeats
from gateway.storage.sealing import Sealing


class CodeBase:
    """Raises StorageUnavailable wherever the database does not answer."""

    def __init__(self, database: Database, sealing: Sealing) -> None:
        self._database = database
        self._codes = Codes(sealing)
        self._repeats = Repeats(sealing)
        self._audit = AuditRows(sealing)

    async def issue(self, command: Command, issue: CodeIssue, now: datetime) -> Effect[CodeIssue]:
        """The code is good from now on. The same request again ends the code that it gave before and gives this one: what is
        kept of a code does not give it back. Raises Conflict (`code_used`)."""

        def work(connection: Connection) -> Effect[CodeIssue]:
            def make() -> str:
                return self._codes.add(connection, command, issue, now)

            done = self._repeats.once(connection, command, Action.ISSUE_CODE, now, make)
            if done.again:
                self._codes.renew(connection, command, done.id, issue, now)
            entry = AuditEntry.of(command, now, Action.ISSUE_CODE, Subject(*issue.same))
            self._audit.write(connection, entry)
            return Effect(issue, done.again)

        return await self._database.write(work)

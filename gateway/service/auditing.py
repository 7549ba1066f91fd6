"""Every lookup is audited: who asked, when, with which kinds of values, and what came of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from gateway.core.audit import CONTACT, Action, AuditEntry, Subject, searched
from gateway.core.command import Command
from gateway.core.identity import identity
from gateway.core.model import Identification, Query
from gateway.service.refs import RefContent
from gateway.service.request import IdentifyRequest


class AuditSink(Protocol):
    """Where entries go. Must not block and must not raise; nobody waits for it."""

    def record(self, entry: AuditEntry) -> None: ...


@dataclass(frozen=True, slots=True)
class Auditor:
    """`now`: aware time."""

    sink: AuditSink
    now: Callable[[], datetime]

    def identified(self, request: IdentifyRequest, queries: Sequence[Query], result: Identification) -> None:
        """`queries`: those that were asked."""
        self.sink.record(
            AuditEntry(
                request.tenant,
                self.now(),
                Action.IDENTIFY,
                request.viewer.key_id,
                result.outcome,
                searched([key for query in queries for key in query.keys]),
                request.actor,
                request.request_id,
            )
        )

    def selected(self, command: Command, action: Action, content: RefContent, outcome: str) -> None:
        """Something of a customer who was selected was shown. `content`: of his ref."""
        subjects: list[Subject] = []
        if content.unique_key is not None:
            subjects.append(Subject(*identity(content.unique_key.kind, content.unique_key.value)))
        if content.contact is not None:
            subjects.append(Subject(CONTACT, content.contact))
        self.sink.record(AuditEntry.of(command, self.now(), action, *subjects, outcome=outcome))

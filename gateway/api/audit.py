"""GET audit: the lines of a tenant's audit, in pages."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Protocol

from msgspec import UNSET
from starlette.types import ASGIApp

from gateway.api import audit_bodies as bodies
from gateway.api.audit_operations import READ
from gateway.api.endpoints import Asked, Endpoint, Given, Nothing
from gateway.api.parameters import page_limit
from gateway.api.presenting import given
from gateway.core.audit import CONTACT, Action, AuditFilter, AuditLine, Subject
from gateway.core.errors import MalformedRequest

_USUAL = 100
_CURSOR = re.compile(r"[0-9a-f]{32}", re.ASCII)
_EARLIEST = 1970


class AuditReader(Protocol):
    """Raises StorageUnavailable."""

    async def read(
        self, tenant: str, wanted: AuditFilter, limit: int, after: str | None = None
    ) -> tuple[AuditLine, ...]:
        """The newest first; `after`: the id of the last line that the reader has."""
        ...


def endpoints(audit: AuditReader) -> dict[str, ASGIApp]:
    """Operation -> its endpoint."""

    async def read(asked: Asked[Nothing]) -> Given:
        query = asked.query
        action, contact, cursor = query.get("action"), query.get("contact"), query.get("cursor")
        if action is not None and action not in set(Action):
            raise MalformedRequest(f"There is no such action. Known: {', '.join(Action)}.")
        if cursor is not None and not _CURSOR.fullmatch(cursor):
            raise MalformedRequest("The parameter 'cursor' is not what a page gave as 'next'. Send it as it came.")
        wanted = AuditFilter(
            _moment(query.get("since"), "since"),
            _moment(query.get("until"), "until"),
            action,
            None if contact is None else (Subject(CONTACT, contact),),
        )
        limit = page_limit(query, usual=_USUAL, most=bodies.MOST_ENTRIES)
        lines = await audit.read(asked.command.tenant, wanted, limit + 1, cursor)
        shown = lines[:limit]
        return Given(bodies.AuditPage(tuple(map(entry_body, shown)), shown[-1].id if len(lines) > limit else UNSET))

    return {READ.name: Endpoint(READ, Nothing, read)}


def entry_body(line: AuditLine) -> bodies.AuditEntry:
    return bodies.AuditEntry(
        id=line.id,
        at=line.at,
        action=line.action,
        key=line.key_id,
        actor=given(line.actor),
        kinds=line.kinds,
        outcome=line.outcome,
        request_id=line.request_id,
    )


def _moment(text: str | None, name: str) -> datetime | None:
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None or moment.year < _EARLIEST:
        raise MalformedRequest(
            f"The parameter '{name}' is no moment with its zone. Write 2026-11-22T09:00:00Z; a '+' in it is %2B here."
        )
    return moment

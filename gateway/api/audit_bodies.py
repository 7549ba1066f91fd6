"""The bodies about the audit."""

from __future__ import annotations

from datetime import datetime

from msgspec import UNSET, UnsetType

from gateway.api.body import Body

MOST_ENTRIES = 500
"""The largest `limit` of a page."""


class AuditEntry(Body, frozen=True, kw_only=True):
    """Who asked for something, or did it. `key`: id of the API key. `actor`: the operator, as `Gateway-Actor` named him.
    `kinds`: of the values that were searched, or of what it concerned; the values are not kept. `outcome`: that of the
    identification; of a write `done`, or how it was done."""

    id: str
    at: datetime
    action: str
    key: str
    actor: str | UnsetType = UNSET
    kinds: tuple[str, ...]
    outcome: str
    request_id: str


class AuditPage(Body, frozen=True):
    """The newest first. `next`: send it as `cursor` for the page that follows; left out at the end."""

    entries: tuple[AuditEntry, ...]
    next: str | UnsetType = UNSET

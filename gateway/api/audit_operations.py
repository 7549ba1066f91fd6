"""The row of the API's table that is about the audit."""

from __future__ import annotations

from gateway.api import audit_bodies as bodies
from gateway.api.operation import Door, Operation, QueryParameter
from gateway.core.audit import Action
from gateway.core.disclosure import Permission

READ = Operation(
    name="audit",
    method="GET",
    path="/v1/tenants/{tenant}/audit",
    summary="Who asked for whom, and who changed what?",
    description=(
        "The newest first, in pages. No values: a person's lines are found by `gateway audit --subject`, on the gateway's "
        "own machine, so that nobody's value stands in an address."
    ),
    door=Door.TENANT,
    gives=bodies.AuditPage,
    problems=("malformed_request",),
    permission=Permission.AUDIT_READ,
    stores=True,
    queries=(
        QueryParameter("since", "From this moment on: `2026-11-22T09:00:00Z`."),
        QueryParameter("until", "Before this moment."),
        QueryParameter("action", f"Of this action only: {', '.join(f'`{action}`' for action in Action)}."),
        QueryParameter("contact", "Only what concerned this contact: its id."),
        QueryParameter("cursor", "The `next` of the page before."),
        QueryParameter("limit", f"Most on a page: 1 to {bodies.MOST_ENTRIES}, 100 without it.", integer=True),
    ),
)
OPERATIONS: tuple[Operation, ...] = (READ,)

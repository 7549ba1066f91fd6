"""The rows of the API's table that are about reports."""

from __future__ import annotations

from gateway.api import report_bodies as bodies
from gateway.api.operation import Door, Operation, QueryParameter
from gateway.core.disclosure import Permission

CSV = "text/csv"
_QUERIES = (
    QueryParameter("from", "The first day, `2026-11-01`, on the tenant's calendar; without it from the beginning."),
    QueryParameter("to", "The last day, which is in; without it until now."),
    QueryParameter("format", "`csv` or `json`; without it what `Accept` prefers, JSON where it does not say."),
)

CUSTOMER_TYPES = Operation(
    name="report_customer_types",
    method="GET",
    path="/v1/tenants/{tenant}/reports/customer-types",
    summary="How many contacts of which customer type?",
    description=(
        "Contacts that came into the contact base on these days, counted by customer type and standing. As JSON or as CSV "
        "(UTF-8, a header line), sent as it is counted: an answer that breaks off is not whole."
    ),
    door=Door.TENANT,
    gives=bodies.CustomerTypeReport,
    also=CSV,
    problems=("malformed_request",),
    permission=Permission.REPORTS_READ,
    stores=True,
    queries=_QUERIES,
)
PROSPECTS = Operation(
    name="report_prospects",
    method="GET",
    path="/v1/tenants/{tenant}/reports/prospects",
    summary="How many prospects on which day, and what became of them?",
    description="Prospects of these days, counted by day, state and option. As JSON or as CSV, as the other report.",
    door=Door.TENANT,
    gives=bodies.ProspectReport,
    also=CSV,
    problems=("malformed_request",),
    permission=Permission.REPORTS_READ,
    stores=True,
    queries=_QUERIES,
)
OPERATIONS: tuple[Operation, ...] = (CUSTOMER_TYPES, PROSPECTS)

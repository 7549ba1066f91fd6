"""The operations on a customer who was selected: rows of the API's table."""

from __future__ import annotations

from gateway.api import customer_bodies, summary_bodies
from gateway.api.operation import Door, Operation, QueryParameter
from gateway.core.disclosure import Permission

MOST_ENTRIES = 100
"""The largest `limit` of a timeline."""

_REFRESH = QueryParameter(
    "refresh",
    "`true`: every source is asked anew; nothing remembered is shown, not even in place of a failure.",
    flag=True,
)
_OF_REF = ("too_many_in_flight", "malformed_request", "ref_expired", "ref_forged")

CUSTOMER_OPERATIONS: tuple[Operation, ...] = (
    Operation(
        name="customer_details",
        method="GET",
        path="/v1/tenants/{tenant}/customers/{ref}",
        summary="What is known of this customer?",
        description=(
            "Asks the sources of the customer that was selected by his unique key, for more than a list of matches needs, "
            "and reads his contact. A source that answers with somebody else is a `mismatch`: nothing of it is shown."
        ),
        door=Door.TENANT,
        gives=customer_bodies.CustomerDetails,
        problems=_OF_REF,
        queries=(_REFRESH,),
        audited=True,
    ),
    Operation(
        name="customer_summary",
        method="GET",
        path="/v1/tenants/{tenant}/customers/{ref}/summary",
        summary="Everything of this customer at once",
        description=(
            "Customer, contact, the current interaction with its context, recent interactions, cases, and a timeline. The "
            "gateway's own part comes at once; of the sources what is remembered, and what would have to be asked for is "
            "`pending`. Each part that cannot be had stands in `missing`, and the rest stands."
        ),
        door=Door.TENANT,
        gives=summary_bodies.CustomerSummary,
        problems=(*_OF_REF, "not_here"),
        permission=Permission.CUSTOMERS_READ,
        stores=True,
        queries=(
            QueryParameter("interaction", "The id of the interaction that the operator is in."),
            QueryParameter("wait", "`true`: wait for the sources, within the tenant's budget.", flag=True),
            _REFRESH,
        ),
        audited=True,
    ),
    Operation(
        name="customer_timeline",
        method="GET",
        path="/v1/tenants/{tenant}/customers/{ref}/timeline",
        summary="What happened with this customer?",
        description=(
            "What the gateway's own base holds, the latest first, in pages: send a page's `next` as `cursor`. Entries that "
            "come meanwhile are newer, so the pages behind stay as they are. What sources tell is in the summary."
        ),
        door=Door.TENANT,
        gives=summary_bodies.Timeline,
        problems=("malformed_request", "ref_expired", "ref_forged", "not_here"),
        permission=Permission.CUSTOMERS_READ,
        stores=True,
        queries=(
            QueryParameter("type", "Only entries of these types, with commas between: `note,case`."),
            QueryParameter(
                "record", "The id of an interaction or of a case reference: only what happened in that interaction."
            ),
            QueryParameter("cursor", "The `next` of the page before."),
            QueryParameter("limit", f"Most entries, 1 to {MOST_ENTRIES}; without it 20.", integer=True),
        ),
        audited=True,
    ),
)

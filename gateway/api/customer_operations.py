"""The operations on a customer who was selected: rows of the API's table."""

from __future__ import annotations

from gateway.api import customer_bodies
from gateway.api.operation import Door, Operation, QueryParameter

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
)

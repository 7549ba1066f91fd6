"""GET customers/{ref}: the customer who was selected."""

from __future__ import annotations

from typing import Protocol

from msgspec import UNSET
from starlette.types import ASGIApp

from gateway.api.customer_bodies import CustomerDetails
from gateway.api.customer_operations import CUSTOMER_OPERATIONS
from gateway.api.endpoints import Asked, Endpoint, Given, Nothing
from gateway.api.presenting import contact_body, customer_body, source_body
from gateway.core.model import Identification, Outcome
from gateway.service.details import DetailsRequest


class GivesDetails(Protocol):
    """The use case. Raises RequestError (RefExpired, RefForged) or TenantBroken."""

    async def details(self, request: DetailsRequest) -> Identification: ...


def customer_endpoints(details: GivesDetails) -> dict[str, ASGIApp]:
    """By the names of their operations."""

    async def give_details(asked: Asked[Nothing]) -> Given:
        command = asked.command
        refresh = asked.query.get("refresh") == "true"
        request = DetailsRequest(
            command.tenant, command.viewer, asked.path["ref"], command.request_id, refresh, command.actor
        )
        return Given(details_body(await details.details(request), command.request_id))

    operations = {operation.name: operation for operation in CUSTOMER_OPERATIONS}
    return {"customer_details": Endpoint(operations["customer_details"], Nothing, give_details)}


def details_body(details: Identification, request_id: str) -> CustomerDetails:
    customers = tuple([customer_body(match.customer) for match in details.matches if match.customer is not None])
    contacts = [match.contact for match in details.matches if match.contact is not None]
    contact = contacts[0] if contacts else details.known_prospect
    several = details.outcome is Outcome.SEVERAL
    return CustomerDetails(
        request_id=request_id,
        outcome=details.outcome,
        complete=details.complete,
        customer=UNSET if several or not customers else customers[0],
        candidates=customers if several else (),
        contact=UNSET if contact is None else contact_body(contact),
        sources=tuple([source_body(answer) for answer in details.sources]),
    )

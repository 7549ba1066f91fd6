"""What the JSON API offers: the one table that the routes and the OpenAPI document are made from."""

from __future__ import annotations

from gateway.api import audit_operations, bodies, channel_event_operations, prospect_operations, report_operations
from gateway.api.code_operations import CODE_OPERATIONS
from gateway.api.contact_operations import CONTACT_OPERATIONS
from gateway.api.customer_operations import CUSTOMER_OPERATIONS
from gateway.api.interaction_operations import INTERACTION_OPERATIONS
from gateway.api.operation import Door, Operation

OPERATIONS: tuple[Operation, ...] = (
    Operation(
        name="identify",
        method="POST",
        path="/v1/tenants/{tenant}/identifications",
        summary="Who is this?",
        description=(
            "Asks the tenant's sources and answers `found`, `several`, `not_found` or `unavailable`. All four are 200: "
            "`unavailable` means that the gateway could not find out, and is never to be shown as *no such customer*. "
            "Nothing is stored but a line of the audit, which holds no value."
        ),
        door=Door.TENANT,
        audited=True,
        takes=bodies.IdentificationRequest,
        gives=bodies.Identification,
        problems=(
            "too_many_in_flight",
            "malformed_request",
            "body_too_large",
            "empty_search",
            "unknown_search_field",
            "invalid_key",
            "nothing_recognised",
            "cannot_ask",
            "not_here",
        ),
        example='{"search": {"cpf": "529.982.247-25"}}',
    ),
    Operation(
        name="search_fields",
        method="GET",
        path="/v1/tenants/{tenant}/search-fields",
        summary="What can an operator fill in?",
        description="The tenant's search fields with their labels, and for each the sources that can be asked with it.",
        door=Door.TENANT,
        gives=bodies.SearchFields,
    ),
    Operation(
        name="sources",
        method="GET",
        path="/v1/tenants/{tenant}/sources",
        summary="How are the tenant's sources?",
        description="Each source as this process saw it: lookups, failures, the last answer. No source is asked for it.",
        door=Door.TENANT,
        gives=bodies.Sources,
    ),
    *CONTACT_OPERATIONS,
    *CUSTOMER_OPERATIONS,
    *INTERACTION_OPERATIONS,
    *CODE_OPERATIONS,
    Operation(
        name="healthz",
        method="GET",
        path="/healthz",
        summary="Does the process run?",
        description="For whoever restarts it.",
        door=Door.OPEN,
        gives=bodies.Health,
    ),
    Operation(
        name="readyz",
        method="GET",
        path="/readyz",
        summary="Does the gateway take requests?",
        description=(
            "For load balancers: 200 or 503. A key with the permission `operations` is also told what is wrong with its "
            "tenant's file; a wrong file never stops the other tenants."
        ),
        door=Door.READY,
        gives=bodies.Readiness,
        unready=True,
    ),
    Operation(
        name="metrics",
        method="GET",
        path="/metrics",
        summary="Metrics for Prometheus",
        description="A tenant's key sees its own tenant's lines; the gateway's own loopback address shows all.",
        door=Door.OPERATIONS,
        gives="text/plain",
    ),
    Operation(
        name="openapi",
        method="GET",
        path="/openapi.json",
        summary="This document",
        description="OpenAPI 3.1.",
        door=Door.OPEN,
        gives="application/json",
    ),
    Operation(
        name="docs",
        method="GET",
        path="/docs",
        summary="This document, to be read",
        description="One page without scripts, with nothing from another host.",
        door=Door.OPEN,
        gives="text/html",
    ),
    Operation(
        name="widget",
        method="GET",
        path="/widget/identification-code.js",
        summary="The widget that shows a customer his code",
        description="One script for the company's own pages; docs/widget.md shows how. It may be kept and copied.",
        door=Door.OPEN,
        gives="text/javascript",
    ),
    *channel_event_operations.OPERATIONS,
    *prospect_operations.OPERATIONS,
    *audit_operations.OPERATIONS,
    *report_operations.OPERATIONS,
)

"""The routes of the JSON API: the table of operations, each behind its door."""

from __future__ import annotations

from collections.abc import Mapping as Map
from collections.abc import Sequence
from dataclasses import dataclass, field

from starlette.routing import Route, Router
from starlette.types import ASGIApp, Lifespan, Receive, Scope, Send

from gateway.api.access import (
    BEARER_CHALLENGE,
    Authentication,
    Behind,
    Permitted,
    Presented,
    bearer,
    own_tenant_only,
)
from gateway.api.answers import HTML, JSON, answer, encode
from gateway.api.customers import GivesDetails, customer_endpoints
from gateway.api.docs_page import docs_page, docs_policy
from gateway.api.edge import ByMethod, Edge, InWordsOf, Render
from gateway.api.identifications import Identifications
from gateway.api.limits import MOST_BODY, InFlight, Places, RateLimit, TokenBuckets
from gateway.api.openapi import openapi
from gateway.api.operation import Door, Operation
from gateway.api.operations import Metrics, Readyz, WithKey, every_tenant, healthz, own_tenant
from gateway.api.paths import Paths
from gateway.api.ports import EdgeObserver, Exposition, Identifies, Keys, Readiness, SourceStates
from gateway.api.table import OPERATIONS
from gateway.api.tenants import SearchFields, Sources
from gateway.api.widget import Widget, widget_script
from gateway.core.disclosure import Permission
from gateway.core.errors import ContactBaseOff
from gateway.service.refs import Sealer


@dataclass(frozen=True, slots=True)
class Parts:
    """What the API is composed of. `places` and `buckets` are shared with the other faces. `stored`: the endpoints of the
    operations that need the contact base, by name; empty where the gateway keeps nothing. `details`: the use case of a
    selected customer."""

    identifier: Identifies
    details: GivesDetails
    states: SourceStates
    sealer: Sealer
    keys: Keys
    buckets: TokenBuckets
    places: Places
    readiness: Readiness
    exposition: Exposition
    observer: EdgeObserver
    version: str
    stored: Map[str, ASGIApp] = field(default_factory=dict)


def at_the_edge(
    routes: Sequence[Route],
    observer: EdgeObserver,
    lifespan: Lifespan[Router] | None = None,
    most_body: int = MOST_BODY,
) -> ASGIApp:
    """The whole application: requests to the routes, through the edge; the server's own events to `lifespan`."""
    return _ByType(Router(lifespan=lifespan), Edge(Paths(routes), observer, most_body))


@dataclass(frozen=True, slots=True)
class _ByType:
    events: ASGIApp
    requests: ASGIApp

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await (self.requests if scope["type"] == "http" else self.events)(scope, receive, send)


def api_routes(parts: Parts) -> list[Route]:
    """One route an address of the table."""
    document = openapi(parts.version)
    page_headers = ((b"content-security-policy", docs_policy()), (b"referrer-policy", b"no-referrer"))
    endpoints: dict[str, ASGIApp] = {
        "identify": InFlight(Identifications(parts.identifier, parts.sealer), parts.places),
        **{name: InFlight(app, parts.places) for name, app in customer_endpoints(parts.details).items()},
        "search_fields": SearchFields(parts.identifier),
        "sources": Sources(parts.states),
        "healthz": healthz,
        "readyz": Readyz(parts.readiness, own_tenant),
        "metrics": Metrics(parts.exposition, own_tenant),
        "openapi": Fixed(encode(document), JSON),
        "docs": Fixed(docs_page(document), HTML, page_headers),
        "widget": Widget(widget_script()),
    }
    by_path: dict[str, dict[str, ASGIApp]] = {}
    for operation in OPERATIONS:
        endpoint = (
            (parts.stored.get(operation.name) or contact_base_off) if operation.stores else endpoints[operation.name]
        )
        methods = by_path.setdefault(operation.path, {})
        methods[operation.method] = _behind(operation, endpoint, parts)
        if operation.pages:
            methods["OPTIONS"] = methods[operation.method]
    return [Route(path, ByMethod(methods)) for path, methods in by_path.items()]


def loopback_routes(readiness: Readiness, exposition: Exposition) -> list[Route]:
    """The operations for an address of their own that strangers cannot reach: no key, every tenant."""
    return [
        Route("/healthz", ByMethod({"GET": healthz})),
        Route("/readyz", ByMethod({"GET": Readyz(readiness, every_tenant)})),
        Route("/metrics", ByMethod({"GET": Metrics(exposition, every_tenant)})),
    ]


def foreign_face(path: str, page: ASGIApp, presented: Presented, challenge: str, render: Render, parts: Parts) -> Route:
    """GET of a facade: behind the API's own door, with keys where that vendor sends them and errors as it reads them."""
    # A vendor's format cannot say that a value is masked: it would be stored as if it were one.
    in_clear = Behind([Permitted(Permission.CUSTOMERS_READ)], InFlight(page, parts.places))
    app = _behind_key(in_clear, presented, challenge, parts)
    return Route(path, InWordsOf(ByMethod({"GET": app}), render))


def issuing_face(path: str, page: ASGIApp, presented: Presented, challenge: str, render: Render, parts: Parts) -> Route:
    """POST of a facade that gives codes; else as `foreign_face`."""
    app = _behind_key(InFlight(page, parts.places), presented, challenge, parts, Permission.ISSUE_CODES)
    return Route(path, InWordsOf(ByMethod({"POST": app}), render))


async def contact_base_off(scope: Scope, receive: Receive, send: Send) -> None:
    """What answers where the gateway keeps nothing."""
    raise ContactBaseOff


def _behind(operation: Operation, endpoint: ASGIApp, parts: Parts) -> ASGIApp:
    match operation.door:
        case Door.OPEN:
            return endpoint
        case Door.TENANT:
            return _behind_key(endpoint, bearer, BEARER_CHALLENGE, parts, operation.permission)
        case Door.OPERATIONS:
            return _for_operations(endpoint, parts)
        case Door.READY:
            return WithKey(bare=Readyz(parts.readiness), detailed=_for_operations(endpoint, parts))


def _behind_key(
    endpoint: ASGIApp,
    presented: Presented,
    challenge: str,
    parts: Parts,
    permission: Permission = Permission.IDENTIFY,
) -> ASGIApp:
    return Behind(
        (
            Authentication(parts.keys, presented, challenge),
            RateLimit(parts.buckets),
            own_tenant_only,
            Permitted(permission),
        ),
        endpoint,
    )


def _for_operations(endpoint: ASGIApp, parts: Parts) -> ASGIApp:
    return Behind(
        (
            Authentication(parts.keys, bearer, BEARER_CHALLENGE),
            RateLimit(parts.buckets),
            Permitted(Permission.OPERATIONS),
        ),
        endpoint,
    )


class Fixed:
    """An answer that is always the same."""

    def __init__(self, body: bytes, content_type: bytes, headers: Sequence[tuple[bytes, bytes]] = ()) -> None:
        self._body = body
        self._content_type = content_type
        self._headers = tuple(headers)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await answer(send, self._body, content_type=self._content_type, headers=self._headers)

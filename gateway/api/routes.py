"""The routes of the JSON API: the table of operations, each behind its door."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from gateway.api.access import BEARER_CHALLENGE, Authentication, OwnTenant, Permitted, bearer
from gateway.api.answers import HTML, JSON, answer, encode
from gateway.api.docs_page import docs_page, docs_policy
from gateway.api.edge import ByMethod
from gateway.api.identifications import Identifications
from gateway.api.limits import InFlight, Places, RateLimit, TokenBuckets
from gateway.api.openapi import openapi
from gateway.api.operations import Metrics, Readyz, WithKey, every_tenant, healthz, own_tenant
from gateway.api.ports import Exposition, Identifies, Keys, Readiness, SourceStates
from gateway.api.table import OPERATIONS, Door
from gateway.api.tenants import SearchFields, Sources
from gateway.core.disclosure import Permission
from gateway.service.refs import Sealer


@dataclass(frozen=True, slots=True)
class Parts:
    """What the API is composed of. `places` and `buckets` are shared with the other faces."""

    identifier: Identifies
    states: SourceStates
    sealer: Sealer
    keys: Keys
    buckets: TokenBuckets
    places: Places
    readiness: Readiness
    exposition: Exposition
    version: str


def api_routes(parts: Parts) -> list[Route]:
    """One route an address of the table; the hot one stands first there, so it is first here."""
    document = openapi(parts.version)
    page_headers = ((b"content-security-policy", docs_policy()), (b"referrer-policy", b"no-referrer"))
    endpoints: dict[str, ASGIApp] = {
        "identify": InFlight(Identifications(parts.identifier, parts.sealer), parts.places),
        "search_fields": SearchFields(parts.identifier),
        "sources": Sources(parts.states),
        "healthz": healthz,
        "readyz": Readyz(parts.readiness, own_tenant),
        "metrics": Metrics(parts.exposition, own_tenant),
        "openapi": Fixed(encode(document), JSON),
        "docs": Fixed(docs_page(document), HTML, page_headers),
    }
    by_path: dict[str, dict[str, ASGIApp]] = {}
    for operation in OPERATIONS:
        by_path.setdefault(operation.path, {})[operation.method] = _behind(
            operation.door, endpoints[operation.name], parts
        )
    return [Route(path, ByMethod(methods)) for path, methods in by_path.items()]


def loopback_routes(readiness: Readiness, exposition: Exposition) -> list[Route]:
    """The operations for an address of their own that strangers cannot reach: no key, every tenant."""
    return [
        Route("/healthz", ByMethod({"GET": healthz})),
        Route("/readyz", ByMethod({"GET": Readyz(readiness, every_tenant)})),
        Route("/metrics", ByMethod({"GET": Metrics(exposition, every_tenant)})),
    ]


def _behind(door: Door, endpoint: ASGIApp, parts: Parts) -> ASGIApp:
    """Read upwards: the last line of a case runs first."""
    match door:
        case Door.OPEN:
            return endpoint
        case Door.TENANT:
            app: ASGIApp = Permitted(endpoint, Permission.IDENTIFY)
            app = OwnTenant(app)
        case Door.OPERATIONS | Door.READY:
            app = Permitted(endpoint, Permission.OPERATIONS)
    app = RateLimit(app, parts.buckets)
    app = Authentication(app, parts.keys, bearer, BEARER_CHALLENGE)
    return WithKey(bare=Readyz(parts.readiness), detailed=app) if door is Door.READY else app


class Fixed:
    """An answer that is always the same."""

    def __init__(self, body: bytes, content_type: bytes, headers: Sequence[tuple[bytes, bytes]] = ()) -> None:
        self._body = body
        self._content_type = content_type
        self._headers = tuple(headers)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await answer(send, self._body, content_type=self._content_type, headers=self._headers)

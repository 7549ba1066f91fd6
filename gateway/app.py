"""The ASGI application: what wraps what, with everything that lives as long as it."""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from starlette.routing import Route, Router
from starlette.types import ASGIApp, Receive, Scope, Send
from structlog.typing import FilteringBoundLogger

from gateway import __version__
from gateway.api import audit, channel_events, codes, contacts, interactions, page_codes, prospects, reports, summaries
from gateway.api.limits import Places, TokenBuckets
from gateway.api.routes import Parts, api_routes, at_the_edge, foreign_face, issuing_face, loopback_routes
from gateway.assembly import Gateway, prospect_jobs, utc_now
from gateway.core.errors import ConfigurationError
from gateway.facades import basic, deskie, direct_talk, direct_talk_query
from gateway.observe.metrics import Metrics
from gateway.observe.watch import Watch
from gateway.service.channel_events import ChannelDesk
from gateway.service.codes import CodeDesk
from gateway.service.contacts import KeptContacts
from gateway.service.details import Details
from gateway.service.filling import ContactFilling
from gateway.service.interactions import InteractionDesk
from gateway.service.page_codes import PageCodes
from gateway.service.prospect_jobs import ProspectJobs
from gateway.service.prospects import ProspectDesk
from gateway.service.redeeming import Redeeming
from gateway.service.refs import Refs
from gateway.service.reports import Reporting
from gateway.service.sources import source_states
from gateway.service.summary import Summaries
from gateway.upkeep import Jobs, Upkeep

if TYPE_CHECKING:
    from gateway.storage.storage import Storage


@dataclass(frozen=True, slots=True)
class Kept:
    """What the gateway keeps, and what is done with it beside the requests."""

    storage: Storage
    loading: ProspectJobs
    filling: ContactFilling


def kept_by(gateway: Gateway, watcher: Watch) -> Kept | None:
    """None where the gateway keeps nothing."""
    storage = gateway.storage
    if storage is None:
        return None
    filling = ContactFilling(gateway.tenants, storage.contacts, storage.fillings, watcher, watcher, utc_now)
    return Kept(storage, prospect_jobs(gateway, storage, watcher), filling)


def stored_endpoints(
    gateway: Gateway, kept: Kept, refs: Refs, places: Places, buckets: TokenBuckets, watcher: Watch
) -> dict[str, ASGIApp]:
    """The endpoints of the operations that need the contact base, by the operation's name."""
    storage, tenants, identifier = kept.storage, gateway.registry, gateway.identifier
    attended = InteractionDesk(storage.interactions, tenants, identifier, refs, utc_now, kept.filling)
    details = Details(gateway.tenants, refs, watcher, storage.contacts, identifier.auditor)
    summed_up = Summaries(gateway.tenants, refs, watcher, storage.timeline, identifier.auditor)
    desk = code_desk(gateway, storage)
    redeeming = Redeeming(storage.codes, tenants, identifier, watcher, utc_now)
    over_channels = ChannelDesk(storage.events, tenants, identifier, details, storage.contacts, redeeming, utc_now)
    return {
        **interactions.endpoints(attended, places),
        **channel_events.endpoints(over_channels, refs, places),
        **codes.endpoints(desk, redeeming, refs, places),
        **page_codes.endpoints(PageCodes(desk, tenants, buckets, utc_now)),
        **contacts.endpoints(KeptContacts(tenants, storage.contacts, utc_now)),
        **prospects.endpoints(ProspectDesk(tenants, refs, storage.prospects, utc_now), kept.loading),
        **audit.endpoints(storage.audit),
        **summaries.endpoints(summed_up, places),
        **reports.endpoints(Reporting(tenants, storage.reports)),
    }


def code_desk(gateway: Gateway, storage: Storage) -> CodeDesk:
    """What gives out codes, whichever face asks."""
    return CodeDesk(storage.codes, gateway.registry, utc_now)


def facade_routes(gateway: Gateway, parts: Parts) -> list[Route]:
    """Other products' formats, each behind the API's own door."""
    page = direct_talk.DirectTalkPage(gateway.identifier, gateway.registry)
    storage = gateway.storage
    issued = deskie.DeskieCodes(None if storage is None else code_desk(gateway, storage), gateway.registry)
    presented, challenge = direct_talk_query.presented, basic.CHALLENGE
    return [
        foreign_face(direct_talk.PATH, page, presented, challenge, direct_talk.as_xml, parts),
        issuing_face(deskie.PATH, issued, basic.presented, challenge, deskie.as_json, parts),
    ]


@dataclass(slots=True)
class Ready:
    """Whether requests are taken, and which tenants' files are wrong."""

    gateway: Gateway
    ready: bool = False

    @property
    def problems(self) -> dict[str, ConfigurationError]:
        return self.gateway.problems

    async def storage_trouble(self) -> str | None:
        """The code of what is wrong with the database; None where it is well, or there is none."""
        storage = self.gateway.storage
        return None if storage is None else await storage.trouble()


def make_app(
    gateway: Gateway,
    watcher: Watch,
    metrics: Metrics,
    log: FilteringBoundLogger,
    operations: tuple[str, int] | None = None,
) -> ASGIApp:
    """The ASGI application: the JSON API and the facades behind one edge. `operations`: the listener's address (IP, port)
    at which the operations alone are answered, for every tenant and without a key."""
    limits = gateway.settings.limits
    ready = Ready(gateway)
    refs, places = gateway.refs(), Places(limits.in_flight)
    buckets = TokenBuckets(limits.rate, limits.burst, time.monotonic)
    kept = kept_by(gateway, watcher)
    if kept is not None:
        metrics.writes_waiting(lambda: kept.storage.writes_waiting)
    known = None if kept is None else kept.storage.contacts
    parts = Parts(
        identifier=gateway.identifier,
        details=Details(gateway.tenants, refs, watcher, known, gateway.identifier.auditor),
        states=partial(source_states, gateway.tenants),
        sealer=refs,
        keys=gateway.keys,
        buckets=buckets,
        places=places,
        readiness=ready,
        exposition=metrics,
        observer=watcher,
        version=__version__,
        stored={} if kept is None else stored_endpoints(gateway, kept, refs, places, buckets, watcher),
    )
    routes = [*api_routes(parts), *facade_routes(gateway, parts)]
    jobs: dict[str, Jobs] = {} if kept is None else {"loading": kept.loading, "filling": kept.filling}
    upkeep = Upkeep(gateway, metrics, log, jobs)

    @asynccontextmanager
    async def lifespan(router: Router) -> AsyncGenerator[None, None]:
        async with upkeep.running():
            ready.ready = True
            yield
            ready.ready = False
            if kept is not None:
                await kept.filling.settled()

    app = at_the_edge(routes, watcher, lifespan, most_body=limits.body)
    if operations is None:
        return app
    return ByListener(app, operations, at_the_edge(loopback_routes(ready, metrics), watcher, most_body=limits.body))


@dataclass(frozen=True, slots=True)
class ByListener:
    """What came to the listener `address` goes to `there`, all else to `app`. No header has a say in it."""

    app: ASGIApp
    address: tuple[str, int]
    there: ASGIApp

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        came_there = scope["type"] == "http" and scope["server"] == self.address
        await (self.there if came_there else self.app)(scope, receive, send)

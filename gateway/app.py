"""The composition: which concrete parts the gateway is made of, and what wraps what.

assemble   a configuration folder -> plugins, tenants, keys, the service
make_app   these -> the ASGI application, with everything that lives as long as it
"""

from __future__ import annotations

import asyncio
import gc
import os
import signal
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, field
from datetime import datetime, timezone
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from starlette.routing import Router
from starlette.types import ASGIApp, Receive, Scope, Send
from structlog.typing import FilteringBoundLogger

from gateway import __version__
from gateway.api import audit, interactions, prospects, reports, summaries
from gateway.api.contacts import contact_endpoints
from gateway.api.limits import Places, TokenBuckets
from gateway.api.routes import Parts, api_routes, at_the_edge, foreign_face, loopback_routes
from gateway.config.gateway_file import GatewaySettings, load_gateway
from gateway.config.keys import KeyRing
from gateway.config.registry import Reload, TenantRegistry
from gateway.config.watch import watch
from gateway.core.errors import ConfigurationError, StorageUnavailable
from gateway.facades.direct_talk import CHALLENGE, PATH, DirectTalkPage, as_xml
from gateway.facades.direct_talk_query import presented
from gateway.observe.frames import described
from gateway.observe.metrics import Metrics
from gateway.observe.watch import Watch
from gateway.plugins import Plugins, discover
from gateway.service.auditing import Auditor
from gateway.service.contacts import KeptContacts
from gateway.service.details import Details
from gateway.service.filling import ContactFilling
from gateway.service.identify import Identifier
from gateway.service.interactions import InteractionDesk
from gateway.service.live import LiveTenants, WireOpener
from gateway.service.observer import Observer
from gateway.service.prospect_jobs import LoadObserver, LoadTime, ProspectJobs
from gateway.service.prospect_loading import ProspectLoading
from gateway.service.prospects import ProspectDesk
from gateway.service.refs import Refs
from gateway.service.reports import Reporting
from gateway.service.retaining import retain
from gateway.service.sealing_key import read_keys, sealing_keys
from gateway.service.sources import source_states
from gateway.service.summary import Summaries
from gateway.upstream import open_wire

if TYPE_CHECKING:
    from gateway.storage.observer import StorageObserver
    from gateway.storage.storage import Storage

_RETAIN_LOOK = 300.0
"""Seconds between two looks whether it is time again to let go of what is past its days."""
_LOAD_LOOK = 15.0
"""Seconds between two looks whether some tenant's prospects are to be loaded."""
STORAGE_KEY = "storage.key"
"""The file in the data folder with the keys that seal what is stored, where gateway.yaml names none."""


@dataclass(frozen=True, slots=True)
class Gateway:
    """The parts that every composition shares: the server's and the command line's."""

    folder: Path
    settings: GatewaySettings
    plugins: Plugins
    registry: TenantRegistry
    keys: KeyRing
    tenants: LiveTenants
    identifier: Identifier
    storage: Storage | None = None

    def refs(self) -> Refs:
        """Seals and opens matches' refs under the gateway's own key, made in the data folder where there is none."""
        return Refs(sealing_keys(self.settings.data), time.time)

    @property
    def problems(self) -> dict[str, ConfigurationError]:
        """Slug (of a misnamed file, its name) -> what is wrong now with the tenant's file and its keys' file."""
        found = {slug: error.problems for slug, error in self.registry.problems.items()}
        for slug, error in self.keys.problems.items():
            found[slug] = (*found.get(slug, ()), *error.problems)
        return {slug: ConfigurationError(problems) for slug, problems in found.items()}

    def reload(self) -> Reload:
        """Take up what changed in the folder; what is broken keeps its old state and is told of. Raises OSError where the
        folder cannot be read just now: everything stays as it was."""
        self.keys.reload()
        reloaded = self.registry.reload()
        self.tenants.forget(reloaded.changed | reloaded.removed)
        return reloaded


def open_storage(settings: GatewaySettings, prepare: bool, observer: StorageObserver | None = None) -> Storage | None:
    """What the gateway keeps; None where it keeps nothing. `prepare`: make and migrate the embedded database; else it is
    left as it is, and None where it is not there yet. Raises ConfigurationError, StorageUnavailable."""
    kept = settings.contact_base
    if kept is None:
        return None
    # Here, because a gateway that keeps nothing needs no SQLAlchemy.
    from gateway.storage.engine import DATABASE, embedded
    from gateway.storage.storage import Storage, bring_up_to_date

    address = kept.database.reveal() if kept.database is not None else embedded(settings.data)
    if prepare:
        bring_up_to_date(address)
    elif kept.database is None and not (settings.data / DATABASE).exists():
        return None
    return Storage(address, storage_keys(settings), observer)


def storage_keys(settings: GatewaySettings) -> tuple[bytes, ...]:
    """The keys that seal what is stored: those that gateway.yaml names, else one made in the data folder."""
    kept = settings.contact_base
    if kept is not None and kept.keys is not None:
        return read_keys("\n".join(kept.keys.reveal().split()), Path("contact_base.keys"))
    return sealing_keys(settings.data, STORAGE_KEY)


def prospect_loading(gateway: Gateway, storage: Storage) -> ProspectLoading:
    """What gives the companies their prospects at the end of the day."""
    kept = gateway.settings.contact_base
    files = kept.files if kept is not None and kept.files is not None else gateway.settings.data / "prospects"
    return ProspectLoading(gateway.registry, gateway.tenants, storage.loads, files, partial(datetime.now, timezone.utc))


def prospect_jobs(gateway: Gateway, storage: Storage, observer: LoadObserver) -> ProspectJobs:
    """Loads that run beside the requests."""

    def times() -> dict[str, LoadTime]:
        return {slug: LoadTime(*when) for slug, when in gateway.registry.load_times.items()}

    now = partial(datetime.now, timezone.utc)
    return ProspectJobs(gateway.registry, prospect_loading(gateway, storage), storage.loads, times, observer, now)


def assemble(
    folder: Path,
    observer: Observer,
    wires: WireOpener = open_wire,
    settings: GatewaySettings | None = None,
    storage: Storage | None = None,
) -> Gateway:
    """From a configuration folder. `wires`: who opens the ways to the sources; `settings`: gateway.yaml's, where it was read
    already; `storage`: what the gateway keeps, None for nothing. Raises ConfigurationError for gateway.yaml and for two
    plugins of one name; a tenant whose file is wrong is in `registry.problems`, and the others work."""
    if settings is None:
        settings = load_gateway(folder / "gateway.yaml")
    plugins = discover()
    registry = TenantRegistry(folder, plugins.types, plugins.broken, settings)
    now = partial(datetime.now, timezone.utc)
    keys = KeyRing(folder / "keys", now=now)
    most = settings.limits.tenants_in_memory
    tenants = LiveTenants(registry, plugins.types, wires, breaker_changed=observer.breaker_changed, most=most)
    identifier = Identifier(tenants, observer)
    if storage is not None:
        identifier = Identifier(tenants, observer, storage.contacts, Auditor(storage.audit, now))
    return Gateway(folder, settings, plugins, registry, keys, tenants, identifier, storage)


def stored_endpoints(
    gateway: Gateway, storage: Storage, refs: Refs, places: Places, filling: ContactFilling, jobs: ProspectJobs
) -> dict[str, ASGIApp]:
    """The endpoints of the operations that need the contact base, by the operation's name."""
    now = partial(datetime.now, timezone.utc)
    watcher, auditor = gateway.identifier.observer, gateway.identifier.auditor
    attended = InteractionDesk(storage.interactions, gateway.registry, gateway.identifier, refs, now, filling)
    summed_up = Summaries(gateway.tenants, refs, watcher, storage.timeline, auditor)
    return {
        **interactions.endpoints(attended, places),
        **contact_endpoints(KeptContacts(gateway.registry, storage.contacts, now)),
        **prospects.endpoints(ProspectDesk(gateway.registry, refs, storage.prospects, now), jobs),
        **audit.endpoints(storage.audit),
        **summaries.endpoints(summed_up, places),
        **reports.endpoints(Reporting(gateway.registry, storage.reports)),
    }


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
    storage = gateway.storage
    contacts = None if storage is None else storage.contacts
    if storage is not None:
        metrics.writes_waiting(lambda: storage.writes_waiting)
    now = partial(datetime.now, timezone.utc)
    filling = None if storage is None else ContactFilling(gateway.tenants, storage.contacts, watcher, now)
    jobs = None if storage is None else prospect_jobs(gateway, storage, watcher)
    parts = Parts(
        identifier=gateway.identifier,
        details=Details(gateway.tenants, refs, watcher, contacts, gateway.identifier.auditor),
        states=partial(source_states, gateway.tenants),
        sealer=refs,
        keys=gateway.keys,
        buckets=TokenBuckets(limits.rate, limits.burst, time.monotonic),
        places=places,
        readiness=ready,
        exposition=metrics,
        observer=watcher,
        version=__version__,
        stored={}
        if storage is None or filling is None or jobs is None
        else stored_endpoints(gateway, storage, refs, places, filling, jobs),
    )
    direct_talk = DirectTalkPage(gateway.identifier, gateway.registry)
    routes = [*api_routes(parts), foreign_face(PATH, direct_talk, presented, CHALLENGE, as_xml, parts)]
    upkeep = Upkeep(gateway, metrics, log, jobs)

    @asynccontextmanager
    async def lifespan(router: Router) -> AsyncGenerator[None, None]:
        async with upkeep.running():
            ready.ready = True
            yield
            ready.ready = False
            if filling is not None:
                await filling.settled()

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


async def _comes(event: asyncio.Event, within: float) -> bool:
    """Within so many seconds."""
    try:
        async with asyncio.timeout(within):
            return await event.wait()
    except TimeoutError:
        return False


@dataclass(slots=True)
class Upkeep:
    """What runs beside the requests: taking up changed files, and closing the sources at the end."""

    gateway: Gateway
    metrics: Metrics
    log: FilteringBoundLogger
    jobs: ProspectJobs | None = None
    _told: dict[str, str] = field(default_factory=dict)

    @asynccontextmanager
    async def running(self) -> AsyncGenerator[None, None]:
        """While the application lives: files are watched, SIGHUP re-reads them."""
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGHUP, self.take_up)
        self._tell_at_the_start()
        watching = asyncio.create_task(self._watch(stop))
        watching.add_done_callback(self._watching_ended)
        retaining = asyncio.create_task(self._retain(stop))
        loading = asyncio.create_task(self._load_prospects(stop))
        # What is loaded stays: without this, every full collection walks it again, and p99 doubles.
        gc.collect()
        gc.freeze()
        try:
            yield
        finally:
            stop.set()
            loop.remove_signal_handler(signal.SIGHUP)
            await asyncio.wait((watching, retaining, loading))
            await self.gateway.tenants.aclose()
            if self.gateway.storage is not None:
                await self.gateway.storage.aclose()

    def take_up(self) -> None:
        """Re-read what changed; tell the log and the metrics what came of it."""
        try:
            reloaded = self.gateway.reload()
        except OSError as error:
            # A folder that is being exchanged is away for a moment; what replaces it is seen as the next change.
            self.log.error("configuration_unreadable", reason=error.strerror)
            return
        if reloaded.changed or reloaded.removed:
            self.metrics.reloaded("taken")
            self.log.info("configuration_taken", changed=sorted(reloaded.changed), removed=sorted(reloaded.removed))
        for _ in range(self._tell_problems()):
            self.metrics.reloaded("broken")

    async def _watch(self, stop: asyncio.Event) -> None:
        async for _ in watch(self.gateway.folder, stop):
            self.take_up()

    async def _retain(self, stop: asyncio.Event) -> None:
        """Now and then, what is past its days is let go of, by one worker of all."""
        storage, holder = self.gateway.storage, os.urandom(8).hex()
        while storage is not None and not await _comes(stop, _RETAIN_LOOK):
            now = datetime.now(timezone.utc)
            try:
                if await storage.retaining.is_due(holder, now):
                    for slug, gone in (await retain(self.gateway.registry.get, storage.retaining, now)).items():
                        if gone:
                            self.log.info("retained", tenant=slug, **asdict(gone))
            except StorageUnavailable as error:
                self.log.warning("not_retained", code=error.code)

    async def _load_prospects(self, stop: asyncio.Event) -> None:
        """When a tenant's clock says so; what runs at the end is given up, and goes on with the next load."""
        while self.jobs is not None and not await _comes(stop, _LOAD_LOOK):
            try:
                await self.jobs.tick()
            except StorageUnavailable:
                continue  # told of where the database is watched
        if self.jobs is not None:
            await self.jobs.aclose()

    def _watching_ended(self, watching: asyncio.Task[None]) -> None:
        """Too few of the system's watches, a folder that may not be read: the gateway serves on, and says so."""
        error = None if watching.cancelled() else watching.exception()
        if error is not None:
            remedy = "SIGHUP still re-reads the configuration."
            self.log.error("watching_ended", error=described(error), remedy=remedy)

    def _tell_at_the_start(self) -> None:
        """Say what is there, and what of it is not well."""
        for name, why in self.gateway.plugins.broken.items():
            self.log.error("plugin_broken", plugin=name, why=why)
        self._tell_problems()
        slugs = self.gateway.registry.slugs()
        self.log.info("configuration_loaded", tenants=len(slugs), broken=len(self._told))

    def _tell_problems(self) -> int:
        """Each problem once, and that it is gone; how many are new."""
        problems = self.gateway.problems
        now = {slug: str(error) for slug, error in problems.items()}
        new = [slug for slug in now if now[slug] != self._told.get(slug)]
        for slug in new:
            lines = [str(problem) for problem in problems[slug].problems]
            self.log.error("configuration_broken", tenant=slug, problems=lines)
        for slug in self._told.keys() - now.keys():
            self.log.info("configuration_mended", tenant=slug)
        self._told = now
        self.metrics.tenants_broken(len(now))
        return len(new)

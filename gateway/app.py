"""The composition: which concrete parts the gateway is made of, and what wraps what.

assemble   a configuration folder -> plugins, tenants, keys, the service
make_app   these -> the ASGI application, with everything that lives as long as it
"""

from __future__ import annotations

import asyncio
import gc
import signal
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timezone
from functools import partial
from pathlib import Path

from starlette.routing import Router
from starlette.types import ASGIApp
from structlog.typing import FilteringBoundLogger

from gateway import __version__
from gateway.api.limits import Places, TokenBuckets
from gateway.api.routes import Parts, api_routes, at_the_edge, foreign_face
from gateway.config.gateway_file import GatewaySettings, load_gateway
from gateway.config.keys import KeyRing
from gateway.config.registry import Reload, TenantRegistry
from gateway.config.watch import watch
from gateway.core.errors import ConfigurationError
from gateway.facades.direct_talk import CHALLENGE, PATH, DirectTalkPage, as_xml
from gateway.facades.direct_talk_query import presented
from gateway.observe.metrics import Metrics
from gateway.observe.watch import Watch
from gateway.plugins import Plugins, discover
from gateway.service.identify import Identifier
from gateway.service.live import LiveTenants
from gateway.service.observer import Observer
from gateway.service.refs import Refs
from gateway.service.sealing_key import sealing_keys
from gateway.service.sources import source_states
from gateway.upstream import open_wire


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

    def refs(self) -> Refs:
        """Seals and opens matches' refs under the gateway's own key, made in the data folder where there is none."""
        return Refs(sealing_keys(self.settings.data), time.time)

    def reload(self) -> Reload:
        """Take up what changed in the folder; what is broken keeps its old state and is told of."""
        self.keys.reload()
        reloaded = self.registry.reload()
        self.tenants.forget(reloaded.changed | reloaded.removed)
        return reloaded


def assemble(folder: Path, observer: Observer) -> Gateway:
    """From a configuration folder. Raises ConfigurationError for gateway.yaml and for two plugins of one name; a tenant
    whose file is wrong is in `registry.problems`, and the others work."""
    settings = load_gateway(folder / "gateway.yaml")
    plugins = discover()
    registry = TenantRegistry(folder, plugins.types, plugins.broken, settings)
    keys = KeyRing(folder / "keys", now=partial(datetime.now, timezone.utc))
    tenants = LiveTenants(registry, plugins.types, open_wire)
    return Gateway(folder, settings, plugins, registry, keys, tenants, Identifier(tenants, observer))


@dataclass(slots=True)
class Ready:
    """Whether requests are taken, and which tenants' files are wrong."""

    registry: TenantRegistry
    ready: bool = False

    @property
    def problems(self) -> dict[str, ConfigurationError]:
        return dict(self.registry.problems)


def make_app(gateway: Gateway, watcher: Watch, metrics: Metrics, log: FilteringBoundLogger) -> ASGIApp:
    """The ASGI application: the JSON API and the facades behind one edge."""
    limits = gateway.settings.limits
    ready = Ready(gateway.registry)
    parts = Parts(
        identifier=gateway.identifier,
        states=partial(source_states, gateway.tenants),
        sealer=gateway.refs(),
        keys=gateway.keys,
        buckets=TokenBuckets(limits.rate, limits.burst, time.monotonic),
        places=Places(limits.in_flight),
        readiness=ready,
        exposition=metrics,
        observer=watcher,
        version=__version__,
    )
    direct_talk = DirectTalkPage(gateway.identifier, gateway.registry)
    routes = [*api_routes(parts), foreign_face(PATH, direct_talk, presented, CHALLENGE, as_xml, parts)]
    upkeep = Upkeep(gateway, metrics, log)

    @asynccontextmanager
    async def lifespan(router: Router) -> AsyncGenerator[None, None]:
        async with upkeep.running():
            ready.ready = True
            yield
            ready.ready = False

    return at_the_edge(routes, watcher, lifespan, most_body=limits.body)


@dataclass(frozen=True, slots=True)
class Upkeep:
    """What runs beside the requests: taking up changed files, and closing the sources at the end."""

    gateway: Gateway
    metrics: Metrics
    log: FilteringBoundLogger

    @asynccontextmanager
    async def running(self) -> AsyncGenerator[None, None]:
        """While the application lives: files are watched, SIGHUP re-reads them."""
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGHUP, self.take_up)
        self._tell()
        watching = asyncio.create_task(self._watch(stop))
        # What is loaded stays: without this, every full collection walks it again, and p99 doubles.
        gc.collect()
        gc.freeze()
        try:
            yield
        finally:
            stop.set()
            loop.remove_signal_handler(signal.SIGHUP)
            await watching
            await self.gateway.tenants.aclose()

    def take_up(self) -> None:
        """Re-read what changed; tell the log and the metrics what came of it."""
        reloaded = self.gateway.reload()
        if reloaded.changed or reloaded.removed:
            self.metrics.reloaded("taken")
            self.log.info("configuration_taken", changed=sorted(reloaded.changed), removed=sorted(reloaded.removed))
        for slug, error in reloaded.broken.items():
            self.metrics.reloaded("broken")
            self.log.error("configuration_broken", tenant=slug, problems=[str(problem) for problem in error.problems])
        self.metrics.tenants_broken(len(self.gateway.registry.problems))

    async def _watch(self, stop: asyncio.Event) -> None:
        async for _ in watch(self.gateway.folder, stop):
            self.take_up()

    def _tell(self) -> None:
        """Say at the start what is not well."""
        registry = self.gateway.registry
        for name, why in self.gateway.plugins.broken.items():
            self.log.error("plugin_broken", plugin=name, why=why)
        for slug, error in registry.problems.items():
            self.log.error("configuration_broken", tenant=slug, problems=[str(problem) for problem in error.problems])
        self.metrics.tenants_broken(len(registry.problems))
        self.log.info("configuration_loaded", tenants=len(registry.slugs()), broken=len(registry.problems))

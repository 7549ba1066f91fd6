"""The desk that plugins' own commands work at: guarded wires, configured sources, the tenants' folders."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from ipaddress import ip_network
from pathlib import Path

from gateway.adapter import AdapterContext, Misconfigured, SourceRef, Wire
from gateway.assembly import assemble
from gateway.core.errors import ConfigurationError, Located
from gateway.core.tenant import Upstream
from gateway.service.observer import Silence
from gateway.upstream import open_wire


class CommandDesk:
    """As `gateway.adapter.Desk`."""

    @asynccontextmanager
    async def wire(self, url: str, networks: Sequence[str] = ()) -> AsyncGenerator[Wire, None]:
        try:
            granted = tuple(map(ip_network, networks))
        except ValueError:
            raise Misconfigured("A network is written as 10.0.0.0/8 or fd00::/8.") from None
        wire = open_wire(SourceRef("command", "line"), Upstream(url=url, auth=None, networks=granted))
        try:
            yield wire
        finally:
            await wire.aclose()

    @asynccontextmanager
    async def source(
        self, config: Path, tenant: str, source: str
    ) -> AsyncGenerator[tuple[object, AdapterContext], None]:
        gateway = assemble(config, Silence())
        try:
            with gateway.tenants.lease(tenant) as live:
                found = live.sources.get(source)
                if found is None:
                    known = f"There is no source '{source}'. The tenant has: {', '.join(live.sources)}."
                    raise ConfigurationError([Located(tenant, 0, 0, known)])
                upstream, nobody = found.source.upstream, found.source.nobody
                yield found.source.settings, AdapterContext(found.ref, found.wire, nobody, address=upstream.url)
        finally:
            await gateway.tenants.aclose()

    def files(self, config: Path, tenant: str) -> Path:
        return config / "wsdl" / tenant

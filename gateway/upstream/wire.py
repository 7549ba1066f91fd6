"""The wire to one source: the contract's `Wire` over a transport, with base address, credentials and caps on it."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Sequence
from collections.abc import Mapping as Map
from functools import cached_property

from gateway.adapter.contract import Reply
from gateway.core.model import SourceRef
from gateway.core.tenant import TransportName, Upstream
from gateway.upstream.address import parse_address
from gateway.upstream.connecting import Connector
from gateway.upstream.exchange import Incoming, Outgoing, Transport
from gateway.upstream.guard import Guard, Resolver, SystemResolver
from gateway.upstream.opening import OpenedCall, Opening
from gateway.upstream.own import OwnTransport
from gateway.upstream.prepare import Base, base_of, compile_template
from gateway.upstream.reading import whole_reply
from gateway.upstream.signing import signed
from gateway.upstream.template import Template
from gateway.upstream.tls import tls_for
from gateway.upstream.tunnel import Tunnels


def open_wire(
    source: SourceRef,
    upstream: Upstream,
    *,
    resolver: Resolver | None = None,
    tls: Callable[[], ssl.SSLContext] | None = None,
) -> SourceWire:
    """The wire to `source`. Does no I/O, and does not fail: what is wrong with `upstream` is said by `prepare`.

    `resolver`: who resolves the host instead of the machine; `tls`: whom to trust instead of what `upstream.tls` says.
    """
    return SourceWire(source, upstream, resolver or SystemResolver(), tls)


class SourceWire:
    """One source's connections and all that is on them. Used by many lookups at once."""

    def __init__(
        self, source: SourceRef, upstream: Upstream, resolver: Resolver, tls: Callable[[], ssl.SSLContext] | None
    ) -> None:
        self.source = source
        self._upstream = upstream
        self._resolver = resolver
        self._tls = tls
        self._transport: Transport | None = None

    def __repr__(self) -> str:
        return f"<SourceWire {self.source}>"

    def prepare(
        self,
        method: str,
        path: str = "",
        *,
        query: Sequence[tuple[str, str]] = (),
        headers: Sequence[tuple[str, str]] = (),
        charset: str = "utf-8",
    ) -> SourceCall:
        """As `contract.Wire.prepare`; also raises Misconfigured for what is wrong with the source's own address, headers or
        secret, so that a mistake there costs this source and not its tenant."""
        return SourceCall(self, compile_template(self.base, method, path, query, headers, charset))

    @cached_property
    def base(self) -> Base:
        """Raises Misconfigured."""
        return base_of(self._upstream)

    @property
    def max_body(self) -> int:
        return self._upstream.max_body

    @property
    def max_headers(self) -> int:
        return self._upstream.max_headers

    async def send(self, request: Outgoing) -> Incoming:
        """Sends a finished request; the reply is to be read and closed by the caller. For this package's two dresses."""
        if self._transport is None:
            self._transport = signed(self._upstream, self._connect)
        return await self._transport.send(request)

    async def begin(self, request: Outgoing, whole: int) -> Opening:
        """Sends a finished request; the reply is to be opened and closed by the caller."""
        incoming = await self.send(request)
        return Opening(incoming, whole=whole, max_body=self.max_body, max_headers=self.max_headers)

    def _connect(self, upstream: Upstream) -> Transport:
        """A transport to this source, or to where its tokens come from."""
        address, guard = parse_address(upstream.url), Guard(upstream.networks, self._resolver)
        tls = self._tls or tls_for(upstream.tls)
        tunnels = Tunnels(upstream.proxy, guard, self._resolver) if upstream.proxy is not None else None
        if upstream.transport is TransportName.STANDARD:
            # httpcore2 costs 100 ms to import.
            from gateway.upstream.standard import StandardTransport

            return StandardTransport(address, guard, tls, tunnels)
        return OwnTransport(Connector(address, guard, tls, tunnels), max_headers=upstream.max_headers)

    async def aclose(self) -> None:
        """Close the source's connections. Lookups under way are expected to have ended."""
        if self._transport is not None:
            await self._transport.aclose()


class SourceCall:
    """A prepared request of one wire."""

    __slots__ = ("_template", "_wire")

    def __init__(self, wire: SourceWire, template: Template) -> None:
        self._wire = wire
        self._template = template

    async def send(self, values: Map[str, str], body: bytes | None = None) -> Reply:
        """As `contract.Call.send`."""
        wire = self._wire
        incoming = await wire.send(self._template.fill(values, body))
        return await whole_reply(incoming, max_body=wire.max_body, max_headers=wire.max_headers)

    def open(self, values: Map[str, str], body: bytes | None = None, *, whole: int) -> OpenedCall:
        """As `contract.Call.open`."""
        return OpenedCall(self._wire, self._template.fill(values, body), whole)

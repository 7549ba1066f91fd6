"""The wire in httpx2's dress: for authors who want its API, over the same connections, guard, caps and credentials."""

from __future__ import annotations

from collections.abc import AsyncIterator
from collections.abc import Mapping as Map
from contextlib import aclosing

import httpx2

from gateway.adapter.contract import Wire
from gateway.core.errors import DestinationRefused, SourceError
from gateway.upstream.address import DEFAULT_PORTS
from gateway.upstream.exchange import Incoming, outgoing
from gateway.upstream.prepare import CONNECTIONS_OWN, Base
from gateway.upstream.quiet import silence_libraries
from gateway.upstream.reading import UNDONE, checked_headers, decoded
from gateway.upstream.wire import SourceWire

_ELSEWHERE = "The adapter asks another origin than upstream.url. One source has one origin: make it another source."


def client_over(wire: Wire) -> httpx2.AsyncClient:
    """Raises TypeError where the wire is not the gateway's own, Misconfigured where its address cannot be used."""
    if not isinstance(wire, SourceWire):
        raise TypeError(
            "httpx_client works over the gateway's own wire: pass the AdapterContext that create was given."
        )
    silence_libraries()
    address = wire.base.address
    return httpx2.AsyncClient(
        base_url=f"{address.scheme}://{address.host_header.decode()}{address.path}",
        transport=WireTransport(wire),
        trust_env=False,
        timeout=None,
    )


class WireTransport(httpx2.AsyncBaseTransport):
    """Carries httpx2's requests over a wire. Raises SourceErrors, as the wire does, instead of httpx2's own."""

    def __init__(self, wire: SourceWire) -> None:
        self._wire = wire

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        base = self._wire.base
        url = request.url
        if (url.scheme, url.host, url.port or DEFAULT_PORTS.get(url.scheme)) != base.address.origin:
            raise DestinationRefused(_ELSEWHERE)
        asked = [(name.lower(), value) for name, value in request.headers.raw]
        headers = base.headers([field for field in asked if field[0] not in CONNECTIONS_OWN])
        body = await request.aread()
        incoming = await self._wire.send(outgoing(request.method.encode(), _target(base, url), headers, body or None))
        try:
            fields = checked_headers(incoming.headers, self._wire.max_headers)
        except SourceError:
            await incoming.aclose()
            raise
        return httpx2.Response(
            incoming.status,
            headers=[(name, value) for name, value in incoming.headers if name.lower() not in UNDONE],
            stream=_Body(incoming, fields, self._wire.max_body),
        )


class _Body(httpx2.AsyncByteStream):
    """The reply's body, decoded and capped."""

    def __init__(self, incoming: Incoming, headers: Map[str, str], max_body: int) -> None:
        self._incoming = incoming
        self._headers = headers
        self._max_body = max_body

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async with aclosing(decoded(self._incoming.chunks(), self._headers, self._max_body)) as chunks:
            async for chunk in chunks:
                yield chunk

    async def aclose(self) -> None:
        await self._incoming.aclose()


def _target(base: Base, url: httpx2.URL) -> str:
    """Path and query, with the parameters that the base address and the credentials bring."""
    path, _, query = url.raw_path.decode("ascii").partition("?")
    if path == f"{base.address.path}/":
        # httpx2 ends every base with a slash; to a page (`/customers.asp`) that is another address.
        path = base.address.path
    joined = "&".join(part for part in (base.address.query, query, base.credentials.query) if part)
    return f"{path}?{joined}" if joined else path

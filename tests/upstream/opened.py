"""A wire to a running source: what the tests of the wire start with."""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from ipaddress import ip_network

from gateway.core.model import SourceRef
from gateway.core.tenant import Upstream
from gateway.testing.source import Behaviour, Source, running_source
from gateway.upstream import SourceWire, open_wire

SOURCE = SourceRef("acme", "erp")
LOOPBACK = (ip_network("127.0.0.0/8"),)


@dataclass(frozen=True, slots=True)
class Opened:
    source: Source
    wire: SourceWire


@dataclass(slots=True)
class Names:
    """A resolver with answers of its own: each call gives the next, the last one for ever."""

    answers: list[Sequence[str]]
    asked: int = 0

    async def addresses(self, host: str, port: int) -> Sequence[str]:
        answer = self.answers[min(self.asked, len(self.answers) - 1)]
        self.asked += 1
        if not answer:
            raise OSError("no such name")
        return answer


@asynccontextmanager
async def opened(
    behaviour: Behaviour,
    upstream: Callable[[str], Upstream] = lambda url: Upstream(url, networks=LOOPBACK),
    *,
    names: Names | None = None,
    server_tls: ssl.SSLContext | None = None,
    trust: Callable[[], ssl.SSLContext] | None = None,
) -> AsyncIterator[Opened]:
    """`upstream` makes the configuration from the running source's address."""
    async with running_source(behaviour, tls=server_tls) as source:
        wire = open_wire(SOURCE, upstream(source.url), resolver=names, tls=trust)
        try:
            yield Opened(source, wire)
        finally:
            await wire.aclose()

"""A wire that leads nowhere: whatever is asked of it, it gives a recorded reply. Nothing is resolved or connected to."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from collections.abc import Mapping as Map
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field

from gateway.adapter.contract import LargeReply, Reply
from gateway.core.tenant import Upstream
from gateway.upstream.prepare import base_of, compile_template
from gateway.upstream.template import Template

_PIECE = 256 * 1024


@dataclass(frozen=True, slots=True)
class RecordedWire:
    """`upstream`: what requests are prepared for, so that a template that cannot be sent fails here as it would there.
    `reply`: to every request but those whose path, as the adapter prepares it, is among `others`."""

    upstream: Upstream
    reply: Reply
    others: Map[str, Reply] = field(default_factory=dict)

    def prepare(
        self,
        method: str,
        path: str = "",
        *,
        query: Sequence[tuple[str, str]] = (),
        headers: Sequence[tuple[str, str]] = (),
        charset: str = "utf-8",
    ) -> RecordedCall:
        """Raises Misconfigured as `Wire.prepare` says."""
        template = compile_template(base_of(self.upstream), method, path, query, headers, charset)
        return RecordedCall(template, self.others.get(path, self.reply))

    async def aclose(self) -> None:
        """Nothing is open."""


@dataclass(frozen=True, slots=True)
class RecordedCall:
    """A request that is filled in as if it were sent."""

    template: Template
    reply: Reply

    async def send(self, values: Map[str, str], body: bytes | None = None) -> Reply:
        self.template.fill(values, body)
        return self.reply

    @asynccontextmanager
    async def open(
        self, values: Map[str, str], body: bytes | None = None, *, whole: int
    ) -> AsyncIterator[Reply | LargeReply]:
        """Large where the source's would be."""
        reply = await self.send(values, body)
        if len(reply.body) <= whole:
            yield reply
            return
        async with aclosing(_pieces(reply.body)) as chunks:
            yield LargeReply(reply.status, reply.headers, reply.body[:_PIECE], chunks)


async def _pieces(body: bytes) -> AsyncGenerator[bytes, None]:
    for start in range(0, len(body), _PIECE):
        yield body[start : start + _PIECE]

"""A wire that leads nowhere: whatever is asked of it, it gives a recorded reply. Nothing is resolved or connected to."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from collections.abc import Mapping as Map
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, unquote

from gateway.adapter.contract import LargeReply, Reply
from gateway.core.tenant import Upstream
from gateway.upstream.prepare import base_of, compile_template
from gateway.upstream.template import Template

_PIECE = 256 * 1024


@dataclass(frozen=True, slots=True)
class RecordedWire:
    """`upstream`: what requests are prepared for, so that a template that cannot be sent fails here as it would there.
    `reply`: to every request but those that `others` names: by the path as the adapter prepares it, or by the path as it is
    asked, with or without those of its parameters that tell it from others (`customers?page=2`, `customers/7`)."""

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
        return RecordedCall(self, path, template)

    def reply_to(self, prepared: str, target: str) -> Reply:
        """`target`: path and query as they are asked. Where several of `others` fit, that with most parameters."""
        if prepared in self.others:
            return self.others[prepared]
        path, _, query = target.partition("?")
        paths = {path.lstrip("/"), path.removeprefix(base_of(self.upstream).address.path).lstrip("/")}
        asked = set(parse_qsl(query, keep_blank_values=True))
        fitting = [
            (len(parameters), reply)
            for name, reply in self.others.items()
            if unquote(name.partition("?")[0]).lstrip("/") in set(map(unquote, paths))
            and (parameters := set(parse_qsl(name.partition("?")[2], keep_blank_values=True))) <= asked
        ]
        return max(fitting, key=lambda found: found[0])[1] if fitting else self.reply

    async def aclose(self) -> None:
        """Nothing is open."""


@dataclass(frozen=True, slots=True)
class RecordedCall:
    """A request that is filled in as if it were sent."""

    wire: RecordedWire
    path: str
    template: Template

    async def send(self, values: Map[str, str], body: bytes | None = None) -> Reply:
        request = self.template.fill(values, body)
        return self.wire.reply_to(self.path, request.target.decode("ascii"))

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

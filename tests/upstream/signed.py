"""A source that wants tokens, and what gives them: what the tests of signing in start with."""

from __future__ import annotations

import asyncio
import json
import traceback
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from gateway.core.tenant import Auth, Upstream
from gateway.testing import SourceRequest, SourceResponse
from gateway.testing.source import Behaviour, Peer, Source, running_source, written
from gateway.upstream import SourceWire, open_wire
from tests.upstream.opened import LOOPBACK, SOURCE

SECRET = "s3cr3t&of{client}+ü"
"""Planted as the client's secret or password; it must never stand in an error."""


def token_reply(token: str, **more: object) -> SourceResponse:
    return SourceResponse(json.dumps({"access_token": token, "token_type": "Bearer", **more}).encode())


@dataclass
class Gate:
    """A source that answers whoever shows a good token; `shown` reads it out of a request."""

    good: set[str]
    shown: Callable[[SourceRequest], str | None] = lambda request: (
        request.headers.get("authorization", "").removeprefix("Bearer ") or None
    )
    refusal: SourceResponse = field(default_factory=lambda: SourceResponse(b"who?", status=401))

    async def __call__(self, request: SourceRequest, peer: Peer) -> None:
        accepted = self.shown(request) in self.good
        await peer.send(written(SourceResponse(b"ok") if accepted else self.refusal))


@dataclass
class Issuer:
    """Gives token after token: t1, t2 … All of them are good at the gate, until it forgets them."""

    gate: Gate
    reply: Callable[[str], SourceResponse] = token_reply
    given: int = 0
    release: asyncio.Event | None = None

    async def __call__(self, request: SourceRequest, peer: Peer) -> None:
        if self.release is not None:
            await self.release.wait()
        self.given += 1
        token = f"t{self.given}"
        self.gate.good.add(token)
        await peer.send(written(self.reply(token)))


@dataclass(frozen=True, slots=True)
class Signed:
    """`issuer` is the running token endpoint; where sessions are meant it stands idle."""

    source: Source
    issuer: Source
    wire: SourceWire

    async def ask(self) -> bytes:
        reply = await self.wire.prepare("POST", "x").send({}, b"asked")
        return b"%d %s" % (reply.status, reply.body)


@asynccontextmanager
async def signed(source: Behaviour, issuer: Behaviour, auth: Callable[[str], Auth]) -> AsyncIterator[Signed]:
    """`auth` makes the configuration from the token endpoint's address."""
    async with running_source(source) as asked, running_source(issuer) as giving:
        wire = open_wire(SOURCE, Upstream(asked.url, auth(giving.url), networks=LOOPBACK))
        try:
            yield Signed(asked, giving, wire)
        finally:
            await wire.aclose()


def whole_text(error: BaseException) -> str:
    """Everything that a log could show of an error, causes included."""
    return "".join(traceback.format_exception(error))

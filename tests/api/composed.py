"""The API composed as the gateway composes it, over prepared answers: what stands below it is a port here."""

from __future__ import annotations

import io
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from collections.abc import Mapping as Map
from dataclasses import dataclass, field
from typing import Any

from starlette.routing import Route
from starlette.types import ASGIApp, Message

from gateway.api.limits import Places, TokenBuckets
from gateway.api.routes import Parts, api_routes, at_the_edge
from gateway.core.disclosure import Viewer
from gateway.core.errors import ConfigurationError
from gateway.core.meeting import Meeting, facts_of
from gateway.core.model import Identification, Outcome
from gateway.core.reception import Reception
from gateway.core.rules import NO_RULES
from gateway.core.tenant import SearchField
from gateway.observe.logs import LogFormat, open_log
from gateway.observe.metrics import Metrics
from gateway.observe.watch import Watch
from gateway.service.details import DetailsRequest
from gateway.service.refs import Refs
from gateway.service.request import IdentifyRequest
from gateway.service.sources import SourceState

HELPDESK, OPERATIONS, OTHER, BOT = "helpdesk-key", "operations-key", "other-key", "bot-key"
NOBODY = Identification(Outcome.NOT_FOUND, complete=True, more=False, matches=(), sources=(), searched=("cpf",))


@dataclass(frozen=True, slots=True)
class Key:
    id: str
    tenant: str
    role: str

    @property
    def viewer(self) -> Viewer:
        return Viewer(self.role, self.id)


@dataclass(slots=True)
class Ring:
    """Known keys, by what is presented. `looked_up`: what was asked for."""

    known: dict[str, Key]
    looked_up: list[str] = field(default_factory=list)

    def find(self, presented: str) -> Key | None:
        self.looked_up.append(presented)
        return self.known.get(presented)


@dataclass(slots=True)
class Prepared:
    """An identifier whose answer is prepared: an identification, or an error to raise."""

    answer: Identification | Exception = NOBODY
    fields: tuple[tuple[SearchField, tuple[str, ...]], ...] = ()
    asked: list[IdentifyRequest] = field(default_factory=list)
    before: Callable[[], Awaitable[None]] | None = None

    async def identify(self, request: IdentifyRequest) -> Identification:
        self.asked.append(request)
        if self.before is not None:
            await self.before()
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer

    async def receive(self, request: IdentifyRequest) -> Reception:
        found = await self.identify(request)
        return Reception(facts_of(Meeting(found), NO_RULES), found)

    def search_fields(self, tenant: str) -> tuple[tuple[SearchField, tuple[str, ...]], ...]:
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.fields


@dataclass(slots=True)
class PreparedDetails:
    """Details whose answer is prepared, as an identifier's."""

    answer: Identification | Exception = NOBODY
    asked: list[DetailsRequest] = field(default_factory=list)

    async def details(self, request: DetailsRequest) -> Identification:
        self.asked.append(request)
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


@dataclass(slots=True)
class Ready:
    ready: bool = True
    problems: Map[str, ConfigurationError] = field(default_factory=dict)
    trouble: str | None = None

    async def storage_trouble(self) -> str | None:
        return self.trouble


@dataclass(slots=True)
class Clock:
    now: float = 1000.0

    def __call__(self) -> float:
        return self.now


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    headers: Map[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(slots=True)
class Composed:
    """A whole application and everything it is made of."""

    identifier: Prepared = field(default_factory=Prepared)
    details: PreparedDetails = field(default_factory=PreparedDetails)
    states: tuple[SourceState, ...] = ()
    readiness: Ready = field(default_factory=Ready)
    clock: Clock = field(default_factory=Clock)
    burst: int = 1000
    most_in_flight: int = 100
    log: io.BytesIO = field(default_factory=io.BytesIO)
    more_routes: Sequence[Route] = ()
    stored: Map[str, ASGIApp] = field(default_factory=dict)
    ring: Ring = field(init=False)
    metrics: Metrics = field(init=False)
    parts: Parts = field(init=False)
    app: ASGIApp = field(init=False)

    def __post_init__(self) -> None:
        self.ring = Ring(
            {
                HELPDESK: Key("k-help", "acme", "helpdesk"),
                OPERATIONS: Key("k-ops", "acme", "operations"),
                BOT: Key("k-bot", "acme", "bot"),
                OTHER: Key("k-other", "other", "helpdesk"),
            }
        )
        self.metrics = Metrics()
        self.parts = Parts(
            identifier=self.identifier,
            details=self.details,
            states=lambda _: self.states,
            sealer=Refs([bytes(32)], lambda: 1_800_000_000.0),
            keys=self.ring,
            buckets=TokenBuckets(rate=1.0, burst=self.burst, clock=self.clock),
            places=Places(self.most_in_flight),
            readiness=self.readiness,
            exposition=self.metrics,
            observer=Watch(open_log(self.log, LogFormat.JSON), self.metrics),
            version="9.9",
            stored=self.stored,
        )
        self.app = at_the_edge([*api_routes(self.parts), *self.more_routes], self.parts.observer)

    @property
    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.log.getvalue().splitlines()]

    async def get(self, target: str, key: str | None = HELPDESK, headers: Iterable[tuple[str, str]] = ()) -> Answer:
        return await call(self.app, "GET", target, headers=[*_authorised(key), *headers])

    async def identify(
        self,
        body: bytes | object,
        key: str | None = HELPDESK,
        *,
        tenant: str = "acme",
        headers: Iterable[tuple[str, str]] = (),
    ) -> Answer:
        sent = body if isinstance(body, bytes) else json.dumps(body).encode()
        target = f"/v1/tenants/{tenant}/identifications"
        return await call(self.app, "POST", target, sent, [*_authorised(key), *headers])


def _authorised(key: str | None) -> list[tuple[str, str]]:
    return [] if key is None else [("Authorization", f"Bearer {key}")]


async def call(
    app: ASGIApp,
    method: str,
    target: str,
    body: bytes | AsyncIterator[bytes] = b"",
    headers: Iterable[tuple[str, str]] = (),
    client: tuple[str, int] = ("127.0.0.1", 1),
) -> Answer:
    """One request, as a server hands it to the application; a body that is an iterator comes in chunks, without a length."""
    path, _, query = target.partition("?")
    raw = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers]
    if isinstance(body, bytes) and body:
        raw.append((b"content-length", str(len(body)).encode()))
    scope = {
        "type": "http",
        "method": method,
        "path": path,
        "root_path": "",
        "query_string": query.encode("latin-1"),
        "headers": raw,
        "client": client,
    }

    async def receive() -> Message:
        if isinstance(body, bytes):
            return {"type": "http.request", "body": body, "more_body": False}
        async for chunk in body:
            return {"type": "http.request", "body": chunk, "more_body": True}
        return {"type": "http.request", "body": b"", "more_body": False}

    started: list[Message] = []
    sent = bytearray()

    async def send(message: Message) -> None:
        if message["type"] == "http.response.start":
            started.append(message)
        else:
            sent.extend(message.get("body", b""))

    await app(scope, receive, send)
    (start,) = started
    assert len({name for name, _ in start["headers"]}) == len(start["headers"])
    return Answer(start["status"], {n.decode("latin-1"): v.decode("latin-1") for n, v in start["headers"]}, bytes(sent))

"""One adapter on a real wire to a running source: what every test of the suite starts with."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from ipaddress import ip_network
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from gateway.adapter import Adapter, AdapterContext, Found, Json, Query, SearchKey, SourceRef
from gateway.adapter.settings import FILES, SEARCH_FIELDS
from gateway.core.errors import TimedOut
from gateway.core.redaction import Secret
from gateway.core.tenant import BearerAuth, Upstream
from gateway.testing.exchange import SourceRequest, SourceResponse
from gateway.testing.people import MARKED, PEOPLE, Person
from gateway.testing.protocol import ProtocolUnderTest
from gateway.testing.source import Behaviour, Peer, Source, running_source, silent, written
from gateway.upstream import SourceWire, open_wire

SECRET = "planted-s3cr3t-7f1d"  # noqa: S105  (looked for in every text)
MAX_BODY = 256 * 1024
_KNOWN = (*PEOPLE, MARKED)


@dataclass(slots=True)
class Bench:
    """`lookup` asks the adapter as the gateway does."""

    suite: ProtocolUnderTest
    source: Source
    wire: SourceWire
    adapter: Adapter

    async def lookup(
        self, person: Person, fields: Sequence[str] | None = None, *, limit: int = 10, within: float | None = None
    ) -> Found:
        """Asks by `fields`, by default the first search field. Raises what the adapter raises, and TimedOut after `within`
        seconds (default: the suite's patience)."""
        by = fields or list(self.suite.search_fields)[:1]
        try:
            async with asyncio.timeout(within or self.suite.patience):
                found = await self.adapter.lookup(query_for(self.suite, person, by), limit=limit)
        except TimeoutError as error:
            raise TimedOut from error
        assert isinstance(found, Found), f"lookup returned {type(found).__name__}; it must return Found."
        assert len(found.records) <= limit, f"lookup returned {len(found.records)} records; the limit was {limit}."
        for record in found.records:
            check_json(record)
        return found

    def answers_with(self, people: Sequence[Person]) -> None:
        """From now on the source answers every lookup with these people."""
        self.source.behaviour = speaking(self.suite, lambda request: people)

    def shown(self, found: Found) -> list[Person]:
        """Who each record is, by the values that it holds."""
        return [self._who(set(texts(record))) for record in found.records]

    def _who(self, held: set[str]) -> Person:
        shows = self.suite.shows
        for person in _KNOWN:
            if all(getattr(person, value) in held for value in shows):
                return person
        raise AssertionError(
            f"A record does not hold the {', '.join(shows)} of anybody whom the source knows, letter by letter. "
            f"It holds {sorted(held)}."
        )


@asynccontextmanager
async def open_bench(suite: ProtocolUnderTest, *, max_body: int = MAX_BODY, dead: bool = False) -> AsyncIterator[Bench]:
    """`dead`: nothing listens at the source's address."""
    async with running_source(
        speaking(suite, lambda request: asked_for(suite, request)), patience=suite.patience
    ) as source:
        address = await _dead_url() if dead else source.url
        wire, adapter = adapter_at(suite, address, max_body)
        bench = Bench(suite, source, wire, adapter)
        try:
            yield bench
        finally:
            await adapter.aclose()
            await wire.aclose()
            if source.problems:
                raise AssertionError("asked, serve or other of the test class raised.") from source.problems[0]


def adapter_at(suite: ProtocolUnderTest, origin: str, max_body: int = MAX_BODY) -> tuple[SourceWire, Adapter]:
    """The adapter as the gateway makes it, for a source at `origin`."""
    reference = SourceRef("suite", "source")
    upstream = Upstream(
        url=origin + suite.path,
        auth=BearerAuth(Secret(SECRET)),
        networks=(ip_network("127.0.0.0/8"),),
        max_body=max_body,
    )
    wire = open_wire(reference, upstream)
    context = AdapterContext(reference, wire, suite.nobody, suite.reads, upstream.url)
    return wire, suite.adapter_type.create(settings_of(suite), context)


def settings_of(suite: ProtocolUnderTest, **more: Json) -> BaseModel:
    """The settings, validated as the gateway does: strictly, from JSON's types."""
    context: dict[str, Any] = {SEARCH_FIELDS: frozenset(suite.search_fields), FILES: _file_in(suite.files)}
    model: type[BaseModel] = suite.adapter_type.settings
    return model.model_validate_json(json.dumps({**suite.settings, **more}), context=context)


def query_for(suite: ProtocolUnderTest, person: Person, fields: Sequence[str]) -> Query:
    values = suite.search_fields
    return Query(tuple(SearchKey(field, values[field], getattr(person, values[field])) for field in fields))


def asked_for(suite: ProtocolUnderTest, request: SourceRequest) -> Sequence[Person]:
    """Those of the people whom the request asks for."""
    asked = suite.asked(request)
    unknown = asked.keys() - suite.search_fields.keys()
    assert not unknown, f"asked gives {sorted(unknown)}, which search_fields does not name."
    if not asked:
        return ()
    return [
        person
        for person in _KNOWN
        if all(getattr(person, suite.search_fields[field]) == value for field, value in asked.items())
    ]


def speaking(suite: ProtocolUnderTest, known: Callable[[SourceRequest], Sequence[Person]]) -> Behaviour:
    """The source in good health."""

    async def behave(request: SourceRequest, peer: Peer) -> None:
        await peer.send(written(suite.other(request) or suite.serve(known(request), request)))

    return behave


def changed(suite: ProtocolUnderTest, change: Callable[[SourceResponse], SourceResponse | Behaviour]) -> Behaviour:
    """The answer that is due, changed on its way."""

    async def behave(request: SourceRequest, peer: Peer) -> None:
        other = suite.other(request)
        due = other or change(suite.serve(asked_for(suite, request), request))
        if isinstance(due, SourceResponse):
            await peer.send(written(due))
        else:
            await due(request, peer)

    return behave


def texts(value: Json) -> Iterator[str]:
    """Every text in a record, at any depth."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from texts(inner)
    elif isinstance(value, Sequence):
        for inner in value:
            yield from texts(inner)


def check_json(value: object) -> None:
    """A raw record is JSON-shaped, whatever parser it came from."""
    if isinstance(value, Mapping):
        assert all(isinstance(key, str) for key in value), (
            "A record has a key that is no text; records are JSON-shaped."
        )
        for inner in value.values():
            check_json(inner)
    elif isinstance(value, Sequence) and not isinstance(value, str | bytes | bytearray):
        for inner in value:
            check_json(inner)
    else:
        assert value is None or isinstance(value, bool | int | float | str), (
            f"A record holds a {type(value).__name__}; records are JSON-shaped: texts, numbers, booleans, lists, dicts."
        )


async def _dead_url() -> str:
    async with running_source(silent) as source:
        return source.url


def _file_in(folder: Path | None) -> Callable[[Path], Path]:
    def find(name: Path) -> Path:
        assert folder is not None, "The settings name a file: give its folder in the class attribute files."
        return folder / name

    return find

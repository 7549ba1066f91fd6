"""The contract between the gateway and an adapter plugin: the only thing a plugin has to import.

An adapter asks, reads and returns JSON-shaped records. It has no timeout, retry, authentication, breaker, logging of values
or mapping of its own: the gateway wraps it in those. Everything but an answer is a `SourceError`.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from collections.abc import Mapping as Map
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path as FilePath
from typing import Generic, Protocol, TypeVar, runtime_checkable

from pydantic import BaseModel

from gateway.core.model import Json, Query, RawRecord, SourceRef
from gateway.core.nobody import Nobody
from gateway.core.redaction import Redacted

Settings = TypeVar("Settings", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Found:
    """What a source said. An empty `records` means: the source itself said that it knows nobody.

    `warnings`: what was repaired or doubted; no values in it. `truncated`: there were more records than `limit`.
    """

    records: Sequence[RawRecord]
    warnings: Sequence[str] = ()
    truncated: bool = False

    def __repr__(self) -> str:
        return f"<Found {len(self.records)} record(s)>"


class Adapter(Protocol):
    """Speaks one protocol for one source. Made once per source, used by many lookups at once."""

    @property
    def fields(self) -> frozenset[str]:
        """The search fields that this source can be asked with."""
        ...

    async def lookup(self, query: Query, *, limit: int) -> Found:
        """Ask with every key of `query` (all in `fields`, values already as this source wants them); at most `limit`
        records. Raises SourceError for everything but an answer. May be cancelled at any await."""
        ...

    async def check(self) -> None:
        """Is the source reachable and are the credentials good? Without a real customer. Raises SourceError if not."""
        ...

    async def aclose(self) -> None:
        """Let go of what the adapter itself holds. The wire is closed by the gateway."""
        ...


@runtime_checkable
class HistoryTeller(Protocol):
    """What an adapter may offer beside `lookup`: it tells what happened with a customer (orders, visits, requests)."""

    async def history(self, query: Query, *, limit: int) -> Found:
        """Ask with the one key of `query`, which is the unique key's value as this source wants it. `records`: what
        happened, the latest first where the source has an order; none: the source itself said that nothing did. Raises
        SourceError for everything but an answer. May be cancelled at any await."""
        ...


# ---------------------------------------------------------------------------------------------- saving


@dataclass(frozen=True, slots=True, repr=False)
class Person(Redacted):
    """Somebody whom a source is to take over. `values`: what is known of him, as this source wants it: search fields by
    their names, and `person.name`, `person.unique_key`, `person.customer_type`, `person.id`, `person.key`, `form.<field>`.
    What is not known is not in it."""

    values: Map[str, str]


@dataclass(frozen=True, slots=True)
class Saved:
    """What the source said of a person who was sent to it. `done`: it has him now. Else it said that it does not take him;
    `why` is a sentence for a report, without a value of his."""

    done: bool
    why: str = ""


@runtime_checkable
class PersonWriter(Protocol):
    """An adapter that can also save somebody in its source. A capability: see `AdapterType.saves`."""

    async def save(self, person: Person, *, key: str) -> Saved:
        """Send him, once. `key` is the same whenever the same person is sent again, and goes along where the source takes an
        idempotency key. Raises SourceError wherever the source did not say what became of him: whoever asked looks him up
        before he is sent again. May be cancelled at any await; nothing is retried in here."""
        ...


# ---------------------------------------------------------------------------------------------- the wire


@dataclass(frozen=True, slots=True)
class Reply:
    """A whole reply: decoded body (gzip undone), capped. Header names are lower-case; repeated ones joined by `, `."""

    status: int
    headers: Map[str, str]
    body: bytes

    def __repr__(self) -> str:
        return f"<Reply {self.status}, {len(self.body)} bytes>"


@dataclass(frozen=True, slots=True, eq=False)
class LargeReply:
    """A reply over the size that is taken whole.

    `chunks`: its decoded body in pieces of some hundred KiB, read once; the source waits while nobody takes them. They end
    with SourceError (`Truncated`, `Unreadable`, `TooLarge` over `upstream.max_body`) where the body does not end well.
    `head`: the first bytes of the body, which `chunks` begins with.
    """

    status: int
    headers: Map[str, str]
    head: bytes
    chunks: AsyncIterator[bytes]

    def __repr__(self) -> str:
        return f"<LargeReply {self.status}>"


class Call(Protocol):
    """A request prepared once and sent many times."""

    async def send(self, values: Map[str, str], body: bytes | None = None) -> Reply:
        """Fill the holes with `values` (each escaped for its place) and send. Raises SourceError (`Unreachable`, `TooLarge`,
        `Truncated`, `DestinationRefused`, `Redirected`…) where no whole reply came; any status comes back as a Reply."""
        ...

    def open(
        self, values: Map[str, str], body: bytes | None = None, *, whole: int
    ) -> AbstractAsyncContextManager[Reply | LargeReply]:
        """As `send`, for replies that may be large: up to `whole` bytes, decoded, they come as a Reply, beyond as a
        LargeReply to be read within the context. Leave it when enough is read: what is left of the body is not fetched."""
        ...


class Wire(Protocol):
    """The way to this source alone: base address, credentials, guard, caps and TLS are already on it."""

    def prepare(
        self,
        method: str,
        path: str = "",
        *,
        query: Sequence[tuple[str, str]] = (),
        headers: Sequence[tuple[str, str]] = (),
        charset: str = "utf-8",
    ) -> Call:
        """A request template. `{field}` in `path`, in the values of `query` and in the values of `headers` are holes.

        `path` is appended to the source's base address (`""`: that address itself; an absolute address is refused unless
        it has the base's origin). A query parameter of which no hole is filled is left out; one with a hole of several
        missing, and a hole in the path or a header that is not filled, raise `Misconfigured`. Values are percent-encoded
        in `charset`; a character outside it is sent as `?` would be wrong, so it raises `Misconfigured`.
        """
        ...


@dataclass(frozen=True, slots=True)
class AdapterContext:
    """What an adapter is made with. `reads`: every name that the mapping's paths mention (the adapter may read only these,
    unless `*` is among them, and spells a record's names as they are spelled here where they differ in case, accents or
    punctuation). `lists`: those of these names that the mapping's paths take for lists (`fones[?tipo=='cel'].numero`): an
    adapter whose protocol has no lists, as XML, gives their values as a list even where there is one. `address`: the
    source's base address (`upstream.url`), against which relative references in its documents are resolved; the wire has
    it already."""

    source: SourceRef
    wire: Wire
    nobody: Nobody
    reads: frozenset[str] = frozenset()
    address: str = ""
    lists: frozenset[str] = frozenset()


class Desk(Protocol):
    """What a plugin's own commands work with: guarded ways to sources, and the tenant's folder."""

    def wire(self, url: str, networks: Sequence[str] = ()) -> AbstractAsyncContextManager[Wire]:
        """A wire to an address that stands in no file, without credentials. `networks`: private ones (`10.0.0.0/8`) that the
        person at the command line allows. Raises Misconfigured for what is no network."""
        ...

    def source(
        self, config: FilePath, tenant: str, source: str
    ) -> AbstractAsyncContextManager[tuple[object, AdapterContext]]:
        """A configured source: its settings, and the context that its adapter is made with. Raises GatewayError where there
        is no such source, or its file is wrong."""
        ...

    def files(self, config: FilePath, tenant: str) -> FilePath:
        """The folder that the tenant's `TenantFile`s lie in; it need not exist."""
        ...


@dataclass(frozen=True, slots=True)
class Setting:
    """A line that `gateway draft` writes under `settings:`. `reason` stands beside it as a comment, without values; one that
    begins with `TODO` asks the integrator for something."""

    name: str
    value: Json
    reason: str


class Drafter(Protocol):
    """Reads a recorded reply of a source that nobody has configured yet, for `gateway draft`. Does no I/O."""

    def read(self, reply: Reply, *, limit: int) -> Found:
        """The records, found by the reply's shape alone, names as they came. Raises SourceError as `lookup` does."""
        ...

    def settings(self, reply: Reply, asked: Map[str, str]) -> Sequence[Setting]:
        """What stands under `settings:`, so that an adapter made with it reads such a reply. `asked`: the source's parameter
        -> the search field that it carries; at least one. Called with replies that `read` has read."""
        ...


@dataclass(frozen=True, slots=True)
class AdapterType(Generic[Settings]):
    """What a plugin offers. `name` == entry-point name == the word in YAML == the folder's name. `settings`: a strict
    pydantic model; it gives the YAML's JSON Schema. `create` does no I/O: a dead source must not stop the start.
    `drafter`: for `gateway draft`; without it, that command does not know this adapter. `saves`: does an adapter with these
    settings save persons (`PersonWriter`)? None: never."""

    name: str
    summary: str
    settings: type[Settings]
    create: Callable[[Settings, AdapterContext], Adapter]
    drafter: Drafter | None = None
    saves: Callable[[Settings], bool] | None = None

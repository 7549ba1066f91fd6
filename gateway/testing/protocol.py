"""What a plugin author tells the contract suite about one adapter: the class attributes and methods to fill in."""

from __future__ import annotations

from collections.abc import Mapping as Map
from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar

from gateway.adapter import AdapterType, Json, Nobody
from gateway.testing.exchange import SourceRequest, SourceResponse
from gateway.testing.people import Person


class ProtocolUnderTest:
    """The author's side of the suite. What has no default must be given."""

    adapter_type: ClassVar[AdapterType[Any]]
    """The adapter type under test."""

    settings: ClassVar[Map[str, Json]]
    """Its settings as a tenant's YAML would give them (dicts, lists, texts, numbers)."""

    search_fields: ClassVar[Map[str, str]]
    """Search field -> the value of a `Person` that it asks by (`name`, `cpf`, `email`, `phone` or `code`).

    `{"nome": "name", "doc": "cpf"}`. The adapter's `fields` must be exactly these.
    """

    nobody: ClassVar[Nobody] = Nobody()
    """The signs by which this source says that it knows nobody, beyond the protocol's own."""

    reads: ClassVar[frozenset[str]] = frozenset()
    """The names that a mapping would read (`AdapterContext.reads`); empty: everything."""

    shows: ClassVar[tuple[str, ...]] = ("name", "email", "cpf")
    """The values of a `Person` that `serve` writes, so that every record must hold them, as texts, at any depth."""

    path: ClassVar[str] = "/"
    """Path (and query) of the source's address, as in `upstream.url`."""

    files: ClassVar[Path | None] = None
    """The folder in which the settings' `TenantFile` names are looked up."""

    xml: ClassVar[bool] = False
    """The replies are XML: DOCTYPE, entities and a cut document are tried."""

    json: ClassVar[bool] = False
    """The replies are JSON: a cut document, NaN and deep nesting are tried."""

    one_record: ClassVar[bool] = False
    """A reply of this protocol holds one record at most: the limit cannot be tried."""

    patience: ClassVar[float] = 10.0
    """Seconds after which something that should have happened at once is given up. More on a slow machine."""

    def asked(self, request: SourceRequest) -> Map[str, str]:
        """What this request asks by: search field -> value, decoded. Empty where it asks by nothing (a `check`).

        `return {"nome": request.query("iso-8859-1")["nome"]}`
        """
        raise NotImplementedError

    def serve(self, people: Sequence[Person], request: SourceRequest) -> SourceResponse:
        """How a source of this protocol answers with exactly these people; with none: how it says nobody."""
        raise NotImplementedError

    def taken(self, request: SourceRequest) -> SourceResponse:
        """How the source says that it took the person over whom this request brings. Only where the adapter saves
        (`AdapterType.saves`, with these settings)."""
        raise NotImplementedError

    def other(self, request: SourceRequest) -> SourceResponse | None:
        """The answer to a request that is no lookup (a WSDL, a login); None: it is a lookup."""
        return None

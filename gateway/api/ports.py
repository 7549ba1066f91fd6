"""What the API needs of the floors below and beside it."""

from __future__ import annotations

from collections.abc import Mapping as Map
from typing import Protocol

from gateway.core.disclosure import Viewer
from gateway.core.errors import ConfigurationError
from gateway.core.reception import Reception
from gateway.core.tenant import SearchField
from gateway.service.request import IdentifyRequest
from gateway.service.sources import SourceState


class Identifies(Protocol):
    """The use case. Raises RequestError (nobody was asked) or TenantBroken."""

    async def receive(self, request: IdentifyRequest) -> Reception: ...

    def search_fields(self, tenant: str) -> tuple[tuple[SearchField, tuple[str, ...]], ...]:
        """Each search field with the sources that can be asked with it."""
        ...


class SourceStates(Protocol):
    """Slug -> the state of each source. Raises UnknownTenant, TenantBroken."""

    def __call__(self, tenant: str, /) -> tuple[SourceState, ...]: ...


class ApiKey(Protocol):
    """A key that is known and in force."""

    @property
    def tenant(self) -> str: ...
    @property
    def viewer(self) -> Viewer: ...


class Keys(Protocol):
    """The ring of API keys. None for what is no key, unknown or expired; compared in constant time."""

    def find(self, presented: str) -> ApiKey | None: ...


class Readiness(Protocol):
    """Does the gateway take requests, which tenants' files are wrong, and is its own database well?"""

    @property
    def ready(self) -> bool: ...
    @property
    def problems(self) -> Map[str, ConfigurationError]: ...
    async def storage_trouble(self) -> str | None:
        """The code of what is wrong with the gateway's database; None where it is well, or there is none."""
        ...


class Exposition(Protocol):
    """The metrics as Prometheus reads them (text format 0.0.4)."""

    def exposition(self, tenant: str | None) -> bytes:
        """`tenant`: only what concerns this one; None for everything."""
        ...


class EdgeObserver(Protocol):
    """Hears of what the edge answered instead of the application. Must not raise."""

    def refused(self, request_id: str, code: str, status: int) -> None: ...

    def crashed(self, request_id: str, error: Exception) -> None:
        """A defect of the gateway. The text of `error` may hold personal data: it is not to be written anywhere."""
        ...

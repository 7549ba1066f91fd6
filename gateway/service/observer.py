"""What the service tells whoever counts and logs: a port, so that logs and metrics live above."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from gateway.core.disclosure import Viewer
from gateway.core.model import Identification, SourceAnswer, SourceRef
from gateway.resilience import BreakerState
from gateway.service.request import IdentifyRequest


@dataclass(frozen=True, slots=True)
class Consultation:
    """A look at a selected customer. `what`: `details`, `summary`, `timeline`, `link` (for what is stored of who was linked)
    or `recognise` (a channel's user who proved himself before); `outcome`: of the customer's part, None where it was not
    asked for; `elapsed` in seconds. Nothing of it tells who the customer is."""

    what: str
    tenant: str
    viewer: Viewer
    request_id: str
    outcome: str | None
    elapsed: float


class Observer(Protocol):
    """Told of what happened. Must not block and must not raise."""

    def identified(self, request: IdentifyRequest, result: Identification, elapsed: float) -> None:
        """An identification ended, after `elapsed` seconds."""
        ...

    def consulted(self, consultation: Consultation, answers: Sequence[SourceAnswer]) -> None:
        """Somebody looked at a selected customer. `answers`: of the sources that were asked for it, or remembered."""
        ...

    def adapter_broke(self, request_id: str, source: SourceRef, error: BaseException) -> None:
        """An adapter raised something that is no SourceError: a defect of the plugin."""
        ...

    def breaker_changed(self, source: SourceRef, state: BreakerState) -> None:
        """A source's breaker opened or closed (or went with its tenant's old file)."""
        ...


class Silence:
    """An observer for whom nobody listens (the command line)."""

    def identified(self, request: IdentifyRequest, result: Identification, elapsed: float) -> None: ...

    def consulted(self, consultation: Consultation, answers: Sequence[SourceAnswer]) -> None: ...

    def adapter_broke(self, request_id: str, source: SourceRef, error: BaseException) -> None: ...

    def breaker_changed(self, source: SourceRef, state: BreakerState) -> None: ...

"""What the service tells whoever counts and logs: a port, so that logs and metrics live above."""

from __future__ import annotations

from typing import Protocol

from gateway.core.model import Identification, SourceRef
from gateway.resilience import BreakerState
from gateway.service.request import IdentifyRequest


class Observer(Protocol):
    """Told of what happened. Must not block and must not raise."""

    def identified(self, request: IdentifyRequest, result: Identification, elapsed: float) -> None:
        """An identification ended, after `elapsed` seconds."""
        ...

    def adapter_broke(self, request: IdentifyRequest, source: SourceRef, error: BaseException) -> None:
        """An adapter raised something that is no SourceError: a defect of the plugin."""
        ...

    def breaker_changed(self, source: SourceRef, state: BreakerState) -> None:
        """A source's breaker opened or closed (or went with its tenant's old file)."""
        ...


class Silence:
    """An observer for whom nobody listens (the command line)."""

    def identified(self, request: IdentifyRequest, result: Identification, elapsed: float) -> None: ...

    def adapter_broke(self, request: IdentifyRequest, source: SourceRef, error: BaseException) -> None: ...

    def breaker_changed(self, source: SourceRef, state: BreakerState) -> None: ...

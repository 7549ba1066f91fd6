"""One thing that happened with a customer, as a source of his tells it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from gateway.core.redaction import Redacted


@dataclass(frozen=True, slots=True, repr=False)
class Event(Redacted):
    """`at`: aware, in UTC. `type`: the source's word for what it is (an order, a visit). `record`: its number there."""

    source: str
    at: datetime
    type: str | None = None
    title: str | None = None
    text: str | None = None
    record: str | None = None

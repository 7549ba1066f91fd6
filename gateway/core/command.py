"""Who wants something done: what every writing use case is told beside what is to be done."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

from gateway.core.disclosure import Viewer
from gateway.core.redaction import Redacted

Made = TypeVar("Made")


@dataclass(frozen=True, slots=True, repr=False)
class Repeat(Redacted):
    """A request that may come twice and is to be done once. `key`: the caller's Idempotency-Key; `digest`: SHA-256 of what
    was asked, by which another request under the same key is told."""

    key: str
    digest: bytes


@dataclass(frozen=True, slots=True, repr=False)
class Command(Redacted):
    """`actor`: the helpdesk's opaque id of the operator (`Gateway-Actor`), None where no person acts: stored, never logged.
    `repeat`: None where the caller gave no Idempotency-Key."""

    tenant: str
    viewer: Viewer
    actor: str | None = None
    request_id: str = ""
    repeat: Repeat | None = None


@dataclass(frozen=True, slots=True, repr=False)
class Effect(Redacted, Generic[Made]):
    """What a command made or changed, as it is now. `again`: it was done before, and nothing was done now."""

    made: Made
    again: bool = False

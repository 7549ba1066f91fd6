"""What is known of who writes, as the tenant's rules and the helpdesk's own see it: facts, each of a closed set."""

from __future__ import annotations

from collections.abc import Mapping as Map
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from gateway.core.interaction import LinkAssurance
from gateway.core.model import Outcome
from gateway.core.redaction import Redacted


class CodeState(StrEnum):
    """What became of the identification code that who writes was asked for."""

    NOT_SENT = "not_sent"
    INVALID = "invalid"
    VALID = "valid"


@dataclass(frozen=True, slots=True, repr=False)
class Facts(Redacted):
    """`outcome`, `complete`: of the identification, None and True where nobody was looked for. `identified`: who writes is
    tied to one customer now, with the `assurance` that says how surely. `code`: None where no code was looked for.
    `created_at`: since when the customer is known, aware, in UTC. `attributes`: those that the tenant allows."""

    outcome: Outcome | None = None
    complete: bool = True
    channel: str | None = None
    identified: bool = False
    assurance: LinkAssurance | None = None
    code: CodeState | None = None
    customer_type: str | None = None
    created_at: datetime | None = None
    attributes: Map[str, str] = field(default_factory=dict)
